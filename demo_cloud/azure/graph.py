"""Resource Graph: the rows of one type, cut into pages, with a quota of queries in a window of time."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from demo_cloud.azure.bodies import TYPES, row_of
from demo_cloud.azure.refusal import Refusal
from demo_cloud.azure.world import AzureWorld

QUERY: Final = re.compile(r"Resources \| where type =~ '([\w./]+)' \| project ([\w, ]+) \| order by id asc")
MOST_ROWS: Final = 1000


@dataclass
class Quota:
    """So many queries in so many seconds, as Resource Graph counts them for each principal."""

    queries: int = 15
    seconds: int = 5
    clock: Callable[[], float] = time.monotonic
    _began: float = field(default=float("-inf"), init=False)
    _used: int = field(default=0, init=False)

    def take(self) -> dict[str, str]:
        """The headers of the answer. Raises ``Refusal`` when nothing is left."""
        now = self.clock()
        if now - self._began >= self.seconds:
            self._began, self._used = now, 0
        self._used += 1
        after = max(1, round(self._began + self.seconds - now))
        headers = {
            "x-ms-user-quota-remaining": str(max(0, self.queries - self._used)),
            "x-ms-user-quota-resets-after": f"00:00:{after:02d}",
        }
        if self._used > self.queries:
            text = "Please provide below info when asking for support: client application rate limit is exceeded."
            raise Refusal(429, "RateLimiting", text, {**headers, "Retry-After": str(after)})
        return headers


def page_of(
    world: AzureWorld, body: Mapping[str, Any], page_size: int, may_read: Callable[[str, str], bool]
) -> dict[str, Any]:
    """One page of the answer. Raises ``Refusal`` for a query that this cloud does not speak."""
    query = str(body.get("query", ""))
    asked = QUERY.fullmatch(query)
    if asked is None:
        raise Refusal(400, "BadRequest", f"The demo cloud does not understand the query: {query}")
    options = body.get("options", {})
    if options.get("resultFormat") != "objectArray":
        raise Refusal(400, "BadRequest", "The demo cloud answers with objectArray only.")
    rows = _rows(world, body.get("subscriptions", []), asked[1], asked[2].split(", "), may_read)
    first = _offset(options.get("$skipToken"))
    size = min(page_size, int(options.get("$top", 100)), MOST_ROWS)
    data = rows[first : first + size]
    page = {"totalRecords": len(rows), "count": len(data), "resultTruncated": "false", "facets": [], "data": data}
    return page | ({"$skipToken": _token(first + size)} if first + size < len(rows) else {})


def page_number(body: Mapping[str, Any], page_size: int) -> int:
    """Which page is asked for, from 1 on."""
    return _offset(body.get("options", {}).get("$skipToken")) // page_size + 1


def _rows(
    world: AzureWorld, subscriptions: list[str], kind: str, columns: list[str], may_read: Callable[[str, str], bool]
) -> list[dict[str, Any]]:
    """Those that the principal may see: like Azure, it says nothing of the others."""
    seen = [world.subscriptions[name.lower()] for name in subscriptions if name.lower() in world.subscriptions]
    if not seen:
        raise Refusal(400, "BadRequest", "NoValidSubscriptionsInQueryRequest: no subscription of the query is valid.")
    rows = [
        row_of(thing, held, world.now)
        for held in seen
        for thing in held.things
        if TYPES[type(thing)].lower() == kind.lower() and may_read(held.id, f"{TYPES[type(thing)]}/read")
    ]
    return [{name: row[name] for name in columns} for row in sorted(rows, key=lambda row: str(row["id"]))]


def _token(offset: int) -> str:
    return base64.b64encode(f"rows:{offset}".encode()).decode()


def _offset(token: str | None) -> int:
    if token is None:
        return 0
    try:
        return int(base64.b64decode(token).decode().removeprefix("rows:"))
    except ValueError:
        raise Refusal(400, "BadRequest", "The skip token is not valid.") from None
