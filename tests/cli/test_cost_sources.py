"""Where ``sentinel costs ingest`` takes a bill from."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.costs.asking import Asking, source_of
from cli.exits import CommandError, ExitCode
from schemas.settings import Settings

NOTHING = Asking("", "", "", "", "")


@pytest.mark.parametrize(
    ("form", "path", "asked", "told"),
    [
        ("aws-ce", "bill.csv", NOTHING, 'aws-ce asks an API and takes no path; what is "bill.csv"?'),
        ("aws-cur", "", NOTHING, "aws-cur needs a path: a file, a folder"),
        ("aws-ce", "", Asking("2026-13-01", "", "", "", ""), '--since "2026-13-01" is no day; allowed: a date such as'),
        ("aws-ce", "", Asking("", "yesterday", "", "", ""), '--until "yesterday" is no day'),
    ],
)
async def test_what_does_not_fit_the_form_is_told(
    tmp_path: Path, form: str, path: str, asked: Asking, told: str
) -> None:
    with pytest.raises(CommandError) as refused:
        await source_of(form, path, asked, Settings(home=tmp_path), print)
    assert refused.value.code == ExitCode.BAD_INPUT
    assert told in str(refused.value)
