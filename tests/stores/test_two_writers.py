"""Two materializers store overlapping batches at once: as if one had stored them all."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from schemas.event import Event, encode
from stores import Store, facts
from stores.findings import FindingFilters, FindingRow, find_findings
from stores.resources import ResourceRow, find_resources
from tests.stores.given import NOW, event, waste

SUBJECTS = [f"arn:{n}" for n in range(6)]


def told() -> list[Event]:
    """Two scans that see the same resources; the later one finds less."""
    found = []
    for number in (1, 2):
        common: dict[str, Any] = {"scanid": f"scan-{number}", "asof": NOW + timedelta(hours=number)}
        for subject in SUBJECTS:
            found += [event(f"aws.metadata.ebs.f{n}", n + number, subject=subject, **common) for n in range(4)]
            outcome = "waste" if number == 1 or subject < "arn:3" else "excluded"
            found.append(waste(f"{number}.25", outcome, subject=subject, **common))
    return found


async def write(store: Store, batch: Sequence[Event], offset: int) -> int:
    async with store.write() as w:
        new = await facts.store_events(w, [(each, encode(each)) for each in batch])
        await facts.fold_state(w, batch)
        await facts.upsert_findings(w, batch)
        await facts.advance(w, {("sentinel.events", 0): offset})
    return new


async def state(store: Store) -> tuple[list[ResourceRow], list[FindingRow]]:
    async with store.read() as r:
        assert await facts.positions(r) == {("sentinel.events", 0): 12}
        every = FindingFilters(status=None)
        return await find_resources(r, "acme", limit=100), await find_findings(r, "acme", every, now=NOW, limit=100)


@pytest.mark.parametrize("seed", [1, 2])
async def test_nothing_is_lost_and_nobody_waits_in_a_circle(store: Store, other: Store, seed: int) -> None:
    chance = random.Random(seed)
    events = told()
    batches = [chance.sample(events, 20) for _ in range(10)] + [events[:30], events[30:]]
    chance.shuffle(batches)
    new = await asyncio.gather(*[write((store, other)[n % 2], each, n) for n, each in enumerate(batches, 1)])
    assert sum(new) == len(events)
    resources, findings = await state(store)
    assert [len(row.facts) for row in resources] == [4] * 6
    assert {row.last_scan_id for row in resources} == {"scan-2"}
    assert all(
        fact.value == n + 2 for row in resources for n, fact in enumerate(row.facts[k] for k in sorted(row.facts))
    )
    assert {row.resource_id: row.status for row in findings} == {
        subject: "open" if subject < "arn:3" else "resolved" for subject in SUBJECTS
    }
