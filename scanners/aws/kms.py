"""Keys (AWS KMS): whose they are, how they are kept, when they were last used, and those that nobody uses."""

from __future__ import annotations

from datetime import datetime, timedelta

from scanners.aws.call import Call
from scanners.aws.scanner import AwsScanner
from scanners.core.outcome import Outcome, insufficient_data, ok, wasted
from scanners.core.prices import Money
from scanners.core.resource import Resource, fact, metric, priced, resilience
from scanners.core.rules import waste
from scanners.core.series import Series

KEY = Call("kms", "describe_key", KeyId="{id}")
TAGS = Call("kms", "list_resource_tags", KeyId="{id}")
ALIASES = Call("kms", "list_aliases", "Aliases", KeyId="{id}")
ROTATION = Call("kms", "get_key_rotation_status", KeyId="{id}", absent={"UnsupportedOperationException": {}})
USAGE = Call("kms", "get_key_last_usage", KeyId="{id}")
DYING = frozenset({"PendingDeletion", "PendingReplicaDeletion"})


class Key(Resource):
    """One key: the listing tells its id, calls for each the rest; never what it encrypts, nor its material."""

    id: str = fact("KeyArn")
    key_id: str = fact("KeyId")
    created_at: datetime = fact("KeyMetadata.CreationDate", via=KEY)
    tags: dict[str, str] = fact("Tags[].[TagKey, TagValue] || `[]`", via=TAGS, doc="Tags, as key to value")
    aliases: list[str] = fact("Aliases[].AliasName", via=ALIASES)
    state: str = fact("KeyMetadata.KeyState", via=KEY)
    manager: str = fact("KeyMetadata.KeyManager", via=KEY, doc="CUSTOMER, or AWS: then it costs nothing")
    usage: str | None = fact("KeyMetadata.KeyUsage", via=KEY, doc="What it is for")
    spec: str | None = fact("KeyMetadata.KeySpec", via=KEY, doc="Its kind and length")
    origin: str | None = fact("KeyMetadata.Origin", via=KEY, doc="Where its material is from")
    description: str | None = fact("KeyMetadata.Description", via=KEY)
    multi_region: bool | None = fact("KeyMetadata.MultiRegion", via=KEY)
    deleted_at: datetime | None = fact("KeyMetadata.DeletionDate", via=KEY, doc="When it will be deleted; null: never")
    expires_at: datetime | None = fact("KeyMetadata.ValidTo", via=KEY, doc="When imported material expires")
    rotates: bool | None = fact("KeyRotationEnabled", via=ROTATION, doc="Whether it is renewed; null: it cannot be")
    rotation_days: int | None = fact("RotationPeriodInDays", unit="d", via=ROTATION)
    last_used: datetime | None = fact("KeyLastUsage.Timestamp", via=USAGE, doc="Null: never since it is noted")
    last_operation: str | None = fact("KeyLastUsage.Operation", via=USAGE, doc="What it was last used for")
    noted_since: datetime = fact("TrackingStartDate", via=USAGE, doc="Since when AWS notes its use")
    expires_in: Series | None = metric(
        "AWS/KMS",
        "SecondsUntilKeyMaterialExpiration",
        unit="Seconds",
        kind="level",
        when="expires",
        dimensions={"KeyId": "{key_id}"},
    )
    monthly_cost: Money | None = priced(
        "kms:{region}:key", per="paid", doc="Monthly list cost, without its rotations and requests"
    )

    @property
    def expires(self) -> bool:
        """Whether its material was imported with an end."""
        return self.expires_at is not None

    @property
    def paid(self) -> int:
        """One, or none: those of AWS, and those that wait to be deleted, cost nothing."""
        return int(self.manager == "CUSTOMER" and self.state not in DYING)

    @resilience
    def renewed(self) -> bool:
        """Its material is renewed by itself, or is none that can be."""
        return self.rotates is not False


def unused(key: Key, *, longest: timedelta = timedelta(days=90)) -> Outcome:
    """A key of one's own with which nothing was encrypted, decrypted or signed for three months.

    AWS notes the use of a key from some day on: what nobody noted for three months yet cannot be judged. What was
    encrypted long ago needs its key still: disable it, and look, before it is deleted.
    """
    if key.manager != "CUSTOMER" or key.state in DYING:
        return ok()
    if key.asof - (key.last_used or key.created_at) <= longest:
        return ok()
    if key.asof - max(key.last_used or key.noted_since, key.created_at) <= longest:
        return insufficient_data("last_used")
    told = f"not used since {key.last_used:%Y-%m-%d}" if key.last_used else f"not once used in {longest.days} days"
    seen = {"last_used": key.last_used, "noted_since": key.noted_since, "state": key.state, "aliases": key.aliases}
    return wasted(told, severity="low", saves=key.monthly_cost, evidence=seen)


class KmsScanner(AwsScanner[Key]):
    """Keys of AWS KMS."""

    service, family = "kms", "kms"
    resource, resource_type = Key, "AWS::KMS::Key"
    groups = ("identity",)
    listing = Call("kms", "list_keys", "Keys", page_size=1000)
    arn = "{id}"
    tagged = False
    rules = (waste("key.unused", unused),)
