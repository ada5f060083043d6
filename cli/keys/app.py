"""The commands of ``sentinel keys`` and their options. Every body imports what it needs."""

from __future__ import annotations

from typing import Annotated

import typer

keys = typer.Typer(help="The keys that seal and open the secrets of accounts.", rich_markup_mode=None)


@keys.command()
def generate(
    kms: Annotated[
        str | None,
        typer.Option(
            metavar="REFERENCE",
            help="Tell the public half of a key that a KMS keeps: aws-kms:ARN, azure-key-vault:URL or gcp-kms:NAME.",
        ),
    ] = None,
) -> int:
    """Print a new pair, as SENTINEL_KEK (for workers) and SENTINEL_KEK_PUBLIC (for the API)."""
    from cli.keys.command import print_pair

    return print_pair(kms)


@keys.command()
def rotate() -> int:
    """Wrap all data keys under the newest key of SENTINEL_KEK, while everything runs; exit 3 if any is left."""
    from cli.keys.command import rotate_keys

    return rotate_keys()
