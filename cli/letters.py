"""The commands of ``sentinel dead-letters``. Every body imports what it needs, so that ``--help`` loads none of it."""

from __future__ import annotations

from typing import Annotated

import typer

group = typer.Typer(help="What could not be read or stored.", rich_markup_mode=None)

LetterIds = Annotated[list[str] | None, typer.Argument(metavar="ID...", help="Ids of dead letters.")]
EveryOpen = Annotated[bool, typer.Option("--all", help="All that stand open.")]
LetterTopic = Annotated[str | None, typer.Option("--topic", metavar="TOPIC", help="Only those of this topic.")]


@group.command("list")
def letters_list(
    *,
    topic: LetterTopic = None,
    status: Annotated[str | None, typer.Option(metavar="STATUS", help="open, replayed or dropped.")] = None,
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=100_000, help="How many, the newest first.")] = 100,
    output_format: Annotated[str, typer.Option("--format", metavar="FORMAT", help="table or json.")] = "table",
) -> int:
    """What could not be read or stored, the newest first."""
    from cli.dead_letters import print_letters

    return print_letters(topic, status, limit, output_format)


@group.command("show")
def letters_show(
    letter_id: Annotated[str, typer.Argument(metavar="ID", help="The id of a dead letter.")],
) -> int:
    """Where it stood and why it was refused; its body, as it was, on standard output."""
    from cli.dead_letters import print_letter

    return print_letter(letter_id)


@group.command("replay")
def letters_replay(ids: LetterIds = None, *, every: EveryOpen = False, topic: LetterTopic = None) -> int:
    """Send them again, each to its own topic under its own key."""
    from cli.dead_letters import replay_letters

    return replay_letters(ids or [], topic, every=every)


@group.command("drop")
def letters_drop(ids: LetterIds = None, *, every: EveryOpen = False, topic: LetterTopic = None) -> int:
    """Never send them again; they stay in the list until the retention takes them."""
    from cli.dead_letters import drop_letters

    return drop_letters(ids or [], topic, every=every)
