"""What was probably meant: one line for an option, a command or a value that does not exist."""

from __future__ import annotations

import re

import typer


def usage_line(error: typer.TyperException) -> str:
    """One clear line for a wrong command line: what is wrong, the nearest right one, where the help is."""
    context: typer.Context | None = getattr(error, "ctx", None)
    path = context.command_path if context else "sentinel"
    return f"{_what(error)} (help: {path} --help)"


def _what(error: typer.TyperException) -> str:
    if not hasattr(error, "possibilities"):
        return re.sub(r"\s*\n\s*", " ", error.format_message()).rstrip(".")
    nearest = next(iter(error.possibilities or ()), None)
    guess = f'; did you mean "{nearest}"?' if nearest else ""
    return f'no such option "{getattr(error, "option_name", "")}"{guess}'
