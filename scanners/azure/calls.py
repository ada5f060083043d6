"""Asks Azure: one request through the connection's pipeline, its errors classified, its quota heard."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from scanners.azure.call import Call
from scanners.azure.errors import classify, seconds_of
from scanners.core.calls import Calls
from schemas.errors import Fatal, Unreachable

QUOTA_LEFT: Final = "x-ms-user-quota-remaining"
QUOTA_RESETS: Final = "x-ms-user-quota-resets-after"


class AzureCalls(Calls[Call]):
    """The calls of one task to Azure. ``body`` is sent as JSON, ``group`` stands in the path, all others behind it."""

    async def ask(self, call: Call, region: str, arguments: Mapping[str, object]) -> Mapping[str, Any]:
        """The answer, an object."""
        from azure.core.exceptions import AzureError
        from azure.core.rest import HttpRequest

        operation, body = call.request, arguments.get("body")
        query = {name: str(value) for name, value in arguments.items() if name not in {"body", "group"}}
        client = self.job.clients.client(call.service, region)
        place = {"subscription": self.job.task.account_id, "group": quote(str(arguments.get("group", "")), safe="")}
        request = HttpRequest(
            operation.method,
            client.format_url(operation.path.format(**place)),
            params={"api-version": operation.api_version, **query},
            json=body,
        )
        where = {"service": call.service, "operation": call.operation, "region": region}
        longest = self.job.limits.call_seconds
        try:
            async with asyncio.timeout(longest):
                response = await client.send_request(request)
            response.raise_for_status()
            self._heed(call, region, response.headers)
            answer: Mapping[str, Any] = response.json()
        except AzureError as error:
            raise classify(error, call, region=region, principal=self.job.task.principal) from error
        except TimeoutError as error:
            raise Unreachable(f"no answer within {longest:g} s, signing in included", **where) from error
        except ValueError as error:
            raise Fatal(f"unreadable answer: {error}", **where) from error
        return answer

    def _heed(self, call: Call, region: str, headers: Mapping[str, str]) -> None:
        """Where the quota is used up, the next call waits until it is back, instead of being refused."""
        if headers.get(QUOTA_LEFT) == "0":
            bucket = self.job.limits.bucket(self.job.task.account_id, region, call.service)
            bucket.hold(seconds_of(headers.get(QUOTA_RESETS, "")))
