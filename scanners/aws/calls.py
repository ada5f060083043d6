"""Asks AWS: botocore in a thread, its errors classified."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextvars import copy_context
from functools import partial
from typing import Any

from scanners.aws.call import Call
from scanners.aws.errors import classify
from scanners.core.calls import LOOK_SECONDS, Calls
from scanners.core.record import Record
from schemas.errors import CloudError, Fatal, Unreachable
from schemas.operations import iam_actions


class AwsCalls(Calls[Call]):
    """The calls of one task to AWS."""

    def __init__(self, record: Record, *, proven: bool = True) -> None:
        super().__init__(record, proven=proven)
        self._silent: dict[tuple[str, str], Unreachable] = {}
        """Services and regions in which a call hung."""

    async def ask(self, call: Call, region: str, arguments: Mapping[str, object]) -> Mapping[str, Any]:
        """The answer of the API, also where it says by a code that there is none."""
        loop, account = asyncio.get_running_loop(), self.job.task.account_id
        while True:
            if silent := self._silent.get((call.service, region)):
                raise silent
            begun: list[float] = []
            asking = partial(copy_context().run, self._ask, call, region, arguments, begun)
            answer = loop.run_in_executor(self.job.limits.threads(account, region), asking)
            try:
                while not answer.done():
                    await asyncio.wait({answer}, timeout=LOOK_SECONDS)
                    if not answer.done() and begun and loop.time() - begun[0] > self.job.limits.call_seconds:
                        raise self._give_up(call, region)
                if not answer.cancelled():  # it waited for a thread, and those of its pool were given up
                    return answer.result()
            finally:
                answer.cancel()

    def content(self, call: Call, region: str, answer: Mapping[str, Any]) -> tuple[Mapping[str, Any], object]:
        """Without the metadata of the response; with botocore's shape, which knows what is sensitive."""
        model = self.job.clients.client(call.service, region).meta.service_model.operation_model(call.operation)
        return {name: value for name, value in answer.items() if name != "ResponseMetadata"}, model.output_shape

    def _give_up(self, call: Call, region: str) -> Unreachable:
        """The call hangs, and no other of this task is asked there."""
        self.job.limits.give_up(self.job.task.account_id, region)
        reason = f"no answer within {self.job.limits.call_seconds:g} s, signing in included"
        silent = Unreachable(reason, service=call.service, operation=call.operation, region=region)
        self._silent[call.service, region] = silent
        return silent

    def _ask(self, call: Call, region: str, arguments: Mapping[str, object], begun: list[float]) -> Mapping[str, Any]:
        """In a thread: the SDK's own call. The client too is made here, because making one reads files."""
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.parsers import ResponseParserError

        begun.append(time.monotonic())
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
