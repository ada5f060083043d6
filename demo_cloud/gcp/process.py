"""The demo's Google Cloud as a child process, for tests and for whoever wants to try it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from demo_cloud.gcp.world import PROJECT, PROJECT_NUMBER
from demo_cloud.process import end, launch

SCANNER = f"scanner@{PROJECT}.iam.gserviceaccount.com"


@dataclass
class GcpCloud:
    """A running demo cloud. ``with GcpCloud.start() as cloud: cloud.endpoint``."""

    process: subprocess.Popen[str]
    endpoint: str
    tokens: str
    now: datetime

    @classmethod
    def start(cls, *, now: datetime | None = None, page_size: int = 100, deny: Sequence[str] = ()) -> GcpCloud:
        """Start it and wait until it is ready. It ends with this process. Raises ``DemoCloudError``."""
        command = [sys.executable, "-m", "demo_cloud.gcp", f"--page-size={page_size}", f"--parent-pid={os.getpid()}"]
        command += [f"--now={now.isoformat()}"] if now else []
        command += [f"--deny={permission}" for permission in deny]
        process, told = launch(command)
        return cls(process, told["endpoint"], told["tokens"], datetime.fromisoformat(told["now"]))

    def __enter__(self) -> GcpCloud:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        end(self.process)

    def variables(self, folder: Path) -> dict[str, str]:
        """What a scan needs: Google's usual variables, for an identity outside of Google that may act as an account.

        The two files that they name are written into the folder.
        """
        from demo_cloud.gcp.tokens import OUTSIDE_TOKEN

        pool = f"projects/{PROJECT_NUMBER}/locations/global/workloadIdentityPools/ci/providers/ci"
        (folder / "subject").write_text(OUTSIDE_TOKEN)
        identity = {
            "type": "external_account",
            "audience": f"//iam.googleapis.com/{pool}",
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
            "token_url": f"{self.tokens}/v1/token",
            "credential_source": {"file": str(folder / "subject")},
            "service_account_impersonation_url": (
                f"{self.tokens}/v1/projects/-/serviceAccounts/{SCANNER}:generateAccessToken"
            ),
        }
        (folder / "identity.json").write_text(json.dumps(identity))
        return {
            "GOOGLE_APPLICATION_CREDENTIALS": str(folder / "identity.json"),
            "GOOGLE_CLOUD_PROJECT": PROJECT,
            "SENTINEL_GCP_ENDPOINT": self.endpoint,
        }

    def calls(self) -> dict[str, Any]:
        """What was called since the start: ``total`` and ``calls`` by method."""
        told: dict[str, Any] = self._ask("calls")
        return told

    def allow(self, permissions: Sequence[str]) -> None:
        """From now on there are these IAM permissions and no other."""
        self._ask("allowed", list(permissions))

    def order(self, *faults: dict[str, Any]) -> None:
        """Order faults (see ``server.Fault``); none clears them."""
        self._ask("faults", list(faults))

    def _ask(self, what: str, body: Any = None) -> Any:  # noqa: ANN401 - JSON
        request = urllib.request.Request(f"{self.tokens}/__demo/{what}", json.dumps(body).encode())  # noqa: S310
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request) as answer:
            return json.load(answer)
