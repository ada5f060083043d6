"""The keys of one machine: made in the home folder when none is set, so that accounts may have secrets at once."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    from schemas.settings import Settings

FILE: Final = "kek"
ENGINE: Final = "SENTINEL_KEK"
API: Final = "SENTINEL_KEK_PUBLIC"


def keys_by_role(settings: Settings) -> dict[str, dict[str, str]]:
    """What each role's environment says of keys: the engine has what opens secrets, the API only what seals them."""
    private, public = settings.kek, settings.kek_public
    if not private and not public:
        private, public = own_pair(settings)
    return {"api": {ENGINE: "", API: public}, "engine": {ENGINE: private, API: public}}


def own_pair(settings: Settings) -> tuple[str, str]:
    """The private half from its file, which only this user can read; made when there is none. And the public half.

    Raises ``InvalidInputError`` for a file that holds no key.
    """
    from connections.vault import LocalKek, open_vault

    place = settings.home / FILE
    with suppress(FileExistsError):
        _write_new(place, LocalKek.generate().texts()[0])
    text = place.read_text().strip()
    newest = open_vault(settings.model_copy(update={"kek": text})).keks[0]
    return text, newest.public_text()


def _write_new(place: Path, text: str) -> None:
    """Raises ``FileExistsError``."""
    with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text + "\n")
