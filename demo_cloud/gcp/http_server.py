"""The HTTP side of the demo's Google Cloud: tokens, and what was called and may be called (``/__demo/…``)."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qsl

from demo_cloud.gcp.server import Control, Fault
from demo_cloud.gcp.tokens import NotGiven, of_a_key, of_an_exchange, of_an_impersonation, principal_of

_IMPERSONATE: Final = re.compile(r"/v1/projects/-/serviceAccounts/([^/:]+):generateAccessToken")
Answer = tuple[int, Any]


@dataclass
class Tokens:
    """Where tokens are asked for, on a port of 127.0.0.1. ``certificates`` are the public keys, by key id."""

    control: Control
    port: int = 0
    certificates: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), _handler(self))
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Status and JSON of a request."""
        if path.startswith("/__demo/"):
            return self._order(path.removeprefix("/__demo/"), json.loads(body or b"null"))
        try:
            told = self._token(path, dict(parse_qsl(body.decode())), headers)
        except NotGiven as error:
            if path.startswith("/v1/projects/"):
                return 403, {"error": {"code": 403, "message": str(error), "status": "PERMISSION_DENIED"}}
            return 400, {"error": "invalid_grant", "error_description": str(error)}
        if told is None:
            return 404, {"error": {"code": 404, "message": f"nothing at {path}", "status": "NOT_FOUND"}}
        return 200, told

    def _token(self, path: str, form: Mapping[str, str], headers: Mapping[str, str]) -> dict[str, Any] | None:
        if path == "/token":
            return of_a_key(form, self.certificates)
        if path == "/v1/token":
            return of_an_exchange(form)
        account = _IMPERSONATE.fullmatch(path)
        if account is None:
            return None
        return of_an_impersonation(account[1], principal_of(headers.get("authorization", "").removeprefix("Bearer ")))

    def _order(self, what: str, told: Any) -> Answer:  # noqa: ANN401 - JSON
        match what:
            case "allowed":
                self.control.allowed = told
            case "denied":
                self.control.denied = told
            case "faults":
                self.control.faults = [Fault(**one) for one in told]
            case "calls":
                return 200, {"total": self.control.calls.total(), "calls": dict(self.control.calls)}
            case _:
                return 404, {"error": f"no such order: {what}"}
        return 200, {}


def _handler(tokens: Tokens) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, told = tokens.answer(self.path, body, headers)
            text = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = _any  # noqa: N815 - names of http.server

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - its name
            """Say nothing."""

    return Handler
