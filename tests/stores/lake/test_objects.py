"""A folder and a bucket keep the same promises."""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest

from schemas.errors import InvalidInputError
from schemas.settings import Settings
from stores.lake import ChangedMeanwhileError, LakeError, Objects
from stores.lake.objects import open_objects
from stores.lake.raw import keep_raw


def staged(objects: Objects, body: bytes) -> Path:
    objects.staging.mkdir(parents=True, exist_ok=True)
    file = objects.staging / "file"
    file.write_bytes(body)
    return file


def test_what_was_put_is_listed_and_read(objects: Objects, tmp_path: Path) -> None:
    objects.put("a/one.parquet", staged(objects, b"1" * 100))
    objects.put("b/two.parquet", staged(objects, b"2"))
    assert [(each.key, each.size_bytes) for each in objects.list()] == [("a/one.parquet", 100), ("b/two.parquet", 1)]
    assert [each.key for each in objects.list("b/")] == ["b/two.parquet"]
    assert [each.key for each in objects.list("a/one.parquet")] == ["a/one.parquet"]
    assert objects.local("a/one.parquet", tmp_path / "copies").read_bytes() == b"1" * 100
    objects.delete(["a/one.parquet", "never/there"])
    assert [each.key for each in objects.list()] == ["b/two.parquet"]


def test_a_swap_takes_the_place_of_the_version_that_it_knows(objects: Objects) -> None:
    assert objects.read("m.json") is None
    objects.swap("m.json", b"first", None)
    first = objects.read("m.json")
    assert first is not None
    objects.swap("m.json", b"second", first.version)
    second = objects.read("m.json")
    assert second is not None
    assert second.body == b"second"


@pytest.mark.parametrize("expected", [None, '"another"'])
def test_a_swap_after_somebody_else_changes_nothing(objects: Objects, expected: str | None) -> None:
    objects.swap("m.json", b"theirs", None)
    with pytest.raises(ChangedMeanwhileError, match=r"m\.json: was written by somebody else"):
        objects.swap("m.json", b"ours", expected)
    kept = objects.read("m.json")
    assert kept is not None
    assert kept.body == b"theirs"


def test_raw_is_named_by_its_content_and_kept_once(objects: Objects) -> None:
    first = keep_raw(objects, "cur-00001.csv.gz", [b"ab", b"c"])
    again = keep_raw(objects, "another.csv.gz", [b"abc"])
    assert first == again
    assert first.key == "raw/ba/ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad.csv.gz"
    assert [each.key for each in objects.list()] == [first.key]
    assert list(objects.staging.glob("*.raw")) == []


@pytest.mark.parametrize("place", ["s3://", "ftp://somewhere/x", "http://bucket"])
def test_a_place_that_cannot_be_is_refused(place: str) -> None:
    with pytest.raises(InvalidInputError, match=r"SENTINEL_LAKE.*allowed: a folder, s3://BUCKET"):
        open_objects(place, Settings(), "SENTINEL_LAKE")


def test_a_bucket_that_is_not_there_is_told_in_one_line(s3: str, tmp_path: Path) -> None:
    away = open_objects(f"{s3}-away", Settings(home=tmp_path), "SENTINEL_LAKE")
    with pytest.raises(LakeError, match=r"s3://lake-away: .*404") as caught:
        list(away.list())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("asked", "key"), [("AES256", ""), ("aws:kms", "alias/lake")])
def test_encryption_is_asked_for_on_every_write(s3: str, s3_server: str, tmp_path: Path, asked: str, key: str) -> None:
    settings = Settings(home=tmp_path, lake_encryption=asked, lake_kms_key=key)
    place = open_objects(s3, settings, "SENTINEL_LAKE")
    place.swap("m.json", b"{}", None)
    place.put("large.bin", staged(place, b"x" * 9_000_000))
    client = boto3.client("s3", endpoint_url=s3_server, region_name="us-east-1")
    told = [client.head_object(Bucket="lake", Key=name) for name in ("m.json", "large.bin")]
    client.close()
    assert [each["ServerSideEncryption"] for each in told] == [asked, asked]
    assert [each.get("SSEKMSKeyId", "").endswith(key) for each in told] == [True, True]


async def test_a_bill_from_a_bucket_reaches_a_lake_in_a_bucket(s3: str, s3_server: str, tmp_path: Path) -> None:
    from finops.ingest.run import ingest
    from stores.lake import manifests
    from tests.finops.ingest.given import bill, desk_in, line, order_of

    client = boto3.client("s3", endpoint_url=s3_server, region_name="us-east-1")
    client.upload_file(str(bill(tmp_path / "a.csv", line("1.25"), line("2.50", 2))), "lake", "bills/october.csv")
    client.close()
    async with desk_in(tmp_path / "home", lake=f"{s3}/costs") as desk:
        for outcome in ("new", "unchanged"):
            (done,) = await ingest(order_of(f"{s3}/bills/"), desk)
            assert [(each.outcome, each.daily_costs) for each in done.months] == [(outcome, 2)]
        (one,) = manifests(desk.lake, "default")
        assert [file.rows for file in (*one.silver, *one.gold)] == [2, 2]
    assert list((tmp_path / "home" / "staging").iterdir()) == []
