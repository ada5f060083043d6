"""The secret of an account: checked for what can be seen of it, sealed, and never told again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate

from control_plane.accounts.modes import MODES, SECRET_FIELDS
from control_plane.context import Context
from control_plane.errors import InvalidRequestError
from schemas.errors import InvalidInputError
from schemas.sealing import Owner, Sealed, Secret, read_public_kek, seal

SECRET_ACCESS_KEY: Final = re.compile(r"[A-Za-z0-9/+=]{16,128}")
CLIENT_SECRET: Final = re.compile(r"[!-~]{8,512}")
CERTIFICATE_FORM: Final = "PEM text: the certificate and its RSA private key, without a password"
KEY_FORM: Final = "the JSON text of a service-account key, as gcloud iam service-accounts keys create writes it"


class _GcpKey(msgspec.Struct):
    """The fields of a key file that are used, which are also all that is kept of it."""

    type: str
    client_email: str
    private_key: str
    private_key_id: str
    project_id: str = ""


def secret_errors(provider: str, mode_name: str, given: Mapping[str, str | None]) -> Iterator[InvalidInputError]:
    """What is wrong with the secret fields; no value is repeated."""
    taken = MODES[provider][mode_name].secrets
    found = [name for name in SECRET_FIELDS if given.get(name) is not None]
    for name in found:
        if name not in taken:
            takes = ", ".join(taken) or "no secret"
            yield InvalidInputError(f"connection.{name}", None, f"mode {mode_name} does not take it; it takes: {takes}")
    mine = [name for name in found if name in taken]
    if taken and not mine:
        yield InvalidInputError(f"connection.{taken[0]}", None, f"mode {mode_name} needs {' or '.join(taken)}")
    if len(mine) > 1:
        yield InvalidInputError(f"connection.{mine[1]}", None, f"only one of them: {', '.join(taken)}")
    for name in mine:
        allowed = _wrong(name, given[name] or "")
        if allowed:
            yield InvalidInputError(f"connection.{name}", None, allowed)


def secret_of(given: Mapping[str, str | None]) -> Secret | None:
    """What is to be sealed, reduced to what signing in needs."""
    fields = {name: value for name in SECRET_FIELDS if (value := given.get(name)) is not None}
    if "key" in fields:
        fields["key"] = msgspec.json.encode(_key_of(fields["key"])).decode()
    return Secret(fields) if fields else None


def sealed(context: Context, owner: Owner, secret: Secret) -> Sealed:
    """Wrapped by a key of which this process has the public half only. Raises ``InvalidRequestError`` without one."""
    if not context.settings.kek_public:
        missing = "this server keeps no secrets: SENTINEL_KEK_PUBLIC is not set (sentinel keys generate)"
        raise InvalidRequestError([InvalidInputError("connection", None, missing)])
    return seal(secret, owner, read_public_kek(context.settings.kek_public))


def _wrong(name: str, value: str) -> str | None:
    """What is allowed, when it cannot be what its field says."""
    if name == "secret_access_key":
        return None if SECRET_ACCESS_KEY.fullmatch(value) else "the secret access key that belongs to the access key id"
    if name == "client_secret":
        return None if CLIENT_SECRET.fullmatch(value) else "the value of a client secret, not its id"
    if name == "certificate":
        return None if _is_certificate(value) else CERTIFICATE_FORM
    try:
        key = _key_of(value)
    except (msgspec.DecodeError, UnicodeError):
        return KEY_FORM
    return None if key.type == "service_account" and _is_private_key(key.private_key) else KEY_FORM


def _key_of(text: str) -> _GcpKey:
    return msgspec.json.decode(text.encode(), type=_GcpKey)


def _is_certificate(pem: str) -> bool:
    try:
        certificate = load_pem_x509_certificate(pem.encode())
        key = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False
    return isinstance(key, RSAPrivateKey) and key.public_key() == certificate.public_key()


def _is_private_key(pem: str) -> bool:
    try:
        return isinstance(load_pem_private_key(pem.encode(), None), RSAPrivateKey)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False
