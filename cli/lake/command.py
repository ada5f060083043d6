"""``sentinel lake ddl`` and ``sentinel lake clean``."""

from __future__ import annotations

import re

from cli.configuration import load_settings
from cli.database import readable
from cli.exits import CommandError, ExitCode


def print_ddl(database: str, clients: list[str] | None) -> int:
    """One statement after the other, each ended by a semicolon."""
    from finops.ingest.athena import statements
    from schemas.scan import DEFAULT_CLIENT

    for option, name in [("--database", database), *(("--client", each) for each in clients or ())]:
        if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
            raise CommandError(ExitCode.BAD_INPUT, f'{option} "{name}": allowed: letters, digits, _ and -')
    settings = load_settings()
    told = statements(settings.lake_place.rstrip("/"), database, clients or [DEFAULT_CLIENT])
    print("\n\n".join(f"{statement};" for statement in told))
    return ExitCode.CLEAN


def clean_lake(raw_days: int, months: int | None) -> int:
    """Say what was taken."""
    from schemas.event import utc_now
    from stores.lake import LakeError, open_lake
    from stores.lake.retention import clean

    settings = load_settings()
    lake = open_lake(settings)
    try:
        gone = clean(lake, settings.fixed_now or utc_now(), raw_days=raw_days, months=months)
    except LakeError as error:
        raise CommandError(ExitCode.NO_ACCESS, str(error)) from error
    print(
        f"lake {lake.place}: {gone.objects:,} files ({readable(gone.size_bytes)}) and {gone.months} months taken away"
    )
    return ExitCode.CLEAN
