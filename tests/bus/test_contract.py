"""What a bus promises, asked of each bus."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bus import MAX_MESSAGE_BYTES, Bus, BusError, Message, MessageTooLargeError, Outgoing, Position
from tests.bus.buses import behind, bus_at, numbered, read, send, values, wait_for_partitions

KEYS = [f"key-{n}" for n in range(40)]


def by_key(messages: list[Message]) -> dict[str, list[int]]:
    found = defaultdict(list)
    for message in messages:
        found[message.key].append(int(message.value))
    return dict(found)


async def test_a_message_arrives_as_it_was_sent(bus: Bus, topic: str) -> None:
    body = bytes(range(256))
    await send(bus, [Outgoing(topic, "clé ☁", body, {"content-type": "application/cloudevents+json", "é": "☁"})])
    consumer = await bus.subscribe([topic], None)
    (message,) = await read(consumer, 1)
    await consumer.close()
    assert (message.topic, message.key, message.value, message.offset) == (topic, "clé ☁", body, 0)
    assert message.headers == {"content-type": "application/cloudevents+json", "é": "☁"}
    assert message.timestamp.utcoffset() is not None


async def test_an_empty_message_stays_an_empty_message(bus: Bus, topic: str) -> None:
    await bus.start([f"{topic}-compacted"], compacted=True)
    for name in (topic, f"{topic}-compacted"):
        await send(bus, [Outgoing(name, "a", b"1"), Outgoing(name, "a", b"")])
        consumer = await bus.subscribe([name], None)
        assert [(message.key, message.value) for message in await read(consumer, 2)] == [("a", b"1"), ("a", b"")]
        await consumer.close()


async def test_order_holds_by_key_and_a_key_has_one_partition(bus: Bus, topic: str) -> None:
    await send(bus, numbered(topic, KEYS, 2000))
    consumer = await bus.subscribe([topic], "group-" + topic)
    messages = await read(consumer, 2000)
    await consumer.close()
    assert by_key(messages) == {key: list(range(n, 2000, 40)) for n, key in enumerate(KEYS)}
    partitions = defaultdict(set)
    for message in messages:
        partitions[message.key].add(message.partition)
    assert {len(found) for found in partitions.values()} == {1}
    assert {m.partition for m in messages} == {0, 1, 2, 3}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=8), min_size=1, max_size=12))
async def test_any_interleaving_of_senders_keeps_the_order_of_a_key(bus: Bus, batches: list[list[str]]) -> None:
    topic = f"interleaved-{uuid4().hex[:12]}"
    await bus.start([topic])
    senders = [bus.sender(), bus.sender()]
    expected, number = defaultdict(list), 0
    for turn, keys in enumerate(batches):
        batch = []
        for key in keys:
            expected[key].append(number)
            batch.append(Outgoing(topic, key, str(number).encode()))
            number += 1
        await senders[turn % 2].send(batch)
    for sender in senders:
        await sender.flush()
    consumer = await bus.subscribe([topic], None)
    messages = await read(consumer, number)
    await consumer.close()
    assert by_key(messages) == dict(expected)


async def test_flush_tells_the_offsets_that_a_consumer_reads(bus: Bus, topic: str) -> None:
    mine, others = bus.sender(), bus.sender()
    await mine.send(numbered(topic, KEYS[:7], 100))
    told = await mine.flush()
    await others.send([Outgoing(topic, key, b"-1") for key in KEYS])
    await others.flush()
    assert await mine.flush() == told
    consumer = await bus.subscribe([topic], None)
    messages = await read(consumer, 140)
    highest: dict[Position, int] = {}
    for message in messages:
        if message.value != b"-1":
            highest[(topic, message.partition)] = message.offset
    assert told == highest
    assert {(topic, part): end for part, end in (await bus.end_offsets(topic)).items()} == behind(messages)
    await consumer.close()


async def test_what_was_not_committed_comes_again(bus: Bus, topic: str) -> None:
    await send(bus, numbered(topic, ["a"], 10))
    first = await bus.subscribe([topic], "group-" + topic)
    messages = await read(first, 10, commit=False)
    await first.commit(behind(messages[:4]))
    await first.close()
    second = await bus.subscribe([topic], "group-" + topic)
    assert values(await read(second, 6)) == [4, 5, 6, 7, 8, 9]
    await second.close()


async def test_a_commit_never_goes_back(bus: Bus, topic: str) -> None:
    await send(bus, numbered(topic, ["a"], 10))
    first = await bus.subscribe([topic], "group-" + topic)
    messages = await read(first, 10)
    await first.commit(behind(messages[:3]))
    await first.close()
    await send(bus, [Outgoing(topic, "a", b"10")])
    second = await bus.subscribe([topic], "group-" + topic)
    assert values(await read(second, 1)) == [10]
    await second.commit(behind(messages[:3]))
    await second.close()
    third = await bus.subscribe([topic], "group-" + topic)
    assert await read(third, 1, within=1.5) == []
    await third.close()


async def test_a_commit_for_what_is_not_ours_is_ignored(bus: Bus, topic: str) -> None:
    one = await bus.subscribe([topic], "group-" + topic)
    two = await bus.subscribe([topic], "group-" + topic)
    await wait_for_partitions(2, one, two)
    await send(bus, numbered(topic, KEYS, 400))
    await one.commit(dict.fromkeys(two.assigned(), 1_000))
    await asyncio.gather(one.close(), two.close())
    three = await bus.subscribe([topic], "group-" + topic)
    assert sorted(values(await read(three, 400))) == list(range(400))
    await three.close()


async def test_members_share_the_partitions_and_close_hands_over_at_once(bus: Bus, topic: str) -> None:
    one = await bus.subscribe([topic], "group-" + topic)
    await wait_for_partitions(4, one)
    two = await bus.subscribe([topic], "group-" + topic)
    await wait_for_partitions(2, one, two)
    assert not one.assigned() & two.assigned()
    await one.close()
    await wait_for_partitions(4, two)
    await send(bus, numbered(topic, KEYS, 40))
    assert sorted(values(await read(two, 40))) == list(range(40))
    await two.close()


async def test_a_partition_moves_when_its_messages_are_committed(bus: Bus, topic: str) -> None:
    await send(bus, numbered(topic, KEYS, 100))
    one = await bus.subscribe([topic], "group-" + topic)
    messages = await read(one, 100, commit=False)
    two = await bus.subscribe([topic], "group-" + topic)
    for _ in range(6):
        assert not any(await asyncio.gather(one.fetch(timeout=0.2), two.fetch(timeout=0.2)))
    assert two.assigned() == frozenset()
    await one.commit(behind(messages))
    await wait_for_partitions(2, one, two)
    await send(bus, [Outgoing(topic, key, b"100") for key in KEYS])
    for consumer in (one, two):
        assert set(values(await read(consumer, 1))) == {100}
    await asyncio.gather(one.close(), two.close())


async def test_seek_reads_on_from_there(bus: Bus, topic: str) -> None:
    await send(bus, numbered(topic, ["a"], 10))
    consumer = await bus.subscribe([topic], "group-" + topic)
    (place,) = behind(await read(consumer, 10))
    await consumer.seek({place: 7, ("elsewhere", 0): 3})
    assert values(await read(consumer, 3)) == [7, 8, 9]
    await consumer.seek({place: 0})
    assert values(await read(consumer, 10)) == list(range(10))
    await consumer.close()


async def test_alone_one_reads_all_again_and_another_only_what_comes(bus: Bus, topic: str) -> None:
    await send(bus, numbered(topic, KEYS, 80))
    all_of_it = await bus.subscribe([topic], None)
    tail = await bus.subscribe([topic], None, from_start=False)
    assert len(all_of_it.assigned()) == len(tail.assigned()) == 4
    await send(bus, [Outgoing(topic, key, b"80") for key in KEYS])
    assert sorted(values(await read(all_of_it, 120))) == sorted([*range(80), *[80] * 40])
    assert values(await read(tail, 40)) == [80] * 40
    assert await tail.fetch(timeout=0.1) == []
    await asyncio.gather(all_of_it.close(), tail.close())


async def test_two_groups_each_get_everything(bus: Bus, topic: str) -> None:
    await send(bus, numbered(topic, KEYS, 100))
    consumers = [await bus.subscribe([topic], f"{group}-{topic}") for group in ("store", "push")]
    for consumer in consumers:
        assert sorted(values(await read(consumer, 100))) == list(range(100))
        await consumer.close()


async def test_an_unreadable_message_does_not_stop_the_consumer(bus: Bus, topic: str) -> None:
    poison = b"\xff\xfe\x00{not json"
    await send(bus, [Outgoing(topic, "a", b"1"), Outgoing(topic, "a", poison), Outgoing(topic, "a", b"")])
    await send(bus, [Outgoing(topic, "a", b"2")])
    consumer = await bus.subscribe([topic], "group-" + topic)
    assert [m.value for m in await read(consumer, 4)] == [b"1", poison, b"", b"2"]
    await consumer.close()


async def test_a_message_over_the_limit_is_refused_and_nothing_of_its_batch_is_sent(bus: Bus, topic: str) -> None:
    fits = Outgoing(topic, "a", bytes(MAX_MESSAGE_BYTES - 1))
    with pytest.raises(MessageTooLargeError, match=f"{topic}.*1000001"):
        await send(bus, [Outgoing(topic, "b", b"1"), Outgoing(topic, "a", bytes(MAX_MESSAGE_BYTES))])
    await send(bus, [fits])
    consumer = await bus.subscribe([topic], None)
    assert [m.value == fits.value for m in await read(consumer, 2, within=2)] == [True]
    await consumer.close()


async def test_lag_is_what_is_left_to_read(bus: Bus, topic: str) -> None:
    await send(bus, numbered(topic, KEYS, 200))
    consumer = await bus.subscribe([topic], "group-" + topic)
    await wait_for_partitions(4, consumer)
    await consumer.seek(dict.fromkeys(consumer.assigned(), 0))
    assert sum((await consumer.lag()).values()) == 200
    first = await consumer.fetch(max_messages=50, timeout=5)
    assert 0 < len(first) <= 50
    assert sum((await consumer.lag()).values()) == 200 - len(first)
    await read(consumer, 200 - len(first))
    assert await consumer.lag() == dict.fromkeys(consumer.assigned(), 0)
    await consumer.close()


async def test_new_partitions_are_read_from_where_on_assigned_says(bus: Bus, topic: str) -> None:
    await send(bus, numbered(topic, KEYS, 400))
    asked: list[frozenset[Position]] = []

    async def stored(places: frozenset[Position]) -> Mapping[Position, int]:
        asked.append(places)
        return {place: 60 for place in places if place[1] != 3}

    consumer = await bus.subscribe([topic], "group-" + topic, on_assigned=stored)
    ends = await bus.end_offsets(topic)
    messages = await read(consumer, sum(ends.values()) - 180)
    firsts = {part: min(m.offset for m in messages if m.partition == part) for part in range(4)}
    assert firsts == {0: 60, 1: 60, 2: 60, 3: 0}
    assert asked == [frozenset((topic, part) for part in range(4))]
    await consumer.close()


async def test_on_assigned_is_asked_again_when_partitions_come_back(bus: Bus, topic: str) -> None:
    asked: list[frozenset[Position]] = []

    async def stored(places: frozenset[Position]) -> Mapping[Position, int]:
        asked.append(places)
        return {}

    one = await bus.subscribe([topic], "group-" + topic, on_assigned=stored)
    await wait_for_partitions(4, one)
    two = await bus.subscribe([topic], "group-" + topic)
    await wait_for_partitions(2, one, two)
    lost = two.assigned()
    asked.clear()
    await two.close()
    await wait_for_partitions(4, one)
    await send(bus, numbered(topic, KEYS, 40))
    assert sorted(values(await read(one, 40))) == list(range(40))
    assert frozenset().union(*asked) >= lost
    await one.close()


async def test_when_on_assigned_fails_nothing_is_handed_out_and_it_is_asked_again(bus: Bus, topic: str) -> None:
    await send(bus, numbered(topic, ["a"], 5))
    answers: list[Mapping[Position, int]] = []

    async def stored(places: frozenset[Position]) -> Mapping[Position, int]:
        if not answers:
            answers.append({})
            raise LookupError("the store is away")
        return answers[0]

    consumer = await bus.subscribe([topic], "group-" + topic, on_assigned=stored)
    with pytest.raises(LookupError):
        await read(consumer, 1)
    assert values(await read(consumer, 5)) == [0, 1, 2, 3, 4]
    await consumer.close()


async def test_cancelling_a_fetch_loses_nothing(bus: Bus, topic: str) -> None:
    consumer = await bus.subscribe([topic], "group-" + topic)
    await wait_for_partitions(4, consumer)
    found: list[Message] = []
    for n in range(30):
        waiting = asyncio.create_task(consumer.fetch(timeout=2))
        await asyncio.sleep(0.001 * n)
        await send(bus, [Outgoing(topic, "a", str(n).encode())])
        waiting.cancel()
        done = await asyncio.gather(waiting, return_exceptions=True)
        found += [m for batch in done if not isinstance(batch, BaseException) for m in batch]
    found += await read(consumer, 30 - len(found), within=10)
    assert values(found) == list(range(30))
    await consumer.close()


async def test_an_unknown_topic_is_refused_by_name(bus: Bus) -> None:
    with pytest.raises(BusError, match="no topic 'nowhere'"):
        await bus.subscribe(["nowhere"], "group")
    with pytest.raises(BusError, match="no topic 'nowhere'"):
        await bus.end_offsets("nowhere")


async def test_starting_twice_keeps_what_is_there(bus: Bus, address: str, topic: str) -> None:
    await send(bus, [Outgoing(topic, "a", b"1")])
    other = bus_at(address)
    await other.start([topic])
    await other.ping()
    assert sum((await other.end_offsets(topic)).values()) == 1
    await other.close()


@contextmanager
def child(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bus.child", *arguments], stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
    )
    assert process.stdout is not None
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


async def lines(process: subprocess.Popen[str]) -> list[Any]:
    """The rows of the child's next line."""
    assert process.stdout is not None
    return list(json.loads(await asyncio.to_thread(process.stdout.readline)))


