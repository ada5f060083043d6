"""Passwords: argon2id (the second set of parameters of RFC 9106); bcrypt of other systems until the next sign-in."""

from __future__ import annotations

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from typing import Final

import structlog
from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

SHORTEST: Final = 12
LONGEST: Final = 256
PASSES: Final = 3
LANES: Final = 4
MEMORY_KIB: Final = 64 * 1024
CURRENT: Final = f"$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}$"
HASHES: Final = r"^(\$argon2id\$v=19\$m=\d+,t=\d+,p=\d+\$[\w+/]+\$[\w+/]+|\$2[aby]\$\d\d\$[./A-Za-z0-9]{53})$"
"""The hashes that are accepted from other systems."""
AT_ONCE: Final = ThreadPoolExecutor(2, "passwords")
"""Each takes 64 MiB for a tenth of a second: more of them at once would be a way to exhaust the process."""
NOBODY: Final = f"{CURRENT}zVX3QoGRDDqM1mU0vWgs5g$BfLhvX3pC5hVcmHkHUrkCuWnrBqFTEY2BHjT8GlFb5M"
"""The hash of nothing: compared with when there is nobody, so that this takes as long."""

log = structlog.get_logger("control_plane")


async def hash_password(password: str) -> str:
    """In PHC form, with its salt and parameters."""
    return await asyncio.get_running_loop().run_in_executor(AT_ONCE, _hash, password)


async def verify(password: str, hashed: str | None) -> bool:
    """Whether it is this password. Takes as long for None, which nothing matches."""
    matches = await asyncio.get_running_loop().run_in_executor(AT_ONCE, _matches, password, hashed or NOBODY)
    return matches and hashed is not None


def is_outdated(hashed: str) -> bool:
    """Whether it should be replaced at the next sign-in."""
    return not hashed.startswith(CURRENT)


def one_time_password() -> str:
    """For a person who chooses another at once."""
    return secrets.token_urlsafe(15)


def _hash(password: str) -> str:
    argon = Argon2id(salt=secrets.token_bytes(16), length=32, iterations=PASSES, lanes=LANES, memory_cost=MEMORY_KIB)
    return argon.derive_phc_encoded(password.encode())


def _matches(password: str, hashed: str) -> bool:
    if hashed.startswith("$2"):
        return _matches_bcrypt(password, hashed)
    try:
        Argon2id.verify_phc_encoded(password.encode(), hashed)
    except (InvalidKey, ValueError):
        return False
    return True


def _matches_bcrypt(password: str, hashed: str) -> bool:
    if find_spec("bcrypt") is None:
        log.error("bcrypt_missing", remedy="pip install 'cloud-sentinel[bcrypt]'")
        return False
    import bcrypt

    return bcrypt.checkpw(password.encode()[:72], hashed.encode())
