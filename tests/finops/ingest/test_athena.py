"""The tables of Athena: every column of silver and gold, partitions by projection, views over the manifests."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from cli.main import main
from finops.ingest.athena import statements
from finops.ingest.layers import COLUMNS
from finops.ingest.run import ingest
from schemas.errors import InvalidInputError
from schemas.focus import SILVER
from stores.lake import duck, manifests
from tests.finops.ingest.given import bill, desk_in, line, order_of

PLACE = "s3://our-costs/lake"
ATHENA_TYPES = {
    "VARCHAR": "string",
    "DECIMAL(38,18)": "decimal(38,18)",
    "TIMESTAMP": "timestamp",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "BIGINT": "bigint",
}


def told() -> list[str]:
    return list(statements(PLACE, "costs", ["acme", "other"]))


@pytest.mark.parametrize("number", range(6))
def test_each_statement_is_one_that_athena_reads(number: int) -> None:
    (parsed,) = sqlglot.parse(told()[number], dialect="athena")
    assert isinstance(parsed, exp.Create)


def test_partitions_need_no_crawler() -> None:
    silver = told()[1]
    assert "'projection.client.values' = 'acme,other'" in silver
    folders = "client=${client}/provider=${provider}/billing_period=${billing_period}"
    assert f"'storage.location.template' = '{PLACE}/silver/{folders}'" in silver


async def test_the_columns_are_those_of_the_files(tmp_path: Path) -> None:
    _, silver, gold, *_ = told()
    async with desk_in(tmp_path) as desk:
        await ingest(order_of(bill(tmp_path / "a.csv", line("1.00"))), desk)
        (one,) = manifests(desk.lake)
        layers = ((silver, one.silver[0], [column.name for column in SILVER]), (gold, one.gold[0], COLUMNS))
        for statement, file, names in layers:
            with duck(desk.settings, desk.lake.staging) as connection:
                path = desk.lake.local(file.key, tmp_path)
                query = f"DESCRIBE SELECT * FROM read_parquet('{path}', hive_partitioning = false)"
                found = connection.execute(query).fetchall()
            assert [row[0] for row in found] == list(names)
            assert [f"`{row[0].lower()}` {ATHENA_TYPES[row[1]]}" in statement for row in found] == [True] * len(found)


def test_a_lake_that_is_not_on_s3_has_no_tables() -> None:
    with pytest.raises(InvalidInputError, match="Athena reads S3 only"):
        list(statements("/srv/lake", "costs", ["acme"]))


def test_the_command_prints_the_statements(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("SENTINEL_LAKE", PLACE)
    assert main(["lake", "ddl", "--database", "costs", "--client", "acme", "--client", "other"]) == 0
    assert capsys.readouterr().out == "\n\n".join(f"{statement};" for statement in told()) + "\n"
    assert main(["lake", "ddl", "--database", "x; DROP"]) == 2
