"""The kinds of columns that revisions use, as each database keeps them."""

from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

WORDS: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TIME: Final = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
MONEY: Final = sa.BigInteger().with_variant(sa.Numeric(18, 6), "postgresql")
COST: Final = sa.BigInteger().with_variant(sa.Numeric(28, 8), "postgresql")
BIG_SERIAL: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
