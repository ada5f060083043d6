"""The modes of a connection to AWS, over sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from connections import connect
from connections.aws import AwsConnection
from demo_cloud import DemoCloud
from schemas.demo import DEMO_AMBIENT_KEYS
from schemas.errors import InvalidInputError, NoAccess, Retriable, Unreachable
from schemas.scan import ScanSpec
from schemas.sealing import Secret
from schemas.settings import Settings

OPERATIONS = frozenset({"sts:GetCallerIdentity", "ec2:DescribeRegions", "s3:ListBuckets", "s3:GetBucketLocation"})
ROLE = "arn:aws:iam::222222222222:role/reader"
Open = Callable[..., AwsConnection]


@pytest.fixture
def open_connection(spec: Callable[..., ScanSpec], settings: Settings) -> Open:
    def build(mode: str = "ambient", *, demo_endpoint: str = "", **fields: Any) -> AwsConnection:
        chosen = settings.model_copy(update={"demo_endpoint": demo_endpoint})
        connection = connect(spec(mode, **fields), operations=OPERATIONS, settings=chosen)
        assert isinstance(connection, AwsConnection)
        return connection

    return build


def assumed(expires: datetime) -> str:
    return (
        '<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>'
        "<AccessKeyId>ASIAROLE000000000000</AccessKeyId><SecretAccessKey>role-secret</SecretAccessKey>"
        f"<SessionToken>role-token</SessionToken><Expiration>{expires.isoformat()}</Expiration>"
        "</Credentials></AssumeRoleResult></AssumeRoleResponse>"
    )


def refused(code: str) -> str:
    return f"<ErrorResponse><Error><Code>{code}</Code><Message>planned by the test</Message></Error></ErrorResponse>"


def assuming(expires_in: timedelta = timedelta(hours=1)) -> Callable[[Any], tuple[int, str]]:
    def answer(seen: Any) -> tuple[int, str]:
        is_sign_in = seen.action == "AssumeRole"
        return (200, assumed(datetime.now(UTC) + expires_in) if is_sign_in else "<Response/>")

    return answer


def write_profile(home: Path, name: str, **values: str) -> None:
    lines = [f"[profile {name}]", *(f"{key} = {value}" for key, value in values.items()), ""]
    with (home / "config").open("a") as file:
        file.write("\n".join(lines))


# ambient


def test_ambient_reads_the_environment_and_its_endpoint(
    open_connection: Open, moto_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAAMBIENT000000000")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "planted-secret")
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_url)
    connection = open_connection()
    assert connection.client("sts", "us-east-1").get_caller_identity()["Account"] == "123456789012"
    regions = connection.client("ec2", "us-east-1").describe_regions()["Regions"]
    assert "eu-west-1" in {region["RegionName"] for region in regions}
    assert connection.demo is False


@pytest.mark.usefixtures("keys")
def test_every_request_names_the_product(open_connection: Open, cloud: Any) -> None:
    open_connection().client("ec2", "eu-west-1").describe_regions()
    assert f"cloud-sentinel/{version('cloud-sentinel')}" in cloud.seen[0].headers["user-agent"]


@pytest.mark.usefixtures("keys")
def test_a_passing_failure_is_asked_once_more(open_connection: Open, cloud: Any) -> None:
    cloud.answer = lambda _: (503, refused("ServiceUnavailable"))
    client = open_connection().client("ec2", "eu-west-1")
    with pytest.raises(client.exceptions.ClientError):
        client.describe_regions()
    assert cloud.actions() == ["DescribeRegions"] * 2


@pytest.mark.usefixtures("keys")
def test_clients_carry_the_limits(open_connection: Open) -> None:
    config = open_connection().client("ec2", "eu-west-1").meta.config
    assert (config.connect_timeout, config.read_timeout, config.max_pool_connections) == (5, 30, 6)
    assert config.retries == {"mode": "standard", "total_max_attempts": 2}


@pytest.mark.usefixtures("keys")
def test_a_client_is_made_once_for_all_threads(open_connection: Open) -> None:
    connection = open_connection()
    places = [("ec2", "eu-west-1"), ("ec2", "us-east-1"), ("s3", "us-east-1")] * 8
    with ThreadPoolExecutor(8) as pool:
        clients = list(pool.map(lambda place: connection.client(*place), places))
    assert len({id(client) for client in clients}) == 3
    assert {client.meta.region_name for client in clients} == {"eu-west-1", "us-east-1"}


@pytest.mark.usefixtures("keys")
def test_connecting_asks_no_network(open_connection: Open, cloud: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", cloud.url)
    cloud.answer = lambda _: (404, "")
    connection = open_connection()
    open_connection("assume_role", role_arn=ROLE)
    open_connection("demo", account="111111111111", demo_endpoint=cloud.url)
    assert cloud.seen == []
    with pytest.raises(NoAccess):
        connection.client("sts", "us-east-1")
    assert cloud.seen[0].path == "/latest/api/token"


def test_no_credentials_is_no_access_and_says_what_was_tried(open_connection: Open, home: Path) -> None:
    connection = open_connection()
    with pytest.raises(NoAccess) as caught:
        connection.client("sts", "us-east-1")
    message = str(caught.value)
    assert "environment (none of the AWS credential variables is set)" in message
    assert f"{home / 'credentials'} (not there)" in message


def test_half_a_key_is_no_access_without_the_half(open_connection: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAAMBIENT000000000")
    with pytest.raises(NoAccess, match=r"environment \(AWS_ACCESS_KEY_ID\)") as caught:
        open_connection().client("sts", "us-east-1")
    assert "AKIAAMBIENT" not in str(caught.value)


def test_a_credential_process_that_fails_keeps_what_it_printed(open_connection: Open, home: Path) -> None:
    script = home / "process.py"
    script.write_text("import sys; sys.exit('planted-secret')")
    write_profile(home, "broken", credential_process=f"python3 {script}")
    with pytest.raises(NoAccess, match="credential source custom-process failed") as caught:
        open_connection("profile", profile="broken").client("sts", "us-east-1")
    assert "planted-secret" not in str(caught.value)


@pytest.mark.usefixtures("keys")
def test_no_secret_is_logged(open_connection: Open, cloud: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    cloud.answer = lambda _: (403, refused("AccessDenied"))
    with pytest.raises(NoAccess) as caught:
        open_connection("assume_role", role_arn=ROLE, external_id="known").client("sts", "us-east-1")
    assert cloud.seen
    assert "planted-secret" not in caplog.text + str(caught.value) + repr(caught.value)


# profile


def test_a_profile_signs_with_its_keys(open_connection: Open, cloud: Any, home: Path) -> None:
    keys = {"aws_access_key_id": "AKIAPROFILE000000000", "aws_secret_access_key": "s"}
    write_profile(home, "prod", **keys, endpoint_url=cloud.url)
    open_connection("profile", profile="prod").client("ec2", "eu-west-1").describe_regions()
    assert [request.access_key for request in cloud.seen] == ["AKIAPROFILE000000000"]


def test_a_profile_may_assume_a_role_of_its_own(open_connection: Open, cloud: Any, home: Path) -> None:
    write_profile(home, "base", aws_access_key_id="AKIABASE000000000000", aws_secret_access_key="s")
    write_profile(home, "prod", role_arn=ROLE, source_profile="base", endpoint_url=cloud.url, region="eu-west-1")
    cloud.answer = assuming()
    open_connection("profile", profile="prod").client("ec2", "eu-west-1").describe_regions()
    assert [(request.action, request.access_key) for request in cloud.seen] == [
        ("AssumeRole", "AKIABASE000000000000"),
        ("DescribeRegions", "ASIAROLE000000000000"),
    ]


def test_a_web_identity_signs_in_without_a_key(
    open_connection: Open, cloud: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "token").write_text("identity-token")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(home / "token"))
    monkeypatch.setenv("AWS_ROLE_ARN", ROLE)
    monkeypatch.setenv("AWS_ENDPOINT_URL", cloud.url)
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    body = assumed(datetime.now(UTC) + timedelta(hours=1)).replace("AssumeRole", "AssumeRoleWithWebIdentity")
    cloud.answer = lambda seen: (200, body if "WebIdentity" in seen.action else "<Response/>")
    open_connection().client("ec2", "eu-west-1").describe_regions()
    assert [(request.action, request.access_key) for request in cloud.seen] == [
        ("AssumeRoleWithWebIdentity", ""),
        ("DescribeRegions", "ASIAROLE000000000000"),
    ]


def test_a_missing_profile_is_no_access_and_names_the_files(open_connection: Open, home: Path) -> None:
    write_profile(home, "other", region="eu-west-1")
    with pytest.raises(NoAccess) as caught:
        open_connection("profile", profile="prod")
    message = str(caught.value)
    assert "(prod)" in message
    assert f"{home / 'config'} (found)" in message
    assert f"{home / 'credentials'} (not there)" in message


def test_a_missing_profile_of_the_environment_is_no_access(
    open_connection: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "gone")
    with pytest.raises(NoAccess, match=r"gone.*environment \(AWS_PROFILE\)"):
        open_connection()


def test_an_unreadable_file_is_no_access(open_connection: Open, home: Path) -> None:
    (home / "config").write_text("no section here\n")
    with pytest.raises(NoAccess, match="Unable to parse config file"):
        open_connection()


# assume_role


def test_a_role_is_assumed_under_the_name_of_the_scan(
    open_connection: Open, moto_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAAMBIENT000000000")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "planted-secret")
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_url)
    connection = open_connection("assume_role", role_arn=ROLE, external_id="shared-with-us", scan_id="01J/scan 7")
    me = connection.client("sts", "us-east-1").get_caller_identity()
    assert me["Account"] == "222222222222"
    assert me["Arn"] == "arn:aws:sts::222222222222:assumed-role/reader/cloud-sentinel-01J-scan-7"


@pytest.mark.usefixtures("keys")
def test_the_external_id_and_a_short_name_are_sent(open_connection: Open, cloud: Any) -> None:
    cloud.answer = assuming()
    connection = open_connection("assume_role", role_arn=ROLE, external_id="shared-with-us", scan_id="x" * 90)
    connection.client("ec2", "eu-west-1").describe_regions()
    sign_in, call = cloud.seen
    assert (sign_in.action, sign_in.access_key) == ("AssumeRole", "AKIAAMBIENT000000000")
    assert sign_in.form["ExternalId"] == ["shared-with-us"]
    assert sign_in.form["RoleSessionName"] == ["cloud-sentinel-" + "x" * 49]
    assert (call.access_key, call.headers["x-amz-security-token"]) == ("ASIAROLE000000000000", "role-token")


@pytest.mark.usefixtures("keys")
def test_no_external_id_sends_none(open_connection: Open, cloud: Any) -> None:
    cloud.answer = assuming()
    open_connection("assume_role", role_arn=ROLE).client("ec2", "eu-west-1")
    assert cloud.actions() == ["AssumeRole"]
    assert "ExternalId" not in cloud.seen[0].form


@pytest.mark.usefixtures("keys")
def test_a_role_is_assumed_once_while_it_lasts(open_connection: Open, cloud: Any) -> None:
    cloud.answer = assuming()
    connection = open_connection("assume_role", role_arn=ROLE)
    for region in ("eu-west-1", "us-east-1", "eu-west-1"):
        connection.client("ec2", region).describe_regions()
    assert cloud.actions() == ["AssumeRole", "DescribeRegions", "DescribeRegions", "DescribeRegions"]


@pytest.mark.usefixtures("keys")
def test_a_role_is_assumed_again_before_it_ends(open_connection: Open, cloud: Any) -> None:
    cloud.answer = assuming(timedelta(minutes=5))
    client = open_connection("assume_role", role_arn=ROLE).client("ec2", "eu-west-1")
    cloud.answer = assuming(timedelta(hours=1))
    client.describe_regions()
    client.describe_regions()
    assert cloud.actions() == ["AssumeRole", "AssumeRole", "DescribeRegions", "DescribeRegions"]


@pytest.mark.usefixtures("keys")
def test_a_role_taken_away_during_the_scan_is_no_access(open_connection: Open, cloud: Any) -> None:
    cloud.answer = assuming(timedelta(minutes=5))
    client = open_connection("assume_role", role_arn=ROLE).client("ec2", "eu-west-1")
    cloud.answer = lambda _: (403, refused("AccessDenied"))
    with pytest.raises(NoAccess, match="reader"):
        client.describe_regions()
    assert "DescribeRegions" not in cloud.actions()


@pytest.mark.usefixtures("keys")
def test_a_refused_role_is_no_access_and_names_it(open_connection: Open, cloud: Any) -> None:
    cloud.answer = lambda _: (403, refused("AccessDenied"))
    with pytest.raises(NoAccess) as caught:
        open_connection("assume_role", role_arn=ROLE).client("ec2", "eu-west-1")
    assert (caught.value.operation, caught.value.code) == ("AssumeRole", "AccessDenied")
    assert f"role {ROLE} (without external id)" in str(caught.value)


@pytest.mark.usefixtures("keys")
def test_a_throttled_sign_in_is_retriable(open_connection: Open, cloud: Any) -> None:
    cloud.answer = lambda _: (400, refused("Throttling"))
    with pytest.raises(Retriable, match="AssumeRole"):
        open_connection("assume_role", role_arn=ROLE).client("ec2", "eu-west-1")
    assert cloud.actions() == ["AssumeRole"] * 2


@pytest.mark.usefixtures("keys")
def test_a_sign_in_can_succeed_after_it_failed(open_connection: Open, cloud: Any) -> None:
    cloud.answer = lambda _: (400, refused("Throttling"))
    connection = open_connection("assume_role", role_arn=ROLE)
    with pytest.raises(Retriable):
        connection.client("ec2", "eu-west-1")
    cloud.answer = assuming()
    connection.client("ec2", "eu-west-1").describe_regions()
    assert cloud.actions()[-1] == "DescribeRegions"


@pytest.mark.usefixtures("keys")
def test_a_dead_sign_in_endpoint_is_unreachable(open_connection: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1:9"):
        open_connection("assume_role", role_arn=ROLE).client("ec2", "eu-west-1")


@pytest.mark.parametrize(
    ("arn", "host"),
    [
        (ROLE, "sts.us-east-1.amazonaws.com"),
        ("arn:aws-cn:iam::222222222222:role/reader", "sts.cn-north-1.amazonaws.com.cn"),
        ("arn:aws-us-gov:iam::222222222222:role/reader", "sts.us-gov-west-1.amazonaws.com"),
    ],
)
def test_the_sign_in_is_regional_and_in_the_partition_of_the_role(open_connection: Open, arn: str, host: str) -> None:
    sign_in = open_connection("assume_role", role_arn=arn)._sign_in
    assert sign_in._role is not None
    assert sign_in._client(sign_in._role).meta.endpoint_url == f"https://{host}"


# demo


def test_the_demo_assumes_its_role_at_its_own_endpoint_only(
    open_connection: Open, cloud: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "gone")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAMINE000000000000")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    cloud.answer = assuming()
    connection = open_connection("demo", account="111111111111", demo_endpoint=cloud.url)
    connection.client("ec2", "eu-west-1").describe_regions()
    connection.client("s3", "us-east-1").get_bucket_location(Bucket="logs")
    sign_in, call, bucket = cloud.seen
    assert connection.demo is True
    assert (sign_in.action, sign_in.access_key) == ("AssumeRole", "AKIADEMOSCANNER00000")
    assert sign_in.form["RoleArn"] == ["arn:aws:iam::111111111111:role/cloud-sentinel-read"]
    assert sign_in.form["ExternalId"] == ["cloud-sentinel-demo"]
    assert call.access_key == "ASIAROLE000000000000"
    assert bucket.path == "/logs?location"


# what cannot be


@pytest.mark.parametrize(
    ("mode", "fields", "field"),
    [
        ("demo", {"account": "111111111111"}, "SENTINEL_DEMO_ENDPOINT"),
        ("demo", {"demo_endpoint": "http://127.0.0.1:9"}, "connection.account"),
        ("demo", {"demo_endpoint": "http://127.0.0.1:9", "account": "12"}, "connection.account"),
        ("profile", {}, "connection.profile"),
        ("assume_role", {}, "connection.role_arn"),
        ("assume_role", {"role_arn": "arn:aws:iam::222222222222:user/reader"}, "connection.role_arn"),
        ("assume_role", {"role_arn": ROLE, "external_id": "x"}, "connection.external_id"),
        ("assume_role", {"role_arn": ROLE, "external_id": "with space"}, "connection.external_id"),
        ("ambient", {"provider": "other"}, "provider"),
    ],
)
def test_what_cannot_be_is_said_by_field(open_connection: Open, mode: str, fields: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        open_connection(mode, **fields)
    assert caught.value.field == field


@pytest.mark.usefixtures("keys")
def test_close_closes_and_a_later_client_is_new(open_connection: Open, cloud: Any) -> None:
    connection = open_connection()
    first = connection.client("ec2", "eu-west-1")
    first.describe_regions()
    asyncio.run(connection.close())
    second = connection.client("ec2", "eu-west-1")
    assert second is not first
    second.describe_regions()
    assert cloud.actions() == ["DescribeRegions", "DescribeRegions"]


def test_a_demo_cloud_is_noticed_however_it_is_reached(open_connection: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    key, secret = DEMO_AMBIENT_KEYS["111111111111"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    with DemoCloud.start() as demo:
        monkeypatch.setenv("AWS_ENDPOINT_URL", demo.endpoint)
        connection = open_connection()
        assert not connection.demo
        connection.client("sts", "eu-west-1").get_caller_identity()
        assert connection.demo
        asyncio.run(connection.close())


# stored accounts


@pytest.mark.usefixtures("keys")
def test_stored_keys_sign_and_nothing_of_this_machine_does(spec: Any, cloud: Any, settings: Settings) -> None:
    made = spec("static_keys", access_key_id="AKIASTORED0000000000")
    opened = connect(made, operations=OPERATIONS, settings=settings, secret=Secret({"secret_access_key": "planted"}))
    opened.client("ec2", "eu-west-1").describe_regions()
    assert [request.access_key for request in cloud.seen] == ["AKIASTORED0000000000"]
    assert "planted" not in str(cloud.seen)


def test_stored_keys_without_their_secret_are_no_access(open_connection: Open) -> None:
    with pytest.raises(NoAccess, match="give it anew"):
        open_connection("static_keys", access_key_id="AKIASTORED0000000000")


def test_a_stored_web_identity_reads_the_workers_token_anew_and_names_the_scan(
    open_connection: Open, cloud: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", cloud.url)
    connection = open_connection("web_identity", role_arn=ROLE, scan_id="scan-7")
    with pytest.raises(NoAccess, match="AWS_WEB_IDENTITY_TOKEN_FILE is not set"):
        connection.client("ec2", "eu-west-1")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(home / "token"))
    (home / "token").write_text("first-token")
    short = assumed(datetime.now(UTC) + timedelta(minutes=5)).replace("AssumeRole", "AssumeRoleWithWebIdentity")
    cloud.answer = lambda seen: (200, short if "WebIdentity" in seen.action else "<Response/>")
    client = connection.client("ec2", "eu-west-1")
    (home / "token").write_text("second-token")
    client.describe_regions()
    signed_in = [request for request in cloud.seen if request.action == "AssumeRoleWithWebIdentity"]
    assert [request.form["WebIdentityToken"] for request in signed_in] == [["first-token"], ["second-token"]]
    assert {request.access_key for request in signed_in} == {""}
    assert signed_in[0].form["RoleSessionName"] == ["cloud-sentinel-scan-7"]
