"""Balancers against the local cloud: groups related before their health is asked, tags by list, gaps where refused."""

from __future__ import annotations

from typing import Any

from tests.scanners.running import LocalCloud, scan

SERVICES = ("elb", "target_group", "classic_elb")


def balanced(cloud: LocalCloud, targets: int) -> str:
    """The ARN of a balancer with one group that has so many targets."""
    elb, ec2 = (cloud.client(name, "eu-west-1") for name in ("elbv2", "ec2"))
    subnets = ec2.describe_subnets()["Subnets"]
    ran = ec2.run_instances(ImageId="ami-12345678", MinCount=2, MaxCount=2)["Instances"]
    made = elb.create_load_balancer(
        Name="web", Subnets=[one["SubnetId"] for one in subnets[:2]], Tags=[{"Key": "team", "Value": "shop"}]
    )
    arn = str(made["LoadBalancers"][0]["LoadBalancerArn"])
    group = elb.create_target_group(Name="web", Protocol="HTTP", Port=80, VpcId=subnets[0]["VpcId"])
    group_arn = group["TargetGroups"][0]["TargetGroupArn"]
    action: dict[str, Any] = {"Type": "forward", "TargetGroupArn": group_arn}
    elb.create_listener(LoadBalancerArn=arn, Port=80, Protocol="HTTP", DefaultActions=[action])
    elb.describe_load_balancers()  # the first look makes it active
    if targets:
        chosen = [{"Id": one["InstanceId"]} for one in ran[:targets]]
        elb.register_targets(TargetGroupArn=group_arn, Targets=chosen)
    return arn


async def test_a_balancer_tells_its_targets_its_listeners_and_its_tags(cloud: LocalCloud) -> None:
    arn = balanced(cloud, 2)
    result = await scan(cloud, services=SERVICES, family="elb")
    assert result.value("aws.metadata.elb.targets") == 2
    assert result.value("aws.metadata.elb.healthy_targets") == 2
    assert result.value("aws.metadata.elb.tags") == {"team": "shop"}
    assert (result.value("aws.metadata.elb.ports"), result.value("aws.metadata.elb.actions")) == ([80], ["forward"])
    assert result.value("aws.metadata.target_group.load_balancer_arns") == [arn]
    assert result.value("aws.metadata.elb.multi_zone") is True
    assert [one.subject for one in result.of("aws.metadata.elb.protected")] == [arn]
    assert set(result.outcome.complete) == set(SERVICES)


async def test_a_balancer_without_a_target_is_waste(cloud: LocalCloud) -> None:
    balanced(cloud, 0)
    result = await scan(cloud, services=SERVICES, family="elb")
    finding = result.value("aws.waste.elb.no_targets")
    assert (finding["outcome"], finding["monthly_saving"]) == ("waste", "18.40")
    assert finding["evidence"]["target_groups"] == 1


async def test_where_the_health_is_refused_nothing_is_claimed(cloud: LocalCloud) -> None:
    balanced(cloud, 0)
    cloud.fault("DescribeTargetHealth", "AccessDenied")
    result = await scan(cloud, services=SERVICES, family="elb")
    assert result.value("aws.waste.elb.no_targets")["outcome"] == "insufficient_data"
    assert result.of("aws.metadata.elb.targets") == []
    assert ("elb", "denied", "enrich") in result.gaps()
