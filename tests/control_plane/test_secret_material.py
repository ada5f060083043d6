from __future__ import annotations

import pytest

from control_plane.secret_material import secret_places
from schemas.secrets import looks_secret

KEY_ID = "AKIA" + "IOSFODNN7EXAMPLE"
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCYEXAMPLEKEY"
PRIVATE_KEY = "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIE"
WEB_TOKEN = "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "name",
    [
        "aws_access_key_id",
        "aws_secret_access_key",
        "secretAccessKey",
        "Secret",
        "password",
        "passwd",
        "session-token",
        "private_key",
        "client_secret",
        "credentials",
        "apiKey",
        "connection_string",
    ],
)
@pytest.mark.parametrize("depth", [0, 1, 7])
def test_a_field_named_after_a_secret_is_found_at_any_depth(name: str, depth: int) -> None:
    body: object = {name: "x"}
    for _ in range(depth):
        body = {"inner": [body]}
    assert list(secret_places(body)) == ["inner[0]." * depth + name]


@pytest.mark.parametrize("value", [KEY_ID, "ASIA" + KEY_ID[4:], SECRET_KEY, PRIVATE_KEY, WEB_TOKEN, f"key={KEY_ID};"])
def test_a_value_with_the_shape_of_a_secret_is_found_in_any_field(value: str) -> None:
    assert list(secret_places({"connection": {"profile": value}})) == ["connection.profile"]


def test_a_name_that_is_a_secret_itself_is_not_repeated() -> None:
    assert list(secret_places({"connection": {KEY_ID: 1}})) == ["connection.(a name)"]


@pytest.mark.parametrize(
    "value",
    [
        "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/mytargets/73e2d6bc24d8a067",
        "arn:aws:iam::123456789012:role/audit",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",  # a SHA-1, as external ids often are
        "d9428888-122b-11e1-b85c-61cd3cbb3210",
        "us-east-1",
        "AKIA",
    ],
)
def test_ordinary_values_are_no_secrets(value: str) -> None:
    assert not looks_secret(value)


def test_a_very_deep_body_is_walked_without_recursion() -> None:
    body: object = {"password": "x"}
    for _ in range(20_000):
        body = [body]
    assert len(list(secret_places(body))) == 1
