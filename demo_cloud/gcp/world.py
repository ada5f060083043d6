"""What stands in the demo project, in plain data. ``bodies`` tells it as Compute Engine's API does.

Ages are given against the world's ``now``, names are unique in their place, and what is attached to a machine names it.
``extra`` are further fields of the API, as they are.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from demo_cloud.world import Load
from schemas.demo import DEMO_GCP_PROJECT

PROJECT: Final = DEMO_GCP_PROJECT
PROJECT_NUMBER: Final = "471100000042"
DEBIAN: Final = "debian-cloud/global/licenses/debian-12-bookworm"
WINDOWS: Final = "windows-cloud/global/licenses/windows-server-2022-dc"
Body = dict[str, Any]
Labels = Mapping[str, str]


def address_of(path: str) -> str:
    """The address of a resource of the project, as the API tells it."""
    return f"https://www.googleapis.com/compute/v1/projects/{PROJECT}/{path}"


def number_of(path: str) -> str:
    """The number of a resource: made from its path, so that it never changes."""
    return str(4_000_000_000_000_000_000 + zlib.crc32(path.encode()))


@dataclass(frozen=True)
class Machine:
    """An instance. ``stopped_for`` None means running; ``started`` is how long ago it was last started.

    ``default_account``: it acts as the default account of Compute Engine, not as one of its own.
    """

    name: str
    zone: str
    kind: str
    age: timedelta
    load: Load | None = None
    started: timedelta | None = None
    stopped_for: timedelta | None = None
    stop_told: bool = True
    spot: bool = False
    group: str = ""
    license: str = DEBIAN
    default_account: bool = False
    scope: str = "cloud-platform"
    labels: Labels = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Its place in the project."""
        return f"zones/{self.zone}/instances/{self.name}"


@dataclass(frozen=True)
class Disk:
    """A disk; ``machine`` has it. ``place`` is a zone, or a region for one that stands in two zones."""

    name: str
    place: str
    kind: str
    size_gib: int
    age: timedelta
    machine: str = ""
    boot: bool = False
    detached: timedelta | None = None
    silent: bool = False
    description: str = ""
    labels: Labels = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def regional(self) -> bool:
        """Whether it stands in two zones."""
        return self.place[-1].isdigit()

    @property
    def path(self) -> str:
        """Its place in the project."""
        return f"{'regions' if self.regional else 'zones'}/{self.place}/disks/{self.name}"


@dataclass(frozen=True)
class Snapshot:
    """A snapshot of ``stored_gib``; ``source`` is the path of its disk, ``where`` it is stored."""

    name: str
    size_gib: int
    stored_gib: int
    age: timedelta
    source: str
    where: str = "europe-west1"
    schedule: str = ""
    settled: bool = True
    labels: Labels = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Its place in the project."""
        return f"global/snapshots/{self.name}"


@dataclass(frozen=True)
class Address:
    """A static address; ``user`` is the path of what uses it."""

    name: str
    region: str
    ip: str
    age: timedelta
    user: str = ""
    internal: bool = False
    labels: Labels = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Its place in the project."""
        return f"regions/{self.region}/addresses/{self.name}"


@dataclass
class World:
    """A whole project at one moment."""

    now: datetime
    machines: list[Machine] = field(default_factory=list)
    disks: list[Disk] = field(default_factory=list)
    snapshots: list[Snapshot] = field(default_factory=list)
    addresses: list[Address] = field(default_factory=list)

    def disks_of(self, machine: Machine) -> list[Disk]:
        """The disks that it has, the one that it starts from first."""
        return sorted((one for one in self.disks if one.machine == machine.name), key=lambda one: not one.boot)

    def machine(self, name: str) -> Machine:
        """The machine of that name."""
        return next(one for one in self.machines if one.name == name)

    def owned(self) -> Iterator[Machine | Disk | Snapshot | Address]:
        """Every resource."""
        yield from self.machines
        yield from self.disks
        yield from self.snapshots
        yield from self.addresses
