"""How large buckets are."""

from __future__ import annotations

from datetime import datetime

from demo_cloud.loads.series import Key, Series, hour_of
from demo_cloud.world import DAY, METRIC_DAYS, Bucket


def bucket_series(bucket: Bucket, now: datetime) -> tuple[Key, Series]:
    """Its size, once a day."""
    size, since = float(bucket.size_bytes), hour_of(now - min(METRIC_DAYS * DAY, bucket.age))
    dimensions = (("BucketName", bucket.name), ("StorageType", "StandardStorage"))
    return ("AWS/S3", "BucketSizeBytes", dimensions), Series(lambda _: (size, size), since, "Bytes", daily=True)
