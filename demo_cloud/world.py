"""The words of a scenario: what stands in a demo account, when it came to be, and how busy it is.

Everything here is plain data. ``seeder`` puts it into the emulator, ``metrics`` computes its series, and the scenario
itself stands in ``planted`` and ``background``. Ages are given against the world's ``now``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal, TypeVar

T = TypeVar("T")
DAY: Final = timedelta(days=1)
GIB: Final = 1024**3
METRIC_DAYS: Final = 30
IGNORED: Final = {"cloud-sentinel:ignore": "true"}


def days(count: float) -> timedelta:
    """An age."""
    return count * DAY


@dataclass(frozen=True)
class Load:
    """How busy an instance is, hour by hour.

    ``cpu`` is the mean CPU in percent; each hour's peak is ``cpu_peak`` times as high. For ``spikes`` hours a day (from
    02:00 on) the peak is ``spike_cpu`` percent instead. ``network_mb`` is the traffic of a day, in and out together.
    ``cpu_credits`` is the balance of a burstable instance.
    Of each ten hours only ``covered`` have data: an agent that is often silent.
    """

    cpu: float
    network_mb: float
    cpu_peak: float = 1.4
    spikes: int = 0
    spike_cpu: float = 0.0
    covered: int = 10
    cpu_credits: float = 500.0


IDLE: Final = Load(cpu=1.1, network_mb=1.2)
BUSY: Final = Load(cpu=34.0, network_mb=5_200.0)


@dataclass(frozen=True)
class Volume:
    """An EBS volume, encrypted unless it says otherwise; ``attached_to`` names an instance of the same place.

    ``silent``: it is never read nor written.
    """

    id: str
    kind: str
    size_gib: int
    age: timedelta
    attached_to: str = ""
    device: str = "/dev/sda1"
    encrypted: bool = True
    iops: int | None = None
    throughput: int | None = None
    silent: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Instance:
    """An EC2 instance. ``stopped_for`` None means running; ``stop_reason`` replaces the usual words with a date."""

    id: str
    kind: str
    age: timedelta
    load: Load | None = None
    stopped_for: timedelta | None = None
    stop_reason: str | None = None
    platform: str = "Linux/UNIX"
    image: str = "ami-0de0f000000000001"
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Snapshot:
    """An EBS snapshot; ``owner`` empty means the account itself, else somebody who shares it with everybody.

    ``shared_with`` is an account, or ``all``. ``source`` is the volume that it was made from; empty means one that is
    still there.
    """

    id: str
    size_gib: int
    age: timedelta
    owner: str = ""
    description: str = ""
    tier: str = "standard"
    source: str = ""
    encrypted: bool = True
    shared_with: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Image:
    """An own machine image and the snapshot that backs it; ``shared_with`` is an account, or ``all``.

    ``launched`` is how long ago an instance was last started from it.
    """

    id: str
    name: str
    snapshot_id: str
    age: timedelta
    shared_with: str = ""
    launched: timedelta | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Address:
    """An Elastic IP: ``instance_id`` when an instance has it, ``interface_id`` when a bare network interface has."""

    id: str
    public_ip: str
    instance_id: str = ""
    interface_id: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Nat:
    """A NAT gateway with an address of its own; ``mb_a_day`` is what it sends."""

    id: str
    public_ip: str
    age: timedelta
    mb_a_day: float = 0.0
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Door:
    """What a security group lets in: protocol, ports from and to, and whom."""

    protocol: str
    first: int
    last: int
    who: str


@dataclass(frozen=True)
class SecurityGroup:
    """A security group; ``default`` is the one that every VPC has, else a new one."""

    id: str
    name: str
    doors: tuple[Door, ...]
    default: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)


Lifecycle = Literal["enabled", "disabled", "none"]
ALL_BLOCKED: Final = (True, True, True, True)


@dataclass(frozen=True)
class Bucket:
    """An S3 bucket. ``blocked`` is (BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets).

    Its lifecycle rule, where it has one, aborts unfinished uploads after ``abort_days``.
    """

    name: str
    region: str
    age: timedelta
    size_gib: float
    lifecycle: Lifecycle = "enabled"
    abort_days: int = 7
    blocked: tuple[bool, bool, bool, bool] | None = ALL_BLOCKED
    policy: Mapping[str, Any] | None = None
    acl: str = "private"
    encrypted: bool = True
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def size_bytes(self) -> int:
        """Whole bytes, as S3 counts them."""
        return int(self.size_gib * GIB)


@dataclass
class Place:
    """What one account has in one region."""

    account: str
    region: str
    instances: list[Instance] = field(default_factory=list)
    volumes: list[Volume] = field(default_factory=list)
    snapshots: list[Snapshot] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    addresses: list[Address] = field(default_factory=list)
    nats: list[Nat] = field(default_factory=list)
    security_groups: list[SecurityGroup] = field(default_factory=list)
    vpc_id: str = ""
    """Its default VPC: the emulator chooses the id when the place is seeded."""
    others: dict[type[Any], list[Any]] = field(default_factory=dict)
    """What themes have defined for themselves, by type."""

    def of(self, kind: type[T]) -> list[T]:
        """The resources of a type that a theme has defined, to be read and added to."""
        return self.others.setdefault(kind, [])

    def lists(self) -> tuple[list[Any], ...]:
        """Every list of resources that have an id."""
        return (
            self.instances,
            self.volumes,
            self.snapshots,
            self.images,
            self.addresses,
            self.nats,
            self.security_groups,
            *self.others.values(),
        )


@dataclass
class World:
    """A whole scenario at one moment."""

    now: datetime
    places: dict[tuple[str, str], Place]
    buckets: dict[str, list[Bucket]]
    denied: dict[str, tuple[str, ...]]
    session_seconds: int | None = None
    """How long the session of an assumed role lasts; None: as long as was asked for."""
    allowed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By account: the only IAM actions that it may use. An account that is not named may all that is not denied."""
    forbidden: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By account: the IAM actions that the organization's policy denies."""

    def place(self, account: str, region: str) -> Place:
        """The place of that account and region; there must be one."""
        return self.places[account, region]

    def owned(self) -> Iterator[Any]:
        """Every resource that an account owns, buckets included; strangers' public snapshots are left out."""
        for place in self.places.values():
            for resources in place.lists():
                yield from (item for item in resources if not getattr(item, "owner", ""))
        for buckets in self.buckets.values():
            yield from buckets
