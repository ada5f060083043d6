"""Buckets that are planted in one account; the other one lets nobody look at its buckets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from demo_cloud.names import DATA, FRANKFURT, IRELAND, RETAIL, VIRGINIA
from demo_cloud.rows import A, Expected
from demo_cloud.world import IGNORED, Bucket, World, days

OFFICE_POLICY: Final[Mapping[str, Any]] = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Office",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::retail-intranet/*",
            "Condition": {"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}},
        }
    ],
}


def web_policy(bucket: str) -> Mapping[str, Any]:
    """Everybody may read the objects of that bucket."""
    statement = {"Sid": "Web", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}
    return {"Version": "2012-10-17", "Statement": [{**statement, "Resource": f"arn:aws:s3:::{bucket}/*"}]}


def plant(world: World) -> None:
    """bucket.no_lifecycle, incomplete_uploads, public, unencrypted; the other account lets nobody look at its own."""
    restricted = (False, False, False, True)
    acls_ignored = (False, True, False, False)
    world.buckets[RETAIL] += [
        Bucket("retail-checkout-logs", IRELAND, days(900), 5.2, lifecycle="none"),
        Bucket("retail-db-dumps", VIRGINIA, days(800), 800.0, lifecycle="disabled"),
        Bucket("retail-image-cache", FRANKFURT, days(600), 40.0, lifecycle="none"),
        Bucket("retail-website", IRELAND, days(700), 3.0, blocked=None, policy=web_policy("retail-website")),
        Bucket("retail-uploads-2019", VIRGINIA, days(2500), 12.0, "none", blocked=None, acl="public-read"),
        Bucket("retail-scans", FRANKFURT, days(400), 3.0, abort_days=31),
        Bucket("retail-fax", FRANKFURT, days(4000), 3.0, encrypted=False),
        # near misses: unfinished uploads go after a month; small; ignored; open policy or list, but blocked; open to
        # the office only
        Bucket("retail-photos", FRANKFURT, days(400), 3.0, abort_days=30),
        Bucket("retail-tiny", IRELAND, days(300), 0.9, lifecycle="none"),
        Bucket("retail-legal-hold", FRANKFURT, days(300), 90.0, lifecycle="none", encrypted=False, tags=IGNORED),
        Bucket(
            "retail-website-next", IRELAND, days(30), 3.0, blocked=restricted, policy=web_policy("retail-website-next")
        ),
        Bucket("retail-press-kit", VIRGINIA, days(300), 2.0, blocked=acls_ignored, acl="public-read"),
        Bucket("retail-intranet", IRELAND, days(300), 2.0, blocked=None, policy=OFFICE_POLICY),
    ]
    world.buckets[DATA] += [
        Bucket("data-lake-raw", IRELAND, days(900), 9000.0, lifecycle="none"),
        Bucket("data-lake-exports", VIRGINIA, days(900), 70.0, blocked=None, policy=web_policy("data-lake-exports")),
        Bucket("data-lake-curated", FRANKFURT, days(900), 700.0),
    ]


def _bucket(rule: str, outcome: str, name: str) -> Expected:
    return Expected(A, f"arn:aws:s3:::{name}", rule, outcome, None, None)


EXPECTED: Final = (
    _bucket("bucket.no_lifecycle", "waste", "retail-checkout-logs"),
    _bucket("bucket.no_lifecycle", "waste", "retail-db-dumps"),
    _bucket("bucket.no_lifecycle", "waste", "retail-image-cache"),
    _bucket("bucket.no_lifecycle", "waste", "retail-uploads-2019"),
    _bucket("bucket.incomplete_uploads", "waste", "retail-checkout-logs"),
    _bucket("bucket.incomplete_uploads", "waste", "retail-db-dumps"),
    _bucket("bucket.incomplete_uploads", "waste", "retail-image-cache"),
    _bucket("bucket.incomplete_uploads", "waste", "retail-uploads-2019"),
    _bucket("bucket.incomplete_uploads", "waste", "retail-tiny"),
    _bucket("bucket.incomplete_uploads", "waste", "retail-scans"),
    _bucket("bucket.unencrypted", "exposed", "retail-fax"),
    _bucket("bucket.public", "exposed", "retail-website"),
    _bucket("bucket.public", "exposed", "retail-uploads-2019"),
)
