"""The event on the wire: what it looks like, who else can read it, and its 2CBP form."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_structured, to_binary, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.event import (
    CONTENT_TYPE,
    MAX_EVENT_BYTES,
    Data,
    Event,
    decode,
    decode_binary,
    encode,
    encode_2cbp,
    event_id,
    schema_of,
    source_of,
    to_2cbp,
    utc_now,
)

Make = Callable[..., Event]
text = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)
moments = st.datetimes(datetime(1970, 1, 2), datetime(2199, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - zone added
anything = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


# structured JSON


def test_event_is_structured_cloudevents_json(event: Make) -> None:
    assert json.loads(encode(event())) == {
        "specversion": "1.0",
        "id": event().id,
        "source": "/cloud-sentinel/aws/123456789012",
        "type": "aws.metadata.ebs.size_gib",
        "subject": "arn:aws:ec2:eu-west-1:123456789012:volume/vol-0a1",
        "time": "2026-11-21T04:00:07.120000Z",
        "dataschema": "cloud-sentinel:/api/v1/schemas/aws.metadata.ebs.size_gib/v1",
        "datacontenttype": "application/json",
        "clientid": "acme",
        "scanid": "scan-1",
        "taskid": "task-1",
        "attempt": 1,
        "asof": "2026-11-21T04:00:00Z",
        "provider": "aws",
        "accountid": "123456789012",
        "region": "eu-west-1",
        "resourcetype": "AWS::EC2::Volume",
        "partitionkey": "arn:aws:ec2:eu-west-1:123456789012:volume/vol-0a1",
        "demo": True,
        "data": {"value": 100, "unit": "GiB"},
    }


def test_no_data_is_null_and_never_zero(event: Make) -> None:
    assert json.loads(encode(event(data=Data(None))))["data"] == {"value": None, "unit": None}


def test_money_is_a_decimal_string(event: Make) -> None:
    body = encode(event(data=Data({"amount": Decimal("8.80"), "currency": "USD"})))
    assert json.loads(body)["data"]["value"] == {"amount": "8.80", "currency": "USD"}


def test_a_performance_value_carries_how_it_was_measured(event: Make) -> None:
    window = {"start": "2026-11-07T04:00:00Z", "end": "2026-11-21T04:00:00Z"}
    data = Data(2.5, "Percent", statistic="average", window=window, samples=336)
    assert json.loads(encode(event(data=data)))["data"] == {
        "value": 2.5,
        "unit": "Percent",
        "statistic": "average",
        "window": window,
        "samples": 336,
    }


def test_what_json_does_not_know_is_refused(event: Make) -> None:
    with pytest.raises(NotImplementedError, match="complex"):
        encode(event(data=Data({"z": 1j})))


@anything
@given(value=values, time=moments, subject=text, attempt=st.integers(1, 2**31 - 1))
def test_decode_gives_back_what_was_encoded(
    event: Make, value: Any, time: datetime, subject: str, attempt: int
) -> None:
    made = event(data=Data(value), time=time, asof=time, subject=subject, partitionkey=subject, attempt=attempt)
    assert decode(encode(made)) == made


def test_an_unknown_attribute_is_skipped(event: Make) -> None:
    body = json.loads(encode(event())) | {"traceparent": "00-abc"}
    assert decode(json.dumps(body)) == event()


@pytest.mark.parametrize("name", ["id", "source", "type", "subject", "time", "asof", "clientid", "data"])
def test_an_event_without_a_required_attribute_is_refused(event: Make, name: str) -> None:
    body = json.loads(encode(event()))
    del body[name]
    with pytest.raises(msgspec.ValidationError, match=name):
        decode(json.dumps(body))


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe"])
def test_what_is_no_event_is_refused(body: bytes) -> None:
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
        decode(body)


def test_the_limit_is_64_kib_and_an_event_tells_its_own_size(event: Make) -> None:
    empty = len(encode(event(data=Data(""))))
    assert MAX_EVENT_BYTES == 65_536
    assert len(encode(event(data=Data("x" * (65_536 - empty))))) == 65_536
    assert len(encode(event(data=Data("ü" * (65_536 - empty))))) > 65_536


def test_category_and_service_are_parts_of_the_type(event: Make) -> None:
    made = event(type="aws.metadata.vpc.nat_gateway.state")
    assert (made.category, made.service) == ("metadata", "vpc")


def test_source_is_a_path_and_the_schema_an_absolute_uri_without_a_host() -> None:
    assert source_of("aws", "123456789012") == "/cloud-sentinel/aws/123456789012"
    assert schema_of("aws.waste.ebs.unattached") == "cloud-sentinel:/api/v1/schemas/aws.waste.ebs.unattached/v1"
    assert schema_of("aws.waste.ebs.unattached", 2) == "cloud-sentinel:/api/v1/schemas/aws.waste.ebs.unattached/v2"


def test_the_clock_is_aware_and_in_utc() -> None:
    assert utc_now().utcoffset() == timedelta(0)


# id


def test_id_is_32_hex_digits_and_stays_what_it_was() -> None:
    assert event_id("scan-1", "vol-1", "aws.metadata.ebs.state") == "d9bee378a684e240d24c2d584f2436bf"  # b2sum -l 128


@given(st.lists(st.tuples(text, text, text, text), min_size=2, max_size=8, unique=True))
def test_different_facts_have_different_ids(facts: list[tuple[str, str, str, str]]) -> None:
    plain = [fact for fact in facts if not any("\x1f" in part for part in fact)]
    assert len({event_id(*fact) for fact in plain}) == len(plain)


def test_parts_do_not_run_into_each_other() -> None:
    assert event_id("ab", "c", "t") != event_id("a", "bc", "t")
    assert event_id("s", "r", "t", "") != event_id("s", "r", "t", "q")


# the CloudEvents SDK as the other side


def test_the_sdk_reads_our_event(event: Make) -> None:
    made = event()
    message = KafkaMessage(headers={"content-type": CONTENT_TYPE.encode()}, key=made.subject, value=encode(made))
    read = from_structured(message, JSONFormat())
    assert (read.get_id(), read.get_source(), read.get_type()) == (made.id, made.source, made.type)
    assert (read.get_subject(), read.get_time()) == (made.subject, made.time)
    assert (read.get_dataschema(), read.get_datacontenttype()) == (made.dataschema, "application/json")
    assert read.get_extension("accountid") == "123456789012"
    assert read.get_extension("demo") is True
    assert read.get_extension("attempt") == 1
    assert read.get_data() == {"value": 100, "unit": "GiB"}


def test_we_read_the_event_of_the_sdk(event: Make) -> None:
    made = event()
    attributes = json.loads(encode(made))
    data = attributes.pop("data")
    theirs = CloudEvent(attributes=attributes | {"time": made.time}, data=data)
    message = to_structured(theirs, JSONFormat())
    assert message.headers["content-type"].startswith(CONTENT_TYPE.encode())
    assert decode(message.value) == made


@anything
@given(value=values, time=moments)
def test_an_event_survives_the_sdk_both_ways(event: Make, value: Any, time: datetime) -> None:
    made = event(data=Data(value), time=time)
    message = KafkaMessage(headers={"content-type": CONTENT_TYPE.encode()}, key=None, value=encode(made))
    assert decode(to_structured(from_structured(message, JSONFormat()), JSONFormat()).value) == made


@anything
@given(value=values, subject=st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), min_size=1), time=moments)
def test_the_binary_form_of_the_sdk_is_the_same_event(event: Make, value: Any, subject: str, time: datetime) -> None:
    made = event(data=Data(value), subject=subject, partitionkey=subject, time=time, demo=True)
    plain = KafkaMessage(headers={"content-type": CONTENT_TYPE.encode()}, key=None, value=encode(made))
    binary = to_binary(from_structured(plain, JSONFormat()), JSONFormat())
    assert decode_binary({name: text.decode() for name, text in binary.headers.items()}, binary.value) == made


@pytest.mark.parametrize(
    ("header", "text"), [("ce_attempt", "one"), ("ce_time", "yesterday"), ("ce_demo", "perhaps"), ("ce_id", None)]
)
def test_a_binary_form_that_is_none_is_refused(event: Make, header: str, text: str | None) -> None:
    plain = KafkaMessage(headers={"content-type": CONTENT_TYPE.encode()}, key=None, value=encode(event()))
    binary = to_binary(from_structured(plain, JSONFormat()), JSONFormat())
    headers = {name: told.decode() for name, told in binary.headers.items() if name != header}
    with pytest.raises(msgspec.ValidationError):
        decode_binary(headers | ({header: text} if text else {}), binary.value)


def test_attribute_names_are_what_cloudevents_allows(event: Make) -> None:
    names = set(json.loads(encode(event()))) - {"data"}
    assert [name for name in names if not (name.isalnum() and name.islower() and len(name) <= 20)] == []


# 2CBP


def test_2cbp_is_a_function_of_the_event(event: Make) -> None:
    assert json.loads(encode_2cbp(event())) == {
        "client_id": "acme",
        "timestamp": "2026-11-21T05:00:07.120+01:00",
        "resource_id": "arn:aws:ec2:eu-west-1:123456789012:volume/vol-0a1",
        "metric_type": "aws.metadata.ebs.size_gib",
        "metric_value": 100,
    }


@pytest.mark.parametrize(
    ("utc", "paris"),
    [
        (datetime(2026, 1, 15, 12, tzinfo=UTC), "2026-01-15T13:00:00.000+01:00"),
        (datetime(2026, 7, 15, 12, tzinfo=UTC), "2026-07-15T14:00:00.000+02:00"),
        (datetime(2026, 3, 29, 0, 59, 59, 999_000, tzinfo=UTC), "2026-03-29T01:59:59.999+01:00"),
        (datetime(2026, 3, 29, 1, tzinfo=UTC), "2026-03-29T03:00:00.000+02:00"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "2026-10-25T02:30:00.000+02:00"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "2026-10-25T02:30:00.000+01:00"),
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "2027-01-01T00:30:00.000+01:00"),
    ],
)
def test_2cbp_time_is_paris_summer_and_winter(event: Make, utc: datetime, paris: str) -> None:
    assert to_2cbp(event(time=utc)).timestamp == paris


@anything
@given(time=moments)
def test_2cbp_time_is_the_same_moment_to_the_millisecond(event: Make, time: datetime) -> None:
    told = datetime.fromisoformat(to_2cbp(event(time=time)).timestamp)
    assert timedelta(0) <= time - told < timedelta(milliseconds=1)


def test_2cbp_carries_a_whole_finding(event: Make) -> None:
    value = {"rule": "disk.unattached", "outcome": "waste", "monthly_saving": "8.80"}
    assert json.loads(encode_2cbp(event(data=Data(value))))["metric_value"] == value
