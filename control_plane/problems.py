"""Errors as RFC 9457 problems: what is wrong, where, what is allowed, and never a secret or an internal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import msgspec
import structlog
from fastapi import FastAPI, Request, WebSocket
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from control_plane.errors import (
    ConflictError,
    ForbiddenError,
    InvalidGrantError,
    InvalidRequestError,
    NotFoundError,
    NotInstalledError,
    NotReadyError,
    TooManyRequestsError,
    UnauthorizedError,
)
from control_plane.secret_material import SECRET_MATERIAL
from schemas.catalogue import nearest
from schemas.errors import InvalidInputError
from schemas.secrets import looks_secret, named_secret
from stores import StoreError, StoreFullError
from stores.lake.errors import LakeError

MEDIA_TYPE: Final = "application/problem+json"
SIGN_IN: Final = "/sign-in"
ECHO_LIMIT: Final = 200
"""Longer values are not repeated in an answer."""
TOLD_IN_DETAIL: Final = 3
WHOLE: Final = "a whole number"
MOMENT: Final = "a time with its zone, for example 2026-11-21T04:00:00Z"
DAY: Final = "a day, for example 2026-12-31"
PLAIN: Final = {
    "missing": "it is required; all fields: /docs",
    "string_type": "text",
    "list_type": "a list",
    "model_type": "a JSON object (content-type: application/json)",
    "model_attributes_type": "a JSON object (content-type: application/json)",
    "int_type": WHOLE,
    "int_parsing": WHOLE,
    "int_from_float": WHOLE,
    "bool_parsing": "true or false",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "too_short": "at least {min_length}; leave it out to mean all",
    "too_long": "at most {max_length}",
    "string_too_short": "at least {min_length} characters",
    "string_too_long": "at most {max_length} characters",
    "string_pattern_mismatch": "text of the form {pattern}",
    "datetime_from_date_parsing": MOMENT,
    "datetime_parsing": MOMENT,
    "timezone_aware": MOMENT,
    "date_type": DAY,
    "date_parsing": DAY,
    "date_from_datetime_parsing": DAY,
    "date_from_datetime_inexact": DAY,
}
"""What is allowed, in plain words, by the type of a pydantic error."""

log = structlog.get_logger("control_plane")


class FieldProblem(BaseModel):
    """One field that is wrong: its value where that is short and harmless, and what is allowed."""

    field: str
    value: str | int | float | bool | None = None
    allowed: str


class Problem(BaseModel):
    """RFC 9457 problem details."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    instance: str = Field(description="The path that was asked for, without its query.")
    errors: list[FieldProblem] = []


def problem(
    status: int,
    detail: str,
    path: str,
    *,
    errors: Sequence[FieldProblem] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer for one problem."""
    body = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, instance=path, errors=list(errors))
    return Response(body.model_dump_json(), status, dict(headers or {}), MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Answer every error of the application as a problem."""
    app.add_exception_handler(InvalidRequestError, _invalid_request)
    app.add_exception_handler(InvalidInputError, _invalid_input)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(NotFoundError, _not_found)
    app.add_exception_handler(ConflictError, _conflict)
    app.add_exception_handler(ForbiddenError, _forbidden)
    app.add_exception_handler(InvalidGrantError, _invalid_grant)
    app.add_exception_handler(TooManyRequestsError, _too_many)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(StoreError, _store_failed)
    app.add_exception_handler(NotReadyError, _not_ready)
    app.add_exception_handler(LakeError, _lake_failed)
    app.add_exception_handler(NotInstalledError, _not_installed)
    app.add_middleware(LastResort)


class LastResort:
    """Turns what nobody expected into a 500 without internals, and logs it once."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on. An answer that has begun can only be broken off: then the error goes up."""
        started = False

        async def noticing(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, noticing)
        except Exception:
            if started or scope["type"] != "http":
                raise
            log.exception("request_failed", method=scope["method"], path=scope["path"])
            await problem(500, "an internal error; the log of the API tells more", scope["path"])(scope, receive, send)


async def _invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, InvalidRequestError)
    return _invalid(request, [(each.field, each.value, each.allowed) for each in error.errors])


async def _invalid_input(request: Request, error: Exception) -> Response:
    assert isinstance(error, InvalidInputError)
    return _invalid(request, [(error.field, error.value, error.allowed)])


