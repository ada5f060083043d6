"""What the summary of a scan says of the price of its calls: what the packaged list knows, and that there is more."""

from __future__ import annotations

import pytest

from cli.scan.summary import calls_price
from cli.scan.tally import Tally
from schemas.scan import ServiceMeasure, TaskOutcome

PRICED = ServiceMeasure(
    "s3",
    "us-east-1",
    calls={"s3:ListBuckets": 1, "s3:GetBucketAcl": 5},
    prices={"s3:ListBuckets": "0.000005"},
    unpriced=5,
)
UNPRICED = ServiceMeasure("ebs", "eu-west-1", calls={"ec2:DescribeVolumes": 1200}, unpriced=1200)


@pytest.mark.parametrize(
    ("measures", "told"),
    [
        ((), "no call"),
        ((UNPRICED,), "1,200 calls: not in the packaged list"),
        ((PRICED, UNPRICED), "0.000005 USD for 1 API calls; 1,205 calls: not in the packaged list"),
    ],
)
def test_an_unknown_price_stays_unknown(measures: tuple[ServiceMeasure, ...], told: str) -> None:
    tally = Tally(("s3", "ebs"))
    calls = {name: count for measure in measures for name, count in measure.calls.items()}
    tally.outcome(TaskOutcome(calls=calls, measures=measures))
    assert calls_price(tally) == told
