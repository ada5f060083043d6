"""A scan and its tasks: what is asked for, what is planned, what came out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal

import msgspec

Provider = Literal["aws", "azure", "gcp"]
AdHocMode = Literal["ambient", "profile", "assume_role", "demo"]
"""Modes of a connection that stands in a scan request itself: references only."""
ConnectionMode = Literal[
    "ambient",
    "profile",
    "assume_role",
    "demo",
    "static_keys",
    "web_identity",
    "service_principal",
    "managed_identity",
    "workload_identity",
    "service_account_key",
    "impersonation",
]
DEFAULT_LOOKBACK_DAYS: Final = 14
MAX_LOOKBACK_DAYS: Final = 90
MAX_AGE_SECONDS: Final = 7 * 86_400
"""How old answers of earlier scans may be, at most."""
DEFAULT_CLIENT: Final = "default"
"""The one client until accounts exist."""


class Connection(msgspec.Struct, frozen=True, omit_defaults=True):
    """How an account is reached. Holds references only: no field can carry a secret.

    ``external_id`` is not a secret (AWS documents it as visible to the role's owner).
    ``account`` is the one that is looked at, where the credentials may reach several: an Azure subscription, a GCP
    project, an account of the demo.
    """

    mode: ConnectionMode = "ambient"
    profile: str | None = None
    role_arn: str | None = None
    external_id: str | None = None
    account: str | None = None
    access_key_id: str | None = None
    """AWS; the secret access key stands sealed with the account."""
    tenant_id: str | None = None
    application_id: str | None = None
    """Azure: the application (client) of a service principal, or of a user-assigned managed identity."""
    audience: str | None = None
    """Google Cloud: the provider of a workload identity pool."""
    service_account: str | None = None
    """Google Cloud: the service account that is impersonated."""
    secret_of: str | None = None
    """The account whose sealed secret opens this one too: that through which it was discovered."""


class ScanSpec(msgspec.Struct, frozen=True):
    """What is asked for. ``services`` is expanded (no groups); ``regions`` None means all that are enabled."""

    scan_id: str
    client_id: str
    provider: Provider
    connection: Connection
    services: tuple[str, ...]
    regions: tuple[str, ...] | None
    categories: tuple[str, ...]
    resource_ids: tuple[str, ...] | None
    lookback_days: int
    asof: datetime
    retry_of: str | None = None
    """The scan whose failed tasks and gaps this one looks at again."""
    callback_url: str | None = None
    """Who is told that the scan has ended."""
    account: str | None = None
    """The stored account that is scanned. Its row says how it is reached; ``connection`` is what that was at first."""
    parent_id: str | None = None
    """Stands on all scans that were started together: by a schedule, or for several accounts at once."""
    max_age_seconds: int = 0
    """How old an answer about a detail may be that an earlier scan got. 0: everything is asked anew."""
    traceparent: str | None = None
    """The trace of the request (W3C Trace Context), where traces are on."""

    @property
    def demo(self) -> bool:
        """True when the connection is to the demo cloud; stands on every event."""
        return self.connection.mode == "demo"


class Discovery(msgspec.Struct, frozen=True):
    """What the first task of a scan finds out: who we are and which regions there are."""

    account_id: str
    principal: str
    partition: str
    regions: tuple[str, ...]
    """Enabled regions, sorted."""
    disabled_regions: tuple[str, ...] = ()


class PlannedTask(msgspec.Struct, frozen=True):
    """One API family in one region, for the selected services of that family."""

    family: str
    region: str
    services: tuple[str, ...]


class TaskSpec(msgspec.Struct, frozen=True):
    """One task as a worker (or the CLI) runs it. ``kind`` is ``discover`` or ``scan``."""

    scan: ScanSpec
    task_id: str
    kind: Literal["discover", "scan"]
    attempt: int
    account_id: str = ""
    partition: str = "aws"
    principal: str = ""
    family: str = ""
    region: str = ""
    services: tuple[str, ...] = ()


CoverageStatus = Literal["reached", "denied", "unsupported", "failed"]
GAPS: Final[frozenset[str]] = frozenset({"denied", "failed"})


class Coverage(msgspec.Struct, frozen=True):
    """What one call of one service in one region came to. A gap (denied, failed) is never read as clean.

    ``action`` is the IAM action that is missing, ``statement`` the policy statement that would open it.
    ``scope`` says what was lost: ``listing`` (resources are missing), ``metrics`` or ``enrich`` (fields are missing).
    """

    service: str
    region: str
    status: CoverageStatus
    scope: Literal["region", "listing", "metrics", "enrich"] = "listing"
    operation: str = ""
    action: str = ""
    principal: str = ""
    reason: str = ""
    by_organization: bool = False
    statement: dict[str, Any] | None = None
    resources: int = 0
    count: int = 1
    """How many calls ended like this."""

    @property
    def is_gap(self) -> bool:
        """Whether something that was asked for could not be seen."""
        return self.status in GAPS


class RuleCount(msgspec.Struct, frozen=True):
    """How often one rule came to which outcome in one task. A rule that is listed here was evaluated."""

    rule: str
    service: str
    ok: int = 0
    wasted: int = 0
    exposed: int = 0
    insufficient_data: int = 0
    excluded: int = 0
    thresholds: Mapping[str, Any] | None = None
    """Those that were applied. None: not told, or not the same ones for all resources."""
    older: bool = False
    """Whether answers of earlier scans were judged too: then its silence about a finding resolves nothing."""


class ServiceMeasure(msgspec.Struct, frozen=True):
    """What the work for one service in one task cost, and what it told.

    It differs from run to run (times, throttled tries). As an event it is that of the first attempt that told it.
    """

    service: str
    region: str
    """Of the task: for a global service where it is asked."""
    seconds: float = 0.0
    resources: int = 0
    events: int = 0
    """Without the one that tells this."""
    calls: Mapping[str, int] = {}
    """By ``service:Operation``, tries that were throttled included. A listing that others read too counts once."""
    prices: Mapping[str, str] = {}
    """USD by operation, of the calls whose price the packaged list has."""
    unpriced: int = 0
    """Calls whose price is unknown."""
    throttles: int = 0
    cache_hits: int = 0
    """Calls that were not made, because an earlier scan's answer was new enough."""


class TaskOutcome(msgspec.Struct, frozen=True):
    """What a finished task reports; ``offsets`` are the highest that its events got, by partition of the events topic.

    ``complete`` names the services whose listing was read to the end: only for those does absence mean gone.
    """

    events: int = 0
    events_by_category: Mapping[str, int] = {}
    resources: Mapping[str, int] = {}
    calls: Mapping[str, int] = {}
    """API calls by ``service:Operation``."""
    throttles: int = 0
    measures: tuple[ServiceMeasure, ...] = ()
    rules: tuple[RuleCount, ...] = ()
    complete: tuple[str, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    discovery: Discovery | None = None
    offsets: Mapping[str, int] = {}
    """JSON keys are strings: partition number to highest offset."""
