"""The rows of Resource Graph: read page by page, and brought into one form."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

from scanners.azure.calls import AzureCalls
from scanners.azure.scanner import AzureScanner
from scanners.core.listing import Answer, learn_tags
from scanners.core.resource import Place, Resource
from schemas.azure_operations import PAGE
from schemas.errors import Fatal
from schemas.naming import canonical_id


async def pages(calls: AzureCalls, unit: type[AzureScanner[Any]]) -> AsyncGenerator[list[Answer], None]:
    """The rows of a type, page by page, once its provider has proven that they may be seen.

    Raises what the calls raise, and ``Fatal`` when the answers cannot be the whole.
    """
    proof, listing = unit.listing_calls()
    await calls(proof)
    options: dict[str, Any] = {"resultFormat": "objectArray", "$top": PAGE}
    query = listing.request.query
    while True:
        body = {"subscriptions": [calls.job.task.account_id], "query": query, "options": options}
        answer = await calls(listing, body=body)
        yield answer["data"]
        token = answer.get("$skipToken")
        if not token and answer.get("resultTruncated") != "true":
            return
        if not token or token == options.get("$skipToken"):
            reason = "the same page token twice" if token else "a truncated answer without a page token"
            raise Fatal(reason, service=listing.service, operation=listing.operation, region=calls.job.task.region)
        options = {**options, "$skipToken": token}


def resource_of(resource: type[Resource], place: Place, row: Answer) -> Resource:
    """The resource that a row is, in its own region."""
    told = one_form(row)
    region = str(told.get("location") or place.region).replace(" ", "").lower()
    own = Place(place.provider, place.partition, place.account, region, place.asof)
    item = resource(own, told)
    learn_tags(item, told.get("tags") or {})
    return item


def one_form(value: Any) -> Any:  # noqa: ANN401 - JSON
    """The same, with every ARM id in lower case: what refers to a resource has to be equal to its id."""
    if isinstance(value, str):
        return canonical_id(value)
    if isinstance(value, dict):
        return {name: one_form(one) for name, one in value.items()}
    return [one_form(one) for one in value] if isinstance(value, list) else value
