"""Pages, by the tokens that botocore's own paginator data name for each operation."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from functools import cache
from typing import Any

from scanners.aws.call import Call
from scanners.aws.calls import AwsCalls
from scanners.core.paths import path_finder
from scanners.core.resource import shown
from schemas.errors import Fatal

Item = Any
"""A mapping; or, where an API lists names only, a text."""


@cache
def _paginators(service: str) -> Mapping[str, Any]:
    from botocore.exceptions import UnknownServiceError
    from botocore.loaders import Loader

    try:
        return dict(Loader().load_service_model(service, "paginators-1")["pagination"])
    except UnknownServiceError:
        return {}


async def pages(calls: AwsCalls, call: Call, region: str = "") -> AsyncGenerator[list[Item], None]:
    """The items, page by page. Raises what the call raises, and ``Fatal`` when the same token comes twice."""
    config = _paginators(call.service).get(call.operation, {})
    inward, outward = _tokens(config)
    size = {config["limit_key"]: call.page_size} if call.page_size and "limit_key" in config else {}
    given: dict[str, object] = {}
    while True:
        answer = await calls(call, region=region, **size, **given)
        yield _items(answer, call, region)
        following = {name: path_finder(path)(answer) for name, path in zip(inward, outward, strict=True)}
        following = {name: token for name, token in following.items() if token}
        if not following:
            return
        if following == given:
            raise Fatal("the same page token twice", service=call.service, operation=call.operation, region=region)
        given = following


async def pages_of_each(calls: AwsCalls, parents: Call, call: Call) -> AsyncGenerator[list[Item], None]:
    """The items of a call that is asked for each item of another listing."""
    async for page in pages(calls, parents):
        for parent in page:
            async for items in pages(calls, _of(parent, call)):
                yield items


def _of(parent: Item, call: Call) -> Call:
    try:
        return call.filled(parent)
    except LookupError:
        what = f"unreadable answer: {shown(parent)} where each was to be asked for its own"
        raise Fatal(what, service=call.service, operation=call.operation, region="") from None


def _items(answer: Mapping[str, Any], call: Call, region: str) -> list[Item]:
    """The items of one answer: of a list, or the one object. Without either it is no empty list: raises ``Fatal``."""
    found = path_finder(call.items)(answer)
    if isinstance(found, Mapping):
        return [found]
    if not isinstance(found, list):
        what = f"unreadable answer: no list at {call.items}"
        raise Fatal(what, service=call.service, operation=call.operation, region=region)
    return [one if isinstance(one, Mapping | str) else {} for one in found]


def _tokens(config: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    inward, outward = config.get("input_token", []), config.get("output_token", [])
    return ([inward], [outward]) if isinstance(inward, str) else (list(inward), list(outward))
