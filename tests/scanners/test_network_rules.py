"""Each rule of the network at, below and above its threshold, without data, and excluded."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from scanners.aws.eip import Address
from scanners.aws.nic import Interface, NicScanner
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
