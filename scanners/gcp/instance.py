"""Instances of Compute Engine: what they are, how busy they are, what they cost, and those that nobody needs."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from scanners.core.machines import long_off, quiet
from scanners.core.outcome import Outcome, excluded, exposed, ok
from scanners.core.prices import Money
from scanners.core.resource import Resource, fact, metric, priced, related, resilience
from scanners.core.rules import security, waste
from scanners.core.series import Series
from scanners.gcp.scanner import GcpScanner

if TYPE_CHECKING:
    from scanners.gcp.address import Address

FREE_IMAGES = re.compile(
    r".*/projects/(debian|ubuntu-os|centos|cos|rocky-linux|fedora-coreos)-cloud/global/licenses/[^/]+"
)
"""Licenses that cost nothing; others are billed beside the machine."""
DEFAULT_ACCOUNT = re.compile(r"\d+-compute@developer\.gserviceaccount\.com")
EVERYTHING = "https://www.googleapis.com/auth/cloud-platform"
"""The scope that narrows nothing."""


class Machine(Resource):
    """What follows from the facts of an instance."""

    slowed_down: ClassVar = False  # there are no CPU credits here
    state: str
    last_started_at: datetime | None
    preemptible: bool | None
    provisioning: str | None
    accelerators: list[str]
    nodes: list[str]
    licenses: list[str]

    @property
    def measured(self) -> bool:
        """Only a running instance reports metrics."""
        return self.state == "RUNNING"

    @property
    def started_at(self) -> datetime:
        """When it was last started."""
        return self.last_started_at or self.created_at

    @property
    def billed(self) -> int | None:
        """1 when the list price of its machine type is all that is billed, 0 when it does not run, else None."""
        if self.state in {"TERMINATED", "SUSPENDED"}:
            return 0
        special = self.preemptible or self.provisioning not in {None, "STANDARD"} or self.accelerators or self.nodes
        free = all(FREE_IMAGES.fullmatch(one) for one in self.licenses)
        return 1 if free and not special else None


class Instance(Machine):
    """One instance, as the inventory tells it in the words of ``compute.instances.get``."""

    id: str = fact("assetName", doc="Full resource name")
    number: str = fact("id", doc="The number that its series name it by")
    name: str = fact("name")
    created_at: datetime = fact("creationTimestamp")
    state: str = fact("status")
    machine_type: str = fact("last_part(machineType)")
    zone: str = fact("last_part(zone)")
    last_started_at: datetime | None = fact("lastStartTimestamp")
    stopped_at: datetime | None = fact("lastStopTimestamp", doc="When it was last stopped")
    cpu_platform: str | None = fact("cpuPlatform")
    provisioning: str | None = fact("scheduling.provisioningModel", doc="STANDARD, SPOT or RESERVATION_BOUND")
    preemptible: bool | None = fact("scheduling.preemptible")
    on_maintenance: str | None = fact("scheduling.onHostMaintenance", doc="MIGRATE or TERMINATE")
    restarts: bool | None = fact("scheduling.automaticRestart", doc="Whether a failed host restarts it elsewhere")
    protected: bool | None = fact("deletionProtection", doc="Whether it is protected from deletion")
    forwards: bool | None = fact("canIpForward", doc="Whether it may forward packets of others")
    secure_boot: bool | None = fact("shieldedInstanceConfig.enableSecureBoot")
    networks: list[str] = fact("networkInterfaces[].network || `[]`")
    subnetworks: list[str] = fact("networkInterfaces[].subnetwork || `[]`")
    private_ips: list[str] = fact("networkInterfaces[].networkIP || `[]`")
    public_ips: list[str] = fact("networkInterfaces[].accessConfigs[].natIP || `[]`")
    network_tags: list[str] = fact("tags.items || `[]`", doc="What firewall rules name it by")
    accounts: list[str] = fact("serviceAccounts[].email || `[]`", doc="Service accounts that it acts as")
    scopes: list[str] = fact("serviceAccounts[].scopes[] || `[]`", doc="What it may do of what these may")
    accelerators: list[str] = fact("guestAccelerators[].last_part(acceleratorType) || `[]`")
    nodes: list[str] = fact("scheduling.nodeAffinities[].key || `[]`", doc="Sole-tenant nodes that it must stand on")
    devices: dict[str, str] = fact("disks[?source].[source, deviceName] || `[]`", doc="Its disks, as it calls each")
    disk_ids: list[str] = fact("disks[?source].source || `[]`", to="disk")
    boot_disks: list[str] = fact("disks[?boot].source || `[]`")
    licenses: list[str] = fact("disks[].licenses[] || `[]`")
    group: str | None = fact("metadata.items[?key=='created-by'].value | [0]", doc="The instance group that made it")
    addresses: list[Address] = related("id", by="users", keep=("monthly_cost",))
    cpu: Series | None = metric(
        "compute.googleapis.com", "instance/cpu/utilization", unit="Percent", kind="gauge", scale=100
    )
    network_in: Series | None = metric("compute.googleapis.com", "instance/network/received_bytes_count", unit="Bytes")
    network_out: Series | None = metric("compute.googleapis.com", "instance/network/sent_bytes_count", unit="Bytes")
    monthly_cost: Money | None = priced(
        "gce:{region}:{machine_type}:linux",
        per="billed",
        doc="Monthly on-demand cost before sustained-use discounts; zero when it does not run",
    )

    @resilience
    def replaced(self) -> bool:
        """An instance group replaces it when it fails."""
        return bool(self.group)


def idle(instance: Instance, *, cpu_percent: float = 5.0, mb_a_day: float = 5.0, days: int = 14) -> Outcome:
    """Runs and does nothing: the 95th percentile of its hourly CPU peaks and its traffic are near zero."""
    if instance.state != "RUNNING":
        return ok()
    if instance.group:
        return excluded(f"member of the instance group {instance.group.rpartition('/')[2]}")
    if instance.asof - instance.started_at < timedelta(days=days):
        return excluded(f"started less than {days} days ago")
    return quiet(instance, cpu_percent, mb_a_day, {"machine_type": instance.machine_type})


def stopped(instance: Instance, *, longest: timedelta = timedelta(days=30)) -> Outcome:
    """Stopped for long: nothing runs, but its disks and addresses are paid.

    The saving counts the addresses only: each of its disks is a finding of its own (``disk.on_stopped_vm``), and no
    money is counted twice.
    """
    if instance.state != "TERMINATED":
        return ok()
    return long_off(instance, instance.stopped_at, longest)


def default_account(instance: Instance) -> Outcome:
    """It acts as the default account of Compute Engine, in everything: who gets in may do what that account may.

    In most projects that account may edit the whole project.
    """
    defaults = [account for account in instance.accounts if DEFAULT_ACCOUNT.fullmatch(account)]
    if not defaults or EVERYTHING not in instance.scopes:
        return ok()
    seen = {"accounts": defaults, "scopes": instance.scopes}
    return exposed("acts as the default account in everything", severity="medium", evidence=seen)


class InstanceScanner(GcpScanner[Instance]):
    """Instances of Compute Engine."""

    service, family = "instance", "compute"
    resource, resource_type = Instance, "compute.googleapis.com/Instance"
    groups = ("compute",)
    monitored = "gce_instance"
    series: ClassVar = {"resource.labels.instance_id": "number"}
    rules = (
        waste("vm.idle", idle),
        waste("vm.stopped", stopped),
        security("vm.default_account", default_account),
    )
