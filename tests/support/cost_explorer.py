"""Cost Explorer over a socket: the demo's answers for the paying account, without a demo cloud around them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from demo_cloud.cost_explorer import CostExplorer
from demo_cloud.names import PLATFORM

IDENTITY = (
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
    f"<Arn>arn:aws:iam::{PLATFORM}:user/x</Arn><UserId>X</UserId><Account>{PLATFORM}</Account>"
    "</GetCallerIdentityResult></GetCallerIdentityResponse>"
)


@dataclass
class Aws:
    """Cost Explorer as the paying account sees it. ``refusals``: answers that come before."""

    explorer: CostExplorer
    refusals: list[tuple[int, str]] = field(default_factory=list)

    def answer(self, target: str, body: bytes) -> tuple[int, str]:
        if not target:
            return 200, IDENTITY
        assert target == "AWSInsightsIndexService.GetCostAndUsage"
        if self.refusals:
            return self.refusals.pop(0)
        return 200, json.dumps(self.explorer.answer(PLATFORM, json.loads(body)))


@contextmanager
def serving(explorer: CostExplorer) -> Iterator[Aws]:
    """On a socket, which the environment of the AWS SDK names meanwhile."""
    served = Aws(explorer)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status, text = served.answer(self.headers.get("x-amz-target", ""), body)
            self.send_response(status)
            self.send_header("content-length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_address[1]}")
        patch.setenv("AWS_ACCESS_KEY_ID", "AKIAAMBIENT000000000")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "planted-secret")
        patch.setenv("NO_PROXY", "127.0.0.1")
        yield served
    server.shutdown()
    thread.join()
    server.server_close()
