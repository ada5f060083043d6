"""The demo clouds beside that of AWS: each is a process of its own, and is left out where its SDK is not installed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from cli.demo.stage import HOST
from cli.ports import free_port

if TYPE_CHECKING:
    from cli.demo.stage import Stage
    from demo_cloud.rows import Expected


@dataclass(frozen=True, slots=True)
class Cloud:
    """One of them. ``start`` starts it on the stage, and returns the address that answers when it is ready."""

    provider: str
    title: str
    sdk: str
    """The module without which there is nothing to scan it with."""
    start: Callable[[Stage, int], str]
    accounts: Callable[[], Sequence[str]]
    expected: Callable[[], Sequence[Expected]]

    @property
    def installed(self) -> bool:
        """Whether its SDK is there."""
        try:
            return find_spec(self.sdk) is not None
        except ModuleNotFoundError:
            return False


def _start_gcp(stage: Stage, scale: int) -> str:
    port, token_port = free_port(), free_port()
    stage.variables["SENTINEL_GCP_ENDPOINT"] = f"http://{HOST}:{port}"
    arguments = [f"--port={port}", f"--token-port={token_port}", f"--now={stage.now.isoformat()}", f"--scale={scale}"]
    stage.start("demo cloud of Google Cloud", "demo_cloud.gcp", arguments)
    return f"http://{HOST}:{token_port}/__demo/calls"


def _start_azure(stage: Stage, scale: int) -> str:
    port, control_port = free_port(), free_port()
    ca = stage.home / "azure-ca.pem"
    stage.variables["SENTINEL_AZURE_ENDPOINT"] = f"https://{HOST}:{port}"
    stage.variables["SENTINEL_AZURE_CA"] = str(ca)
    arguments = [f"--port={port}", f"--control-port={control_port}", f"--ca={ca}", f"--now={stage.now.isoformat()}"]
    stage.start("demo cloud of Azure", "demo_cloud.azure", [*arguments, f"--scale={scale}"])
    return f"http://{HOST}:{control_port}/__demo/calls"


def _azure_accounts() -> Sequence[str]:
    from demo_cloud.azure.names import SUBSCRIPTIONS

    return list(SUBSCRIPTIONS)


def _azure_expected() -> Sequence[Expected]:
    from demo_cloud.azure.expected import EXPECTED_AZURE

    return EXPECTED_AZURE


def _gcp_accounts() -> Sequence[str]:
    from schemas.demo import DEMO_GCP_PROJECT

    return [DEMO_GCP_PROJECT]


def _gcp_expected() -> Sequence[Expected]:
    from demo_cloud.gcp.expected import EXPECTED_GCP

    return EXPECTED_GCP


CLOUDS: Final = (
    Cloud("azure", "Azure", "azure.identity.aio", _start_azure, _azure_accounts, _azure_expected),
    Cloud("gcp", "Google Cloud", "google.cloud.asset_v1", _start_gcp, _gcp_accounts, _gcp_expected),
)
"""In the order in which they are scanned, after AWS."""
