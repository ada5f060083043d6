"""The bucket of the lake's own tests."""

from tests.stores.lake.conftest import s3, s3_server

__all__ = ["s3", "s3_server"]
