"""Whether a scan request can be: every field that is wrong is told at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple, cast

from control_plane.errors import InvalidRequestError
from control_plane.scans.request import ConnectionRequest, ScanRequest
from schemas.callback import check_callback_url
from schemas.catalogue import check_provider, check_regions, expand_services
from schemas.errors import InvalidInputError
from schemas.event import CATEGORIES
from schemas.naming import NAMING, Naming, canonical_id
from schemas.scan import DEFAULT_CLIENT, Connection, Provider, ScanSpec
from schemas.settings import DEMO_ENDPOINTS, Settings
from stores.accounts import AccountRow


class _Mode(NamedTuple):
    needs: tuple[str, ...] = ()
    may_have: tuple[str, ...] = ()


_ONE_ACCOUNT: Final = {"ambient": _Mode(may_have=("account",)), "demo": _Mode(needs=("account",))}
MODES: Final[Mapping[str, Mapping[str, _Mode]]] = {
    "aws": {
        "ambient": _Mode(),
        "profile": _Mode(needs=("profile",)),
        "assume_role": _Mode(needs=("role_arn",), may_have=("external_id", "profile")),
        "demo": _Mode(needs=("account",)),
    },
    "azure": _ONE_ACCOUNT,
    "gcp": _ONE_ACCOUNT,
}
"""By provider. Where credentials may reach many accounts, ``account`` says which one is meant."""

ROLE_ARN: Final = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]{1,576}")
FORMS: Final = {
    "profile": (re.compile(r"[^\s\[\]][^\n\r\[\]]*"), "the name of a profile, for example audit"),
    "role_arn": (ROLE_ARN, "the ARN of a role, for example arn:aws:iam::123456789012:role/audit"),
    "external_id": (re.compile(r"[\w+=,.@:/-]+"), "letters, digits and +=,.@:/-_"),
}


def to_spec(
    asked: ScanRequest,
    scan_id: str,
    client_id: str,
    asof: datetime,
    settings: Settings,
    account: AccountRow | None = None,
) -> ScanSpec:
    """What the data plane gets. Raises ``InvalidRequestError`` with all that is wrong."""
    errors: list[InvalidInputError] = []
    provider = account.provider if account else asked.provider or ""
    known = _gather(errors, lambda: check_provider(provider))
    services = _gather(errors, lambda: expand_services(provider, asked.services)) if known else None
    regions = _gather(errors, lambda: check_regions(provider, asked.regions)) if known else None
    if known:
        if account is None:
            errors += _own_identity_errors(asked.connection, client_id)
            errors += _connection_errors(provider, asked.connection, settings)
        errors += _resource_id_errors(NAMING[provider], asked.resource_ids)
    errors += _callback_errors(asked.callback_url, settings)
    if errors or services is None:
        raise InvalidRequestError(errors)
    return ScanSpec(
        scan_id=scan_id,
        client_id=client_id,
        provider=cast("Provider", provider),
        connection=account.connection if account else Connection(**asked.connection.model_dump()),
        services=services,
        regions=regions,
        categories=tuple(each for each in CATEGORIES if asked.categories is None or each in asked.categories),
        resource_ids=None
        if asked.resource_ids is None
        else tuple(dict.fromkeys(map(canonical_id, asked.resource_ids))),
        lookback_days=asked.lookback_days,
        asof=asof,
        callback_url=asked.callback_url,
        max_age_seconds=asked.max_age_seconds,
        account=asked.account,
    )


def _callback_errors(url: str | None, settings: Settings) -> Iterator[InvalidInputError]:
    try:
        if url is not None:
            check_callback_url(url, secret=settings.callback_secret, private=settings.callback_private)
    except InvalidInputError as error:
        yield error


def _canonical(resource_ids: list[str] | None) -> tuple[str, ...] | None:
    return None if resource_ids is None else tuple(dict.fromkeys(map(canonical_id, resource_ids)))


def _gather(errors: list[InvalidInputError], check: Callable[[], Any]) -> Any:  # noqa: ANN401 - what the check returns
    try:
        return check()
    except InvalidInputError as error:
        errors.append(error)
        return None


def _own_identity_errors(connection: ConnectionRequest, client_id: str) -> Iterator[InvalidInputError]:
    """Only who runs the product may say where the workers' own identity goes, and with which external id."""
    if client_id != DEFAULT_CLIENT and connection.mode != "demo":
        yield InvalidInputError(
            "connection.mode", connection.mode, "add an account (POST /api/v1/accounts) and name it: account"
        )


def _connection_errors(provider: str, connection: ConnectionRequest, settings: Settings) -> Iterator[InvalidInputError]:
    modes = MODES[provider]
    if connection.mode not in modes:
        yield InvalidInputError("connection.mode", connection.mode, f"allowed for {provider}: {', '.join(modes)}")
        return
    mode = modes[connection.mode]
    if connection.mode == "demo" and (missing := _no_demo(provider, settings)):
        yield InvalidInputError(
            "connection.mode", "demo", f"mode demo needs a running demo cloud ({missing}): sentinel demo"
        )
    account = (NAMING[provider].account, NAMING[provider].account_form)
    for name, (form, allowed) in {**FORMS, "account": account}.items():
        value = getattr(connection, name)
        field = f"connection.{name}"
        if value is None and name in mode.needs:
            yield InvalidInputError(field, None, f"mode {connection.mode} needs it: {allowed}")
        elif value is not None and name not in (*mode.needs, *mode.may_have):
            yield InvalidInputError(field, value, _not_taken(connection.mode, mode))
        elif value is not None and not form.fullmatch(value):
            yield InvalidInputError(field, value, allowed)


def _no_demo(provider: str, settings: Settings) -> str | None:
    """The setting that says where the provider's demo cloud answers, when it is empty."""
    name = DEMO_ENDPOINTS[provider]
    return None if getattr(settings, name) else f"SENTINEL_{name.upper()}"


def _not_taken(name: str, mode: _Mode) -> str:
    takes = ", ".join((*mode.needs, *mode.may_have)) or "nothing else"
    return f"mode {name} does not take it; it takes: {takes}"


def _resource_id_errors(naming: Naming, resource_ids: list[str] | None) -> Iterator[InvalidInputError]:
    for number, resource_id in enumerate(resource_ids or []):
        if not naming.resource.fullmatch(resource_id):
            yield InvalidInputError(f"resource_ids[{number}]", resource_id, naming.resource_form)
