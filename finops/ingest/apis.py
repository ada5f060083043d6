"""The forms of bills that are no files: an account's API is asked, and its answers are the files."""

from __future__ import annotations

import asyncio
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from finops.readers import aws_ce_pages, azure_query_pages
from finops.readers.pages import Days, Pages
from schemas.errors import InvalidInputError
from schemas.event import CATEGORIES
from schemas.scan import Connection, Provider, ScanSpec

if TYPE_CHECKING:
    from scanners.core.clients import Clients

APIS: Final[dict[str, Provider]] = {"aws-ce": "aws", "azure-query": "azure"}
"""By form: whose API it is."""
OPERATIONS: Final = {"aws-ce": aws_ce_pages.OPERATIONS, "azure-query": azure_query_pages.OPERATIONS}
"""By form: what is called, and nothing else."""


def question(
    form: str, connection: Connection, now: datetime, *, client_id: str, name: str, account: str | None = None
) -> ScanSpec:
    """The connection that a fetch needs, as connections are asked for. ``account``: a stored one's id."""
    return ScanSpec(
        scan_id=name,
        client_id=client_id,
        provider=APIS[form],
        connection=connection,
        services=(),
        regions=None,
        categories=CATEGORIES,
        resource_ids=None,
        lookback_days=1,
        asof=now,
        account=account,
    )


async def ask(
    form: str, clients: Clients, native_id: str | None, since: date | None, until: date | None, now: datetime
) -> Pages:
    """All pages for whole months. Raises ``InvalidInputError`` or ``CloudError``s.

    ``native_id``: the subscription. Cost Explorer tells of the account whose credentials these are.
    """
    pages = await _pages(form, clients, native_id, Days.asked(since, until, now), now)
    pages.demo = clients.demo
    return pages


async def _pages(form: str, clients: Clients, native_id: str | None, days: Days, now: datetime) -> Pages:
    if form == "aws-ce":
        return await asyncio.to_thread(aws_ce_pages.CostExplorerPages(clients, now).fetch, days)
    if not native_id:
        raise InvalidInputError("account", native_id, "the id of a subscription is needed")
    return await azure_query_pages.AzureQueryPages(clients, native_id, now).fetch(days)
