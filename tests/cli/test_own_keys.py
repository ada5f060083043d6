"""The keys of one machine: made once, for this user only; each role gets its half."""

from __future__ import annotations

from pathlib import Path

from cli.own_keys import keys_by_role
from connections.vault import LocalKek, open_vault
from schemas.sealing import Owner, Secret, read_public_kek, seal
from schemas.settings import Settings


def test_a_pair_is_made_once_and_only_this_user_reads_it(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    first, again = keys_by_role(settings), keys_by_role(settings)
    assert first == again
    assert (tmp_path / "kek").stat().st_mode & 0o777 == 0o600
    assert first["api"]["SENTINEL_KEK"] == ""
    owner = Owner("default", "a" * 32)
    sealed = seal(Secret({"key": "planted"}), owner, read_public_kek(first["api"]["SENTINEL_KEK_PUBLIC"]))
    vault = open_vault(Settings(kek=first["engine"]["SENTINEL_KEK"]))
    assert vault.open(sealed, owner)["key"] == "planted"


def test_keys_that_are_set_are_those_that_count(tmp_path: Path) -> None:
    private, public = LocalKek.generate().texts()
    keys = keys_by_role(Settings(home=tmp_path, kek=private, kek_public=public))
    assert keys["engine"] == {"SENTINEL_KEK": private, "SENTINEL_KEK_PUBLIC": public}
    assert keys["api"] == {"SENTINEL_KEK": "", "SENTINEL_KEK_PUBLIC": public}
    assert list(tmp_path.iterdir()) == []
