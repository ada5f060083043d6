"""Which files belong together, and what is told where they do not."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from finops.readers.deliveries import by_month, check_contents, newest_runs
from finops.readers.files import Part, csv_header, relation
from finops.readers.protocol import RawFile
from finops.readers.registry import reader
from schemas.errors import InvalidInputError

START = datetime(2026, 11, 1, tzinfo=UTC)


def _files(*keys: str) -> list[RawFile]:
    """Each an hour younger than the one before."""
    return [RawFile(key, 10, START + timedelta(hours=number)) for number, key in enumerate(keys)]


def _told(contents: dict[str, object]) -> dict[str, bytes]:
    return {key: json.dumps(content).encode() for key, content in contents.items()}


def _none(key: str) -> bytes:
    raise AssertionError(key)


def test_the_newest_assembly_of_a_legacy_report() -> None:
    month = "bills/cur/20261101-20261201"
    contents = _told(
        {
            f"{month}/old/cur-Manifest.json": {"reportKeys": [f"{month}/old/cur-1.csv.gz"]},
            f"{month}/cur-Manifest.json": {"reportKeys": [f"{month}/new/cur-1.csv.gz", f"{month}/new/cur-2.csv.gz"]},
        }
    )
    keys = [f"{month}/old/cur-1.csv.gz", f"{month}/new/cur-1.csv.gz", f"{month}/new/cur-2.csv.gz", *contents]
    [delivery] = by_month(_files(*keys), contents.__getitem__)
    assert delivery.name == "2026-11 bills/cur"
    assert delivery.parts == (f"{month}/new/cur-1.csv.gz", f"{month}/new/cur-2.csv.gz")


def test_data_exports_name_their_files_with_the_bucket() -> None:
    manifest = "metadata/BILLING_PERIOD=2026-10/cur2-Manifest.json"
    part = "data/BILLING_PERIOD=2026-10/cur2-00001.snappy.parquet"
    contents = _told({manifest: {"dataFiles": [f"s3://bucket/prefix/cur2/{part}"]}})
    [delivery] = by_month(_files(part, manifest), contents.__getitem__)
    assert (delivery.parts, delivery.manifest) == ((part,), manifest)


def test_two_exports_of_the_same_month_are_two_deliveries() -> None:
    contents = _told(
        {
            f"{name}/20261101-20261130/run/manifest.json": {
                "blobs": [{"blobName": f"root/{name}/20261101-20261130/run/part_0_0001.csv"}],
                "dataRowCount": 7,
            }
            for name in ("lab", "shop")
        }
    )
    keys = [f"{name}/20261101-20261130/run/part_0_0001.csv" for name in ("lab", "shop")]
    found = by_month(_files(*keys, *contents), contents.__getitem__)
    assert [(each.name, each.promised_rows) for each in found] == [("2026-11 lab", 7), ("2026-11 shop", 7)]


def test_manifests_for_other_tools_are_left_alone() -> None:
    month = "cur/20261101-20261201"
    contents = _told({f"{month}/cur-Manifest.json": {"reportKeys": [f"{month}/1.csv"]}})
    keys = (f"{month}/1.csv", *contents, f"{month}/cur-RedshiftManifest.json", f"{month}/cur-QuickSightManifest.json")
    assert [each.parts for each in by_month(_files(*keys), contents.__getitem__)] == [(f"{month}/1.csv",)]


def test_a_manifest_that_names_a_missing_part_is_refused() -> None:
    contents = _told({"20261101-20261201/cur-Manifest.json": {"reportKeys": ["a/1.csv", "a/2.csv"]}})
    with pytest.raises(InvalidInputError, match=r"cur-Manifest.json: 'a/2.csv' is not allowed; this part is not there"):
        by_month(_files("a/1.csv", *contents), contents.__getitem__)


def test_a_manifest_that_names_a_part_twice_is_refused() -> None:
    contents = _told({"20261101-20261201/cur-Manifest.json": {"reportKeys": ["a/1.csv", "a/1.csv"]}})
    with pytest.raises(InvalidInputError, match="this part is named twice"):
        by_month(_files("a/1.csv", *contents), contents.__getitem__)


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"blobs": [{}]}', b"{}", b"\xff"])
def test_a_manifest_that_is_none_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidInputError, match=r"m/manifest\.json: this manifest"):
        by_month(_files("a/1.csv", "m/manifest.json"), lambda _: content)


def test_without_manifests_months_are_told_by_folders() -> None:
    keys = ("x/year=2026/month=9/b.parquet", "x/year=2026/month=10/a.parquet", "x/year=2026/month=9/a.parquet")
    found = by_month(_files(*keys), _none)
    assert [(each.name, each.parts) for each in found] == [
        ("2026-09 x", (keys[2], keys[0])),
        ("2026-10 x", (keys[1],)),
    ]


def test_of_repeated_runs_of_azure_the_newest_counts() -> None:
    month = "exports/daily/20261101-20261130"
    parts = (f"{month}/run-2/part_0_0001.csv", f"{month}/run-2/part_1_0001.csv")
    [delivery] = newest_runs(_files(f"{month}/run-1/part_0_0001.csv", *parts), _none)
    assert delivery.parts == parts
    old = (f"{month}/daily_aaaa.csv", f"{month}/daily_bbbb.csv")
    assert newest_runs(_files(*old), _none)[0].parts == (old[1],)


@pytest.mark.parametrize(
    ("keys", "told"), [(["a.zip"], "ZIP is not read"), (["a.txt"], "allowed endings: .csv"), ([], "no")]
)
def test_what_holds_no_bill_is_told(keys: list[str], told: str) -> None:
    with pytest.raises(InvalidInputError, match=told):
        by_month(_files(*keys), _none)


def test_the_same_content_twice_is_refused() -> None:
    check_contents({"a": "1", "b": "2"})
    with pytest.raises(InvalidInputError, match="b: the same content as a: its lines would count twice"):
        check_contents({"a": "1", "b": "1"})


def test_an_unknown_form_is_told_with_the_nearest() -> None:
    with pytest.raises(InvalidInputError, match="did you mean aws-cur"):
        reader("aws-curr")


def test_a_gzip_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress("\n".join(["a,b", *(f"{number},{number * 7919}" for number in range(400_000))]).encode(), 1)
    path = tmp_path / "raw"
    path.write_bytes(whole[: len(whole) // 2])
    part = Part("cur.csv.gz", path)
    with pytest.raises(duckdb.Error, match="GZIP"):
        duckdb.connect().execute(f"SELECT count(*) FROM {relation([part])}")
    path.write_bytes(whole[:20])
    with pytest.raises(InvalidInputError, match=r"cur.csv.gz: the gzip file is cut off or broken"):
        csv_header(part)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "the first line has to name the columns"),
        (b"just one\n1\n", "the first line has to name the columns"),
        (b"a,b,a\n1,2,3\n", "'a' is not allowed; this column stands in the header twice"),
        (b"a,\xff\n1,2\n", "byte 2 is not utf-8; allowed: UTF-8, UTF-16"),
    ],
)
def test_a_header_that_is_none_is_refused(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "f"
    path.write_bytes(content)
    with pytest.raises(InvalidInputError, match=told):
        csv_header(Part("f.csv", path))


@pytest.mark.parametrize(
    ("encoding", "delimiter"), [("utf-8", ","), ("utf-8-sig", ";"), ("utf-16", ","), ("utf-8", "\t")]
)
def test_files_of_spreadsheets(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = tmp_path / "f"
    text = "\n".join([delimiter.join(["a", "b", ""]), delimiter.join(["ä", "2", ""]), ""])
    path.write_bytes(text.encode(encoding))
    found = duckdb.connect().execute(f"SELECT a, b FROM {relation([Part('f.csv', path)])}").fetchall()
    assert found == [("ä", "2")]


def test_a_line_with_too_many_columns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"a,b\n1,2\n1,2,3\n")
    with pytest.raises(duckdb.Error, match="Line: 3"):
        duckdb.connect().execute(f"SELECT * FROM {relation([Part('f.csv', path)])}")
