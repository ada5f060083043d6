"""The words of the Azure scenario: what stands in a subscription, when it came to be, and how busy it is.

Plain data; ages are given against the world's ``now``. ``bodies`` makes of it what Azure would answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

DAY: Final = timedelta(days=1)
DiskState = Literal["Attached", "Reserved", "Unattached", "ActiveSAS", "ReadyToUpload"]
PowerState = Literal["running", "deallocated", "stopped"]


@dataclass(frozen=True)
class Load:
    """How busy a machine is, hour by hour: mean and highest CPU in percent, traffic of a day in MB, disk operations.

    ``spikes`` hours a day the highest CPU is ``spike_cpu``. Of each ten hours only ``covered`` have data.
    """

    cpu: float
    network_mb: float
    cpu_peak: float = 1.4
    spikes: int = 0
    spike_cpu: float = 0.0
    covered: int = 10
    credits: float = 300.0


IDLE: Final = Load(cpu=1.1, network_mb=1.2)
BUSY: Final = Load(cpu=34.0, network_mb=5_200.0)


@dataclass(frozen=True)
class Disk:
    """A managed disk, perhaps made from a snapshot.

    ``moved``: how long ago it, or its machine, was attached, detached, started or deallocated.
    """

    name: str
    region: str
    sku: str
    size_gib: int
    age: timedelta
    state: DiskState = "Unattached"
    vm: str = ""
    moved: timedelta | None = None
    tier: str | None = None
    silent: bool = False
    made_from: str = ""
    public: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Vm:
    """A virtual machine; its disks and interfaces name it."""

    name: str
    region: str
    size: str
    age: timedelta
    state: PowerState = "running"
    load: Load | None = None
    os: Literal["Linux", "Windows"] = "Linux"
    priority: str | None = None
    license: str | None = None
    scale_set: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Snapshot:
    """A snapshot; ``source`` names a disk of the subscription, or one that is gone."""

    name: str
    region: str
    size_gib: int
    age: timedelta
    source: str
    sku: str = "Standard_LRS"
    incremental: bool = True
    public: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PublicIp:
    """A public address; ``interface`` or ``nat`` names what has it, ``prefix`` what it was taken from."""

    name: str
    region: str
    address: str
    sku: str = "Standard"
    method: str = "Static"
    interface: str = ""
    nat: str = ""
    prefix: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Nic:
    """A network interface; ``vm`` or ``endpoint`` names what has it."""

    name: str
    region: str
    private_ip: str
    vm: str = ""
    endpoint: str = ""
    link_service: str = ""
    workloads: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)


Thing = Disk | Vm | Snapshot | PublicIp | Nic


@dataclass
class Subscription:
    """What one subscription has. ``unregistered`` are resource providers that it has not registered."""

    id: str
    name: str
    things: list[Thing] = field(default_factory=list)
    unregistered: tuple[str, ...] = ()

    def named(self, kind: type[Thing], name: str) -> Thing | None:
        """The resource of this type and name, if it is there."""
        return next((one for one in self.things if isinstance(one, kind) and one.name == name), None)


@dataclass
class AzureWorld:
    """A whole scenario at one moment. ``allowed`` and ``denied`` are actions by subscription, ``*`` stands for any."""

    now: datetime
    subscriptions: dict[str, Subscription]
    denied: dict[str, tuple[str, ...]] = field(default_factory=dict)
    allowed: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def owned(self) -> Iterator[Thing]:
        """Every resource."""
        for subscription in self.subscriptions.values():
            yield from subscription.things
