"""Who may do what: the scopes of the API, and which of them a role has."""

from __future__ import annotations

from typing import Final, Literal, get_args

Scope = Literal[
    "scans:read",
    "scans:write",
    "events:read",
    "resources:read",
    "findings:read",
    "findings:write",
    "dead-letters:read",
    "dead-letters:write",
    "accounts:read",
    "accounts:admin",
    "schedules:read",
    "schedules:write",
    "costs:read",
    "costs:write",
    "users:admin",
    "keys:admin",
    "audit:read",
    "status:read",
]
Role = Literal["viewer", "operator", "admin"]

SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
_SEES: Final[frozenset[Scope]] = frozenset(
    ("scans:read", "events:read", "resources:read", "findings:read", "accounts:read", "schedules:read", "costs:read")
)
_RUNS: Final[frozenset[Scope]] = frozenset(
    (
        "scans:write",
        "findings:write",
        "dead-letters:read",
        "dead-letters:write",
        "schedules:write",
        "costs:write",
        "status:read",
    )
)
ROLES: Final[dict[Role, frozenset[Scope]]] = {
    "viewer": _SEES,
    "operator": _SEES | _RUNS,
    "admin": frozenset(SCOPES),
}
