"""How Azure says no: Resource Manager's body, and the one of Entra."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from werkzeug.wrappers import Response

from schemas.demo import DEMO_HEADER

MARK = {DEMO_HEADER: "synthetic"}


class Refusal(Exception):  # noqa: N818 - an answer, not a failure of ours
    """An error answer of Resource Manager."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, dict(headers or {})

    def response(self) -> Response:
        """The answer."""
        return answer({"error": {"code": self.code, "message": self.message}}, self.status, self.headers)


class SignInRefusal(Refusal):
    """An error answer of Entra's token endpoint: another body, and a number that everybody searches for."""

    def response(self) -> Response:
        """The answer."""
        return answer({"error": self.code, "error_description": self.message}, self.status)


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:  # noqa: ANN401 - JSON
    """A JSON answer, marked as the demo's."""
    return Response(json.dumps(body), status, {**MARK, **(headers or {})}, content_type="application/json")
