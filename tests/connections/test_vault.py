"""The vault opens what was sealed for this account, and nothing that was touched."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connections.vault import LocalKek, Vault, open_vault
from schemas.errors import InvalidInputError, NoAccess
from schemas.sealing import Owner, Sealed, Secret, read_public_kek, seal
from schemas.settings import Settings

OWNER = Owner("acme", "0f6c1d2e3b4a5968778695a4b3c2d1e0")
PLANTED = "planted-secret-value"
SECRET = Secret({"secret_access_key": PLANTED})


@pytest.fixture
def kek() -> LocalKek:
    return LocalKek.generate()


@pytest.fixture
def sealed(kek: LocalKek) -> Sealed:
    return seal(SECRET, OWNER, kek.public())


def test_what_was_sealed_with_the_public_half_opens_with_the_private_one(kek: LocalKek) -> None:
    private, public = kek.texts()
    made = seal(SECRET, OWNER, read_public_kek(public))
    opened = open_vault(Settings(kek=private)).open(made, OWNER)
    assert (opened["secret_access_key"], "client_secret" in opened) == (PLANTED, False)
    assert PLANTED.encode() not in made.sealed + made.wrapped_key


def test_each_secret_has_a_data_key_of_its_own(kek: LocalKek, sealed: Sealed) -> None:
    again = seal(SECRET, OWNER, kek.public())
    assert sealed.kek_id == again.kek_id
    assert sealed.wrapped_key != again.wrapped_key
    assert sealed.sealed != again.sealed


@pytest.mark.parametrize("other", [Owner("acme", "f" * 32), Owner("rival", OWNER.account_id)])
def test_a_row_that_was_copied_to_another_account_does_not_open(kek: LocalKek, sealed: Sealed, other: Owner) -> None:
    with pytest.raises(NoAccess, match="copied from another account"):
        Vault([kek]).open(sealed, other)


def test_a_data_key_of_another_row_does_not_open_it(kek: LocalKek, sealed: Sealed) -> None:
    other = seal(SECRET, OWNER, kek.public())
    with pytest.raises(NoAccess):
        Vault([kek]).open(sealed._replace(wrapped_key=other.wrapped_key), OWNER)


def flipped(whole: bytes) -> Iterator[bytes]:
    """Once for each bit."""
    for bit in range(len(whole) * 8):
        yield (int.from_bytes(whole) ^ 1 << bit).to_bytes(len(whole))


def test_any_bit_that_is_flipped_is_noticed(kek: LocalKek, sealed: Sealed) -> None:
    touched = [sealed._replace(wrapped_key=each) for each in flipped(sealed.wrapped_key)]
    touched += [sealed._replace(sealed=each) for each in flipped(sealed.sealed)]
    assert len(touched) > 1000
    for each in touched:
        with pytest.raises(NoAccess, match="does not open"):
            Vault([kek]).open(each, OWNER)


@pytest.mark.parametrize("name", ["wrapped_key", "sealed"])
def test_what_was_cut_off_is_noticed(kek: LocalKek, sealed: Sealed, name: str) -> None:
    for length in (0, 1, 12, 40):
        with pytest.raises(NoAccess):
            Vault([kek]).open(sealed._replace(**{name: getattr(sealed, name)[:length]}), OWNER)


def test_a_key_that_is_not_here_is_named(kek: LocalKek, sealed: Sealed) -> None:
    other = LocalKek.generate()
    with pytest.raises(NoAccess) as caught:
        Vault([other]).open(sealed, OWNER)
    assert kek.id in str(caught.value)
    assert other.id in str(caught.value)


def test_a_data_key_goes_under_a_newer_key_and_the_secret_stays(kek: LocalKek, sealed: Sealed) -> None:
    newer = LocalKek.generate()
    moved = Vault([newer, kek]).wrap_again(sealed, OWNER, newer.public())
    assert (moved.kek_id, moved.sealed) == (newer.id, sealed.sealed)
    assert Vault([newer]).open(moved, OWNER)["secret_access_key"] == PLANTED
    with pytest.raises(NoAccess):
        Vault([kek]).open(moved, OWNER)


def test_nothing_damaged_is_wrapped_again(kek: LocalKek, sealed: Sealed) -> None:
    touched = sealed._replace(sealed=sealed.sealed[:-1] + bytes([sealed.sealed[-1] ^ 1]))
    with pytest.raises(NoAccess):
        Vault([kek]).wrap_again(touched, OWNER, LocalKek.generate().public())


@pytest.mark.parametrize("text", ["x", "x25519-private:", "x25519-private:AAAA", "x25519-private:é", "aws-kms:mine"])
def test_a_wrong_key_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        open_vault(Settings(kek=text))
    assert "SENTINEL_KEK" in str(caught.value)
    assert "AAAA" not in str(caught.value)


@pytest.mark.parametrize("text", ["x", "x25519-public:", "x25519-public:AAAA", "aws-kms:arn#AAAA", "gcp-kms:x"])
def test_a_wrong_public_key_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="SENTINEL_KEK_PUBLIC"):
        read_public_kek(text)


def test_a_private_key_is_no_public_one(kek: LocalKek) -> None:
    private, _ = kek.texts()
    with pytest.raises(InvalidInputError, match="belongs into SENTINEL_KEK") as caught:
        read_public_kek(private)
    assert private not in str(caught.value)


def test_nothing_that_is_printed_shows_a_secret(kek: LocalKek) -> None:
    private, _ = kek.texts()
    shown = f"{SECRET} {SECRET!r} {Settings(kek=private)!r} {kek!r}"
    assert PLANTED not in shown
    assert private.removeprefix("x25519-private:") not in shown
