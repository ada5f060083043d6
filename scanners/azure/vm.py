"""Azure virtual machines: what they are, how busy they are, what they cost, and those that nobody needs."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from scanners.azure.scanner import AzureScanner
from scanners.core.machines import long_off, quiet
from scanners.core.outcome import Outcome, excluded, ok, wasted
from scanners.core.prices import Money
from scanners.core.resource import Resource, fact, metric, priced, related, resilience
from scanners.core.rules import waste
from scanners.core.series import Series

if TYPE_CHECKING:
    from scanners.azure.disk import Disk
    from scanners.azure.public_ip import PublicIp

TYPE = "Microsoft.Compute/virtualMachines"
BURSTABLE = re.compile(r"(Standard|Basic)_B\d")


class VirtualMachine(Resource):
    """One virtual machine, as Resource Graph tells it."""

    id: str = fact("id", doc="Resource id, in lower case")
    name: str = fact("name")
    created_at: datetime = fact("properties.timeCreated")
    power_state: str = fact(
        "properties.extended.instanceView.powerState.code", doc="PowerState/running, /deallocated, /stopped …"
    )
    size: str = fact("properties.hardwareProfile.vmSize")
    os_type: str = fact("properties.storageProfile.osDisk.osType")
    image_publisher: str | None = fact("properties.storageProfile.imageReference.publisher")
    image_offer: str | None = fact("properties.storageProfile.imageReference.offer")
    license_type: str | None = fact("properties.licenseType", doc="Set where the customer's own licence is used")
    priority: str | None = fact("properties.priority", doc="Spot, Low or, on demand, null")
    scale_set: str | None = fact("properties.virtualMachineScaleSet.id")
    computer_name: str | None = fact("properties.osProfile.computerName")
    os_disk_id: str | None = fact("properties.storageProfile.osDisk.managedDisk.id", to="disk")
    data_disk_ids: list[str] = fact("properties.storageProfile.dataDisks[].managedDisk.id || `[]`", to="disk")
    nic_ids: list[str] = fact("properties.networkProfile.networkInterfaces[].id || `[]`", to="nic")
    boot_diagnostics: bool | None = fact("properties.diagnosticsProfile.bootDiagnostics.enabled")
    zones: list[str] | None = fact("zones")
    resource_group: str = fact("resourceGroup")
    disks: list[Disk] = related("id", by="vm_id", keep=("state", "changed_hands_at"))
    addresses: list[PublicIp] = related("nic_ids", by="nic_id", keep=("monthly_cost",))
    cpu: Series | None = metric(TYPE, "Percentage CPU", unit="Percent", kind="gauge")
    network_in: Series | None = metric(TYPE, "Network In Total", unit="Bytes")
    network_out: Series | None = metric(TYPE, "Network Out Total", unit="Bytes")
    cpu_credits: Series | None = metric(
        TYPE, "CPU Credits Remaining", unit="Count", kind="level", when="burstable", doc="Unspent CPU credits"
    )
    monthly_cost: Money | None = priced(
        "vm:{region}:{size}:{system}", per="billed", doc="Monthly on-demand cost; zero when it is deallocated"
    )

    @resilience
    def replaced(self) -> bool:
        """A scale set replaces it when it fails."""
        return bool(self.scale_set)

    @property
    def measured(self) -> bool:
        """Only a running machine reports metrics."""
        return self.power_state == "PowerState/running"

    @property
    def burstable(self) -> bool:
        """Whether it lives on CPU credits (the B series)."""
        return BURSTABLE.match(self.size) is not None

    @property
    def slowed_down(self) -> bool:
        """Whether it is burstable and has spent its CPU credits."""
        return self.burstable and self.cpu_credits is not None and self.cpu_credits.max < 1

    @property
    def system(self) -> str:
        """Windows, or linux; an own licence of Windows is billed like linux."""
        return "windows" if self.os_type == "Windows" and not self.license_type else "linux"

    @property
    def billed(self) -> int | None:
        """0 when it is deallocated, 1 when the on-demand list price is billed, None for other prices."""
        if self.power_state == "PowerState/deallocated":
            return 0
        return None if self.priority in {"Spot", "Low"} else 1

    @property
    def deallocated_at(self) -> datetime | None:
        """When its disks were last set free of a running machine; None where they do not tell."""
        told = [disk.changed_hands_at for disk in self.disks if disk.state == "Reserved"]
        known = [moment for moment in told if moment is not None]
        return max(known) if known and len(known) == len(told) else None


def idle(vm: VirtualMachine, *, cpu_percent: float = 5.0, mb_a_day: float = 5.0, days: int = 14) -> Outcome:
    """Runs and does nothing: the 95th percentile of its hourly CPU peaks and its traffic are near zero."""
    if not vm.measured:
        return ok()
    if vm.scale_set:
        return excluded(f"member of the scale set {vm.scale_set.rpartition('/')[2]}")
    if vm.age < timedelta(days=days):
        return excluded(f"created less than {days} days ago")
    return quiet(vm, cpu_percent, mb_a_day, {"size": vm.size})


def stopped(vm: VirtualMachine, *, longest: timedelta = timedelta(days=30)) -> Outcome:
    """Stopped, and still paid: in full when it was never deallocated, for disks and addresses when it was.

    A machine that was stopped from inside keeps its host and its price from the first hour, so that is told at once. Of
    one that has long been deallocated the saving counts the addresses only: each of its disks is a finding of its own
    (``disk.on_stopped_vm``), and no money is counted twice.
    """
    if vm.power_state == "PowerState/stopped":
        seen = {"power_state": vm.power_state, "size": vm.size}
        return wasted("stopped but not deallocated", severity="high", saves=vm.monthly_cost, evidence=seen)
    if vm.power_state != "PowerState/deallocated":
        return ok()
    return long_off(vm, vm.deallocated_at, longest, "deallocated")


class VmScanner(AzureScanner[VirtualMachine]):
    """Azure virtual machines."""

    service, family = "vm", "compute"
    resource, resource_type = VirtualMachine, TYPE
    groups = ("compute",)
    rules = (waste("vm.idle", idle), waste("vm.stopped", stopped))
