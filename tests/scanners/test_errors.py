"""botocore's errors, classified by what to do next."""

from __future__ import annotations

import pytest
from botocore import exceptions as e
from botocore.parsers import ResponseParserError

from scanners.aws.errors import classify
from schemas.errors import CloudError, Denied, Fatal, NoAccess, Retriable, Throttled, Unreachable, Unsupported


def of(error: Exception, *, proven: bool = True) -> CloudError:
    return classify(
        error,
        service="ec2",
        operation="DescribeVolumes",
        region="eu-west-1",
        action="ec2:DescribeVolumes",
        principal="arn:aws:iam::1:role/r",
        proven=proven,
    )


def answered(code: str, message: str = "no", operation: str = "DescribeVolumes") -> e.ClientError:
    return e.ClientError({"Error": {"Code": code, "Message": message}}, operation)


@pytest.mark.parametrize(
    ("code", "leaf"),
    [
        ("AccessDenied", Denied),
        ("AccessDeniedException", Denied),
        ("UnauthorizedOperation", Denied),
        ("403", Denied),
        ("Throttling", Throttled),
        ("ThrottlingException", Throttled),
        ("RequestLimitExceeded", Throttled),
        ("SlowDown", Throttled),
        ("TooManyRequestsException", Throttled),
        ("InternalError", Retriable),
        ("ServiceUnavailable", Retriable),
        ("503", Retriable),
        ("OptInRequired", Unsupported),
        ("InvalidAction", Unsupported),
        ("404", Unsupported),
        ("500", Retriable),
        ("AuthFailure", Unsupported),
        ("UnrecognizedClientException", Unsupported),
        ("ExpiredToken", NoAccess),
        ("RequestExpired", NoAccess),
        ("SignatureDoesNotMatch", NoAccess),
        ("InvalidParameterValue", Fatal),
        ("", Fatal),
    ],
)
def test_answers(code: str, leaf: type[CloudError]) -> None:
    found = of(answered(code))
    assert type(found) is leaf
    assert (found.service, found.operation, found.region, found.code) == ("ec2", "DescribeVolumes", "eu-west-1", code)


@pytest.mark.parametrize("code", ["AuthFailure", "UnrecognizedClientException", "InvalidClientTokenId"])
def test_unproven_credentials_are_no_access(code: str) -> None:
    assert type(of(answered(code), proven=False)) is NoAccess


@pytest.mark.parametrize(
    ("error", "leaf"),
    [
        (e.NoCredentialsError(), NoAccess),
        (e.ProfileNotFound(profile="p"), NoAccess),
        (e.PartialCredentialsError(provider="env", cred_var="key"), NoAccess),
        (e.CredentialRetrievalError(provider="sso", error_msg="x"), NoAccess),
        (e.UnauthorizedSSOTokenError(), NoAccess),
        (e.EndpointConnectionError(endpoint_url="http://x"), Unreachable),
        (e.ConnectTimeoutError(endpoint_url="http://x"), Unreachable),
        (e.ReadTimeoutError(endpoint_url="http://x"), Unreachable),
        (e.SSLError(endpoint_url="http://x", error="x"), Unreachable),
        (e.ConnectionClosedError(endpoint_url="http://x"), Retriable),
        (ResponseParserError("not XML: <html>"), Unsupported),
        (ResponseParserError("not XML: <title>500 Internal Server Error</title>"), Retriable),
        (ResponseParserError("not XML: <h1>502 Bad Gateway</h1>"), Retriable),
        (e.ParamValidationError(report="x"), Fatal),
    ],
)
def test_no_answer(error: Exception, leaf: type[CloudError]) -> None:
    assert type(of(error)) is leaf


def test_a_role_that_cannot_be_assumed_is_no_access() -> None:
    assert type(of(answered("AccessDenied", operation="AssumeRole"))) is NoAccess


def test_a_long_or_changing_message_is_cut() -> None:
    found = of(answered("UnauthorizedOperation", "You may not.\n Encoded authorization failure message: abc"))
    assert str(found) == "You may not."
    assert len(str(of(answered("X", "y" * 5000)))) == 300


def test_other_errors_are_not_swallowed() -> None:
    with pytest.raises(KeyError):
        of(KeyError("x"))
