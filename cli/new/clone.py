"""The clone that is written to: where its files are, which names are free, and how its tools want code to look."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from keyword import iskeyword
from pathlib import Path
from typing import Final

from cli import names
from cli.exits import CommandError, ExitCode

PROVIDERS: Final = ("aws", "azure", "gcp")
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


@dataclass(frozen=True)
class Clone:
    """A clone of the source, and one provider's part of it."""

    root: Path
    provider: str

    def unit(self, service: str) -> Path:
        """Where a new unit goes."""
        return self.root / "scanners" / self.provider / f"{service}.py"

    def test(self, name: str) -> Path:
        """Where its test goes."""
        return self.root / "tests" / "scanners" / self.provider / f"test_{name}.py"

    def shown(self, path: Path) -> str:
        """A path as a person in the clone writes it."""
        return str(path.relative_to(self.root))

    def vacant(self, *paths: Path) -> None:
        """Raise when one of these files is there already: nothing is ever overwritten."""
        for path in paths:
            if path.exists():
                raise refused(f"{self.shown(path)} is there already; nothing was written")


def open_clone(provider: str) -> Clone:
    """The clone that the call stands in. Raises ``CommandError`` outside of one, or without its tools."""
    names.choice("PROVIDER", provider, PROVIDERS)
    import scanners

    root = Path.cwd().resolve()
    if Path(scanners.__file__).resolve().parents[1] != root or not (root / "tests" / "scanners").is_dir():
        raise refused(
            "not in a clone: run it in the folder of your clone of cloud-sentinel, with its .venv (make setup)"
        )
    if find_spec("ruff") is None:
        raise refused("the tools of the clone are missing: make setup, then .venv/bin/sentinel new")
    return Clone(root, provider)


def refused(line: str) -> CommandError:
    """Bad input, in one line."""
    return CommandError(ExitCode.BAD_INPUT, line)


def check_name(kind: str, name: str) -> None:
    """Raise when a name cannot be one: lower case words with ``_`` between them."""
    if not _NAME.fullmatch(name) or iskeyword(name):
        raise refused(f'{kind} "{name}" cannot be: lower case letters and digits, with _ between words, as key_pair')


def camel(name: str) -> str:
    """``KeyPair`` for ``key_pair``."""
    return "".join(part.capitalize() for part in name.split("_"))


def words(name: str) -> str:
    """``key pair`` for ``key_pair``."""
    return name.replace("_", " ")


def tidy(code: str, path: Path) -> str:
    """The code as the clone's formatter wants it, imports in order."""
    for arguments in (["check", "--select", "I,F401", "--fix", "--quiet"], ["format", "--quiet"]):
        command = [sys.executable, "-m", "ruff", *arguments, "--stdin-filename", str(path), "-"]
        code = subprocess.run(command, input=code, capture_output=True, text=True, check=True, cwd=Path.cwd()).stdout  # noqa: S603 - our own formatter
    return code


def write(path: Path, code: str) -> None:
    """A new file; one that is there is left alone, and told."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8") as file:
        file.write(code)
