"""Each field of the network that the seeder patches in the emulator, read back through the real SDK."""

from __future__ import annotations

from datetime import timedelta

import pytest

from demo_cloud import DemoCloud
from tests.demo_cloud.clients import DATA, NOW, VIRGINIA, client


def test_interfaces_tell_what_they_are_attached_to(cloud: DemoCloud) -> None:
    told = client(cloud, "ec2").describe_network_interfaces()["NetworkInterfaces"]
    by_id = {one["NetworkInterfaceId"]: one for one in told}
    assert by_id["eni-0de01e10000000001"]["Association"]["PublicIp"] == "203.0.113.3"
    assert by_id["eni-0de01e10000000001"]["TagSet"] == [{"Key": "Name", "Value": "old-vpn"}]
    kept = by_id["eni-0de01e19000000001"]
    assert (kept["Status"], kept["RequesterManaged"], kept["InterfaceType"]) == ("available", True, "lambda")
    loose = {one["NetworkInterfaceId"] for one in told if one["Status"] == "available"}
    assert {one[:10] for one in loose} == {"eni-0de01e"}
    assert "i-0de01e10000000021" in {one.get("Attachment", {}).get("InstanceId") for one in told}


def test_an_endpoint_tells_its_age_its_zones_and_its_interfaces(cloud: DemoCloud) -> None:
    ec2 = client(cloud, "ec2")
    told = {one["VpcEndpointId"]: one for one in ec2.describe_vpc_endpoints()["VpcEndpoints"]}
    queue, store = told["vpce-0de01e10000000001"], told["vpce-0de01e19000000001"]
    assert queue["CreationTimestamp"] == NOW - timedelta(days=200)
    assert (queue["ServiceName"], len(queue["SubnetIds"])) == ("com.amazonaws.eu-west-1.sqs", 2)
    owned = ec2.describe_network_interfaces(NetworkInterfaceIds=queue["NetworkInterfaceIds"])["NetworkInterfaces"]
    assert {(one["Status"], one["InterfaceType"]) for one in owned} == {("in-use", "vpc_endpoint")}
    assert (store["VpcEndpointType"], store["SubnetIds"]) == ("Gateway", [])


def test_each_vpc_has_its_gateway_and_the_fleet_its_template(cloud: DemoCloud) -> None:
    ec2 = client(cloud, "ec2")
    (vpc,) = ec2.describe_vpcs()["Vpcs"]
    (gateway,) = ec2.describe_internet_gateways()["InternetGateways"]
    (template,) = ec2.describe_launch_templates()["LaunchTemplates"]
    assert [one["VpcId"] for one in gateway["Attachments"]] == [vpc["VpcId"]]
    assert (template["LaunchTemplateName"], template["LatestVersionNumber"]) == ("fleet", 1)


def test_balancers_tell_age_kind_and_zones(cloud: DemoCloud) -> None:
    elb = client(cloud, "elbv2", VIRGINIA, DATA)
    told = {one["LoadBalancerName"]: one for one in elb.describe_load_balancers()["LoadBalancers"]}
    feed = told["old-feed"]
    assert feed["CreatedTime"] == NOW - timedelta(days=8)
    assert (feed["Type"], feed["State"]["Code"], len(feed["AvailabilityZones"])) == ("network", "active", 2)
    assert feed["LoadBalancerArn"].endswith("loadbalancer/net/old-feed/0de02a1000000001")
    attributes = elb.describe_load_balancer_attributes(LoadBalancerArn=told["web"]["LoadBalancerArn"])["Attributes"]
    assert {"Key": "deletion_protection.enabled", "Value": "true"} in attributes


@pytest.mark.parametrize(
    ("name", "states"), [("dead", ["unhealthy"] * 2), ("down", ["unhealthy"] * 2), ("web", ["healthy"] * 3)]
)
def test_targets_tell_how_they_are(cloud: DemoCloud, name: str, states: list[str]) -> None:
    elb = client(cloud, "elbv2", VIRGINIA)
    (group,) = elb.describe_target_groups(Names=[f"{name}-0"])["TargetGroups"]
    health = elb.describe_target_health(TargetGroupArn=group["TargetGroupArn"])["TargetHealthDescriptions"]
    assert [one["TargetHealth"]["State"] for one in health] == states


def test_a_balancer_that_only_redirects_says_so(cloud: DemoCloud) -> None:
    elb = client(cloud, "elbv2")
    (balancer,) = elb.describe_load_balancers(Names=["to-www"])["LoadBalancers"]
    (listener,) = elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    assert [action["Type"] for action in listener["DefaultActions"]] == ["redirect"]


def test_tags_of_balancers_are_told_apart(cloud: DemoCloud) -> None:
    elb = client(cloud, "elbv2")
    (balancer,) = elb.describe_load_balancers(Names=["old-shop"])["LoadBalancers"]
    told = elb.describe_tags(ResourceArns=[balancer["LoadBalancerArn"]])["TagDescriptions"]
    assert told[0]["Tags"] == [{"Key": "team", "Value": "checkout"}]


def test_classic_balancers_tell_their_instances_and_how_they_are(cloud: DemoCloud) -> None:
    elb = client(cloud, "elb", "eu-central-1", DATA)
    (dead,) = elb.describe_load_balancers()["LoadBalancerDescriptions"]
    assert dead["CreatedTime"] == NOW - timedelta(days=300)
    assert dead["Instances"] == [{"InstanceId": "i-0de02c10000000001"}]
    states = elb.describe_instance_health(LoadBalancerName="dead-etl")["InstanceStates"]
    assert [one["State"] for one in states] == ["OutOfService"]


def test_a_group_tells_its_members_its_age_and_its_template(cloud: DemoCloud) -> None:
    groups = client(cloud, "autoscaling", "eu-central-1").describe_auto_scaling_groups()["AutoScalingGroups"]
    group = {one["AutoScalingGroupName"]: one for one in groups}["checkout-asg"]
    assert group["CreatedTime"] == NOW - timedelta(days=220)
    assert [one["InstanceId"] for one in group["Instances"]] == ["i-0de01c19000000021"]
    assert (group["MinSize"], group["DesiredCapacity"]) == (1, 1)
    assert group["LaunchTemplate"]["LaunchTemplateName"] == "fleet"
