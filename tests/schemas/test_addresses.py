from __future__ import annotations

import pytest

from schemas.addresses import masked
from schemas.settings import Settings


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://me:s3cret@host:5432/db", "postgresql://me:***@host:5432/db"),
        ("postgresql://me:a@b/c:d@host/db", "postgresql://me:***@host/db"),
        ("postgresql://me:se/cr@t@host/db?password=x&a=b", "postgresql://me:***@host/db?password=***&a=b"),
        ("sqlite:////home/me@work/store", "sqlite:////home/me@work/store"),
        ("kafka://host:9092", "kafka://host:9092"),
        ("postgresql://me@host/db", "postgresql://me@host/db"),
        ("postgresql://host/db?password=s3cret&sslmode=require", "postgresql://host/db?password=***&sslmode=require"),
        ("sqlite:////var/lib/store.sqlite", "sqlite:////var/lib/store.sqlite"),
        ("", ""),
    ],
)
def test_a_password_is_never_shown(address: str, shown: str) -> None:
    assert masked(address) == shown


def test_settings_do_not_show_the_store() -> None:
    assert "s3cret" not in repr(Settings(store="postgresql://me:s3cret@host/db"))
