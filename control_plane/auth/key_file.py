"""The key that signs access tokens on one machine, when none is set: made once, in the home, for its owner alone."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

from control_plane.auth.access_tokens import TokenKeys
from schemas.errors import InvalidInputError
from schemas.settings import Settings

NAME: Final = "token-keys"


def token_keys(settings: Settings) -> TokenKeys:
    """Those of the setting, or of the file in home. Raises ``InvalidInputError`` where it can be neither."""
    if settings.token_keys:
        return TokenKeys.read(settings.token_keys)
    path = settings.home / NAME
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            _make(path)
        return TokenKeys.read(path.read_text().strip())
    except OSError as error:
        raise InvalidInputError(
            "SENTINEL_TOKEN_KEYS", None, f"no key can be kept in {path} ({error.strerror}); set one"
        ) from None


def _make(path: Path) -> None:
    """Written whole under another name first: nobody reads half of it, and of two processes one makes it."""
    draft = path.with_name(f"{NAME}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(48))
    try:
        os.link(draft, path)
    finally:
        draft.unlink()
