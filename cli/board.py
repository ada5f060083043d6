"""Progress by service and region: what is waiting, at work, done, or could not be seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum


class CellState(StrEnum):
    """One service in one region; the value is its mark on the screen."""

    WAITING = "."
    RUNNING = "o"
    DONE = "#"
    GAP = "!"


@dataclass(slots=True)
class Cell:
    """One service in one region of one account."""

    state: CellState = CellState.WAITING
    resources: int = 0
    findings: int = 0


Place = str | tuple[str, str]
"""A region, with its account when there are several; it is only compared."""


class Board:
    """All cells of the scans that run."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began = clock()
        self._cells: dict[str, dict[Place, Cell]] = {}
        self._ended: dict[str, float] = {}

    def plan(self, place: Place, services: Iterable[str]) -> None:
        """These services will be read there."""
        for service in services:
            self._cells.setdefault(service, {}).setdefault(place, Cell())

    def start(self, place: Place, services: Iterable[str]) -> None:
        """They are being read now."""
        for cell in self._at(place, services):
            cell.state = CellState.RUNNING

    def count(self, place: Place, service: str, *, resources: int = 0, findings: int = 0) -> None:
        """So much more was seen."""
        for cell in self._at(place, [service]):
            cell.resources += resources
            cell.findings += findings

    def end(self, place: Place, services: Iterable[str], *, gaps: Iterable[str] = ()) -> list[str]:
        """They were read, except for the gaps. Returns the services that are thereby ended everywhere."""
        unseen = set(gaps)
        for service in services:
            for cell in self._at(place, [service]):
                cell.state = CellState.GAP if service in unseen else CellState.DONE
            if self.done(service):
                self._ended[service] = self.elapsed
        return [service for service in services if self.done(service)]

    def done(self, service: str) -> bool:
        """Whether nothing of this service is left to do."""
        return all(cell.state in {CellState.DONE, CellState.GAP} for cell in self._cells[service].values())

    @property
    def elapsed(self) -> float:
        """Seconds since the board was made."""
        return self._clock() - self._began

    def line(self, service: str, *, marks: int = 0) -> str:
        """One service: regions done of all, resources, findings, seconds. ``marks`` is the room for the regions."""
        cells = self._cells[service].values()
        ended = sum(cell.state in {CellState.DONE, CellState.GAP} for cell in cells)
        gaps = sum(cell.state is CellState.GAP for cell in cells)
        map_of_regions = "".join(cell.state for cell in cells)[:marks].ljust(marks) + " " if marks else ""
        resources, findings = sum(cell.resources for cell in cells), sum(cell.findings for cell in cells)
        counts = f"{resources:,} resources, {findings:,} findings"
        unseen = f", {gaps} not seen" if gaps else ""
        seconds = self._ended.get(service, self.elapsed)
        return f"{service:<10} {map_of_regions}{ended}/{len(cells)} regions, {counts}{unseen}, {seconds:.1f} s"

    def ended_lines(self) -> list[str]:
        """The services that are ended everywhere."""
        return [self.line(service) for service in self._cells if self.done(service)]

    def lines(self, *, marks: int = 0) -> list[str]:
        """All services."""
        return [self.line(service, marks=marks) for service in self._cells]

    def _at(self, place: Place, services: Iterable[str]) -> Iterable[Cell]:
        """The cells of a place. What was read in one place for all regions is counted there."""
        for service in services:
            cells = self._cells.get(service, {})
            cell = cells.get(place) or (next(iter(cells.values())) if len(cells) == 1 else None)
            if cell is not None:
                yield cell
