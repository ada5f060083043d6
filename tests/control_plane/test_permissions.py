"""Every operation by every role, of its own and of another client, from the description: none can be forgotten."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from control_plane.auth.access_tokens import Claims
from control_plane.auth.opaque import digest, new_key
from control_plane.permissions import ROLES, SCOPES, Role
from schemas.cost import IngestionStatus
from stores import Store, api_keys, users
from stores.api_keys import KeyRow
from stores.ingestions import Ingestion, begin_ingestion
from stores.users import UserRow
from tests.control_plane.conftest import NOW
from tests.control_plane.facts import fact, keep, read, run, spec, volume, wasted

OPEN = {
    "GET /healthz",
    "GET /readyz",
    "POST /api/v1/auth/token",
    "POST /api/v1/auth/revoke",
    "GET /api/v1/auth/oidc/start",
    "GET /api/v1/auth/oidc/callback",
}
"""What answers anybody."""
OF_ANY_ROLE = {"GET /api/v1/me", "POST /api/v1/me/password"}
OF_NOBODY = {"event_type", "version", "provider"}
"""Parameters of paths that name nothing of a client."""
WRONG: list[dict[str, str]] = [
    {},
    {"Authorization": "Bearer csk_0123456789abcdef_" + "x" * 43},
    {"Authorization": "Bearer a.b.c"},
    {"Authorization": "Basic YTpi"},
]
UNKNOWN = {"key_id": "0" * 16, "version": "1", "event_type": "aws.waste.ebs.unattached", "provider": "aws"}


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    security: list[dict[str, list[str]]] | None

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def parameters(self) -> list[str]:
        return re.findall(r"{(\w+)}", self.path)

    def at(self, **known: str) -> str:
        """The path of a thing; one that there is not, where it is not known."""
        return self.path.format_map({name: known.get(name, UNKNOWN.get(name, "0" * 32)) for name in self.parameters})


def operations(app: FastAPI) -> list[Operation]:
    paths: dict[str, Any] = app.openapi()["paths"]
    return [
        Operation(method.upper(), path, told.get("security"))
        for path, methods in paths.items()
        for method, told in methods.items()
    ]


class People:
    """Somebody of each role at each of two clients."""

    def __init__(self, app: FastAPI, store: Store) -> None:
        self.app, self.store = app, store

    async def token(self, client_id: str, role: Role) -> dict[str, str]:
        user_id = f"{client_id}-{role}"
        email = f"{role}@{client_id}.test"
        async with self.store.write() as writing:
            if await users.get_user(writing, client_id, user_id) is None:
                row = UserRow(user_id, client_id, email, role, None, False, None, None, NOW, None, None)
                await users.insert_user(writing, row)
        return _bearer(self.app.state.context.token_keys.issue(Claims(user_id, client_id), NOW))

    async def key(self, client_id: str, *scopes: str) -> dict[str, str]:
        made = new_key()
        async with self.store.write() as writing:
            row = KeyRow(made.key_id, client_id, "a machine", digest(made.key), scopes, "ann", NOW)
            await api_keys.insert_key(writing, row)
        return _bearer(made.key)


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def people(app: FastAPI, store: Store) -> People:
    return People(app, store)


@pytest.fixture
async def stranger(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody without any token."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api.test") as client:
        yield client


async def ask(client: httpx.AsyncClient, operation: Operation, path: str, **options: Any) -> httpx.Response:
    body: dict[str, Any] | None = {} if operation.method in {"POST", "PUT", "PATCH"} else None
    return await client.request(operation.method, path, json=body, **options)


def test_every_operation_declares_its_scope_or_stands_in_the_list_of_those_that_need_none(app: FastAPI) -> None:
    found = operations(app)
    assert len(found) > 40
    for each in found:
        scopes = [scope for wanted in each.security or [] for given in wanted.values() for scope in given]
        if each.security is None:
            assert each.name in OPEN, f"{each.name} answers anybody"
        elif each.name not in OF_ANY_ROLE:
            assert len(scopes) == 1, f"{each.name} declares no scope: Annotated[Principal, needs(…)]"
            assert scopes[0] in SCOPES
    reached = {each.name for each in found}
    assert reached >= OF_ANY_ROLE


async def test_nobody_is_answered_without_a_token(app: FastAPI, stranger: httpx.AsyncClient) -> None:
    for each in operations(app):
        if each.name in OPEN:
            continue
        for given in (
            {},
            _bearer("csk_0123456789abcdef_" + "x" * 43),
            _bearer("a.b.c"),
            {"Authorization": "Basic YTpi"},
        ):
            answer = await ask(stranger, each, each.at(), headers=given)
            assert answer.status_code == 401, f"{each.name} {given}"
            assert answer.headers["www-authenticate"] == "Bearer"
    for path in ("/", "/docs", "/openapi.json", "/nowhere", "/api/v1/nowhere"):
        assert (await stranger.get(path)).status_code == 401, path
    assert (await stranger.post("/api/v1/scans", content=b"{broken")).status_code == 401


async def test_pages_lead_a_person_to_the_form(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.get("/", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_may_do_what_its_scopes_say_and_nothing_else(
    app: FastAPI, people: People, stranger: httpx.AsyncClient, role: Role
) -> None:
    headers = await people.token("acme", role)
    refused = set()
    for each in operations(app):
        if each.name in OPEN | OF_ANY_ROLE:
            continue
        answer = await ask(stranger, each, each.at(), headers=headers)
        assert answer.status_code != 401, each.name
        if answer.status_code == 403:
            refused.add(each.name)
    wanted = {
        each.name
        for each in operations(app)
        for scopes in (given for wanted in each.security or [] for given in wanted.values())
        if not set(scopes) <= ROLES[role]
    }
    assert refused == wanted
    assert (len(wanted) == 0) == (role == "admin")
    for scope, name in (("users:admin", "GET /api/v1/users"), ("scans:write", "POST /api/v1/scans")):
        assert (name in wanted) == (scope not in ROLES[role])


async def test_a_key_may_do_what_its_scopes_say(app: FastAPI, people: People, stranger: httpx.AsyncClient) -> None:
    headers = await people.key("acme", "events:read")
    for each in operations(app):
        if each.name in OPEN | OF_ANY_ROLE:
            continue
        mine = each.security == [{"bearer": ["events:read"]}]
        answer = await ask(stranger, each, each.at(), headers=headers)
        assert (answer.status_code == 403) != mine, each.name


async def _made(people: People, api: httpx.AsyncClient, headers: dict[str, str]) -> dict[str, str]:
    """One of everything at acme, by the name of the parameter of its path."""
    resource = volume("vol-acme")
    await run(people.store, spec("scan-acme", "acme"), [read("ebs"), read("s3")])
    hers = wasted(resource, "disk.unattached", "8.80", client_id="acme", scan_id="scan-acme")
    about = fact(resource, "aws.metadata.ebs.size_gib", 100, client_id="acme", scan_id="scan-acme")
    await keep(people.store, [hers, about])

    async def post(path: str, **body: Any) -> dict[str, Any]:
        answer = await api.post(f"/api/v1/{path}", json=body, headers=headers)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    role = {"mode": "assume_role", "role_arn": "arn:aws:iam::123456789012:role/acme"}
    account = await post("accounts", provider="aws", name="acme production", connection=role)
    job = await post(f"accounts/{account['account_id']}/test")
    (finding,) = (await api.get("/api/v1/findings", headers=headers)).json()["items"]
    return {
        "scan_id": "scan-acme",
        "event_id": hers.id,
        "resource_id": resource,
        "finding_id": finding["id"],
        "account_id": account["account_id"],
        "job_id": job["job_id"],
        "schedule_id": (await post("schedules", name="acme nightly", cron="0 3 * * *", selection={"group": "acme"}))[
            "schedule_id"
        ],
        "user_id": (await post("users", email="eve@acme.test", role="viewer"))["id"],
        "key_id": (await post("keys", name="acme machine", scopes=["events:read"]))["id"],
        "letter_id": await _letter(people.store),
        "ingestion_id": await _ingestion(people.store),
    }


async def _ingestion(store: Store) -> str:
    begun = Ingestion(
        id="b" * 32,
        client_id="acme",
        source="aws-cur",
        provider="aws",
        billing_account_id="of acme",
        billing_period="2026-11",
        status=IngestionStatus.RUNNING,
        accounts=(),
        raw=(),
        rows_read=1,
        rows_kept=1,
        first_day=NOW.date(),
        last_day=NOW.date(),
        totals={},
        asof=NOW,
    )
    async with store.write() as writing:
        await begin_ingestion(writing, begun)
    return begun.id


async def _letter(store: Store) -> str:
    from schemas.topics import DeadLetter
    from stores import dead_letters

    letter = DeadLetter("sentinel.events", 0, 1, "k", "of acme", "")
    async with store.write() as writing:
        await dead_letters.keep_letter(writing, "a" * 32, letter, b"acme", "acme", NOW)
    return "a" * 32


async def test_nobody_reaches_what_belongs_to_another_client(
    app: FastAPI, people: People, stranger: httpx.AsyncClient
) -> None:
    hers, theirs = await people.token("acme", "admin"), await people.token("globex", "admin")
    made = await _made(people, stranger, hers)
    for each in operations(app):
        unknown = set(each.parameters) - made.keys() - OF_NOBODY
        assert not unknown, f"{each.name}: make one of acme's in _made, or name {unknown} in OF_NOBODY"
        if not set(each.parameters) & made.keys() or each.name in OPEN:
            continue
        path = each.at(**made)
        answer = await ask(stranger, each, path, headers=theirs)
        assert answer.status_code in {404, 422}, f"{each.name}: {answer.status_code}"
        assert answer.status_code == 404 or each.method != "GET", each.name
        assert "acme" not in answer.json()["detail"].replace(made["resource_id"], "").replace("scan-acme", "")
        if each.method == "GET":
            assert (await stranger.get(path, headers=hers)).status_code not in {401, 403, 404}, (
                f"{each.name} of her own"
            )


async def test_no_list_tells_of_another_client(app: FastAPI, people: People, stranger: httpx.AsyncClient) -> None:
    hers, theirs = await people.token("acme", "admin"), await people.token("globex", "admin")
    made = await _made(people, stranger, hers)
    seen_by_her = ""
    for each in operations(app):
        if each.method != "GET" or each.parameters or each.name in OPEN:
            continue
        told = (await stranger.get(each.path, headers=theirs)).text
        for planted in (*made.values(), "acme"):
            assert planted not in told, f"{each.name} tells {planted}"
        seen_by_her += (await stranger.get(each.path, headers=hers)).text
    assert [name for name, planted in made.items() if planted not in seen_by_her] == []


async def test_what_is_in_a_body_cannot_name_another_client(people: People, stranger: httpx.AsyncClient) -> None:
    hers, theirs = await people.token("acme", "admin"), await people.token("globex", "admin")
    made = await _made(people, stranger, hers)
    asked = {"ids": [made["finding_id"]], "status": "ignored", "reason": "not mine"}
    told = (await stranger.post("/api/v1/findings/bulk", json=asked, headers=theirs)).json()
    assert [each["result"] for each in told["results"]] == ["not_found"]
    kept = (await stranger.get(f"/api/v1/findings/{made['finding_id']}", headers=hers)).json()
    assert kept["status"] == "open"
