"""One account's region while it is seeded: its backend in the emulator, and the words that all themes use."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from moto.ec2.models import ec2_backends
from moto.ec2.models.core import TaggedEC2Resource
from moto.moto_api._internal import mock_random

from demo_cloud.world import Place

KMS_KEY: Final = "arn:aws:kms:{region}:{account}:key/0de0cafe-0000-4000-8000-000000000001"


class Site:
    """Where the resources of one place go."""

    def __init__(self, place: Place, now: datetime) -> None:
        self.place = place
        self.now = now.replace(tzinfo=None)
        self.backend: Any = ec2_backends[place.account][place.region]
        self.kms_key = KMS_KEY.format(region=place.region, account=place.account)
        place.vpc_id = self.subnet().vpc_id
        self.instances: dict[str, Any] = {}

    def ago(self, age: timedelta) -> datetime:
        """The moment of that age, as the emulator keeps moments: in UTC, without saying so."""
        return (self.now - age).replace(microsecond=0)

    def tag(self, resource_id: str, tags: Mapping[str, str]) -> None:
        """Tag a resource of EC2."""
        if tags:
            self.backend.tags[resource_id] = dict(tags)

    def subnet(self) -> Any:  # noqa: ANN401 - moto's model
        """The default subnet of the first zone."""
        return next(iter(self.backend.get_default_subnets().values()))


def rename(kept: dict[str, Any], resource: Any, new_id: str) -> None:  # noqa: ANN401 - moto's model
    """Give a resource the id of the scenario."""
    del kept[resource.id]
    resource.id = new_id
    kept[new_id] = resource


def prepare_emulator() -> None:
    """Make what moto chooses at random always the same, and its tags quick to find. Once a process."""
    mock_random.seed(42)
    tagged: Any = TaggedEC2Resource
    tagged.get_tags = _tags_of


def _tags_of(resource: Any) -> list[dict[str, str]]:  # noqa: ANN401 - moto's model
    """The tags of one resource by its id. moto's own tries a regular expression on every tag of the region."""
    tags = resource.ec2_backend.tags.get(resource.id, {})
    return [{"key": key, "value": value, "resource_id": resource.id} for key, value in tags.items()]
