"""docs/cli.md says what the commands say."""

from __future__ import annotations

from cli.docs import PAGE, page
from cli.main import command_tree


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text() == page(), "stale: python -m cli.docs --write"


def test_every_option_stands_on_the_page() -> None:
    text = PAGE.read_text()
    shown = [
        option
        for _, command in command_tree()
        for parameter in command.params
        if not getattr(parameter, "hidden", False)
        for option in parameter.opts
        if option.startswith("--")
    ]
    assert len(shown) > 20
    assert [option for option in shown if option not in text] == []
