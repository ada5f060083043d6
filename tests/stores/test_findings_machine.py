"""Findings, in any interleaving: scans' tasks, attempts, redeliveries, settlements and people's decisions.

Whatever the order in which it comes, the end is the one of the reference order, which the model below tells in its own
words: scan after scan, attempt after attempt, then the settlement.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any, Final, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from schemas.event import Event
from schemas.finding import finding_id
from schemas.scan import RuleCount, TaskOutcome
from schemas.states import TaskStatus
from stores import Store, facts, findings, open_store
from stores.decisions import Decision, decide
from stores.findings import FindingFilters
from stores.history import history
from stores.tasks import TaskRow
from tests.stores.given import ACCOUNT, DAY, NOW, event, put, spec, waste

T = TypeVar("T")

KNOWN, BYGONE = "disk.unattached", "disk.bygone"
"""A rule of the catalogue, and one that is in no catalogue any more."""
PLACES: Final = {"eu-west-1": tuple(f"arn:{n}" for n in range(6)), "us-east-1": ("arn:6", "arn:7")}
END: Final = NOW + 10 * DAY
NUMBERS: Final = count()

Answer = dict[tuple[str, str], str]
"""What one attempt says: (resource, rule) to outcome; silence where there is none."""


@dataclass
class Look:
    """One task of one scan: the answers of its attempts, of which the last one finished."""

    number: int
    region: str
    categories: tuple[str, ...]
    rules: tuple[str, ...]
    thresholds: dict[str, str]
    complete: bool
    present: set[str]
    attempts: list[Answer]
    settled: bool = False

    @property
    def asof(self) -> datetime:
        return NOW + self.number * DAY

    def seen(self, resource: str) -> bool:
        """Whether the scan told anything of it."""
        told = any(outcome for attempt in self.attempts for (about, _), outcome in attempt.items() if about == resource)
        return told or ("metadata" in self.categories and resource in self.present)


def looks(chance: random.Random, number: int, region: str) -> Look:
    """Attempts may differ in what they judge; a scan without metadata, which cannot tell what is there, has one."""
    categories = chance.choice([("metadata", "waste"), ("metadata", "waste"), ("waste",)])
    rules = chance.choice([(KNOWN,), (KNOWN, BYGONE)])
    present = {each for each in PLACES[region] if chance.random() < 0.7}
    outcomes = ["", "", "waste", "waste", "excluded", "insufficient_data"]
    return Look(
        number,
        region,
        categories,
        rules,
        chance.choice([{"grace": "7d"}, {"grace": "14d"}]),
        chance.random() < 0.8,
        present,
        [
            {(each, one): chance.choice(outcomes) for each in sorted(present) for one in rules}
            for _ in range(chance.choice([1, 2] if "metadata" in categories else [1]))
        ],
    )


@dataclass
class Life:
    """The expected end of one finding."""

    status: str = ""
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    saving: str = ""
    thresholds: dict[str, str] = field(default_factory=dict)
    unverified_since: datetime | None = None
    resolved_at: datetime | None = None
    reason: str | None = None

    def tell(self, look: Look, attempt: int, outcome: str) -> None:
        if outcome == "waste":
            self.status, self.last_seen = "open", look.asof
            self.first_seen = self.first_seen or look.asof
            self.saving, self.thresholds = saving(look, attempt), look.thresholds
            self.unverified_since = self.resolved_at = self.reason = None
        elif self.status == "open" and outcome == "excluded":
            self.resolve(look, "excluded")
        elif self.status == "open":
            self.unverified_since = self.unverified_since or look.asof

    def resolve(self, look: Look, reason: str) -> None:
        self.status, self.resolved_at, self.reason = "resolved", look.asof, reason


def saving(look: Look, attempt: int) -> str:
    return f"{look.number}.{attempt}1"


def expected(looked: tuple[Look, ...], resource: str, one: str) -> Life | None:
    """The reference order."""
    life = Life()
    for look in [each for each in looked if resource in PLACES[each.region]]:
        said = [(n, answer.get((resource, one), "")) for n, answer in enumerate(look.attempts, 1)]
        for attempt, outcome in [each for each in said if each[1]]:
            life.tell(look, attempt, outcome)
        if look.complete and life.status == "open" and not any(outcome for _, outcome in said):
            if one not in look.rules:
                life.resolve(look, "rule_retired")
            elif not look.seen(resource):
                life.resolve(look, "gone" if "metadata" in look.categories else "gone_or_fixed")
            else:
                life.resolve(look, "fixed" if life.thresholds == look.thresholds else "threshold_changed")
    return life if life.status else None


def standing(life: Life, decision: Decision | None) -> str:
    """With what people decided last."""
    if life.status == "resolved" or decision is None:
        return life.status
    assert life.last_seen is not None
    if decision.status == "ignored" and (decision.until is None or decision.until >= END.date()):
        return "ignored"
    return "resolved" if decision.status == "resolved" and life.last_seen <= decision.decided_at else "open"


class Findings(RuleBasedStateMachine):
    """Everything that can happen to a store, one thing at a time; in the end all of it has happened."""

    loop: asyncio.Runner
    store: Store

    def __init__(self) -> None:
        super().__init__()
        self.client = f"client-{next(NUMBERS)}"
        self.looks: tuple[Look, ...] = ()
        self.sent: list[tuple[Look, int, Event]] = []
        self.arrived: set[int] = set()
        self.decisions: dict[str, Decision] = {}
        self.clock = NOW

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run(work)

    @initialize(seed=st.integers(0, 2**32))
    def scans_run(self, seed: int) -> None:
        chance = random.Random(seed)
        looked = self.looks = tuple(looks(chance, number, region) for number in (1, 2, 3) for region in PLACES)
        self.sent = [
            (look, attempt, each)
            for look in looked
            for attempt in range(1, len(look.attempts) + 1)
            for each in self.events(look, attempt)
        ]

    def events(self, look: Look, attempt: int) -> Iterator[Event]:
        common: dict[str, Any] = {
            "scanid": f"{self.client}-{look.number}",
            "asof": look.asof,
            "attempt": attempt,
            "region": look.region,
            "clientid": self.client,
        }
        for resource in sorted(look.present) if "metadata" in look.categories else ():
            yield event(value="available", subject=resource, **common)
        for (resource, one), outcome in look.attempts[attempt - 1].items():
            if outcome:
                told = {"subject": resource, "rule": one, "evidence": {"thresholds": look.thresholds}, **common}
                yield waste(saving(look, attempt) if outcome == "waste" else None, outcome, **told)

    @precondition(lambda self: self.sent)
    @rule(seed=st.integers(0, 2**32), share=st.sampled_from([4, 8]))
    def some_events_arrive(self, seed: int, share: int) -> None:
        """In any order, and again and again."""
        self.arrive(random.Random(seed).sample(range(len(self.sent)), len(self.sent) // share))

    @precondition(lambda self: not all(look.settled for look in self.looks))
    @rule(which=st.integers(0, 5))
    def a_task_is_settled(self, which: int) -> None:
        """All that its finishing attempt sent is stored by then; what an earlier one sent may come later."""
        waiting = [look for look in self.looks if not look.settled]
        self.settle(waiting[which % len(waiting)])

    @rule(
        resource=st.sampled_from(["arn:1", "arn:7"]),
        status=st.sampled_from(["ignored", "resolved", "open"]),
        until=st.sampled_from([None, END.date(), END.date() - DAY]),
        hours=st.sampled_from([0, 12, 24]),
    )
    def a_person_decides(self, resource: str, status: Any, until: date | None, hours: int) -> None:
        self.clock += timedelta(hours=hours)
        found = finding_id(self.client, resource, KNOWN)
        made = Decision(status, "because", until if status == "ignored" else None, "somebody", self.clock)
        self.decisions[found] = made
        self.run(self.decide(found, made))

    def teardown(self) -> None:
        self.arrive([n for n in range(len(self.sent)) if n not in self.arrived])
        for look in self.looks:
            self.settle(look)
        found = {row.id: row for row in self.run(self.rows())}
        for resource, one in [(each, one) for there in PLACES.values() for each in there for one in (KNOWN, BYGONE)]:
            number = finding_id(self.client, resource, one)
            self.compare(found.pop(number, None), expected(self.looks, resource, one), self.decisions.get(number))
        assert found == {}

    def compare(self, row: findings.FindingRow | None, life: Life | None, decision: Decision | None) -> None:
        assert (row is None) == (life is None)
        if row is None or life is None:
            return
        assert row.status == standing(life, decision)
        assert (row.first_seen, row.last_seen) == (life.first_seen, life.last_seen)
        assert str(row.monthly_saving) == life.saving
        assert row.unverified_since == life.unverified_since
        if life.status == "resolved":
            assert (row.resolved_at, row.resolved_reason) == (life.resolved_at, life.reason)
        told = self.run(self.told(row))
        scans = [entry for entry in told if entry.by is None]
        assert (scans[0].kind, scans[0].at) == ("opened", life.first_seen)
        ended = [(entry.at, entry.resolved_reason) for entry in scans if entry.kind == "resolved"]
        assert (life.status == "open") or ended[-1] == (life.resolved_at, life.reason)
        assert [entry.at for entry in told] == sorted(entry.at for entry in told)

    def arrive(self, chosen: list[int]) -> None:
        self.arrived |= set(chosen)
        self.run(put(self.store, *[self.sent[n][2] for n in chosen]))

    def settle(self, look: Look) -> None:
        last = len(look.attempts)
        self.arrive([n for n, (of, attempt, _) in enumerate(self.sent) if of is look and attempt == last])
        self.run(self.settled(look))
        look.settled = True

    async def settled(self, look: Look) -> None:
        scan = spec(f"{self.client}-{look.number}", client_id=self.client, asof=look.asof, categories=look.categories)
        rules = tuple(RuleCount(one, "ebs", thresholds=look.thresholds) for one in look.rules)
        outcome = TaskOutcome(rules=rules, complete=("ebs",) if look.complete else ())
        task_id = f"{scan.scan_id}-{look.region}"
        done = TaskStatus.SUCCEEDED
        row = TaskRow(task_id, scan.scan_id, "scan", ACCOUNT, look.region, "ec2", ("ebs",), done, outcome=outcome)
        async with self.store.write() as w:
            await facts.settle_task(w, row, scan, NOW)

    async def decide(self, found: str, made: Decision) -> None:
        async with self.store.write() as w:
            await decide(w, self.client, [found], made)

    async def rows(self) -> list[findings.FindingRow]:
        async with self.store.read() as r:
            return await findings.find_findings(r, self.client, FindingFilters(status=None), now=END, limit=100)

    async def told(self, row: findings.FindingRow) -> Any:
        async with self.store.read() as r:
            return await history(r, row, END)


@pytest.fixture
def loop() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


QUICK = settings(
    max_examples=40,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to make a failure shorter takes minutes
    stateful_step_count=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


def test_any_interleaving_ends_as_the_reference_order_does(loop: asyncio.Runner, url: str) -> None:
    store = open_store(url)
    loop.run(store.migrate())
    try:
        run_state_machine_as_test(type("Bound", (Findings,), {"loop": loop, "store": store}), settings=QUICK)
    finally:
        loop.run(store.close())
