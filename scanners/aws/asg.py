"""Auto Scaling groups: how many instances they hold, where, from which template, and how busy these are."""

from __future__ import annotations

from datetime import datetime

from scanners.aws.call import Call
from scanners.aws.scanner import AwsScanner
from scanners.core.resource import Resource, fact, metric, resilience
from scanners.core.series import Series

BY_NAME = {"AutoScalingGroupName": "{name}"}


class ScalingGroup(Resource):
    """One group, as ``autoscaling:DescribeAutoScalingGroups`` tells it."""

    id: str = fact("AutoScalingGroupARN")
    created_at: datetime = fact("CreatedTime")
    name: str = fact("AutoScalingGroupName")
    smallest: int = fact("MinSize", doc="Instances that it never goes below")
    largest: int = fact("MaxSize", doc="Instances that it never goes above")
    desired: int = fact("DesiredCapacity", doc="Instances that it should have now")
    zones: list[str] = fact("AvailabilityZones[]")
    subnets: str | None = fact("VPCZoneIdentifier", doc="Ids of its subnets, with commas between them")
    instance_ids: list[str] = fact("Instances[].InstanceId", to="ec2")
    instance_types: list[str] = fact("Instances[].InstanceType || `[]`")
    instance_states: list[str] = fact("Instances[].LifecycleState || `[]`")
    launch_template: str | None = fact("LaunchTemplate.LaunchTemplateId", to="launch_template")
    launch_configuration: str | None = fact("LaunchConfigurationName", doc="The older kind of template")
    target_groups: list[str] = fact("TargetGroupARNs[] || `[]`", to="target_group")
    load_balancers: list[str] = fact("LoadBalancerNames[] || `[]`", to="classic_elb")
    health_check: str | None = fact("HealthCheckType", doc="EC2: only the machine; ELB: what it answers")
    health_grace: int | None = fact("HealthCheckGracePeriod", unit="s")
    cooldown: int | None = fact("DefaultCooldown", unit="s")
    suspended: list[str] = fact("SuspendedProcesses[].ProcessName || `[]`", doc="What it was told not to do")
    scale_in_protected: bool | None = fact("NewInstancesProtectedFromScaleIn")
    rebalances: bool | None = fact("CapacityRebalance", doc="Whether it replaces spot instances that are at risk")
    cpu: Series | None = metric("AWS/EC2", "CPUUtilization", unit="Percent", kind="gauge", dimensions=BY_NAME)

    @resilience
    def multi_zone(self) -> bool:
        """It may start instances in more than one zone."""
        return len(self.zones) > 1

    @resilience
    def redundant(self) -> bool:
        """It always keeps more than one instance."""
        return self.smallest > 1

    @resilience
    def checks_answers(self) -> bool:
        """It replaces instances that run and do not answer, not only those that do not run."""
        return self.health_check != "EC2"


class AsgScanner(AwsScanner[ScalingGroup]):
    """Auto Scaling groups."""

    service, family = "asg", "autoscaling"
    resource, resource_type = ScalingGroup, "AWS::AutoScaling::AutoScalingGroup"
    groups = ("compute",)
    listing = Call("autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups", page_size=100)
    arn = "{id}"
