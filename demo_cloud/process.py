"""The demo cloud as a child process, for the CLI and for tests."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Final

from demo_cloud.expected import EXPECTED, Expected
from schemas.errors import SentinelError

STOP_SECONDS: Final = 5
MODULES: Final = {"aws": "demo_cloud", "azure": "demo_cloud.azure"}
"""The module of each provider's demo cloud."""


class DemoCloudError(SentinelError):
    """The demo cloud did not start; the message is what it said."""


@dataclass
class DemoCloud:
    """A running demo cloud. ``with DemoCloud.start() as cloud: cloud.endpoint``."""

    process: subprocess.Popen[str]
    endpoint: str
    accounts: tuple[str, ...]
    regions: tuple[str, ...]
    resources: int
    now: datetime
    ca: str = ""
    """File of the certificate that the endpoint is trusted by, where it speaks TLS."""

    @classmethod
    def start(
        cls,
        *,
        port: int = 0,
        scale: int = 1,
        now: datetime | None = None,
        page_size: int = 100,
        remove: Sequence[str] = (),
        add: Sequence[str] = (),
        deny: Sequence[str] = (),
        provider: str = "aws",
        quota: int | None = None,
    ) -> DemoCloud:
        """Start it and wait until it is ready. It ends with this process. Raises ``DemoCloudError``."""
        command = [sys.executable, "-m", MODULES[provider], f"--port={port}", f"--scale={scale}"]
        command += [f"--page-size={page_size}", f"--parent-pid={os.getpid()}"]
        command += [f"--now={now.isoformat()}"] if now else []
        command += [f"--quota={quota}"] if quota else []
        for name, values in (("remove", remove), ("add", add), ("deny", deny)):
            command += [f"--{name}={value}" for value in values]
        process, told = launch(command)
        return cls(
            process,
            told["endpoint"],
            tuple(told["accounts"]),
            tuple(told["regions"]),
            told["resources"],
            datetime.fromisoformat(told["now"]),
            told.get("ca", ""),
        )

    def __enter__(self) -> DemoCloud:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End it. Safe to call twice."""
        end(self.process)

    def expected(self) -> tuple[Expected, ...]:
        """What a scan of all accounts must find."""
        return EXPECTED

    def calls(self) -> dict[str, Any]:
        """What was called since the start: ``total``, ``writes_refused`` and ``calls`` (see ``ledger``)."""
        told: dict[str, Any] = self._ask("GET", "calls")
        return told

    def reset_calls(self) -> None:
        """Forget the calls so far."""
        self._ask("DELETE", "calls")

    def order(self, *faults: dict[str, Any]) -> None:
        """Order faults (see ``faults.Fault``); none clears them."""
        self._ask("POST", "faults", list(faults))

    def allow(self, actions: Mapping[str, Sequence[str]]) -> None:
        """From now on each account named here may use only these IAM actions, every other all that is not denied."""
        self._ask("POST", "allowed", {account: list(names) for account, names in actions.items()})

    def attach(self, account: str, documents: Sequence[Mapping[str, Any]]) -> None:
        """From now on these policy documents, and no others, say what the read role of the account may do."""
        actions = [name for one in documents for statement in one["Statement"] for name in statement["Action"]]
        self._ask("POST", "policy", {"account": account, "actions": actions})

    def limit_sessions(self, seconds: int | None) -> None:
        """From now on the session of an assumed role lasts so long; None: as long as was asked for; 0 ends all now."""
        self._ask("POST", "sessions", seconds)

    def _ask(self, method: str, what: str, body: Any = None) -> Any:  # noqa: ANN401 - JSON
        data = json.dumps(body).encode() if method == "POST" else None
        request = urllib.request.Request(f"{self.endpoint}/__demo/{what}", data, method=method)  # noqa: S310 - our own
        trust = ssl.create_default_context(cafile=self.ca) if self.ca else None
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trust)
        )
        with opener.open(request) as answer:
            return json.load(answer)


def launch(command: Sequence[str]) -> tuple[subprocess.Popen[str], dict[str, Any]]:
    """Start the process of a demo cloud, and wait for what it says when it is ready. Raises ``DemoCloudError``."""
    process = subprocess.Popen(  # noqa: S603 - our own module
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    assert process.stderr is not None
    line = process.stdout.readline()
    if not line:
        said = process.stderr.read().strip()
        process.wait()
        _close(process)
        raise DemoCloudError(said.splitlines()[-1] if said else "the demo cloud did not start")
    threading.Thread(target=process.stderr.read, daemon=True).start()
    return process, json.loads(line)


def end(process: subprocess.Popen[str]) -> None:
    """End the process of a demo cloud. Safe to call twice."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    _close(process)


def _close(process: subprocess.Popen[str]) -> None:
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()
