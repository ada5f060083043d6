"""Each rule of the network at, below and above its threshold, without data, and excluded."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from scanners.aws.asg import ScalingGroup
from scanners.aws.classic_elb import ClassicBalancer, ClassicElbScanner
from scanners.aws.eip import Address
from scanners.aws.elb import ElbScanner, LoadBalancer
from scanners.aws.nic import Interface, NicScanner
from scanners.aws.target_group import TargetGroup
from scanners.aws.vpc_endpoint import Endpoint, EndpointScanner
from scanners.core.prices import Money
from scanners.core.resource import Place
from scanners.core.series import Series
from tests.scanners.test_rules import ASOF, UNSET, ago, judge, make, series


def paid(amount: str | None) -> Any:
    cost = Money(Decimal(amount)) if amount else None
    return make(Address, {"id": "eipalloc-1", "monthly_cost": cost}, {})


def interface(**change: Any) -> Any:
    defaults = {
        "status": "available",
        "kind": "interface",
        "text": "",
        "managed": False,
        "subnet_id": "subnet-1",
        "addresses": [],
    }
    return make(Interface, defaults, change)


@pytest.mark.parametrize(
    ("change", "kind", "saving"),
    [
        ({}, "waste", "0.00"),
        ({"addresses": [paid("3.65")]}, "waste", "3.65"),
        ({"addresses": [paid(None)]}, "waste", None),
        ({"addresses": UNSET}, "insufficient_data", None),
        ({"status": "in-use"}, "ok", None),
        ({"status": UNSET}, "insufficient_data", None),
        ({"managed": True, "kind": "lambda"}, "excluded", None),
        ({"kind": "nat_gateway"}, "excluded", None),
        ({"kind": None}, "waste", "0.00"),
        ({"tags": {"cloud-sentinel:ignore": "true"}}, "excluded", None),
    ],
)
def test_nic_orphan(change: dict[str, Any], kind: str, saving: str | None) -> None:
    outcome = judge(NicScanner, "nic.orphan", interface(**change))
    assert (outcome.kind, str(outcome.saves) if outcome.saves else None) == (kind, saving)
    assert outcome.severity == ("low" if kind == "waste" else None)


def traffic(sent: float = 0.0, samples: int = 720) -> Series:
    return Series(0.0, 0.0, 0.0, 0.0, samples, 720, series().window, sum=sent)


def endpoint(**change: Any) -> Any:
    defaults = {
        "created_at": ago(days=100),
        "kind": "Interface",
        "state": "available",
        "target": "com.amazonaws.eu-west-1.sqs",
        "subnet_ids": ["subnet-1", "subnet-2"],
        "managed": None,
        "traffic": traffic(),
    }
    return make(Endpoint, defaults, change)


@pytest.mark.parametrize(
    ("change", "kind", "saving"),
    [
        ({}, "waste", "16.06"),
        ({"subnet_ids": ["subnet-1"]}, "waste", "8.03"),
        ({"kind": "GatewayLoadBalancer"}, "waste", None),
        ({"kind": "Gateway"}, "ok", None),
        ({"state": "pendingAcceptance"}, "ok", None),
        ({"created_at": ago(days=30)}, "excluded", None),
        ({"created_at": ago(days=30, seconds=1)}, "waste", "16.06"),
        ({"managed": True}, "excluded", None),
        ({"traffic": traffic(1.0)}, "ok", None),
        ({"traffic": traffic(samples=576)}, "waste", "16.06"),
        ({"traffic": traffic(samples=575)}, "insufficient_data", None),
        ({"traffic": None}, "insufficient_data", None),
        ({"traffic": UNSET}, "insufficient_data", None),
        ({"created_at": UNSET}, "insufficient_data", None),
        ({"tags": {"cloud-sentinel:ignore": "true"}}, "excluded", None),
    ],
)
def test_endpoint_idle(change: dict[str, Any], kind: str, saving: str | None) -> None:
    outcome = judge(EndpointScanner, "endpoint.idle", endpoint(**change))
    assert (outcome.kind, str(outcome.saves) if outcome.saves else None) == (kind, saving)
    assert outcome.severity == ("medium" if kind == "waste" else None)


@pytest.mark.parametrize(
    ("change", "cost"),
    [
        ({}, "16.06"),
        ({"kind": "Gateway", "subnet_ids": []}, "0.00"),
        ({"state": "deleted"}, "0.00"),
        ({"kind": "Resource"}, "None"),
        ({"subnet_ids": UNSET}, "None"),
    ],
)
def test_an_endpoint_costs_by_zone(change: dict[str, Any], cost: str) -> None:
    assert str(endpoint(**change).monthly_cost) == cost


def test_a_price_is_of_its_region() -> None:
    place = Place("aws", "aws", "123456789012", "us-east-1", ASOF)
    told = {"id": "vpce-1", "kind": "GatewayLoadBalancer", "state": "available", "subnet_ids": ["subnet-1"]}
    assert str(Endpoint(place, None, **told).monthly_cost) == "7.30"


def hosts(most: float = 0.0, samples: int = 168) -> Series:
    return Series(most, most, most, most, samples, 168, series().window)


def asked(a_day: float, samples: int = 168) -> Series:
    return Series(0.0, 0.0, 0.0, 0.0, samples, 168, series().window, sum=a_day * 7)


ARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012"


def group(name: str = "web", **change: Any) -> Any:
    defaults = {"id": f"{ARN}:targetgroup/{name}/0123456789abcdef", "target_states": ["unhealthy", "unhealthy"]}
    return make(TargetGroup, {**defaults, "healthy_hosts": hosts()}, change)


def balancer(**change: Any) -> Any:
    defaults = {
        "id": f"{ARN}:loadbalancer/app/web/0123456789abcdef",
        "created_at": ago(days=100),
        "kind": "application",
        "state": "active",
        "zones": ["a", "b"],
        "attributes": {},
        "actions": ["forward"],
        "targets": 2,
        "healthy_targets": 2,
        "target_groups": [group()],
        "requests": asked(5000),
    }
    return make(LoadBalancer, defaults, change)


EMPTY = {"targets": 0, "healthy_targets": 0}
SICK = {"healthy_targets": 0}


def sick(*groups: dict[str, Any]) -> dict[str, Any]:
    """A balancer none of whose targets is healthy now, with these groups."""
    return {**SICK, "target_groups": [group(f"g{number}", **one) for number, one in enumerate(groups)]}


EMPTY_GROUP: dict[str, Any] = {"target_states": [], "healthy_hosts": None}


@pytest.mark.parametrize(
    ("change", "kind", "saving"),
    [
        ({}, "ok", None),
        (EMPTY, "waste", "18.40"),
        ({**EMPTY, "target_groups": []}, "waste", "18.40"),
        ({**EMPTY, "kind": "network"}, "waste", "18.40"),
        ({**EMPTY, "kind": "gateway"}, "waste", None),
        ({**EMPTY, "created_at": ago(days=7)}, "excluded", None),
        ({**EMPTY, "created_at": ago(days=7, seconds=1)}, "waste", "18.40"),
        ({**EMPTY, "actions": ["forward", "redirect"]}, "excluded", None),
        ({**EMPTY, "actions": ["fixed-response"]}, "excluded", None),
        ({**EMPTY, "actions": UNSET}, "insufficient_data", None),
        ({**EMPTY, "state": "provisioning"}, "ok", None),
        ({"targets": UNSET, "healthy_targets": UNSET}, "insufficient_data", None),
        ({"target_groups": UNSET, **EMPTY}, "insufficient_data", None),
        (SICK, "waste", "18.40"),
        (sick({"healthy_hosts": hosts(1)}), "ok", None),
        (sick({"healthy_hosts": hosts(samples=135)}), "waste", "18.40"),
        (sick({"healthy_hosts": hosts(samples=134)}), "insufficient_data", None),
        (sick({"healthy_hosts": None}), "insufficient_data", None),
        (sick({"healthy_hosts": UNSET}), "insufficient_data", None),
        (sick({"target_states": UNSET}), "insufficient_data", None),
        (sick({}, {}), "waste", "18.40"),
        (sick({}, {"healthy_hosts": hosts(1)}), "ok", None),
        (sick({}, {"healthy_hosts": hosts(1, samples=5), "target_states": []}), "ok", None),
        (sick({}, {"healthy_hosts": hosts(samples=134)}), "insufficient_data", None),
        (sick({}, EMPTY_GROUP), "waste", "18.40"),
        ({**SICK, "created_at": ago(days=6)}, "excluded", None),
        ({"healthy_targets": 1}, "ok", None),
        ({**EMPTY, "tags": {"cloud-sentinel:ignore": "true"}}, "excluded", None),
    ],
)
def test_lb_no_targets(change: dict[str, Any], kind: str, saving: str | None) -> None:
    outcome = judge(ElbScanner, "lb.no_targets", balancer(**change))
    assert (outcome.kind, str(outcome.saves) if outcome.saves else None) == (kind, saving)
    assert outcome.severity == ("high" if kind == "waste" else None)


@pytest.mark.parametrize(
    ("change", "kind", "saving"),
    [
        ({"requests": asked(99.9)}, "waste", "18.40"),
        ({"requests": asked(100)}, "ok", None),
        ({"requests": asked(0, samples=134)}, "insufficient_data", None),
        ({"requests": None}, "insufficient_data", None),
        ({"requests": UNSET}, "insufficient_data", None),
        ({"kind": "network", "new_flows": asked(99)}, "waste", "18.40"),
        ({"kind": "network", "new_flows": asked(101), "requests": asked(0)}, "ok", None),
        ({"requests": asked(0), "created_at": ago(days=7)}, "excluded", None),
        ({"requests": asked(0), **EMPTY}, "excluded", None),
        ({"requests": asked(0), "state": "failed"}, "ok", None),
        ({"requests": asked(0), "tags": {"cloud-sentinel:ignore": "true"}}, "excluded", None),
    ],
)
def test_lb_idle(change: dict[str, Any], kind: str, saving: str | None) -> None:
    outcome = judge(ElbScanner, "lb.idle", balancer(**change))
    assert (outcome.kind, str(outcome.saves) if outcome.saves else None) == (kind, saving)
    assert outcome.severity == ("medium" if kind == "waste" else None)


def classic(**change: Any) -> Any:
    defaults = {
        "id": "web",
        "created_at": ago(days=100),
        "zones": ["a"],
        "instance_ids": ["i-1"],
        "instance_states": ["InService"],
        "requests": asked(5000),
        "healthy_hosts": hosts(1),
    }
    return make(ClassicBalancer, defaults, change)


BARE: dict[str, Any] = {"instance_ids": [], "instance_states": []}
DOWN = {"instance_states": ["OutOfService"], "healthy_hosts": hosts()}


@pytest.mark.parametrize(
    ("change", "kind", "saving"),
    [
        ({}, "ok", None),
        (BARE, "waste", "20.44"),
        ({**BARE, "created_at": ago(days=7)}, "excluded", None),
        ({**BARE, "created_at": ago(days=7, seconds=1)}, "waste", "20.44"),
        (DOWN, "waste", "20.44"),
        ({**DOWN, "healthy_hosts": hosts(1)}, "ok", None),
        ({**DOWN, "healthy_hosts": hosts(samples=134)}, "insufficient_data", None),
        ({**DOWN, "healthy_hosts": None}, "insufficient_data", None),
        ({"instance_states": UNSET}, "insufficient_data", None),
        ({**BARE, "tags": {"cloud-sentinel:ignore": "true"}}, "excluded", None),
    ],
)
def test_classic_lb_no_targets(change: dict[str, Any], kind: str, saving: str | None) -> None:
    outcome = judge(ClassicElbScanner, "lb.no_targets", classic(**change))
    assert (outcome.kind, str(outcome.saves) if outcome.saves else None) == (kind, saving)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"requests": None}, "waste"),
        ({"requests": asked(99.9)}, "waste"),
        ({"requests": asked(100)}, "ok"),
        ({"requests": None, "healthy_hosts": hosts(1, samples=134)}, "insufficient_data"),
        ({"requests": None, "healthy_hosts": None}, "insufficient_data"),
        ({"requests": UNSET}, "insufficient_data"),
        ({"requests": None, "created_at": ago(days=7)}, "excluded"),
        ({"requests": None, **BARE}, "excluded"),
        ({"requests": None, "tags": {"cloud-sentinel:ignore": "true"}}, "excluded"),
    ],
)
def test_classic_lb_idle(change: dict[str, Any], kind: str) -> None:
    outcome = judge(ClassicElbScanner, "lb.idle", classic(**change))
    assert (outcome.kind, str(outcome.saves)) == (kind, "20.44" if kind == "waste" else "None")


@pytest.mark.parametrize(
    ("item", "field", "safe"),
    [
        (balancer(), "multi_zone", True),
        (balancer(zones=["a"]), "multi_zone", False),
        (balancer(), "protected", False),
        (balancer(attributes={"deletion_protection.enabled": "true"}), "protected", True),
        (balancer(), "cross_zone", True),
        (balancer(kind="network"), "cross_zone", False),
        (classic(), "multi_zone", False),
        (classic(cross_zone_on=True), "cross_zone", True),
        (endpoint(), "multi_zone", True),
        (endpoint(subnet_ids=["subnet-1"]), "multi_zone", False),
        (make(ScalingGroup, {"smallest": 2}, {}), "redundant", True),
        (make(ScalingGroup, {"smallest": 1}, {}), "redundant", False),
        (make(ScalingGroup, {"health_check": "EC2"}, {}), "checks_answers", False),
    ],
)
def test_what_they_withstand(item: Any, field: str, safe: bool) -> None:
    assert getattr(item, field) is safe


def test_how_cloudwatch_calls_a_balancer() -> None:
    one = balancer(kind="network", id=f"{ARN}:loadbalancer/net/web/0123456789abcdef")
    assert (one.short, one.namespace) == ("net/web/0123456789abcdef", "NetworkELB")
    behind = group(protocol="TCP", load_balancer_arns=[one.id])
    named = (behind.short, behind.namespace, behind.balancer)
    assert named == ("targetgroup/web/0123456789abcdef", "NetworkELB", one.short)
