"""GetMetricData as CloudWatch documents it: periods, absent points, limits, pages."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from botocore.validate import ParamValidator
from hypothesis import given, settings
from hypothesis import strategies as st

from demo_cloud import DemoCloud
from demo_cloud.metrics import STATISTICS, WHOLE_HOUR
from schemas.demo import DEMO_AMBIENT_KEYS
from tests.demo_cloud.clients import DATA, IRELAND, NOW, RETAIL, VIRGINIA, client, query, refused

FORTNIGHT = timedelta(days=14)
BUSY = "i-0de01e10000000031"
IDLE = "i-0de01e10000000021"


def _ask(cloud: DemoCloud, *queries: Any, account: str = RETAIL, region: str = IRELAND, **more: Any) -> Any:
    asked = {"StartTime": NOW - FORTNIGHT, "EndTime": NOW, "ScanBy": "TimestampAscending", **more}
    answer = client(cloud, "cloudwatch", region, account).get_metric_data(MetricDataQueries=list(queries), **asked)
    return answer["MetricDataResults"]


def _instance(cloud: DemoCloud, instance: str, metric: str, stat: str, **where: Any) -> list[float]:
    result = _ask(cloud, query(0, "AWS/EC2", metric, {"InstanceId": instance}, stat), **where)
    return list(result[0]["Values"])


def test_a_fortnight_has_one_point_an_hour(cloud: DemoCloud) -> None:
    result = _ask(cloud, query(0, "AWS/EC2", "CPUUtilization", {"InstanceId": IDLE}, "Average"))[0]
    assert result["Timestamps"] == [NOW - FORTNIGHT + timedelta(hours=hour) for hour in range(14 * 24)]
    assert result["StatusCode"] == "Complete"


def test_the_newest_comes_first_unless_asked_otherwise(cloud: DemoCloud) -> None:
    result = _ask(cloud, query(0, "AWS/EC2", "NetworkIn", {"InstanceId": IDLE}, "Sum"), ScanBy="TimestampDescending")[0]
    assert result["Timestamps"] == sorted(result["Timestamps"], reverse=True)


def test_idle_instances_are_idle_and_busy_ones_busy(cloud: DemoCloud) -> None:
    assert max(_instance(cloud, IDLE, "CPUUtilization", "Maximum")) < 5
    assert min(_instance(cloud, BUSY, "CPUUtilization", "Average")) > 5
    traffic = sum(_instance(cloud, IDLE, "NetworkIn", "Sum")) + sum(_instance(cloud, IDLE, "NetworkOut", "Sum"))
    assert 0 < traffic / 14 < 5_000_000


@pytest.mark.parametrize(
    ("instance", "region", "account", "share"),
    [
        ("i-0de02a10000000021", VIRGINIA, DATA, 1 / 24),
        ("i-0de02a19000000021", VIRGINIA, DATA, 2 / 24),
    ],
    ids=["one hour a night: 95 % of the hours are idle", "two hours a night: they are not"],
)
def test_nightly_work_shows_in_the_peaks(
    cloud: DemoCloud, instance: str, region: str, account: str, share: float
) -> None:
    peaks = _instance(cloud, instance, "CPUUtilization", "Maximum", account=account, region=region)
    assert sum(peak >= 5 for peak in peaks) / len(peaks) == pytest.approx(share)


def test_a_silent_agent_leaves_gaps(cloud: DemoCloud) -> None:
    values = _instance(cloud, "i-0de02c19000000021", "CPUUtilization", "Average", account=DATA, region="eu-central-1")
    assert len(values) / (14 * 24) == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(
    ("namespace", "metric", "dimensions"),
    [
        ("AWS/EC2", "CPUUtilization", {"InstanceId": "i-0de01e10000000001"}),
        ("AWS/EBS", "VolumeReadOps", {"VolumeId": "vol-0de01e10000000001"}),
        ("AWS/EBS", "VolumeReadOps", {"VolumeId": "vol-0de01e10000000011"}),
        ("AWS/EC2", "CPUCreditBalance", {"InstanceId": IDLE}),
        ("AWS/S3", "BucketSizeBytes", {"BucketName": "retail-db-dumps", "StorageType": "StandardStorage"}),
        ("AWS/Nothing", "Nothing", {}),
    ],
    ids=["stopped", "loose", "on a stopped instance", "not burstable", "in another region", "unknown"],
)
def test_what_sends_nothing_has_no_points(
    cloud: DemoCloud, namespace: str, metric: str, dimensions: dict[str, str]
) -> None:
    assert _ask(cloud, query(0, namespace, metric, dimensions, "Average"))[0]["Values"] == []


def test_what_was_launched_ten_days_ago_has_ten_days_of_points(cloud: DemoCloud) -> None:
    values = _instance(cloud, "i-0de01a19000000021", "CPUUtilization", "Average", region=VIRGINIA)
    assert 10 * 24 - 1 <= len(values) <= 10 * 24


def test_thirty_days_are_kept(cloud: DemoCloud) -> None:
    asked = query(0, "AWS/EC2", "CPUUtilization", {"InstanceId": IDLE}, "Average")
    result = _ask(cloud, asked, StartTime=NOW - timedelta(days=60))[0]
    assert min(result["Timestamps"]) == NOW - timedelta(days=30)


@pytest.mark.parametrize(("bucket", "gib"), [("retail-tiny", 0.9), ("retail-checkout-logs", 5.2)])
def test_bucket_sizes_come_once_a_day_at_midnight(cloud: DemoCloud, bucket: str, gib: float) -> None:
    dimensions = {"BucketName": bucket, "StorageType": "StandardStorage"}
    midnight = NOW.replace(hour=0)
    asked = query(0, "AWS/S3", "BucketSizeBytes", dimensions, "Average", 86400)
    result = _ask(cloud, asked, StartTime=midnight - timedelta(days=3))[0]
    assert result["Timestamps"] == [midnight - timedelta(days=day) for day in (3, 2, 1, 0)]
    assert [value / 1024**3 for value in result["Values"]] == [pytest.approx(gib)] * 4


def test_hours_add_up_to_days(cloud: DemoCloud) -> None:
    hours = _instance(cloud, BUSY, "NetworkIn", "Sum")
    days = _ask(cloud, query(0, "AWS/EC2", "NetworkIn", {"InstanceId": BUSY}, "Sum", 86400))[0]["Values"]
    assert days == pytest.approx([sum(hours[day * 24 : day * 24 + 24]) for day in range(14)])


def test_five_minutes_make_an_hour(cloud: DemoCloud) -> None:
    def values(stat: str, period: int) -> list[float]:
        asked = query(0, "AWS/EC2", "CPUUtilization", {"InstanceId": BUSY}, stat, period)
        return list(_ask(cloud, asked, StartTime=NOW - timedelta(hours=3))[0]["Values"])

    samples = values("Average", 300)
    hours = [samples[hour * 12 : hour * 12 + 12] for hour in range(3)]
    assert values("Maximum", 3600) == pytest.approx([max(hour) for hour in hours])
    assert values("Average", 3600) == pytest.approx([sum(hour) / 12 for hour in hours])
    assert values("SampleCount", 3600) == [12.0] * 3


def test_periods_start_where_the_window_does(cloud: DemoCloud) -> None:
    start = NOW - timedelta(hours=5, minutes=17, seconds=40)
    result = _ask(cloud, query(0, "AWS/EC2", "CPUUtilization", {"InstanceId": IDLE}, "Average"), StartTime=start)[0]
    assert result["Timestamps"][0] == start.replace(second=0)
    assert {moment.minute for moment in result["Timestamps"]} == {start.minute}


@given(mean=st.floats(0, 1e9), peak=st.floats(0, 1e9))
@settings(max_examples=50)
def test_the_short_way_for_whole_hours_is_the_long_way(mean: float, peak: float) -> None:
    peak = min(max(mean, peak), 12 * mean)
    samples = [(1, peak), (11, (12 * mean - peak) / 11)]
    for name, short in WHOLE_HOUR.items():
        assert short(mean, peak) == pytest.approx(STATISTICS[name](samples), rel=1e-9, abs=1e-6)


def test_more_series_than_a_page_come_in_pages(cloud: DemoCloud) -> None:
    cloudwatch = client(cloud, "cloudwatch")
    asked = [query(i, "AWS/EC2", "CPUUtilization", {"InstanceId": IDLE}, "Average") for i in range(250)]
    window = {"StartTime": NOW - timedelta(hours=2), "EndTime": NOW}
    pages = [cloudwatch.get_metric_data(MetricDataQueries=asked, **window)]
    while token := pages[-1].get("NextToken"):
        pages.append(cloudwatch.get_metric_data(MetricDataQueries=asked, NextToken=token, **window))
    seen = [result["Id"] for page in pages for result in page["MetricDataResults"]]
    assert seen == [f"q{i}" for i in range(250)]
    assert len(pages) == 3


def test_a_wish_for_fewer_points_is_heard(cloud: DemoCloud) -> None:
    asked = [query(i, "AWS/EC2", "CPUUtilization", {"InstanceId": IDLE}, "Average") for i in range(5)]
    answer = client(cloud, "cloudwatch").get_metric_data(
        MetricDataQueries=asked, StartTime=NOW - FORTNIGHT, EndTime=NOW, MaxDatapoints=700
    )
    assert len(answer["MetricDataResults"]) == 2
    assert answer["NextToken"]


@pytest.mark.parametrize(
    ("queries", "window", "message"),
    [
        (501, (NOW - FORTNIGHT, NOW), "The collection MetricDataQueries must not have a size greater than 500."),
        (1, (NOW, NOW), "The parameter StartTime must be less than the parameter EndTime."),
    ],
)
def test_what_cloudwatch_refuses(
    cloud: DemoCloud, queries: int, window: tuple[datetime, datetime], message: str
) -> None:
    asked = [query(i, "AWS/EC2", "CPUUtilization", {"InstanceId": IDLE}, "Average") for i in range(queries)]
    call = client(cloud, "cloudwatch").get_metric_data
    told = refused(call, MetricDataQueries=asked, StartTime=window[0], EndTime=window[1])
    assert told == ("ValidationError", 400, message)


def test_an_unknown_statistic_is_not_answered_with_silence(cloud: DemoCloud) -> None:
    asked = [query(0, "AWS/EC2", "CPUUtilization", {"InstanceId": IDLE}, "TM(2%:98%)")]
    call = client(cloud, "cloudwatch").get_metric_data
    assert refused(call, MetricDataQueries=asked, StartTime=NOW - FORTNIGHT, EndTime=NOW)[0] == "ValidationError"


def test_the_answer_is_what_the_model_declares(cloud: DemoCloud) -> None:
    cloudwatch = client(cloud, "cloudwatch")
    asked = [query(0, "AWS/EC2", "CPUUtilization", {"InstanceId": IDLE}, "p95")]
    answer = cloudwatch.get_metric_data(MetricDataQueries=asked, StartTime=NOW - FORTNIGHT, EndTime=NOW)
    answer.pop("ResponseMetadata")
    shape = cloudwatch.meta.service_model.operation_model("GetMetricData").output_shape
    assert ParamValidator().validate(answer, shape).generate_report() == ""


def test_an_older_sdk_is_answered_in_xml(cloud: DemoCloud) -> None:
    key = DEMO_AMBIENT_KEYS[RETAIL][0]
    form = {
        "Action": "GetMetricData",
        "Version": "2010-08-01",
        "StartTime": (NOW - timedelta(hours=3)).isoformat(),
        "EndTime": NOW.isoformat(),
        "MetricDataQueries.member.1.Id": "q0",
        "MetricDataQueries.member.1.MetricStat.Metric.Namespace": "AWS/EC2",
        "MetricDataQueries.member.1.MetricStat.Metric.MetricName": "CPUUtilization",
        "MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Name": "InstanceId",
        "MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Value": IDLE,
        "MetricDataQueries.member.1.MetricStat.Period": "3600",
        "MetricDataQueries.member.1.MetricStat.Stat": "Average",
    }
    scope = f"AWS4-HMAC-SHA256 Credential={key}/20261121/{IRELAND}/monitoring/aws4_request, SignedHeaders=host"
    answer = httpx.post(cloud.endpoint, data=form, headers={"Authorization": scope}, trust_env=False)
    times = re.findall(r"<member>(2026-[^<]+)</member>", answer.text)
    assert answer.status_code == 200
    assert [datetime.fromisoformat(moment) for moment in times] == [NOW - timedelta(hours=back) for back in (1, 2, 3)]
