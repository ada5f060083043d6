"""The root's help: the commands of everyday with what they do, the others by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from typer.core import TyperGroup

if TYPE_CHECKING:
    from typer._click import Context, HelpFormatter  # typer has its own click and gives these no public name

OTHERS: Final = {
    "To operate it": "accounts admin config db dead-letters help jobs keys lake policy raw replay run schedules status",
    "To extend it": "new",
}
"""By heading: the commands that are named only; each tells its purpose by ``--help``."""


class RootGroup(TyperGroup):
    """Keeps the root's help to one screen however many commands there are."""

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write the commands: with their purpose, then the headings with names."""
        named = set(" ".join(OTHERS.values()).split())
        shown = [(name, self.commands[name]) for name in self.list_commands(ctx) if name not in named]
        limit = formatter.width - 6 - max(len(name) for name, _ in shown)
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.get_short_help_str(limit)) for name, command in shown])
        formatter.write_paragraph()
        formatter.write_dl([(f"{heading}:", self._there(names)) for heading, names in OTHERS.items()])

    def _there(self, names: str) -> str:
        return ", ".join(name for name in names.split() if name in self.commands)
