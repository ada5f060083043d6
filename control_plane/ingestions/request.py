"""What an ingestion is asked for."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from control_plane.strict import Strict


class IngestionRequest(Strict):
    """A bill: at a place that the operator has opened with `SENTINEL_BILLS`, or asked of an account's API."""

    source: Annotated[str, Field(min_length=1, max_length=50, description="The form of the bill, such as `aws-cur`.")]
    path: Annotated[
        str | None, Field(min_length=1, max_length=1024, description="File, folder, or s3://, az://, gs://.")
    ] = None
    account: Annotated[
        str | None,
        Field(min_length=1, max_length=64, description="A stored account, for the forms `aws-ce` and `azure-query`."),
    ] = None
    since: Annotated[date | None, Field(description="With an account: the months from this day's on.")] = None
    until: Annotated[date | None, Field(description="With an account: the months up to this day's.")] = None
    replace: bool = Field(False, description="Take over from another source, or take a month that shrank.")
