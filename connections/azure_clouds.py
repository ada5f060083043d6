"""The clouds of Azure: where each signs in, where its Resource Manager and its metrics answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from schemas.settings import Settings


class AzureCloud(NamedTuple):
    """The addresses of one cloud. ``metrics`` holds ``{region}``."""

    name: str
    endpoint: str
    authority: str
    scope: str
    metrics: str
    metrics_scope: str
    known: bool = True
    """Whether Microsoft's own discovery knows the authority."""


def _cloud(name: str, manager: str, authority: str, monitor: str) -> AzureCloud:
    return AzureCloud(
        name=name,
        endpoint=f"https://{manager}",
        authority=f"https://{authority}",
        scope=f"https://{manager}/.default",
        metrics=f"https://{{region}}.metrics.{monitor}",
        metrics_scope=f"https://metrics.{monitor}/.default",
    )


PUBLIC: Final = _cloud("AzureCloud", "management.azure.com", "login.microsoftonline.com", "monitor.azure.com")
CLOUDS: Final = (
    PUBLIC,
    _cloud("AzureChinaCloud", "management.chinacloudapi.cn", "login.chinacloudapi.cn", "monitor.azure.cn"),
    _cloud("AzureUSGovernment", "management.usgovcloudapi.net", "login.microsoftonline.us", "monitor.azure.us"),
)


def cloud_of(settings: Settings) -> AzureCloud:
    """The cloud that the settings mean: a known one, or one at an address that answers for everything."""
    endpoint = settings.azure_endpoint.rstrip("/")
    known = next((cloud for cloud in CLOUDS if endpoint in {"", cloud.endpoint}), None)
    if known is None:
        known = PUBLIC._replace(endpoint=endpoint, authority=endpoint, metrics=endpoint, known=False)
    if settings.azure_authority:
        authority = settings.azure_authority.rstrip("/")
        known = known._replace(authority=authority, known=authority in {cloud.authority for cloud in CLOUDS})
    return known
