"""Signing in at an OpenID Connect provider: authorization code with PKCE, and an id token that is looked at closely."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from importlib.util import find_spec
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

import httpx
import structlog

from control_plane.audit.record import record
from control_plane.auth.access_tokens import InvalidTokenError
from control_plane.auth.identify import user_principal
from control_plane.context import Context
from control_plane.errors import InvalidGrantError, NotFoundError, NotInstalledError, NotReadyError
from stores import WriteSession, users
from stores.users import UserRow

STATE: Final = "cloud-sentinel-oidc"
PATIENCE: Final = timedelta(minutes=10)
"""How long somebody may take at the provider."""
SECONDS: Final = 10.0
ALGORITHMS: Final = ("RS256", "ES256", "PS256", "EdDSA")
LEEWAY: Final = timedelta(seconds=60)

log = structlog.get_logger("control_plane")


class Begun(NamedTuple):
    """Where the browser goes, and what it has to bring back."""

    url: str
    state: str


@dataclass(frozen=True, slots=True)
class Arrived:
    """Who signed in, and whether they want the page or tokens."""

    row: UserRow
    page: bool


class _Provider(NamedTuple):
    """What its discovery document says."""

    authorization: str
    token: str
    keys: str


async def begin(context: Context, client_id: str, *, page: bool) -> Begun:
    """Raises ``NotFoundError`` where there is no provider, ``NotReadyError`` where it does not answer."""
    provider = await _discover(context)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    asked = {
        "response_type": "code",
        "client_id": context.settings.oidc_client_id,
        "redirect_uri": _back(context),
        "scope": "openid email",
        "state": state,
        "nonce": nonce,
        "code_challenge": base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    kept = {"state": state, "nonce": nonce, "verifier": verifier, "client": client_id, "page": page}
    signed = context.token_keys.sign(kept, kind=STATE, now=context.clock(), life=PATIENCE)
    return Begun(f"{provider.authorization}?{urlencode(asked)}", signed)


async def finish(context: Context, code: str, state: str, kept: str, address: str) -> Arrived:
    """Raises ``InvalidGrantError`` for all that is wrong, whether or not there is such a user."""
    try:
        begun = context.token_keys.read_signed(kept, kind=STATE, now=context.clock())
    except InvalidTokenError:
        raise InvalidGrantError from None
    if not hmac.compare_digest(state.encode(), str(begun["state"]).encode()):
        raise InvalidGrantError
    provider = await _discover(context)
    said = await _redeem(context, provider, code, str(begun["verifier"]))
    if said.get("nonce") != begun["nonce"]:
        raise InvalidGrantError
    async with context.store.write() as writing:
        row = await _person(writing, context, str(begun["client"]), said)
        if row is not None:
            await users.change_user(writing, row.client_id, row.user_id, {"last_sign_in": context.clock()})
            await record(writing, context, user_principal(row, address), "sign_in.succeed", f"user:{row.user_id}")
    if row is None:
        raise InvalidGrantError
    return Arrived(row, bool(begun["page"]))


async def _person(writing: WriteSession, context: Context, client_id: str, said: dict[str, Any]) -> UserRow | None:
    """Whom the provider names; at the first time found by an address that it has verified, and tied to it."""
    issuer, subject = context.settings.oidc_issuer, str(said["sub"])
    row = await users.find_subject(writing, client_id, issuer, subject)
    if row is None and said.get("email_verified") is True:
        row = await users.find_user(writing, client_id, str(said.get("email", "")).lower())
        if row is None or row.subject is not None or not row.active:
            return None
        ties: dict[str, Any] = {"issuer": issuer, "subject": subject}
        if row.must_change:  # nobody needs the password that somebody else gave
            ties |= {"password_hash": None, "must_change": False}
        await users.change_user(writing, client_id, row.user_id, ties)
        row = await users.get_user(writing, client_id, row.user_id)
    return row if row and row.active else None


async def _redeem(context: Context, provider: _Provider, code: str, verifier: str) -> dict[str, Any]:
    """The claims of the id token for a code. Raises ``InvalidGrantError``."""
    settings = context.settings
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": _back(context),
        "client_id": settings.oidc_client_id,
        "code_verifier": verifier,
    }
    secret = (settings.oidc_client_id, settings.oidc_client_secret) if settings.oidc_client_secret else None
    async with _http() as http:
        try:
            answer = await http.post(provider.token, data=form, auth=secret or httpx.USE_CLIENT_DEFAULT)
            if answer.is_client_error:
                raise InvalidGrantError
            token = str(answer.raise_for_status().json()["id_token"])
            keys = (await http.get(provider.keys)).raise_for_status().json()
        except (httpx.HTTPError, ValueError, LookupError, TypeError) as error:
            raise NotReadyError("sign-in provider", f"no answer that can be used ({type(error).__name__})") from error
    return _verified(context, token, keys)


def _verified(context: Context, token: str, keys: dict[str, Any]) -> dict[str, Any]:
    import jwt

    try:
        key = jwt.PyJWKSet.from_dict(keys)[str(jwt.get_unverified_header(token).get("kid"))]
        said: dict[str, Any] = jwt.decode(
            token,
            key,
            list(ALGORITHMS),
            audience=context.settings.oidc_client_id,
            issuer=context.settings.oidc_issuer,
            options={"require": ["exp", "iat", "sub", "aud", "iss"], "verify_exp": False, "verify_iat": False},
        )
    except (jwt.PyJWTError, KeyError) as error:
        log.warning("id_token_refused", reason=type(error).__name__)
        raise InvalidGrantError from None
    now = context.clock().timestamp()
    if not said["iat"] - LEEWAY.total_seconds() <= now < said["exp"] + LEEWAY.total_seconds():
        log.warning("id_token_refused", reason="out of its time")
        raise InvalidGrantError
    return said


async def _discover(context: Context) -> _Provider:
    issuer = context.settings.oidc_issuer
    if not issuer:
        raise NotFoundError("provider", "oidc", hint="set SENTINEL_OIDC_ISSUER")
    if find_spec("jwt") is None:
        raise NotInstalledError("people who sign in at a provider", "oidc")
    async with _http() as http:
        try:
            url = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
            told = (await http.get(url)).raise_for_status().json()
            if told["issuer"] != issuer:
                raise NotReadyError("sign-in provider", "it calls itself by another name than SENTINEL_OIDC_ISSUER")
            return _Provider(told["authorization_endpoint"], told["token_endpoint"], told["jwks_uri"])
        except (httpx.HTTPError, ValueError, LookupError, TypeError) as error:
            raise NotReadyError("sign-in provider", f"no answer that can be used ({type(error).__name__})") from error


def _http() -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=SECONDS, trust_env=False, follow_redirects=False)


def _back(context: Context) -> str:
    return f"{context.settings.public_address}/api/v1/auth/oidc/callback"
