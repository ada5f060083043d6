"""``sentinel config check``: which settings are set, and whether bus and store are there. Creates nothing."""

from __future__ import annotations

import asyncio
import os
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cli.configuration import load_settings
from cli.exits import ExitCode
from schemas.addresses import check_push_url, masked
from schemas.catalogue import nearest
from schemas.errors import InvalidInputError, SentinelError

if TYPE_CHECKING:
    from schemas.settings import Settings

PREFIX: Final = "SENTINEL_"
PATIENCE_SECONDS: Final = 2.0
LAST_PORT: Final = 65535
SECRET: Final = re.compile(r"SECRET|TOKEN(?!_FILE)|PASSWORD|KEY|KEK$")
"""Names of settings whose value is never shown."""


def check_configuration() -> int:
    """Print one line for each setting that is set and for bus and store; what is wrong is the exit code."""
    settings = load_settings()
    lines, misspelt = _set_in(os.environ, settings)
    print("\n".join(lines))
    codes = [ExitCode.BAD_INPUT] * misspelt
    if settings.rules is not None:
        code, line = _rules_state(settings.rules)
        print(f"rules {line}")
        codes.append(code)
    for line in _what_cannot_be(settings):
        print(line)
        codes.append(ExitCode.BAD_INPUT)
    for name, look, url in (("bus", bus_state, settings.bus_url), ("store", store_state, settings.store_url)):
        code, line = _verdict(look, url)
        print(f"{name:<6}{line}")
        codes.append(code)
    return min((code for code in codes if code), default=ExitCode.CLEAN)


def _what_cannot_be(settings: Settings) -> Iterator[str]:
    """Settings that a role would refuse to start with."""
    from bus.access import kafka_access
    from schemas.callback import read_keys
    from schemas.topics import check_events_topic

    checks: list[Callable[[], object]] = [
        lambda: read_keys(settings.callback_secret),
        lambda: check_events_topic(settings.events_topic),
        lambda: kafka_access(settings),
    ]
    if settings.push_url:
        checks.append(lambda: check_push_url(settings.push_url))
    for check in checks:
        try:
            check()
        except InvalidInputError as error:
            yield str(error)


def _rules_state(path: Path) -> tuple[ExitCode, str]:
    from scanners.core.rulebook import load_rulebook

    try:
        return ExitCode.CLEAN, f"{path}: {len(load_rulebook(path).entries)} entries"
    except InvalidInputError as error:
        return ExitCode.BAD_INPUT, str(error)


def _set_in(environment: Mapping[str, str], settings: Settings) -> tuple[list[str], int]:
    """A line for each variable with our prefix, and how many of them are no settings."""
    known = {f"{PREFIX}{field}".upper() for field in type(settings).model_fields}
    ours = {name: value for name, value in sorted(environment.items()) if name.upper().startswith(PREFIX)}
    lines = [_shown(name, value) if name.upper() in known else _unknown(name, known) for name, value in ours.items()]
    defaults = len(known - {name.upper() for name in ours})
    return [*lines, f"{defaults} settings have their defaults (docs/settings.md)"], sum(
        name.upper() not in known for name in ours
    )


def _shown(name: str, value: str) -> str:
    return f"{name}={'***' if SECRET.search(name.upper()) else masked(value)}"


def _unknown(name: str, known: set[str]) -> str:
    by_case = {one.lower(): one for one in known}
    guess = nearest(name, by_case)
    return f"{name} is no setting" + (f'; did you mean "{by_case[guess]}"?' if guess else "")


def _verdict(look: Callable[[str], str], url: str) -> tuple[ExitCode, str]:
    """What is said of an address, or what is wrong with it. No login is shown."""
    shown = masked(url)
    try:
        return ExitCode.CLEAN, f"{shown}: {look(url)}"
    except InvalidInputError as error:
        return ExitCode.BAD_INPUT, f"{shown} is not allowed; {error.allowed}"
    except (SentinelError, OSError, sqlite3.Error) as error:
        return ExitCode.NO_ACCESS, f"{shown}: {masked(str(error)) or 'no answer'}"


def bus_state(url: str) -> str:
    """``there``, or that it will be made. Raises ``InvalidInputError``, ``OSError`` or ``sqlite3.Error``."""
    from bus import open_bus

    open_bus(url)
    scheme, _, rest = url.partition("://")
    if scheme == "kafka":
        return asyncio.run(_first_answer(url, rest.split(",")))
    return _file_state(Path(rest[1:]), _read_file)


def store_state(url: str) -> str:
    """The same for the store, whose tables must be those of this version."""
    from stores import open_store

    store = open_store(url)

    async def ping() -> None:
        try:
            await store.ping()
        finally:
            await store.close()

    scheme, _, rest = url.partition("://")
    if scheme == "sqlite":
        return _file_state(Path(rest[1:]), lambda _: asyncio.run(ping()))
    asyncio.run(ping())
    return "there"


def _file_state(path: Path, look: Callable[[Path], None]) -> str:
    if path.exists():
        look(path)
        return "there"
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(f"cannot be made: {folder} is no folder that may be written to")
    return "not there yet, made at the first start"


def _read_file(path: Path) -> None:
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        connection.execute("PRAGMA schema_version").fetchone()


async def _first_answer(url: str, brokers: list[str]) -> str:
    """One broker that listens is enough: it names the others."""
    addresses = [_host_and_port(url, broker) for broker in brokers]
    for host, port in addresses:
        with suppress(OSError):  # TimeoutError is one
            async with asyncio.timeout(PATIENCE_SECONDS):
                _, writer = await asyncio.open_connection(host, port)
            writer.close()
            return f"{host}:{port} answers"
    raise ConnectionError("no broker answers")


def _host_and_port(url: str, broker: str) -> tuple[str, int]:
    host, _, port = broker.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) <= LAST_PORT:
        raise InvalidInputError("SENTINEL_BUS", url, "allowed: sqlite:///FILE, kafka://host:port[,host:port]")
    return host.strip("[]"), int(port)
