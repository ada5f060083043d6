"""Where a bill comes from: files at a place, or the API of the account that this shell reaches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from cli.exits import CommandError, ExitCode
from schemas.scan import DEFAULT_CLIENT, Connection

if TYPE_CHECKING:
    from collections.abc import Callable

    from finops.ingest.order import Source
    from schemas.settings import Settings


@dataclass(frozen=True, slots=True)
class Asking:
    """The options for an API; empty where they were not given."""

    since: str
    until: str
    account: str
    profile: str
    role_arn: str


async def source_of(form: str, path: str, asked: Asking, settings: Settings, say: Callable[[str], None]) -> Source:
    """Raises ``CommandError`` (exit 2) for what does not fit the form."""
    from finops.ingest.apis import APIS
    from finops.ingest.sources import PlaceSource

    if form in APIS:
        if path:
            raise CommandError(ExitCode.BAD_INPUT, f'{form} asks an API and takes no path; what is "{path}"?')
        return await _answers(form, asked, settings, say)
    if not path:
        raise CommandError(ExitCode.BAD_INPUT, f"{form} needs a path: a file, a folder, s3://…, az://… or gs://…")
    return PlaceSource(path, settings)


async def _answers(form: str, asked: Asking, settings: Settings, say: Callable[[str], None]) -> Source:
    from connections import connect
    from finops.ingest.apis import OPERATIONS, ask, question
    from schemas.event import utc_now

    now = settings.fixed_now or utc_now()
    since, until = _day("--since", asked.since), _day("--until", asked.until)
    spec = question(form, _connection(form, asked), now, client_id=DEFAULT_CLIENT, name="costs")
    clients = connect(spec, operations=OPERATIONS[form], settings=settings)
    try:
        pages = await ask(form, clients, asked.account or None, since, until, now)
    finally:
        await clients.close()
    price = f", {pages.price} USD" if pages.price else ""
    say(f"{form}: {pages.calls} calls{price}, {len(pages.files)} pages")
    return pages


def _connection(form: str, asked: Asking) -> Connection:
    if form != "aws-ce":
        return Connection(account=asked.account or None)
    if asked.role_arn:
        return Connection(mode="assume_role", role_arn=asked.role_arn, profile=asked.profile or None)
    return Connection(mode="profile", profile=asked.profile) if asked.profile else Connection()


def _day(option: str, told: str) -> date | None:
    try:
        return date.fromisoformat(told) if told else None
    except ValueError as error:
        raise CommandError(
            ExitCode.BAD_INPUT, f'{option} "{told}" is no day; allowed: a date such as 2026-11-01'
        ) from error
