"""Clients of the demo cloud, as a scanner's: the real SDK, one attempt a call, so that nothing hides behind a retry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from demo_cloud import DemoCloud
from schemas.demo import DEMO_ACCESS_KEY, DEMO_AMBIENT_KEYS, DEMO_EXTERNAL_ID, DEMO_SECRET, demo_role_arn

NOW: Final = datetime(2026, 11, 21, 4, tzinfo=UTC)
RETAIL: Final = "111111111111"
DATA: Final = "222222222222"
IRELAND: Final = "eu-west-1"
VIRGINIA: Final = "us-east-1"


@dataclass(frozen=True)
class Keys:
    key: str
    secret: str
    token: str | None = None


SCANNER: Final = Keys(DEMO_ACCESS_KEY, DEMO_SECRET)


SESSION: Final = boto3.Session()


def client(cloud: DemoCloud, service: str, region: str = IRELAND, keys: Keys | str = RETAIL) -> Any:
    """A client with these keys; an account's number means its ambient user."""
    held = Keys(*DEMO_AMBIENT_KEYS[keys]) if isinstance(keys, str) else keys
    return SESSION.client(
        service,
        region_name=region,
        endpoint_url=cloud.endpoint,
        aws_access_key_id=held.key,
        aws_secret_access_key=held.secret,
        aws_session_token=held.token,
        config=Config(retries={"total_max_attempts": 1}, proxies={}, read_timeout=20),
    )


def assumed(cloud: DemoCloud, account: str) -> Keys:
    """The session of the read role in an account."""
    answer = client(cloud, "sts", keys=SCANNER).assume_role(
        RoleArn=demo_role_arn(account), RoleSessionName="cloud-sentinel-test", ExternalId=DEMO_EXTERNAL_ID
    )
    held = answer["Credentials"]
    return Keys(held["AccessKeyId"], held["SecretAccessKey"], held["SessionToken"])


def refused(call: Any, **arguments: Any) -> tuple[str, int, str]:
    """The (code, HTTP status, message) with which a call must be refused."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response
    return error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Message"]


def query(number: int, namespace: str, metric: str, dimensions: dict[str, str], stat: str, period: int = 3600) -> Any:
    """One query of GetMetricData."""
    named = [{"Name": name, "Value": value} for name, value in dimensions.items()]
    return {
        "Id": f"q{number}",
        "MetricStat": {
            "Metric": {"Namespace": namespace, "MetricName": metric, "Dimensions": named},
            "Period": period,
            "Stat": stat,
        },
    }
