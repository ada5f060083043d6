"""``sentinel dead-letters``: what could not be read or stored, straight from the store."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar, cast, get_args

from cli import names
from cli.configuration import load_settings, make_home
from cli.exits import CommandError, ExitCode
from cli.text import printable, table

if TYPE_CHECKING:
    from stores import Store
    from stores.dead_letters import LetterFilters, LetterRow, LetterStatus, Replayed

T = TypeVar("T")


def print_letters(topic: str | None, status: str | None, limit: int, output_format: str) -> int:
    """One line each, the newest first; or as JSON, one a line."""
    form = names.choice("--format", output_format, ("table", "json"))
    filters = _filters(topic, status)

    async def read(store: Store) -> list[LetterRow]:
        from stores.dead_letters import find_letters

        async with store.read() as reading:
            return await find_letters(reading, filters, limit=limit)

    rows = _in_store(read)
    lines = [_json(row) for row in rows] if form == "json" else _table(rows)
    print("\n".join(lines) if lines else "no dead letters", file=sys.stdout if lines else sys.stderr)
    return ExitCode.CLEAN


def print_letter(letter_id: str) -> int:
    """What is known of it on standard error, the body as it was on standard output."""

    async def read(store: Store) -> LetterRow | None:
        from stores.dead_letters import get_letter

        async with store.read() as reading:
            return await get_letter(reading, None, letter_id)

    row = _in_store(read)
    if row is None:
        raise _none_of(letter_id)
    print("\n".join(table(_facts(row))), file=sys.stderr)
    sys.stdout.buffer.write((row.body or b"") + b"\n")
    return ExitCode.CLEAN


def replay_letters(ids: list[str], topic: str | None, *, every: bool) -> int:
    """Have them sent again: by id, or all that stand open."""
    chosen = _chosen(ids, topic, every=every)

    async def write(store: Store) -> list[Replayed]:
        from stores.dead_letters import replay_letters as ask

        async with store.write() as writing:
            return [await ask(writing, filters, datetime.now(UTC)) for filters in chosen]

    done = _in_store(write)
    count, cut = sum(each.replayed for each in done), sum(each.truncated for each in done)
    _say(f"{count} will be sent again by the planner")
    if cut:
        _say(f"{cut} cannot be: only their beginning was kept")
    return _found(ids, count + cut)


def drop_letters(ids: list[str], topic: str | None, *, every: bool) -> int:
    """Nobody wants them any more: by id, or all that stand open."""
    chosen = _chosen(ids, topic, every=every)

    async def write(store: Store) -> int:
        from stores.dead_letters import drop_letters as drop

        async with store.write() as writing:
            return sum([await drop(writing, filters, datetime.now(UTC)) for filters in chosen])

    dropped = _in_store(write)
    _say(f"{dropped} dropped")
    return _found(ids, dropped)


def _filters(topic: str | None, status: str | None) -> LetterFilters:
    from schemas.topics import fixed_topics, is_topic
    from stores.dead_letters import LetterFilters, LetterStatus

    template = load_settings().events_topic
    if topic is not None and not is_topic(topic, template):
        known = fixed_topics(template)
        raise names.unknown("topic", topic, known, listing=", ".join(known))
    if status is not None:
        names.choice("--status", status, get_args(LetterStatus))
    return LetterFilters(topic=topic, status=cast("LetterStatus | None", status))


def _chosen(ids: list[str], topic: str | None, *, every: bool) -> list[LetterFilters]:
    if bool(ids) == every or (ids and topic):
        line = "name dead letters by their ids, or take all that are open with --all (and --topic TOPIC)"
        raise CommandError(ExitCode.BAD_INPUT, line)
    from stores.dead_letters import LetterFilters

    return [LetterFilters(id=each) for each in ids] if ids else [_filters(topic, "open")]


def _found(ids: list[str], changed: int) -> int:
    """By name, each must be there to be changed."""
    if changed < len(set(ids)):
        raise CommandError(ExitCode.BAD_INPUT, f"{len(set(ids)) - changed} of them are unknown, or dropped already")
    return ExitCode.CLEAN


def _none_of(letter_id: str) -> CommandError:
    return CommandError(ExitCode.BAD_INPUT, f'there is no dead letter "{letter_id}" (list: sentinel dead-letters list)')


def _in_store(work: Callable[[Store], Awaitable[T]]) -> T:
    settings = load_settings()
    if not settings.store:
        make_home(settings)
    return asyncio.run(_opened(settings.store_url, work))


async def _opened(url: str, work: Callable[[Store], Awaitable[T]]) -> T:
    from stores import StoreError, open_store

    store = open_store(url)
    try:
        return await work(store)
    except StoreError as error:
        raise CommandError(ExitCode.NO_ACCESS, str(error)) from error
    finally:
        await store.close()


def _table(rows: list[LetterRow]) -> list[str]:
    return [line for row in rows for line in _lines(row)]


def _lines(row: LetterRow) -> list[str]:
    """The id first, never cut; the reason on a line of its own."""
    at = row.at.isoformat(timespec="seconds")
    return [f"{row.id}  {row.status:8}  {row.topic}  {at}", f"  {printable(row.reason)}"]


def _facts(row: LetterRow) -> list[list[str]]:
    place = f"partition {row.part}, offset {row.log_offset}" if row.part >= 0 else "never sent"
    told = {
        "id": row.id,
        "topic": f"{row.topic} ({place})",
        "key": printable(row.key),
        "reason": printable(row.reason),
        "when": row.at.isoformat(),
        "status": f"{row.status}, sent again {row.replays} times",
        "replay of": row.replay_of or "-",
        "client": row.client_id or "not known",
        "headers": " ".join(f"{name}={printable(value)}" for name, value in row.headers.items()) or "-",
        "body": f"{row.body_bytes} bytes" + (", only the beginning was kept" if row.truncated else ""),
    }
    return [[name, text] for name, text in told.items()]


def _json(row: LetterRow) -> str:
    import msgspec

    told = msgspec.to_builtins(row)
    del told["body"]
    return msgspec.json.encode(told).decode()


def _say(line: str) -> None:
    print(line, file=sys.stderr)
