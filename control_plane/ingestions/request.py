"""What an ingestion is asked for."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from control_plane.strict import Strict


class IngestionRequest(Strict):
    """A bill at a place that the operator has opened with `SENTINEL_BILLS`."""

    source: Annotated[str, Field(min_length=1, max_length=50, description="The form of the bill, such as `aws-cur`.")]
    path: Annotated[str, Field(min_length=1, max_length=1024, description="File, folder, or s3://, az://, gs://.")]
    replace: bool = Field(False, description="Take over from another source, or take a month that shrank.")
