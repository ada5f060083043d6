"""How accounts can be reached, by provider: what each mode needs, and what it may have besides."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from control_plane.scans.checks import FORMS as REFERENCES
from schemas.errors import InvalidInputError
from schemas.naming import NAMING
from schemas.scan import DEFAULT_CLIENT
from schemas.settings import DEMO_ENDPOINTS, Settings

Form = tuple[re.Pattern[str], str]


class Mode(NamedTuple):
    """Fields of ``connection``. ``shared``: what the cloud trusts is the workers' own identity and nothing besides.

    Then nothing proves that the account belongs to whoever asks, so only the client that runs the product may.
    """

    needs: tuple[str, ...] = ()
    may_have: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    """Exactly one of them is needed; it is sealed and never told again."""
    shared: bool = False


MODES: Final[Mapping[str, Mapping[str, Mode]]] = {
    "aws": {
        "assume_role": Mode(needs=("role_arn",)),
        "static_keys": Mode(needs=("access_key_id",), may_have=("account",), secrets=("secret_access_key",)),
        "web_identity": Mode(needs=("role_arn",), shared=True),
        "profile": Mode(needs=("profile",), may_have=("account",), shared=True),
        "ambient": Mode(may_have=("account",), shared=True),
        "demo": Mode(needs=("account",)),
    },
    "azure": {
        "service_principal": Mode(
            needs=("account", "tenant_id", "application_id"), secrets=("client_secret", "certificate")
        ),
        "managed_identity": Mode(needs=("account",), may_have=("application_id",), shared=True),
        "workload_identity": Mode(needs=("account", "tenant_id", "application_id"), shared=True),
        "ambient": Mode(needs=("account",), shared=True),
        "demo": Mode(needs=("account",)),
    },
    "gcp": {
        "service_account_key": Mode(needs=("account",), secrets=("key",)),
        "impersonation": Mode(needs=("account", "service_account"), shared=True),
        "workload_identity": Mode(needs=("account", "audience"), may_have=("service_account",), shared=True),
        "ambient": Mode(needs=("account",), shared=True),
        "demo": Mode(needs=("account",)),
    },
}
SECRET_FIELDS: Final = ("secret_access_key", "client_secret", "certificate", "key")
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_EXAMPLE: Final = "00000000-0000-0000-0000-000000000000"
_POOL: Final = "//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/pool/providers/name"
_FORMS: Final[Mapping[str, Form]] = {
    "access_key_id": (re.compile(r"AKIA[A-Z0-9]{12,124}"), "the id of a long-lived access key (AKIA…)"),
    "tenant_id": (_UUID, f"the id of an Entra tenant, for example {_EXAMPLE}"),
    "application_id": (_UUID, f"the application (client) id, for example {_EXAMPLE}"),
    "audience": (
        re.compile(
            r"//iam\.googleapis\.com/projects/\d+/locations/global/workloadIdentityPools/[\w-]+/providers/[\w-]+"
        ),
        f"the full name of a provider, for example {_POOL}",
    ),
    "service_account": (
        re.compile(r"[a-z0-9-]{1,63}@[a-z0-9.-]{1,200}\.gserviceaccount\.com"),
        "the e-mail address of a service account",
    ),
}


def connection_errors(
    provider: str, mode_name: str, given: Mapping[str, str | None], client_id: str, settings: Settings
) -> Iterator[InvalidInputError]:
    """All that is wrong with a connection; values of secret fields are not repeated."""
    modes = MODES[provider]
    mode = modes.get(mode_name)
    if mode is None:
        yield InvalidInputError("connection.mode", mode_name, f"allowed for {provider}: {', '.join(modes)}")
        return
    if mode.shared and client_id != DEFAULT_CLIENT:
        allowed = ", ".join(name for name, each in modes.items() if not each.shared)
        reason = f"it would use the workers' own identity, which proves nothing about who asks; allowed: {allowed}"
        yield InvalidInputError("connection.mode", mode_name, reason)
    if mode_name == "demo" and not getattr(settings, DEMO_ENDPOINTS[provider]):
        missing = f"SENTINEL_{DEMO_ENDPOINTS[provider].upper()}"
        yield InvalidInputError("connection.mode", "demo", f"mode demo needs a running demo cloud ({missing})")
    for name, value in given.items():
        yield from _field_errors(provider, mode_name, mode, name, value)


def _field_errors(
    provider: str, mode_name: str, mode: Mode, name: str, value: str | None
) -> Iterator[InvalidInputError]:
    form, allowed = forms(provider)[name]
    field = f"connection.{name}"
    if value is None and name in mode.needs:
        yield InvalidInputError(field, None, f"mode {mode_name} needs it: {allowed}")
    elif value is not None and name not in (*mode.needs, *mode.may_have):
        takes = ", ".join((*mode.needs, *mode.secrets, *mode.may_have)) or "nothing else"
        yield InvalidInputError(field, None, f"mode {mode_name} does not take it; it takes: {takes}")
    elif value is not None and not form.fullmatch(value):
        yield InvalidInputError(field, value, allowed)


def forms(provider: str) -> Mapping[str, Form]:
    """By field of a connection: the form of its value, and the words that say it."""
    naming = NAMING[provider]
    named = {name: REFERENCES[name] for name in ("profile", "role_arn")}
    return {**_FORMS, **named, "account": (naming.account, naming.account_form)}
