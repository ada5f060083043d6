"""Dead letters: told, and decided on. A decision is a row; the planner's relay sends what is to be sent again."""

from __future__ import annotations

from datetime import datetime

import structlog

from control_plane.audit.record import record
from control_plane.context import Context
from control_plane.dead_letters.answer import LetterDetail, LetterList, LettersDropped, LettersReplayed, LetterSummary
from control_plane.dead_letters.request import LetterFilters, LetterSelection
from control_plane.errors import ConflictError, NotFoundError
from control_plane.paging import read_cursor, write_cursor
from control_plane.principal import Principal
from schemas.catalogue import unknown_name
from schemas.topics import fixed_topics, is_topic
from stores import ReadSession, dead_letters
from stores.dead_letters import LetterRow

log = structlog.get_logger("control_plane")


async def page(context: Context, principal: Principal, asked: LetterFilters) -> LetterList:
    """Newest first."""
    cursor = read_cursor(asked.cursor, tuple[datetime, str])
    wanted = _wanted(context, principal, asked)
    async with context.store.read() as reading:
        rows = await dead_letters.find_letters(reading, wanted, limit=asked.limit, cursor=cursor)
    last = (rows[-1].at, rows[-1].id) if len(rows) == asked.limit else None
    return LetterList(items=[LetterSummary.of(row) for row in rows], next_cursor=write_cursor(last) if last else None)


async def one(context: Context, principal: Principal, letter_id: str) -> LetterDetail:
    """Raises ``NotFoundError``."""
    async with context.store.read() as reading:
        return LetterDetail.of(await _find(reading, principal, letter_id))


async def replay(context: Context, principal: Principal, letter_id: str) -> LetterDetail:
    """Have it sent again. Raises ``NotFoundError``, or ``ConflictError`` where that cannot be."""
    async with context.store.write() as writing:
        row = await _find(writing, principal, letter_id)
        if row.truncated:
            raise ConflictError(f"only the beginning of dead letter {letter_id} was kept: it cannot be sent again")
        if row.status == "dropped":
            raise ConflictError(f"dead letter {letter_id} was dropped")
        await dead_letters.replay_letters(writing, _only(principal, letter_id), context.clock())
        await record(writing, context, principal, "dead_letter.replay", f"dead_letter:{letter_id}")
        return LetterDetail.of(await _find(writing, principal, letter_id))


async def drop(context: Context, principal: Principal, letter_id: str) -> LetterDetail:
    """Nobody wants it any more; dropping again changes nothing. Raises ``NotFoundError``."""
    async with context.store.write() as writing:
        await _find(writing, principal, letter_id)
        if await dead_letters.drop_letters(writing, _only(principal, letter_id), context.clock()):
            await record(writing, context, principal, "dead_letter.drop", f"dead_letter:{letter_id}")
        return LetterDetail.of(await _find(writing, principal, letter_id))


async def replay_all(context: Context, principal: Principal, asked: LetterSelection) -> LettersReplayed:
    """Have all of a selection sent again."""
    wanted = _wanted(context, principal, asked)
    async with context.store.write() as writing:
        done = await dead_letters.replay_letters(writing, wanted, context.clock())
        await record(writing, context, principal, "dead_letter.replay", asked.topic or "*", letters=done.replayed)
    log.info("dead_letters_replayed", client_id=principal.client_id, topic=asked.topic, letters=done.replayed)
    return LettersReplayed(replayed=done.replayed, truncated=done.truncated)


async def drop_all(context: Context, principal: Principal, asked: LetterSelection) -> LettersDropped:
    """Drop all of a selection."""
    wanted = _wanted(context, principal, asked)
    async with context.store.write() as writing:
        dropped = await dead_letters.drop_letters(writing, wanted, context.clock())
        await record(writing, context, principal, "dead_letter.drop", asked.topic or "*", letters=dropped)
    log.info("dead_letters_dropped", client_id=principal.client_id, topic=asked.topic, letters=dropped)
    return LettersDropped(dropped=dropped)


def _wanted(
    context: Context, principal: Principal, asked: LetterFilters | LetterSelection
) -> dead_letters.LetterFilters:
    """Raises ``InvalidInputError`` for a topic that is none."""
    template = context.settings.events_topic
    if asked.topic is not None and not is_topic(asked.topic, template):
        raise unknown_name("topic", "topic", asked.topic, fixed_topics(template))
    return dead_letters.LetterFilters(principal.client_id, asked.topic, asked.status)


def _only(principal: Principal, letter_id: str) -> dead_letters.LetterFilters:
    return dead_letters.LetterFilters(principal.client_id, id=letter_id)


async def _find(reading: ReadSession, principal: Principal, letter_id: str) -> LetterRow:
    row = await dead_letters.get_letter(reading, principal.client_id, letter_id)
    if row is None:
        raise NotFoundError("dead letter", letter_id)
    return row
