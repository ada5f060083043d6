"""Pages of Google Cloud's listings, by their tokens."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

from scanners.gcp.call import Call
from scanners.gcp.calls import GcpCalls
from schemas.errors import Fatal


async def pages(calls: GcpCalls, call: Call, region: str = "", **arguments: object) -> AsyncGenerator[list[Any], None]:
    """The items, page by page. Raises what the call raises, and ``Fatal`` when the same token comes twice."""
    given = ""
    while True:
        answer = await calls(call, region=region, **arguments, page_token=given)
        yield answer["items"]
        if not answer["next"]:
            return
        if answer["next"] == given:
            raise Fatal("the same page token twice", service=call.service, operation=call.operation, region=region)
        given = answer["next"]
