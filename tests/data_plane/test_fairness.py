from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from bus import Message
from data_plane.fairness import Dispatch, FairQueue
from schemas.event import utc_now
from schemas.topics import TASKS, TaskMessage

TOPIC_PARTITION = (TASKS, 0)


def dispatch(offset: int, account: str, *, partition: int = 0, scan: str = "s") -> Dispatch:
    task = TaskMessage(f"t{offset}", scan, account, "eu-west-1", "ec2")
    return Dispatch(Message(TASKS, partition, offset, account, b"", utc_now()), task)


def drained(queue: FairQueue) -> list[str]:
    order = []
    while queue:
        chosen = queue.choose(Counter())
        queue.remove(chosen)
        order.append(chosen.task.task_id)
    return order


def test_accounts_take_turns() -> None:
    queue = FairQueue()
    for offset, account in enumerate(["a", "a", "a", "b", "c", "b"]):
        queue.add(dispatch(offset, account))
    assert drained(queue) == ["t0", "t3", "t4", "t1", "t5", "t2"]


def test_the_account_with_the_least_at_work_is_next() -> None:
    queue = FairQueue()
    queue.add(dispatch(0, "a"))
    queue.add(dispatch(1, "b"))
    assert queue.choose(Counter(a=2, b=1)).account == "b"


def test_before_discovery_each_scan_counts_as_an_account() -> None:
    queue = FairQueue()
    for offset, scan in enumerate(["s1", "s1", "s2"]):
        queue.add(dispatch(offset, "", scan=scan))
    assert drained(queue) == ["t0", "t2", "t1"]


def test_reading_goes_on_at_the_first_that_still_waits() -> None:
    queue = FairQueue()
    waiting = [dispatch(offset, account) for offset, account in enumerate(["a", "b"])]
    for one in waiting:
        queue.add(one)
    queue.remove(waiting[1])
    assert queue.read_up_to(TOPIC_PARTITION) == 0
    queue.remove(waiting[0])
    assert queue.read_up_to(TOPIC_PARTITION) == 2


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 1)), min_size=1, max_size=20))
def test_no_waiting_dispatch_is_ever_behind_the_committed_offset(script: list[tuple[str, int]]) -> None:
    queue = FairQueue()
    for offset, (account, partition) in enumerate(script):
        queue.add(dispatch(offset, account, partition=partition))
    waiting = set(range(len(script)))
    while queue:
        chosen = queue.choose(Counter())
        queue.remove(chosen)
        waiting.discard(chosen.message.offset)
        still = [offset for offset in waiting if script[offset][1] == chosen.position[1]]
        assert queue.read_up_to(chosen.position) <= min(still, default=len(script))
    for partition in {partition for _, partition in script}:
        last = max(offset for offset, (_, p) in enumerate(script) if p == partition)
        assert queue.read_up_to((TASKS, partition)) == last + 1
