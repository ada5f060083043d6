"""``sentinel scan``: from a checked request to events, a summary and an exit code."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from cli.board import Board
from cli.configuration import load_settings
from cli.exits import ExitCode
from cli.invoked import as_called
from cli.progress import open_progress
from cli.scan.endpoint import hide_silent_metadata_service, require_endpoint
from cli.scan.files import known_line, write_files
from cli.scan.findings import Findings
from cli.scan.output import FileLines, Lines, StdoutLines
from cli.scan.request import Request, default_output
from cli.scan.summary import Ending, render
from cli.scan.tally import Tally
from cli.text import screen_width
from schemas.event import utc_now
from schemas.scan import DEFAULT_CLIENT, ScanSpec

if TYPE_CHECKING:
    from cli.scan.engine import ScanRun
    from schemas.settings import Settings

LET_GO_SECONDS: Final = 1.0
"""After Ctrl-C the scan has so long to end its last write; calls that still wait for a cloud are left alone."""


def scan_account(request: Request) -> int:
    """Run the scan; the exit code."""
    return asyncio.run(_scan(request))


async def _scan(request: Request) -> int:
    settings = load_settings()
    board = Board(time.monotonic)
    progress = open_progress(board, quiet=request.quiet)
    try:
        await _prepare(request.provider, settings)
        from cli.scan.engine import ScanRun
        from connections import connect
        from connections.answers import AnswerFiles
        from scanners.core.limits import Limits
        from scanners.core.run import load_rulebook, operations_of

        book = load_rulebook(settings.rules)
        spec = _spec(request)
        clients = connect(spec, operations=operations_of(spec.provider, spec.services), settings=settings)
        lines = _lines(request)
        run = ScanRun(
            spec=spec,
            clients=clients,
            limits=Limits(settings.requests_per_second, settings.region_threads, call_seconds=settings.call_seconds),
            lines=lines,
            tally=Tally(request.services, asked=len(request.resource_ids or ())),
            board=board,
            progress=progress,
            settings=settings,
            clock=utc_now,
            book=book,
            answers=AnswerFiles(settings.answers_folder, settings.answers_mib),
            findings=Findings(request.pipeline.known or frozenset()) if request.pipeline.keeps_findings else None,
        )
        try:
            completed = await _until_done_or_stopped(run)
            if not completed:
                progress.close()
                lines.close()
                _leave(request, run)
        finally:
            await clients.close()
    finally:
        progress.close()
    lines.close()
    if run.findings is not None:
        write_files(request.pipeline, run, run.findings)
    _summarize(request, run, board.elapsed)
    return _code(request, run)


async def _prepare(provider: str, settings: Settings) -> None:
    """What makes the SDK fail soon where nobody listens."""
    await asyncio.gather(require_endpoint(provider, settings), hide_silent_metadata_service(provider))


async def _until_done_or_stopped(run: ScanRun) -> bool:
    """True when the scan ran to its end; False when Ctrl-C or SIGTERM stopped it."""
    work = asyncio.create_task(run.run())
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    waiting = asyncio.create_task(stopped.wait())
    await asyncio.wait({work, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if not work.done():
        work.cancel()
        await asyncio.wait({work}, timeout=LET_GO_SECONDS)
        return False
    await work
    return True


def _leave(request: Request, run: ScanRun) -> None:
    """End at once: a thread that waits for a cloud's answer must not hold a person's terminal."""
    events = sum(run.tally.events.values())
    again = " with --force" if request.output and not request.force else ""
    print(
        f"sentinel: interrupted; {events:,} events, whole lines, are in {run.lines.name}\n"
        f"sentinel: to go on, give the same command again{again}: it begins anew, so nothing doubles",
        file=sys.stderr,
        flush=True,
    )
    os._exit(ExitCode.INTERRUPTED)


def _spec(request: Request) -> ScanSpec:
    return ScanSpec(
        scan_id=uuid4().hex,
        client_id=DEFAULT_CLIENT,
        provider=request.provider,
        connection=request.connection,
        services=request.services,
        regions=request.regions,
        categories=request.categories,
        resource_ids=request.resource_ids,
        lookback_days=request.lookback_days,
        asof=utc_now(),
        max_age_seconds=request.max_age_seconds,
    )


def _lines(request: Request) -> Lines:
    if request.to_stdout or (request.output is None and not sys.stdout.isatty()):
        return StdoutLines(request.form)
    return FileLines(request.output or default_output(request.provider), request.form)


def _summarize(request: Request, run: ScanRun, seconds: float) -> None:
    if request.quiet:
        return
    ending = Ending(
        tally=run.tally,
        discovery=run.discovery,
        regions=tuple(sorted({task.region for task in run.planned})),
        output=run.lines.name,
        seconds=seconds,
        next_command=_next_command(run.tally),
        demo=run.clients.demo,
    )
    print("\n".join([*render(ending, screen_width()), *_baseline(request, run)]), file=sys.stderr, flush=True)


def _baseline(request: Request, run: ScanRun) -> list[str]:
    return [known_line(run.findings)] if run.findings is not None and request.pipeline.known is not None else []


def _next_command(tally: Tally) -> str:
    if tally.top:
        return f"{as_called()} catalogue {tally.top[0].rule}"
    return f"{as_called()} up   (keeps what is found, with an API and a page)"


def _code(request: Request, run: ScanRun) -> ExitCode:
    """Incomplete weighs more than findings: what could not be seen may be worse than what was."""
    if run.tally.incomplete:
        return ExitCode.INCOMPLETE
    judge = run.tally if run.findings is None else run.findings
    return ExitCode.FINDINGS if request.fail_on and judge.reaches(request.fail_on) else ExitCode.CLEAN
