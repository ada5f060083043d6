"""Amazon EC2 instances: what they are, how busy they are, what they cost, and those that nobody needs."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from scanners.aws.call import Call
from scanners.aws.scanner import AwsScanner
from scanners.core.machines import long_off, quiet
from scanners.core.outcome import Outcome, excluded, ok, wasted
from scanners.core.prices import Money, difference
from scanners.core.resource import Resource, fact, metric, priced, related, resilience
from scanners.core.rules import waste
from scanners.core.series import Series

if TYPE_CHECKING:
    from scanners.aws.eip import Address

ASG_TAG = "aws:autoscaling:groupName"
PLATFORMS = {"Linux/UNIX": "linux", "Windows": "windows"}
_STOPPED = re.compile(r"\((\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) GMT\)")

State = Literal["pending", "running", "shutting-down", "terminated", "stopping", "stopped"]


SUCCESSORS = {
    **dict.fromkeys(("t1", "t2"), "t3"),
    **dict.fromkeys(("m1", "m3", "m4"), "m5"),
    **dict.fromkeys(("c1", "c3", "c4"), "c5"),
    **dict.fromkeys(("m2", "r3", "r4"), "r5"),
    "i2": "i3",
}
"""Families that AWS calls previous generation (and t2), and the next one for the same work on the same processors."""
OFFERINGS = Call("ec2", "describe_instance_type_offerings", "InstanceTypeOfferings", page_size=1000)


class Offering(Resource):
    """A type of instances that the region has, as ``ec2:DescribeInstanceTypeOfferings`` tells it."""

    id: str = fact("InstanceType")


class Machine(Resource):
    """What follows from the facts of an instance."""

    state: str
    state_reason: str | None
    instance_type: str
    platform_details: str | None
    platform_family: str | None
    lifecycle: str | None
    tenancy: str | None
    cpu_credits: Series | None

    @property
    def successor(self) -> str | None:
        """The same size of the family that came after its own; None where there is none."""
        family, _, size = self.instance_type.partition(".")
        return f"{SUCCESSORS[family]}.{size}" if family in SUCCESSORS else None

    @property
    def burstable(self) -> bool:
        """Whether it lives on CPU credits (t2, t3, t4g and their like)."""
        return re.match(r"t\d", self.instance_type) is not None

    @property
    def slowed_down(self) -> bool:
        """Whether it is burstable and has spent its CPU credits."""
        return self.burstable and self.cpu_credits is not None and self.cpu_credits.max < 1

    @property
    def platform(self) -> str | None:
        """Linux or windows; other systems are billed at prices that the list does not have."""
        told = self.platform_details or ("Windows" if self.platform_family == "windows" else "Linux/UNIX")
        return PLATFORMS.get(told)

    @property
    def billed(self) -> int | None:
        """1 when it is billed by the on-demand list price, 0 when it does not run, None for other prices."""
        if self.state != "running":
            return 0
        return None if self.lifecycle or self.tenancy not in {None, "default"} or not self.platform else 1

    @property
    def stopped_at(self) -> datetime | None:
        """When it was stopped, by the state transition reason; None where that does not tell."""
        told = _STOPPED.search(self.state_reason or "")
        return datetime.strptime(told[1], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC) if told else None


class Instance(Machine):
    """One instance, as ``ec2:DescribeInstances`` tells it."""

    id: str = fact("InstanceId")
    created_at: datetime = fact("LaunchTime", doc="Time of the last launch")
    state: State = fact("State.Name")
    state_reason: str | None = fact("StateTransitionReason", doc="Why and when the state last changed")
    instance_type: str = fact("InstanceType")
    platform_details: str | None = fact("PlatformDetails")
    platform_family: str | None = fact("Platform", doc="windows, or null for every other system")
    architecture: str | None = fact("Architecture")
    lifecycle: str | None = fact("InstanceLifecycle", doc="spot, scheduled or, on demand, null")
    tenancy: str | None = fact("Placement.Tenancy")
    zone: str | None = fact("Placement.AvailabilityZone")
    vpc_id: str | None = fact("VpcId", to="vpc")
    subnet_id: str | None = fact("SubnetId", to="subnet")
    private_ip: str | None = fact("PrivateIpAddress")
    public_ip: str | None = fact("PublicIpAddress")
    security_groups: list[str] | None = fact("SecurityGroups[].GroupId", to="security_group")
    image_id: str | None = fact("ImageId", to="image")
    root_device: str | None = fact("RootDeviceName")
    key_name: str | None = fact("KeyName")
    monitoring: str | None = fact("Monitoring.State", doc="Whether metrics come every minute")
    instance_profile: str | None = fact("IamInstanceProfile.Arn")
    metadata_tokens: str | None = fact("MetadataOptions.HttpTokens", doc="required: only IMDSv2 tells its credentials")
    interfaces: list[str] = fact("NetworkInterfaces[].NetworkInterfaceId || `[]`", to="nic")
    volume_ids: list[str] = fact("BlockDeviceMappings[].Ebs.VolumeId || `[]`", to="ebs")
    cores: int | None = fact("CpuOptions.CoreCount")
    private_dns: str | None = fact("PrivateDnsName")
    public_dns: str | None = fact("PublicDnsName")
    stop_code: str | None = fact("StateReason.Code", doc="Why the state last changed, as a code")
    ebs_optimized: bool | None = fact("EbsOptimized")
    addresses: list[Address] = related("id", by="instance_id", keep=("monthly_cost",))
    successors: list[Offering] = related("successor", keep=(), listing=OFFERINGS)
    cpu: Series | None = metric("AWS/EC2", "CPUUtilization", unit="Percent", kind="gauge")
    network_in: Series | None = metric("AWS/EC2", "NetworkIn", unit="Bytes")
    network_out: Series | None = metric("AWS/EC2", "NetworkOut", unit="Bytes")
    cpu_credits: Series | None = metric(
        "AWS/EC2", "CPUCreditBalance", unit="Count", kind="level", when="burstable", doc="Unspent CPU credits"
    )
    monthly_cost: Money | None = priced(
        "ec2:{region}:{instance_type}:{platform}", per="billed", doc="Monthly on-demand cost; zero when it does not run"
    )
    successor_cost: Money | None = priced(
        "ec2:{region}:{successor}:{platform}", per="billed", doc="What its successor would cost"
    )

    @resilience
    def replaced(self) -> bool:
        """An Auto Scaling group replaces it when it fails."""
        return ASG_TAG in self.tags

    @property
    def measured(self) -> bool:
        """Only a running instance reports metrics."""
        return self.state == "running"


def idle(instance: Instance, *, cpu_percent: float = 5.0, mb_a_day: float = 5.0, days: int = 14) -> Outcome:
    """Runs and does nothing: the 95th percentile of its hourly CPU peaks and its traffic are near zero."""
    if instance.state != "running":
        return ok()
    if ASG_TAG in instance.tags:
        return excluded(f"member of the Auto Scaling group {instance.tags[ASG_TAG]}")
    if instance.age < timedelta(days=days):
        return excluded(f"launched less than {days} days ago")
    return quiet(instance, cpu_percent, mb_a_day, {"instance_type": instance.instance_type})


def stopped(instance: Instance, *, longest: timedelta = timedelta(days=30)) -> Outcome:
    """Stopped for long: nothing runs, but its disks and addresses are paid.

    The saving counts the addresses only: each of its disks is a finding of its own (``disk.on_stopped_vm``), and no
    money is counted twice.
    """
    if instance.state != "stopped":
        return ok()
    return long_off(instance, instance.stopped_at, longest)


def previous_generation(instance: Instance) -> Outcome:
    """Its family has a successor, which the region has in the same size, and which costs less."""
    if not instance.successor or not instance.successors:
        return ok()
    saves = difference(instance.monthly_cost, instance.successor_cost)
    if saves is not None and saves.amount <= 0:
        return ok()
    seen = {"instance_type": instance.instance_type, "successor": instance.successor}
    reason = f"{instance.instance_type} has the successor {instance.successor}"
    return wasted(reason, severity="low", saves=saves, evidence=seen)


class Ec2Scanner(AwsScanner[Instance]):
    """Amazon EC2 instances."""

    service, family = "ec2", "ec2"
    resource, resource_type = Instance, "AWS::EC2::Instance"
    groups = ("compute",)
    listing = Call("ec2", "describe_instances", "Reservations[].Instances[]", page_size=500)
    arn = "arn:{partition}:ec2:{region}:{account}:instance/{id}"
    dimension = "InstanceId"
    rules = (
        waste("vm.idle", idle),
        waste("vm.stopped", stopped),
        waste("vm.previous_generation", previous_generation),
    )
