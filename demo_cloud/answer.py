"""Answers on the wire: results and errors in the protocol of the call, as AWS writes them."""

from __future__ import annotations

import json
from typing import Any, Final
from xml.sax.saxutils import escape

from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model
from werkzeug.wrappers import Response

from schemas.demo import DEMO_HEADER

MARK: Final = {DEMO_HEADER: "synthetic"}
REQUEST_ID: Final = "0de00000-0000-4000-8000-000000000000"


class Refusal(Exception):  # noqa: N818 - what AWS does to a call, not a failure of ours
    """The call is answered with an error: HTTP status, AWS error code, message, and the protocol when it is known."""

    def __init__(self, status: int, code: str, message: str, protocol: str = "query") -> None:
        self.status, self.code, self.message, self.protocol = status, code, message, protocol
        super().__init__(message)

    def response(self, protocol: str | None = None) -> Response:
        """The error as that protocol writes it."""
        body, kind, headers = _BODIES.get(protocol or self.protocol, _query_error)(self)
        return Response(body, self.status, {**MARK, **headers}, content_type=kind)


def _json_error(refusal: Refusal) -> tuple[str, str, dict[str, str]]:
    fault = "Sender" if refusal.status < 500 else "Receiver"  # noqa: PLR2004 - HTTP
    headers = {"x-amzn-RequestId": REQUEST_ID, "x-amzn-query-error": f"{refusal.code};{fault}"}
    body = json.dumps({"__type": refusal.code, "message": refusal.message})
    return body, "application/x-amz-json-1.0", headers


def _ec2_error(refusal: Refusal) -> tuple[str, str, dict[str, str]]:
    error = f"<Error><Code>{refusal.code}</Code><Message>{escape(refusal.message)}</Message></Error>"
    body = f"<Response><Errors>{error}</Errors><RequestID>{REQUEST_ID}</RequestID></Response>"
    return body, "text/xml;charset=UTF-8", {}


def _query_error(refusal: Refusal) -> tuple[str, str, dict[str, str]]:
    error = f"<Type>Sender</Type><Code>{refusal.code}</Code><Message>{escape(refusal.message)}</Message>"
    body = f"<ErrorResponse><Error>{error}</Error><RequestId>{REQUEST_ID}</RequestId></ErrorResponse>"
    return body, "text/xml", {"x-amzn-RequestId": REQUEST_ID}


def _s3_error(refusal: Refusal) -> tuple[str, str, dict[str, str]]:
    error = (
        f"<Code>{refusal.code}</Code><Message>{escape(refusal.message)}</Message><RequestId>{REQUEST_ID}</RequestId>"
    )
    return f"<Error>{error}</Error>", "application/xml", {"x-amz-request-id": REQUEST_ID}


_BODIES: Final = {
    "json": _json_error,
    "rest-json": _json_error,
    "ec2": _ec2_error,
    "query": _query_error,
    "rest-xml": _s3_error,
}


def result(service: str, operation: str, protocol: str, value: dict[str, Any]) -> Response:
    """A result of our own, written by the service's model in the protocol of the call."""
    model = get_service_model(service).operation_model(operation)
    wire = get_serializer_class(service, protocol)(model).serialize(value)
    return Response(wire["body"], wire["status_code"], {**MARK, **wire["headers"]})
