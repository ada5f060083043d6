"""Threads for calls that block."""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError

import pytest

from scanners.core.threads import Threads


def test_no_more_work_at_once_than_there_are_threads_and_they_are_used_again() -> None:
    threads, gate, running = Threads(2, "t"), threading.Event(), threading.Semaphore(0)

    def work() -> str:
        running.release()
        gate.wait()
        return threading.current_thread().name

    futures = [threads.submit(work) for _ in range(5)]
    assert [running.acquire(timeout=5) for _ in range(2)] == [True, True]
    assert not running.acquire(timeout=0.1)
    gate.set()
    assert {future.result(5) for future in futures} == {"t-1", "t-2"}
    assert threads.submit(work).result(5) in {"t-1", "t-2"}


def test_an_error_comes_to_whoever_asked() -> None:
    with pytest.raises(ZeroDivisionError):
        Threads(1, "t").submit(lambda: 1 // 0).result(5)


def test_what_hangs_is_left_alone_and_what_waits_is_cancelled() -> None:
    threads, gate = Threads(1, "t"), threading.Event()
    hanging, waiting = threads.submit(gate.wait), threads.submit(gate.wait)
    threads.shutdown(cancel_futures=True)
    with pytest.raises(CancelledError):
        waiting.result(5)
    assert not hanging.done()
    gate.set()
    assert hanging.result(5)


def test_what_was_asked_before_the_end_is_done_and_the_threads_end() -> None:
    threads = Threads(2, "ending")
    futures = [threads.submit(int, number) for number in range(10)]
    threads.shutdown()
    assert [future.result(5) for future in futures] == list(range(10))
    for one in [one for one in threading.enumerate() if one.name.startswith("ending")]:
        assert one.daemon
        one.join(5)
        assert not one.is_alive()