async def test_a_killed_consumer_s_messages_go_to_another(bus: Bus, address: str, topic: str) -> None:
    await send(bus, numbered(topic, KEYS, 100))
    group = "group-" + topic
    with child("consume", address, topic, group, "never") as victim:
        seen: list[Any] = []
        while len(seen) < 100:
            seen += await lines(victim)
        heir = await bus.subscribe([topic], group)
        victim.send_signal(signal.SIGKILL)
        victim.wait()
    messages = await read(heir, 100, within=30)
    assert sorted(values(messages)) == list(range(100))
    await heir.close()


async def test_many_processes_get_each_message_once(bus: Bus, address: str, topic: str) -> None:
    count, names = 300, ["x", "y", "z"]
    expected = {f"{name}:{n}" for name in names for n in range(count)}
    with ExitStack() as stack:
        consumers = [stack.enter_context(child("consume", address, topic, "group-" + topic, "commit")) for _ in "12"]
        producers = [stack.enter_context(child("produce", address, topic, name, str(count))) for name in names]
        rows: list[list[Any]] = [[], []]
        while sum(map(len, rows)) < len(expected):
            for got, consumer in zip(rows, consumers, strict=True):
                got.extend(await lines(consumer))
        for consumer, got in zip(consumers, rows, strict=True):
            consumer.terminate()
            out, _ = await asyncio.to_thread(consumer.communicate)
            got.extend(row for line in out.splitlines() for row in json.loads(line))
            assert consumer.returncode == 0
        assert [producer.wait() for producer in producers] == [0, 0, 0]
    every = rows[0] + rows[1]
    assert sorted(value for *_, value in every) == sorted(expected)
    assert {partition for partition, *_ in every} == {0, 1, 2, 3}
    assert len({(partition, offset) for partition, offset, *_ in every}) == len(every)
