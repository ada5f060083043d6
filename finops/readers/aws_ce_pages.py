"""Asks Cost Explorer for the days of an account, and for those of the accounts that it pays for.

An answer has at most two groupings. So that no cost is told twice or left out, the whole is cut by filters, each answer
being a part of its own: for each linked account its usage by service and region, and what is no usage by record type
and service. In the end the parts are compared with the total, which is asked for without any grouping. Each page costs
0.01 US dollar: two calls an account and two more, and one for each further page.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from finops.readers.pages import Days, Pages
from schemas.errors import Fatal, InvalidInputError, Retriable
from schemas.policy import COST_OPERATIONS

if TYPE_CHECKING:
    from datetime import datetime

    from scanners.core.clients import Clients

OPERATIONS: Final = COST_OPERATIONS["aws"]
PRICE_A_CALL: Final = Decimal("0.01")
REGION: Final = "us-east-1"
"""The only region in which Cost Explorer answers."""
METRICS: Final = ("UnblendedCost", "AmortizedCost", "UsageQuantity")
USAGE: Final = ("Usage", "DiscountedUsage", "SavingsPlanCoveredUsage", "SavingsPlanNegation")
ATTEMPTS: Final = 5
HALF_A_CENT: Final = Decimal("0.005")


@dataclass
class CostExplorerPages:
    """One fetch. Blocks: to be called in a thread. ``most_calls`` bounds the price."""

    clients: Clients
    now: datetime
    most_calls: int = 2000
    pause: Callable[[float], None] = time.sleep

    def fetch(self, days: Days) -> Pages:
        """All pages. Raises ``CloudError``s; ``Fatal`` for parts that do not add up to the total."""
        pages = Pages(self.now)
        payer = str(self._call(lambda: self.clients.client("sts", REGION).get_caller_identity(), "sts")["Account"])
        months = {"TimePeriod": _period(days), "Granularity": "MONTHLY", "Metrics": [METRICS[0]]}
        total = _added(self._answers(pages, months))
        linked = self._answers(pages, {**months, "GroupBy": _by("LINKED_ACCOUNT")})
        accounts = sorted(
            {group["Keys"][0] for answer in linked for day in answer["ResultsByTime"] for group in day["Groups"]}
        )
        parts = sum((self._account(pages, payer, account, days) for account in accounts), Decimal(0))
        if abs(parts - total) >= HALF_A_CENT:
            raise Fatal(
                f"Cost Explorer tells {total:.2f} in all and {parts:.2f} in parts: it changed meanwhile; ask again",
                service="ce",
                operation="GetCostAndUsage",
            )
        return pages

    def _account(self, pages: Pages, payer: str, account: str, days: Days) -> Decimal:
        usage = {"Dimensions": {"Key": "RECORD_TYPE", "Values": list(USAGE)}}
        mine = {"Dimensions": {"Key": "LINKED_ACCOUNT", "Values": [account]}}
        added = Decimal(0)
        for name, dimensions, kinds in (
            ("usage", ("SERVICE", "REGION"), usage),
            ("other", ("RECORD_TYPE", "SERVICE"), {"Not": usage}),
        ):
            asked = {
                "TimePeriod": _period(days),
                "Granularity": "DAILY",
                "Metrics": list(METRICS),
                "GroupBy": _by(*dimensions),
                "Filter": {"And": [mine, kinds]},
            }
            answers = self._answers(pages, asked)
            added += _added(answers)
            for number, answer in enumerate(answers, 1):
                kept = {"account": payer, "linked_account": account, "grouping": ",".join(dimensions)}
                pages.keep(f"{account}-{name}-{number:04}", {**kept, "request": asked, "response": answer})
        return added

    def _answers(self, pages: Pages, asked: Mapping[str, Any]) -> list[dict[str, Any]]:
        """All pages of one question, without what differs from call to call."""
        answers: list[dict[str, Any]] = []
        token: str | None = None
        while token is not None or not answers:
            if pages.calls >= self.most_calls:
                told = f"more than {self.most_calls} calls ({self.most_calls * PRICE_A_CALL} USD) would be needed"
                raise InvalidInputError("calls", None, f"{told}; ask for fewer days")
            more = {"NextPageToken": token} if token else {}
            answer = self._call(lambda: self.clients.client("ce", REGION).get_cost_and_usage(**asked, **more), "ce")  # noqa: B023
            pages.calls += 1
            pages.price += PRICE_A_CALL
            token = answer.get("NextPageToken")
            answers.append({name: told for name, told in answer.items() if name not in _CHANGING})
        return answers

    def _call(self, asking: Callable[[], dict[str, Any]], service: str) -> dict[str, Any]:
        """Asks again, ever later, what may pass."""
        for attempt in range(1, ATTEMPTS):
            try:
                return _classified(asking, service)
            except Retriable:
                self.pause(2.0**attempt)
        return _classified(asking, service)


_CHANGING: Final = frozenset({"NextPageToken", "ResponseMetadata"})


def _classified(asking: Callable[[], dict[str, Any]], service: str) -> dict[str, Any]:
    from botocore.exceptions import BotoCoreError, ClientError

    from scanners.aws.errors import classify

    operation = {"ce": "GetCostAndUsage", "sts": "GetCallerIdentity"}[service]
    try:
        return asking()
    except (BotoCoreError, ClientError) as error:
        where = {"service": service, "operation": operation, "region": REGION}
        raise classify(error, **where, action=f"{service}:{operation}", principal="", proven=service == "ce") from error


def _period(days: Days) -> dict[str, str]:
    return {"Start": days.first.isoformat(), "End": days.end.isoformat()}


def _by(*dimensions: str) -> list[dict[str, str]]:
    return [{"Type": "DIMENSION", "Key": dimension} for dimension in dimensions]


def _added(answers: list[dict[str, Any]]) -> Decimal:
    """Unblended cost of all groups, or of the total where nothing is grouped."""
    told = [each for answer in answers for day in answer["ResultsByTime"] for each in _sums(day)]
    return sum((Decimal(one["UnblendedCost"]["Amount"]) for one in told), Decimal(0))


def _sums(day: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [group["Metrics"] for group in day["Groups"]] or [total for total in [day.get("Total")] if total]
