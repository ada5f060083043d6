"""Connections are shared by the tasks of a scan, and closed when nobody needs them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from data_plane.connected import MAX_IDLE, Connections
from schemas.errors import NoAccess
from schemas.scan import ScanSpec
from schemas.settings import Settings
from tests.data_plane.scripted import Scripted, spec_of, tidy


@pytest.fixture
def scripted() -> Scripted:
    return Scripted(tidy)


async def test_tasks_of_a_scan_share_one_connection(scripted: Scripted) -> None:
    connections = Connections(scripted.connect, Settings())
    async with connections.of(spec_of()) as first, connections.of(spec_of()) as second:
        assert first is second
    async with connections.of(spec_of()) as third:
        assert third is first
    assert [each.closed for each in scripted.connections] == [False]


async def test_the_longest_idle_are_closed_and_those_in_use_never(scripted: Scripted) -> None:
    connections = Connections(scripted.connect, Settings())
    async with connections.of(spec_of("in use")):
        for number in range(MAX_IDLE + 2):
            async with connections.of(spec_of(f"scan-{number}")):
                pass
        assert [each.closed for each in scripted.connections] == [False, True, True] + [False] * MAX_IDLE
        await connections.close()
        assert [each.closed for each in scripted.connections] == [False] + [True] * (MAX_IDLE + 2)


async def test_a_connection_that_cannot_be_had_is_asked_for_again(scripted: Scripted) -> None:
    answers: list[Callable[..., object]] = [_refused, scripted.connect]

    def connect(spec: ScanSpec, *, operations: frozenset[str], settings: Settings, secret: object) -> object:
        return answers.pop(0)(spec, operations=operations, settings=settings)

    connections = Connections(connect, Settings())  # type: ignore[arg-type]  # its result is a connection when there is one
    with pytest.raises(NoAccess):
        async with connections.of(spec_of()):
            pass
    async with connections.of(spec_of()):
        assert len(scripted.connections) == 1


def _refused(*_: object, **__: object) -> object:
    raise NoAccess("no credentials")
