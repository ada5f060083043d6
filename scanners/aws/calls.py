"""Asks AWS: botocore in a thread, its errors classified."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextvars import copy_context
from functools import partial
from typing import Any

from scanners.aws.call import Call
from scanners.aws.errors import classify
from scanners.core.calls import Calls
from schemas.errors import CloudError, Fatal
from schemas.operations import iam_actions


class AwsCalls(Calls[Call]):
    """The calls of one task to AWS."""

    async def ask(self, call: Call, region: str, arguments: Mapping[str, object]) -> Mapping[str, Any]:
        """The answer of the API, also where it says by a code that there is none."""
        threads = self.job.limits.threads(self.job.task.account_id, region)
        asking = partial(copy_context().run, self._ask, call, region, arguments)
        return await asyncio.get_running_loop().run_in_executor(threads, asking)

    def _ask(self, call: Call, region: str, arguments: Mapping[str, object]) -> Mapping[str, Any]:
        """In a thread: the SDK's own call. The client too is made here, because making one reads files."""
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.parsers import ResponseParserError

        try:
            client = self.job.clients.client(call.service, region)
            answer: Mapping[str, Any] = getattr(client, call.method)(**arguments)
        except (BotoCoreError, ClientError, ResponseParserError) as error:
            code = error.response.get("Error", {}).get("Code") if isinstance(error, ClientError) else ""
            if code in call.absent:
                return call.absent[code]
            raise self._classified(error, call, region) from error
        except ValueError as error:  # botocore leaves values that it cannot read unwrapped
            raise Fatal(
                f"unreadable answer: {error}", service=call.service, operation=call.operation, region=region
            ) from error
        return answer

    def _classified(self, error: Exception, call: Call, region: str) -> CloudError:
        actions = iam_actions("aws", call.service, call.operation)
        return classify(
            error,
            service=call.service,
            operation=call.operation,
            region=region,
            action=actions[0] if actions else call.name,
            principal=self.job.task.principal,
            proven=self.proven,
        )
