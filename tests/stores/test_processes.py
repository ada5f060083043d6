from __future__ import annotations

from datetime import timedelta

from schemas.process import ProcessReport
from stores import Store
from stores.processes import ProcessRow, beat, forget_processes_before, leave, list_processes
from tests.stores.given import LATER, NOW

ROW = ProcessRow("a", ("planner", "worker"), "1.0", ProcessReport(lag={"store": 3}), NOW, NOW)


async def test_the_last_sign_of_life_counts(store: Store) -> None:
    again = ProcessRow("a", ("planner", "worker"), "1.0", ProcessReport(failures=1), NOW, LATER)
    async with store.write() as w:
        await beat(w, ROW)
        await beat(w, again)
    async with store.read() as r:
        assert await list_processes(r) == [again]


async def test_what_stopped_is_gone_and_what_died_stays_a_while(store: Store) -> None:
    died = ProcessRow("b", ("api",), "1.0", ProcessReport(), NOW, NOW - timedelta(days=2))
    async with store.write() as w:
        await beat(w, ROW)
        await beat(w, died)
        await leave(w, "a")
    async with store.read() as r:
        assert await list_processes(r) == [died]
    async with store.write() as w:
        assert await forget_processes_before(w, NOW - timedelta(days=1), 10) == 1
        assert await forget_processes_before(w, NOW - timedelta(days=1), 10) == 0
