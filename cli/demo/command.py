"""``sentinel demo``: start everything, scan both accounts, show the payoff, serve until Ctrl-C."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

import httpx

from cli.api import Api
from cli.board import Board
from cli.demo.bills import tell_costs
from cli.demo.clouds import CLOUDS, Cloud
from cli.demo.payoff import Result, farewell, render
from cli.demo.stage import Stage, open_stage
from cli.exits import CommandError, ExitCode
from cli.follow import Follower
from cli.ports import require_listener
from cli.progress import Progress, open_progress
from cli.text import screen_width

if TYPE_CHECKING:
    from demo_cloud.check import Comparison

DEMO_CLOUD: Final = "demo cloud"
PRODUCT: Final = "sentinel up"
LOOK_SECONDS: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """What was typed. ``remove`` and ``add`` change what is planted, for tests."""

    once: bool
    kafka: bool
    broker: str | None
    scale: int
    port: int
    keep: bool
    remove: str | None
    add: str | None


def run_demo(options: DemoOptions) -> int:
    """Run the demo; 0 when found = planted, 1 when not, 130 when it was interrupted before its end."""
    with open_stage(options.port, keep=options.keep, say=_say) as stage:
        _end_on_signals()
        try:
            with _broker(options, stage):
                return asyncio.run(_play(options, stage))
        except (KeyboardInterrupt, asyncio.CancelledError):
            _say("stopped; nothing is left running")
            return ExitCode.INTERRUPTED


def _end_on_signals() -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def _cancel_on_sigterm() -> None:
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)


@contextmanager
def _broker(options: DemoOptions, stage: Stage) -> Iterator[None]:
    if not options.kafka:
        yield
        return
    if options.broker:
        require_listener(options.broker)
        stage.bus = f"kafka://{options.broker}"
        yield
        return
    from demo_cloud.kafka_broker import Broker, BrokerError

    _say("starting a Kafka broker")
    try:
        with Broker() as broker:
            stage.bus = f"kafka://{broker.address}"
            yield
    except BrokerError as error:
        raise CommandError(ExitCode.NO_ACCESS, str(error)) from None


async def _play(options: DemoOptions, stage: Stage) -> int:
    _cancel_on_sigterm()
    began = time.monotonic()
    board = Board(time.monotonic)
    _say(f"a demo cloud and the product start on this machine ({stage.home})")
    stage.start(DEMO_CLOUD, "demo_cloud", _cloud_arguments(options, stage))
    clouds = _installed()
    ready = [cloud.start(stage, options.scale) for cloud in clouds]
    stage.start(PRODUCT, "cli", ["up", "--port", str(stage.port)])
    async with Api(stage.api, stage.key) as api:
        try:
            await api.wait_until_ready("/readyz", f"{stage.cloud}/__demo/calls", *ready, check=stage.require_alive)
            progress = open_progress(board)
            tail = _tail(options, stage, progress)
            try:
                scan_ids = await _scan(api, clouds, board, progress)
            finally:
                progress.close()
                if tail is not None:
                    tail.cancel()
                    await asyncio.wait({tail})
            page = str((await api.post("/api/v1/me/link"))["url"])
            result = await _result(api, scan_ids, clouds, time.monotonic() - began)
        except (httpx.HTTPError, TimeoutError) as error:
            stage.require_alive()
            raise CommandError(ExitCode.INTERNAL, f"the API does not answer: {error or 'no answer in time'}") from error
    print("\n".join([*render(result, screen_width()), *_farewell(stage, page)]), flush=True)
    code = ExitCode.CLEAN if result.comparison.equal else ExitCode.FINDINGS
    if not options.once:
        with suppress(asyncio.CancelledError):  # Ctrl-C ends the serving, which is how it should end
            await _serve(stage)
    return code


def _installed() -> list[Cloud]:
    """The clouds beside AWS that can be scanned here; the others are named, with what they lack."""
    for cloud in CLOUDS:
        if not cloud.installed:
            _say(f"{cloud.title} is left out, its SDK is not installed: pip install 'cloud-sentinel[{cloud.provider}]'")
    return [cloud for cloud in CLOUDS if cloud.installed]


async def _scan(api: Api, clouds: Sequence[Cloud], board: Board, progress: Progress) -> list[str]:
    from demo_cloud.names import ACCOUNTS

    accounts = [("aws", account) for account in ACCOUNTS]
    accounts += [(cloud.provider, account) for cloud in clouds for account in cloud.accounts()]
    asked = [{"provider": name, "connection": {"mode": "demo", "account": account}} for name, account in accounts]
    scan_ids = [str((await api.post("/api/v1/scans", body))["scan_id"]) for body in asked]
    await Follower(api, board, progress, screen_width()).follow_to_first_finding(scan_ids)
    return scan_ids


async def _result(api: Api, scan_ids: Sequence[str], clouds: Sequence[Cloud], seconds: float) -> Result:
    findings = await api.pages("/api/v1/findings")
    return Result(
        api=api.base,
        scans=[await api.get(f"/api/v1/scans/{scan_id}") for scan_id in scan_ids],
        findings=findings,
        comparison=_comparison(findings, clouds),
        seconds=seconds,
    )


def _comparison(findings: Iterable[Mapping[str, Any]], clouds: Sequence[Cloud]) -> Comparison:
    from demo_cloud.check import compare
    from demo_cloud.expected import EXPECTED

    expected = [*EXPECTED, *(row for cloud in clouds for row in cloud.expected())]
    return compare((SimpleNamespace(**finding) for finding in findings), expected)


def _cloud_arguments(options: DemoOptions, stage: Stage) -> list[str]:
    chosen = ["--port", str(stage.cloud_port), "--now", stage.now.isoformat(), "--scale", str(options.scale)]
    chosen += [f"--remove={options.remove}"] if options.remove else []
    chosen += [f"--add={options.add}"] if options.add else []
    return chosen


def _tail(options: DemoOptions, stage: Stage, progress: Progress) -> asyncio.Task[None] | None:
    if not options.kafka:
        return None
    from cli.demo.tail import show_events

    return asyncio.create_task(show_events(stage.bus, progress.say))


def _farewell(stage: Stage, page: str) -> list[str]:
    from cli.scan.estimate import calls_of, known_price
    from schemas.catalogue import check_provider

    services = [calls_of("aws", service, metrics=True) for service in check_provider("aws").services]
    return farewell(
        stage.api, page, stage.key, calls=sum(calls.total for calls in services), price=known_price(services)
    )


async def _serve(stage: Stage) -> None:
    _say("serving until Ctrl-C")
    telling = asyncio.create_task(tell_costs(stage, _say, _show))
    try:
        while True:
            stage.require_alive()
            await asyncio.sleep(LOOK_SECONDS)
    finally:
        telling.cancel()
        await asyncio.wait({telling})


def _show(text: str) -> None:
    print(text, flush=True)


def _say(line: str) -> None:
    print(f"sentinel demo: {line}", file=sys.stderr, flush=True)
