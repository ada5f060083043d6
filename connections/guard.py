"""The read-only guard: a hook below every client of a session, which refuses a call before it is signed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemas.errors import ForbiddenOperationError
from schemas.operations import check_declaration

if TYPE_CHECKING:
    from botocore.model import OperationModel
    from botocore.session import Session

SIGN_IN: Final = frozenset(
    {
        "signin:CreateOAuth2Token",
        "sso-oidc:CreateToken",
        "sso:GetRoleCredentials",
        "sts:AssumeRole",
        "sts:AssumeRoleWithWebIdentity",
    }
)
"""What getting credentials needs. Only the session that a connection signs in with may call these."""


class ScanGuard:
    """Lets through what is declared, only reads, and returns neither content nor secrets."""

    def __init__(self, operations: frozenset[str]) -> None:
        self._operations = operations

    def check(self, service: str, operation: str) -> None:
        """Raises ``ForbiddenOperationError``."""
        if f"{service}:{operation}" not in self._operations:
            raise ForbiddenOperationError(f"{service}:{operation} is declared by no scanner of this scan")
        check_declaration(service, operation)


class SignInGuard:
    """Lets through what getting credentials needs, and nothing else."""

    def check(self, service: str, operation: str) -> None:
        """Raises ``ForbiddenOperationError``."""
        if f"{service}:{operation}" not in SIGN_IN:
            raise ForbiddenOperationError(f"{service}:{operation} is not needed to sign in")


def install(session: Session, guard: ScanGuard | SignInGuard) -> None:
    """Put the guard below every client that the botocore session will make."""

    def before_call(model: OperationModel, **_: object) -> None:
        guard.check(model.service_model.service_name, model.name)

    def before_sign(signature_version: object, operation_name: str, **_: object) -> None:
        if str(signature_version).endswith(("-query", "-presign-post")):
            raise ForbiddenOperationError(f"an address signed in advance for {operation_name} leaves the guard behind")

    events = session.get_component("event_emitter")
    events.register_first("before-call", before_call)
    events.register_first("before-sign", before_sign)
