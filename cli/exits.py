"""How the command line ends: the documented exit codes, and the one place that maps an error to a code and a line."""

from __future__ import annotations

import errno
from enum import IntEnum
from typing import Final

from schemas.errors import CloudError, InvalidInputError, NoAccess, SentinelError, Unreachable


class ExitCode(IntEnum):
    """The exit codes. Zero means: everything that was asked for was seen."""

    CLEAN = 0
    FINDINGS = 1
    BAD_INPUT = 2
    NO_ACCESS = 3
    INCOMPLETE = 4
    INTERNAL = 5
    INTERRUPTED = 130


MEANINGS: Final[dict[ExitCode, str]] = {
    ExitCode.CLEAN: "clean and complete",
    ExitCode.FINDINGS: "findings at or above --fail-on; for the demo: planted and found differ",
    ExitCode.BAD_INPUT: "bad input: a name, an option, a file, a setting, a busy port",
    ExitCode.NO_ACCESS: "no access at all: no credentials, a dead endpoint, a bus or a server that is not there",
    ExitCode.INCOMPLETE: "incomplete coverage: something was denied or failed, the rest is reported",
    ExitCode.INTERNAL: "internal error, or no space left (again with --debug for the traceback)",
    ExitCode.INTERRUPTED: "interrupted (Ctrl-C, or the reader of a pipe went away)",
}

TRY_THE_DEMO: Final = "without an account: sentinel demo"


class CommandError(SentinelError):
    """A command cannot go on: the exit code, and the line that says what is wrong and what to do."""

    def __init__(self, code: ExitCode, line: str) -> None:
        self.code = code
        super().__init__(line)


def explain(error: Exception) -> tuple[ExitCode, str]:
    """The exit code of an error and its line for a person."""
    if isinstance(error, CommandError):
        return error.code, str(error)
    if isinstance(error, InvalidInputError):
        return ExitCode.BAD_INPUT, str(error)
    if isinstance(error, CloudError):
        return ExitCode.NO_ACCESS, _cloud_line(error)
    if isinstance(error, OSError):
        return _operating_system(error)
    return ExitCode.INTERNAL, f"internal error: {type(error).__name__}: {error} (again with --debug for the traceback)"


def _cloud_line(error: CloudError) -> str:
    hint = f"; {TRY_THE_DEMO}" if isinstance(error, NoAccess | Unreachable) else ""
    return f"no access: {error}{hint}"


def _operating_system(error: OSError) -> tuple[ExitCode, str]:
    where = f" ({error.filename})" if error.filename else ""
    if error.errno == errno.ENOSPC:
        return (
            ExitCode.INTERNAL,
            f"no space left on the disk{where}: free some, or choose another (--output, SENTINEL_HOME)",
        )
    return ExitCode.INTERNAL, f"{error.strerror or error}{where} (again with --debug for the traceback)"
