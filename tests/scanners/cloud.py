"""A small AWS for tests, in a process of its own: moto behind pages that are cut small and faults that a test orders.

``python -m tests.scanners.cloud`` prints its address. ``POST /-/faults`` takes a list of faults, ``POST /-/reset``
empties everything, ``POST /-/instance`` sets how an instance was stopped.
"""

from __future__ import annotations

import json
import os
import re
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs
from xml.etree import ElementTree

PAGE = 2
PAGED = {"DescribeVolumes": "volumeSet", "DescribeInstances": "reservationSet"}
SPACE = "http://ec2.amazonaws.com/doc/2016-11-15"
App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Cloud:
    """The WSGI application."""

    def __init__(self, app: App) -> None:
        self._app, self._lock = app, threading.Lock()
        self._faults: list[dict[str, Any]] = []

    def __call__(self, env: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        body = env["wsgi.input"].read(int(env.get("CONTENT_LENGTH") or 0))
        if env["PATH_INFO"].startswith("/-/"):
            return self._control(env["PATH_INFO"][3:], json.loads(body or b"null"), start)
        import io

        env["wsgi.input"] = io.BytesIO(body)
        action, token = _action(env, body)
        fault = self._fault(action, token)
        if fault:
            start(f"{fault['status']} fault", [("Content-Type", fault.get("type", "text/xml"))])
            return [fault["body"].encode()]
        if action in PAGED:
            return self._page(env, start, action, int(token or 0))
        return self._app(env, start)

    def _control(self, name: str, told: Any, start: Callable[..., Any]) -> Iterable[bytes]:
        if name == "faults":
            self._faults = told
        elif name == "reset":
            from moto.core.base_backend import BackendDict

            self._faults = []
            BackendDict.reset()
        else:
            from moto.ec2.models import ec2_backends

            ec2_backends[told["account"]][told["region"]].get_instance(told["id"])._reason = told["reason"]
        start("200 OK", [("Content-Type", "application/json")])
        return [b"{}"]

    def _fault(self, action: str, token: str) -> dict[str, Any] | None:
        with self._lock:
            for fault in self._faults:
                meant = fault["action"] == action and fault.get("token") in (None, token)
                if meant and fault.get("times", 1) != 0:
                    fault["times"] = fault.get("times", 1) - 1
                    return fault
        return None

    def _page(self, env: dict[str, Any], start: Callable[..., Any], action: str, first: int) -> Iterable[bytes]:
        told: list[Any] = []
        tree = ElementTree.fromstring(b"".join(self._app(env, lambda *a, **k: told.append(a))))
        items = tree.find(f"{{{SPACE}}}{PAGED[action]}")
        if items is not None:
            every = list(items)
            for item in every[:first] + every[first + PAGE :]:
                items.remove(item)
            if len(every) > first + PAGE:
                ElementTree.SubElement(tree, f"{{{SPACE}}}nextToken").text = str(first + PAGE)
        start(told[0][0], [("Content-Type", "text/xml")])
        return [ElementTree.tostring(tree)]


def _action(env: dict[str, Any], body: bytes) -> tuple[str, str]:
    form = {name: values[0] for name, values in parse_qs(body.decode(errors="replace")).items()}
    target = env.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
    query = re.match(r"[A-Za-z]*", env.get("QUERY_STRING", ""))
    return form.get("Action") or target or f"s3:{query[0] if query else ''}", form.get("NextToken", "")


def main() -> None:
    """Serve until the parent goes away."""
    os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
    import logging

    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, Cloud(DomainDispatcherApplication(create_backend_app)), threaded=True)
    print(server.server_port, flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
