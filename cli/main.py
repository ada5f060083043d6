"""``sentinel``: reads the command line, runs one command, and turns every error into one line and an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from io import TextIOWrapper
from typing import Any, Final

import typer

from cli.app import app
from cli.exits import ExitCode, explain
from cli.usage import usage_line

COMPLETION: Final = ("install_completion", "show_completion")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code. A traceback is printed with ``--debug`` only."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    _never_fail_on_a_character()
    try:
        code = _invoke(list(arguments))
        sys.stdout.flush()
    except BrokenPipeError:
        _let_go_of(sys.stdout.fileno())
        return ExitCode.INTERRUPTED
    except KeyboardInterrupt:
        _say("interrupted")
        return ExitCode.INTERRUPTED
    except typer.TyperException as error:
        _say(usage_line(error))
        return ExitCode.BAD_INPUT
    except Exception as error:  # noqa: BLE001 - the top of the process: one line for a person, the code for a program
        if "--debug" in arguments:
            traceback.print_exc()
        code, line = explain(error)
        _say(line)
    return code


def _invoke(arguments: list[str]) -> int:
    command = _root()
    if "_SENTINEL_COMPLETE" in os.environ:
        command.main(prog_name="sentinel")
    try:
        with command.make_context("sentinel", arguments) as context:
            return command.invoke(context) or ExitCode.CLEAN
    except typer.Exit as ending:
        return ending.exit_code
    except typer.Abort:
        return ExitCode.INTERRUPTED


def command_tree() -> list[tuple[tuple[str, ...], Any]]:
    """Every command with its path below ``sentinel``, the root first, hidden ones left out."""
    found: list[tuple[tuple[str, ...], Any]] = []
    rest: list[tuple[tuple[str, ...], Any]] = [((), _root())]
    while rest:
        path, command = rest.pop(0)
        found.append((path, command))
        below = getattr(command, "commands", {})
        rest += [((*path, name), child) for name, child in below.items() if not child.hidden]
    return found


def _root() -> Any:  # noqa: ANN401 - typer's own command class
    """The root command. The options of shell completion work, but the screen of ``--help`` has no room for them."""
    root: Any = typer.main.get_command(app)
    for option in root.params:
        if option.name in COMPLETION:
            option.hidden = True
    return root


def _never_fail_on_a_character() -> None:
    """On a terminal that is not UTF-8, what it cannot show is a ``?`` and no error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def _say(line: str) -> None:
    with suppress(BrokenPipeError):
        print(f"sentinel: {line}", file=sys.stderr, flush=True)


def _let_go_of(descriptor: int) -> None:
    """The reader went away (``| head``): what is still buffered goes nowhere, and quietly."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)
