"""Asks Azure Cost Management for the days of a subscription: actual and amortized costs, by service and region.

A query has at most two groupings: so the charge types are asked for first, and then each by itself. Each query of a
month takes one of the tenant's query processing units (12 in 10 seconds, 60 a minute, 600 an hour); who is refused
waits for the longest time that any of the answer's headers names.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from finops.readers.pages import Days, Pages
from schemas.azure_operations import azure_operation
from schemas.errors import Fatal, Retriable
from schemas.policy import COST_OPERATIONS

if TYPE_CHECKING:
    from datetime import date, datetime

    from scanners.core.clients import Clients

OPERATION: Final = "costmanagement:Query"
OPERATIONS: Final = COST_OPERATIONS["azure"]
VIEWS: Final = ("ActualCost", "AmortizedCost")
ATTEMPTS: Final = 8
SHORTEST_SECONDS: Final = 2.0
LIMITS: Final = "x-ms-ratelimit-microsoft.costmanagement-"
HALF_A_CENT: Final = Decimal("0.005")


@dataclass
class AzureQueryPages:
    """One fetch, in the event loop of the connection."""

    clients: Clients
    subscription: str
    now: datetime
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def fetch(self, days: Days) -> Pages:
        """All pages, month by month. Raises ``CloudError``s; ``Fatal`` for parts that do not add up to the total."""
        pages = Pages(self.now)
        for first, end in days.months():
            for view in VIEWS:
                await self._month(pages, view, first, end)
        return pages

    async def _month(self, pages: Pages, view: str, first: date, end: date) -> None:
        kinds: dict[str, Decimal] = {}
        for answer in await self._answers(pages, _asked(view, first, end, "None", ("ChargeType",))):
            for row in _named(answer):
                kinds[row["ChargeType"]] = kinds.get(row["ChargeType"], Decimal(0)) + Decimal(row["Cost"])
        for kind, total in sorted(kinds.items()):
            asked = _asked(view, first, end, "Daily", ("ServiceName", "ResourceLocation"), kind)
            answers = await self._answers(pages, asked)
            added = sum((Decimal(row["Cost"]) for answer in answers for row in _named(answer)), Decimal(0))
            if abs(added - total) >= HALF_A_CENT:
                told = f"{view} of {first:%Y-%m}, {kind}: {total:.2f} in all, {added:.2f} by day; it changed meanwhile"
                raise Fatal(f"{told}; ask again", service="costmanagement", operation="Query")
            for number, answer in enumerate(answers, 1):
                page = {"subscription": self.subscription, "view": view, "charge_type": kind, "request": asked}
                pages.keep(f"{first:%Y-%m}-{view}-{kind}-{number:04}", {**page, "response": answer})

    async def _answers(self, pages: Pages, asked: Mapping[str, Any]) -> list[dict[str, Any]]:
        operation = azure_operation(OPERATION)
        client = self.clients.client("arm", "global")
        url = client.format_url(operation.path.format(subscription=self.subscription))
        address = f"{url}?api-version={operation.api_version}"
        answers = []
        while address:
            answer = await self._patiently(client, address, asked)
            pages.calls += 1
            address = answer["properties"].pop("nextLink", None) or ""
            answers.append({"properties": answer["properties"]})
        return answers

    async def _patiently(self, client: Any, address: str, asked: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ANN401
        """Waits where it is told to, and a little where it is not."""
        for attempt in range(1, ATTEMPTS):
            try:
                return await _ask(client, address, asked)
            except _Wait as wait:
                await self.pause(max(wait.seconds, SHORTEST_SECONDS))
            except Retriable:
                await self.pause(SHORTEST_SECONDS * attempt)
        try:
            return await _ask(client, address, asked)
        except _Wait as wait:
            raise wait.refusal from wait


class _Wait(Exception):  # noqa: N818 - it is no error
    """Refused for now."""

    def __init__(self, seconds: float, refusal: Exception) -> None:
        super().__init__()
        self.seconds, self.refusal = seconds, refusal


def longest_wait(headers: Mapping[str, str]) -> float:
    """The longest of ``Retry-After`` and of what the limits of Cost Management say, in seconds."""
    told = [
        value
        for name, value in headers.items()
        if name.lower() == "retry-after" or (name.lower().startswith(LIMITS) and name.lower().endswith("retry-after"))
    ]
    return max((float(value) for value in told if value.strip().isdigit()), default=0.0)


async def _ask(client: Any, address: str, asked: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - azure-core's
    """One page; numbers stay the texts that came, so that no digit is lost."""
    from azure.core.exceptions import AzureError
    from azure.core.rest import HttpRequest

    from scanners.azure.call import Call
    from scanners.azure.errors import TOO_MANY, classify

    response = None
    try:
        response = await client.send_request(HttpRequest("POST", address, json=dict(asked)))
        response.raise_for_status()
        told: dict[str, Any] = json.loads(response.text(), parse_float=str, parse_int=str)
    except AzureError as error:
        refusal = classify(error, Call(OPERATION), region="global", principal="")
        if response is not None and response.status_code == TOO_MANY:
            raise _Wait(longest_wait(response.headers), refusal) from error
        raise refusal from error
    except ValueError as error:
        raise Fatal(f"unreadable answer: {error}", service="costmanagement", operation="Query") from error
    return told


def _asked(
    view: str, first: date, end: date, granularity: str, groups: tuple[str, ...], kind: str | None = None
) -> dict[str, Any]:
    """The body. The period's end belongs to it."""
    dataset: dict[str, Any] = {
        "granularity": granularity,
        "aggregation": {"totalCost": {"name": "Cost", "function": "Sum"}},
        "grouping": [{"type": "Dimension", "name": name} for name in groups],
    }
    if kind is not None:
        dataset["filter"] = {"dimensions": {"name": "ChargeType", "operator": "In", "values": [kind]}}
    last = end.toordinal() - 1
    period = {"from": f"{first}T00:00:00Z", "to": f"{type(end).fromordinal(last)}T23:59:59Z"}
    return {"type": view, "timeframe": "Custom", "timePeriod": period, "dataset": dataset}


def _named(answer: Mapping[str, Any]) -> list[dict[str, str]]:
    names = [column["name"] for column in answer["properties"]["columns"]]
    return [dict(zip(names, row, strict=True)) for row in answer["properties"]["rows"]]
