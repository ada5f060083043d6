"""Azure's errors, classified by what to do next."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from azure.core import exceptions as e

from scanners.azure.call import Call
from scanners.azure.errors import classify, seconds_of
from scanners.azure.rows import one_form
from schemas.errors import CloudError, Denied, Fatal, NoAccess, Retriable, Throttled, Unreachable, Unsupported

CALL = Call("arm:Microsoft.Compute/disks")


def of(error: Exception) -> CloudError:
    return classify(error, CALL, region="global", principal="application x")


def answered(status: int, code: str, message: str = "no", **headers: str) -> e.HttpResponseError:
    body = json.dumps({"error": {"code": code, "message": message}}) if code else "<html>"
    response: Any = SimpleNamespace(
        status_code=status,
        reason="Reason",
        headers=headers,
        body=body.encode,
        text=lambda encoding=None: body,
    )
    return e.HttpResponseError(response=response)


@pytest.mark.parametrize(
    ("status", "code", "leaf"),
    [
        (403, "AuthorizationFailed", Denied),
        (403, "LinkedAuthorizationFailed", Denied),
        (403, "", Denied),
        (403, "RequestDisallowedByPolicy", Denied),
        (401, "InvalidAuthenticationToken", NoAccess),
        (401, "", NoAccess),
        (404, "SubscriptionNotFound", NoAccess),
        (404, "InvalidResourceType", Unsupported),
        (404, "", Unsupported),
        (409, "MissingSubscriptionRegistration", Unsupported),
        (400, "NoRegisteredProviderFound", Unsupported),
        (429, "RateLimiting", Throttled),
        (429, "", Throttled),
        (409, "Conflict", Retriable),
        (500, "InternalServerError", Retriable),
        (503, "", Retriable),
        (400, "BadRequest", Fatal),
        (302, "", Fatal),
    ],
)
def test_answers(status: int, code: str, leaf: type[CloudError]) -> None:
    found = of(answered(status, code))
    assert type(found) is leaf
    assert (found.service, found.operation, found.region) == ("arm", "Microsoft.Compute/disks", "global")
    assert found.code == (code or str(status))


def test_a_denial_names_the_action_and_what_would_open_it() -> None:
    text = "The client 'a' does not have authorization to perform action 'Microsoft.Compute/disks/read' over scope 'b'."
    found = of(answered(403, "AuthorizationFailed", text))
    assert isinstance(found, Denied)
    assert (found.action, found.principal) == ("Microsoft.Compute/disks/read", "application x")
    assert found.statement == {"actions": ["Microsoft.Compute/disks/read"]}


def test_a_denial_by_a_policy_of_the_organization_no_grant_would_open() -> None:
    found = of(answered(403, "RequestDisallowedByPolicy"))
    assert isinstance(found, Denied)
    assert (found.by_organization, found.statement) == (True, None)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "17"}, 17.0),
        ({"x-ms-user-quota-resets-after": "00:01:05"}, 65.0),
        ({"Retry-After": "soon"}, 0.0),
        ({}, 0.0),
    ],
)
def test_how_long_the_cloud_says_to_wait(headers: dict[str, str], seconds: float) -> None:
    found = of(answered(429, "RateLimiting", **headers))
    assert isinstance(found, Throttled)
    assert found.after_seconds == seconds


@pytest.mark.parametrize(("text", "seconds"), [("01:00:02", 3602.0), ("5", 0.0), ("", 0.0), ("a:b:c", 0.0)])
def test_a_span_of_time(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize(
    ("error", "leaf"),
    [
        (e.ClientAuthenticationError("AADSTS7000215"), NoAccess),
        (e.ServiceRequestError("gone", error=aiohttp.ServerDisconnectedError()), Retriable),
        (e.ServiceRequestError("reset", error=aiohttp.ClientOSError(104, "reset by peer")), Retriable),
        (e.ServiceResponseError("cut", error=aiohttp.ClientPayloadError("not all")), Retriable),
        (e.ServiceRequestError("no such host"), Unreachable),
        (e.ServiceRequestTimeoutError("late"), Unreachable),
        (e.ServiceResponseTimeoutError("late"), Unreachable),
        (e.AzureError("else"), Fatal),
    ],
)
def test_no_answer(error: Exception, leaf: type[CloudError]) -> None:
    assert type(of(error)) is leaf


def test_a_long_message_is_cut_to_one_line() -> None:
    assert str(of(answered(400, "BadRequest", "a\n  b " + "y" * 5000))) == "a b " + "y" * 296


def test_ids_are_brought_into_one_form_wherever_they_stand() -> None:
    row = {"id": "/Subscriptions/A/B", "n": 1, "x": [{"y": "/subscriptions/C"}, "Text/Subscriptions"], "z": None}
    assert one_form(row) == {"id": "/subscriptions/a/b", "n": 1, "x": [{"y": "/subscriptions/c"}, "Text/Subscriptions"],
                             "z": None}  # fmt: skip
