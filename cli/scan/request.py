"""From options to a checked request: every name is looked at before any SDK is imported or any socket is opened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, cast

from cli import names
from cli.exits import CommandError, ExitCode
from cli.scan.connection import connection_of
from cli.scan.pipeline import Pipeline, free, read_pipeline
from schemas.naming import NAMING, canonical_id

if TYPE_CHECKING:
    from schemas.scan import Connection, Provider

Form = Literal["cloudevents", "2cbp"]
FORMS: Final[tuple[Form, ...]] = ("cloudevents", "2cbp")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What was typed, unchecked."""

    provider: str
    services: str | None
    regions: str | None
    categories: str | None
    lookback: str
    resource_ids: str | None
    output_format: str
    output: str | None
    force: bool
    fail_on: str | None
    quiet: bool
    reports: tuple[str, ...] = ()
    baseline: str | None = None
    write_baseline: str | None = None
    role_arn: str | None = None
    external_id: str | None = None
    profile: str | None = None
    account: str | None = None
    """An Azure subscription, a GCP project."""
    max_age: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked for, checked. ``output`` None means: standard output when it is piped, else a file of its own."""

    provider: Provider
    connection: Connection
    services: tuple[str, ...]
    regions: tuple[str, ...] | None
    categories: tuple[str, ...]
    resource_ids: tuple[str, ...] | None
    lookback_days: int
    form: Form
    output: Path | None
    to_stdout: bool
    force: bool
    fail_on: str | None
    quiet: bool
    pipeline: Pipeline
    max_age_seconds: int = 0


def read(options: Options) -> Request:
    """The checked request. Raises ``CommandError`` (exit 2) with the nearest right name."""
    return Request(
        provider=cast("Provider", options.provider),
        services=names.services(options.provider, names.split(options.services)),
        regions=names.regions(options.provider, names.split(options.regions)),
        categories=names.categories(names.split(options.categories)),
        lookback_days=names.lookback_days(options.lookback),
        connection=connection_of(options),
        resource_ids=_resource_ids(options.provider, options.resource_ids),
        form=cast("Form", names.choice("--format", options.output_format, FORMS)),
        output=None if options.output in {None, "-"} else free("--output", str(options.output), force=options.force),
        to_stdout=options.output == "-",
        force=options.force,
        fail_on=names.severity(options.fail_on),
        quiet=options.quiet,
        pipeline=read_pipeline(options),
        max_age_seconds=names.max_age_seconds(options.max_age),
    )


def _resource_ids(provider: str, text: str | None) -> tuple[str, ...] | None:
    asked = names.split(text)
    naming = NAMING[provider]
    for resource_id in asked or ():
        if not naming.resource.fullmatch(resource_id):
            raise CommandError(ExitCode.BAD_INPUT, f'--resource-ids "{resource_id}" is not {naming.resource_form}')
    return None if asked is None else tuple(map(canonical_id, asked))


def default_output(provider: str, now: datetime | None = None) -> Path:
    """The file that the events of a scan at a terminal go to when no other is named."""
    return Path(f"sentinel-{provider}-{(now or datetime.now(UTC)):%Y%m%dT%H%M%SZ}.ndjson")
