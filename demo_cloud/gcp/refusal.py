"""A refusal in Google's words: a status, and the reason in ``google.rpc.ErrorInfo``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf.any_pb2 import Any as Packed
from google.rpc.code_pb2 import Code
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status
from grpc_status.rpc_status import to_status


class Refusal(Exception):  # noqa: N818 - what the caller gets
    """The call is refused. ``retry_seconds``: how long to wait before the next."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        reason: str = "",
        metadata: Mapping[str, str] | None = None,
        retry_seconds: float = 0,
    ) -> None:
        self.code, self.message, self.reason = code, message, reason
        self.metadata, self.retry_seconds = dict(metadata or {}), retry_seconds
        super().__init__(message)

    def status(self) -> Any:  # noqa: ANN401 - grpc has no types
        """What gRPC sends."""
        told = Status(code=Code.Value(self.code), message=self.message)
        details: list[Any] = []
        if self.reason:
            details.append(ErrorInfo(reason=self.reason, domain="googleapis.com", metadata=self.metadata))
        if self.retry_seconds:
            info = RetryInfo()
            info.retry_delay.FromMilliseconds(int(self.retry_seconds * 1000))
            details.append(info)
        for detail in details:
            packed = Packed()
            packed.Pack(detail)
            told.details.append(packed)
        return to_status(told)
