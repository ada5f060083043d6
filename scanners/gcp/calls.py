"""Asks Google Cloud: the SDK's asynchronous clients, without their own retries, their errors classified."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from scanners.core.calls import Calls
from scanners.gcp.call import Call
from scanners.gcp.errors import classify

SECONDS: Final = 30.0
"""How long one call may take."""


class GcpCalls(Calls[Call]):
    """The calls of one task to Google Cloud."""

    async def ask(self, call: Call, region: str, arguments: Mapping[str, object]) -> Mapping[str, Any]:
        """One page of the answer; it is read in a thread, because a thousand assets take a while."""
        page = await self._ask(call, region, arguments)
        threads = self.job.limits.threads(self.job.task.account_id, region)
        return await asyncio.get_running_loop().run_in_executor(threads, call.read, page)

    async def _ask(self, call: Call, region: str, arguments: Mapping[str, object]) -> Any:  # noqa: ANN401
        from google.api_core.exceptions import GoogleAPICallError

        method = getattr(self.job.clients.client(call.service, region), call.method)
        seconds = min(SECONDS, self.job.limits.call_seconds)
        try:
            # without ``retry=None`` the client would try for a minute by itself, behind the limits and the counts
            pager = await method(request=dict(arguments), retry=None, timeout=seconds)
        except GoogleAPICallError as error:
            where = {"service": call.service, "operation": call.operation, "region": region}
            raise classify(error, **where, principal=self.job.task.principal) from error
        # the pager would read on by itself, behind the limits too: only its first page is taken
        page = pager._response  # noqa: SLF001
        return type(page).pb(page)
