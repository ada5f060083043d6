"""Signing in to Azure by azure-identity: as the connection's mode wants it, secrets from memory."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from azure.identity.aio import (
    CertificateCredential,
    ChainedTokenCredential,
    ClientSecretCredential,
    DefaultAzureCredential,
    EnvironmentCredential,
    ManagedIdentityCredential,
    WorkloadIdentityCredential,
)

from schemas.demo import DEMO_CLIENT_ID, DEMO_SECRET, DEMO_TENANT
from schemas.errors import NoAccess

if TYPE_CHECKING:
    from connections.azure_clouds import AzureCloud
    from schemas.scan import Connection, ScanSpec
    from schemas.sealing import Secret

MODES: Final = ("ambient", "service_principal", "managed_identity", "workload_identity", "demo")
TOKEN_FILE: Final = "AZURE_FEDERATED_TOKEN_FILE"  # noqa: S105 - the name of a variable
WORKLOAD_VARIABLES: Final = ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", TOKEN_FILE)


def azure_credential(spec: ScanSpec, cloud: AzureCloud, ca: str | bool, secret: Secret | None) -> Any:  # noqa: ANN401
    """The credential of the mode; it renews its tokens itself. Raises ``NoAccess`` for what is not there."""
    chosen: dict[str, Any] = {"authority": cloud.authority, "disable_instance_discovery": not cloud.known}
    if isinstance(ca, str):
        chosen["connection_verify"] = ca
    connection = spec.connection
    if connection.mode == "demo":
        return ClientSecretCredential(DEMO_TENANT, DEMO_CLIENT_ID, DEMO_SECRET, **chosen)
    if connection.mode == "service_principal":
        return _service_principal(connection, secret, chosen)
    if connection.mode == "managed_identity":
        return ManagedIdentityCredential(client_id=connection.application_id)
    if connection.mode == "workload_identity":
        return _workload_identity(connection, chosen)
    return _ambient(chosen)


def _service_principal(connection: Connection, secret: Secret | None, chosen: dict[str, Any]) -> Any:  # noqa: ANN401
    tenant, application = connection.tenant_id or "", connection.application_id or ""
    if secret is not None and "client_secret" in secret:
        return ClientSecretCredential(tenant, application, secret["client_secret"], **chosen)
    if secret is not None and "certificate" in secret:
        pem = secret["certificate"].encode()
        return CertificateCredential(tenant, application, certificate_data=pem, **chosen)
    raise NoAccess("the account has no client secret and no certificate: give it anew", code="NoCredentials")


def _workload_identity(connection: Connection, chosen: dict[str, Any]) -> Any:  # noqa: ANN401
    """By the token of the workers' platform; an account cannot name another file."""
    place = os.environ.get(TOKEN_FILE)
    if not place:
        raise NoAccess(f"the workers have no token of their platform: {TOKEN_FILE} is not set", code="NoCredentials")
    return WorkloadIdentityCredential(
        tenant_id=connection.tenant_id, client_id=connection.application_id, token_file_path=place, **chosen
    )


def _ambient(chosen: dict[str, Any]) -> Any:  # noqa: ANN401
    """What azure-identity finds: the usual variables, a workload identity, a managed identity, the Azure CLI."""
    first: list[Any] = [EnvironmentCredential(**chosen)]
    if all(os.environ.get(name) for name in WORKLOAD_VARIABLES):
        first.append(WorkloadIdentityCredential(**chosen))
    return ChainedTokenCredential(*first, _of_this_machine(chosen))


def _of_this_machine(chosen: dict[str, Any]) -> DefaultAzureCredential:
    """The rest of the usual chain. Its own workload identity would go to the public authority, whatever is chosen."""
    return DefaultAzureCredential(
        exclude_environment_credential=True,
        exclude_workload_identity_credential=True,
        exclude_shared_token_cache_credential=True,
        exclude_visual_studio_code_credential=True,
        exclude_broker_credential=True,
        **chosen,
    )