async def _malformed(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    told = [_field_error(each) for each in error.errors()]
    if any(each["type"] == SECRET_MATERIAL for each in error.errors()):
        return _invalid(request, [(field, None, allowed) for field, _, allowed in told])
    return _invalid(request, told)


async def _not_found(request: Request, error: Exception) -> Response:
    return problem(404, str(error), request.url.path)


async def _conflict(request: Request, error: Exception) -> Response:
    return problem(409, str(error), request.url.path)


async def refuse(connection: Request | WebSocket, error: Exception) -> None:
    """Answer somebody who is not let in."""
    answers = {UnauthorizedError: _unauthorized, TooManyRequestsError: _too_many}
    response = await answers.get(type(error), _store_failed)(connection, error)
    if isinstance(connection, WebSocket):
        await connection.send_denial_response(response)
        return
    await response(connection.scope, connection.receive, connection._send)  # noqa: SLF001 - what it was made with


async def _forbidden(request: Request, error: Exception) -> Response:
    return problem(403, str(error), request.url.path)


async def _unauthorized(connection: Request | WebSocket, error: Exception) -> Response:
    """A person at a browser is led to the page to sign in at."""
    if "text/html" in connection.headers.get("accept", ""):
        return RedirectResponse(SIGN_IN, 303)
    return problem(401, str(error), connection.url.path, headers={"WWW-Authenticate": "Bearer"})


async def _invalid_grant(request: Request, error: Exception) -> Response:
    """With the member that RFC 6749 wants beside those of a problem."""
    told = problem(400, str(error), request.url.path)
    body = msgspec.json.encode(msgspec.json.decode(told.body) | {"error": "invalid_grant"})
    return Response(body, 400, {"Cache-Control": "no-store"}, MEDIA_TYPE)


async def _too_many(connection: Request | WebSocket, error: Exception) -> Response:
    assert isinstance(error, TooManyRequestsError)
    headers = {"Retry-After": str(error.retry_after_seconds)}
    return problem(429, str(error), connection.url.path, headers=headers)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail = str(error.detail)
    if error.status_code == HTTPStatus.NOT_FOUND:
        detail = _unknown_path(request)
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return _wrong_method(request)
    return problem(error.status_code, detail, request.url.path, headers=error.headers)


def _wrong_method(request: Request) -> Response:
    """All methods of the path: the router itself names those of its first route only."""
    described, here = request.app.openapi()["paths"], request.url.path
    alike = [path for path in described if re.fullmatch(re.sub(r"{[^}]*}", "[^/]+", path), here)]
    matching = [here] if here in described else alike
    allowed = ", ".join(sorted({method.upper() for path in matching for method in described[path]})) or "GET"
    detail = f"{request.method} is not possible here; allowed: {allowed}"
    return problem(405, detail, here, headers={"Allow": allowed})


async def _store_failed(request: Request | WebSocket, error: Exception) -> Response:
    log.error("store_failed", path=request.url.path, error=str(error))
    detail = "the store cannot answer now; the log of the API and `sentinel db upgrade` tell more"
    if isinstance(error, StoreFullError):
        detail = "the disk of the store is full: nothing was stored; try again when there is space"
    return problem(503, detail, request.url.path, headers={"Retry-After": "5"})


async def _not_ready(request: Request, error: Exception) -> Response:
    return problem(503, str(error), request.url.path, headers={"Retry-After": "5"})


async def _lake_failed(request: Request, error: Exception) -> Response:
    log.error("lake_failed", path=request.url.path, error=str(error))
    return problem(503, "the lake cannot answer now; the log of the API tells more", request.url.path)


async def _not_installed(request: Request, error: Exception) -> Response:
    return problem(501, str(error), request.url.path)


def _unknown_path(request: Request) -> str:
    routes, here = request.app.openapi()["paths"], request.url.path
    for path in routes:
        if "{" in path and re.fullmatch(re.sub(r"{(finding|letter|job|account)_id}", "[^/]+", path), here):
            return f"there is none of this id: {path} takes 32 hex digits"
    guess = nearest(here, routes)
    hint = f'did you mean "{guess}"? ' if guess else ""
    return f"there is no such path; {hint}all paths: /openapi.json"


def _invalid(request: Request, told: Iterable[tuple[str, object, str]]) -> Response:
    errors = [FieldProblem(field=field, value=_echo(value), allowed=allowed) for field, value, allowed in told]
    lines = [f"{each.field}: {each.allowed}" if each.field else each.allowed for each in errors]
    more = f" (and {len(lines) - TOLD_IN_DETAIL} more)" if len(lines) > TOLD_IN_DETAIL else ""
    return problem(422, "; ".join(lines[:TOLD_IN_DETAIL]) + more, request.url.path, errors=errors)


def _field_error(error: Mapping[str, Any]) -> tuple[str, object, str]:
    """Field, value and what is allowed, of one pydantic error."""
    place, context = list(error["loc"][1:]), error.get("ctx", {})
    if error["type"] == "json_invalid":
        return "", None, f"the body is not JSON: {context.get('error', '')} at character {place[0] if place else 0}"
    if "field" in context:  # raised for a whole object; the context says which of its fields
        return _path([*place, context["field"]]), None, str(error["msg"])
    hidden = not place or place[-1] == "key" or any(named_secret(part) for part in place)
    return _path(place), None if hidden else error.get("input"), _allowed(error)


def _allowed(error: Mapping[str, Any]) -> str:
    names = re.findall(r"'([^']+)'", str(error.get("ctx", {}).get("expected", "")))
    if error["type"] not in {"literal_error", "enum"} or not names:
        plain = PLAIN.get(error["type"])
        return plain.format_map(error.get("ctx", {})) if plain else str(error["msg"])
    guess = nearest(str(error.get("input")), names)
    return (f'did you mean "{guess}"? ' if guess else "") + f"allowed: {', '.join(names)}"


def _path(place: Sequence[str | int]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return text.removeprefix(".")


def _echo(value: object) -> str | int | float | bool | None:
    """The value, where it is short, plain and no secret."""
    if isinstance(value, str):
        return value if len(value) <= ECHO_LIMIT and not looks_secret(value) else None
    return value if isinstance(value, bool | int | float) else None
