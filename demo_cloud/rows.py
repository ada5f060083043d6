"""What a scan of the demo must find, a row a finding; the themes write them by hand, from the dated price list.

Savings a month, rounded half up to the cent: GiB x price, hours x 730; None where the list has no price, and for
findings without money. What costs nothing more than what other rows already claim saves 0.00: ``vm.stopped`` counts the
addresses only, because each disk of a stopped instance is its own finding (``disk.on_stopped_vm``) and no money is
counted twice.

Prices (USD): gp2 0.11 Ireland, 0.10 Virginia, 0.119 Frankfurt; gp3 0.088, 0.08, 0.0952; io1 Virginia 0.125 and 0.065 an
IOPS; gp3 above 3,000 IOPS 0.005 Virginia, 0.006 Frankfurt, above 125 MiB/s 0.04 Virginia; snapshots 0.05, 0.05, 0.054,
archived in Ireland 0.0125; addresses 0.005 an hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from demo_cloud.names import DATA as B
from demo_cloud.names import FRANKFURT as C
from demo_cloud.names import IRELAND as E
from demo_cloud.names import RETAIL as A
from demo_cloud.names import VIRGINIA as U

__all__ = ["A", "B", "C", "E", "Expected", "U", "exposed", "waste"]


@dataclass(frozen=True)
class Expected:
    """One finding that must be there. ``saving`` None: unknown, or not a matter of money."""

    account: str
    resource_id: str
    rule: str
    outcome: str
    saving: Decimal | None
    currency: str | None


def waste(rule: str, account: str, region: str, resource: str, saving: str | None, *, service: str = "ec2") -> Expected:
    """Money that is wasted; ``resource`` is the end of the ARN."""
    amount = None if saving is None else Decimal(saving)
    arn = f"arn:aws:{service}:{region}:{account}:{resource}"
    return Expected(account, arn, rule, "waste", amount, saving and "USD")


def exposed(rule: str, account: str, region: str, resource: str, *, service: str = "ec2") -> Expected:
    """A resource that is exposed or unprotected."""
    arn = f"arn:aws:{service}:{region}:{account}:{resource}"
    return Expected(account, arn, rule, "exposed", None, None)
