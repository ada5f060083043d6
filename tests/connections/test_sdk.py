"""Sessions share the service models; times are what botocore's own parser gives."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest
from botocore.session import Session
from botocore.utils import parse_timestamp

from connections.sdk import moment_of, prepare


@pytest.mark.parametrize(
    "told",
    [
        "2026-11-21T04:00:07.120Z",
        "2026-11-21T04:00:07Z",
        "2026-11-21T04:00:07.120000+00:00",
        "2026-11-21T05:00:07+01:00",
        "Sat, 21 Nov 2026 04:00:07 GMT",
        1795233607,
        1795233607.25,
        "1795233607",
        "2026-11-21",
    ],
)
def test_a_time_is_the_one_that_botocore_reads(told: object) -> None:
    own = parse_timestamp(told)
    expected = own if own.tzinfo else own.replace(tzinfo=UTC)
    assert moment_of(told) == expected
    assert moment_of(told).tzinfo is not None


def test_what_is_no_time_is_refused_as_botocore_refuses_it() -> None:
    with pytest.raises(ValueError, match="nonsense"):
        moment_of("nonsense Time")


def test_sessions_share_the_models_and_parse_times_in_utc() -> None:
    first, second = Session(), Session()
    prepare(first)
    prepare(second)
    assert first.get_component("data_loader") is second.get_component("data_loader")
    parser = first.get_component("response_parser_factory").create_parser("json")
    assert parser._timestamp_parser is moment_of


def parsed(protocol: str, operation: str, body: bytes, service: str = "ec2") -> dict[str, Any]:
    """An answer as a client of ours reads it."""
    session = Session()
    prepare(session)
    shape = session.get_service_model(service).operation_model(operation).output_shape
    parser = session.get_component("response_parser_factory").create_parser(protocol)
    answer: dict[str, Any] = parser.parse({"body": body, "headers": {}, "status_code": 200}, shape)
    return answer


GOOD = b"<item><volumeId>vol-1</volumeId><size>8</size><encrypted>false</encrypted></item>"


@pytest.mark.parametrize(
    ("odd", "field", "told"),
    [
        (b"<size>a lot</size>", "Size", "a lot"),
        (b"<size/>", "Size", None),
        (b"<encrypted>perhaps</encrypted>", "Encrypted", "perhaps"),
        (b"<createTime>yesterday</createTime>", "CreateTime", "yesterday"),
        (b"<attachmentSet>none</attachmentSet>", "Attachments", "none"),
    ],
)
def test_one_odd_value_costs_nothing_else_of_the_answer(odd: bytes, field: str, told: object) -> None:
    body = b"<R><volumeSet>" + GOOD + b"<item><volumeId>vol-2</volumeId>" + odd + b"</item></volumeSet></R>"
    good, other = parsed("ec2", "DescribeVolumes", body)["Volumes"]
    assert good == {"VolumeId": "vol-1", "Size": 8, "Encrypted": False}
    assert other == {"VolumeId": "vol-2", field: told}


def test_an_odd_value_of_json_stands_in_the_answer_as_it_was_told() -> None:
    body = b'{"MetricDataResults": [{"Id": "q0", "Timestamps": "today", "Values": [1.5]}, "q1"]}'
    told = parsed("json", "GetMetricData", body, "cloudwatch")["MetricDataResults"]
    assert told == [{"Id": "q0", "Timestamps": "today", "Values": [1.5]}, "q1"]


def test_an_answer_that_is_no_object_is_refused() -> None:
    with pytest.raises(ValueError, match="not an object"):
        parsed("json", "GetMetricData", b'["q0"]', "cloudwatch")
