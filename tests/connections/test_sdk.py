"""Sessions share the service models; times are what botocore's own parser gives."""

from __future__ import annotations

from datetime import UTC

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
