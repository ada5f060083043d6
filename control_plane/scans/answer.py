"""What is told about a scan."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from control_plane.findings.answer import Totals
from control_plane.scans.coverage import CoverageReport
from schemas.scan import ConnectionMode, Provider
from schemas.states import ScanStatus, TaskStatus


class ConnectionAnswer(BaseModel):
    """How the account is reached: references only."""

    mode: ConnectionMode
    profile: str | None
    role_arn: str | None
    external_id: str | None
    account: str | None


class ScanSummary(BaseModel):
    """One scan in a list."""

    scan_id: str
    status: ScanStatus
    provider: Provider
    account: str | None = Field(description="The stored account that it is of, by our id.")
    account_id: str | None = Field(description="Known once the scan has found out who it is.")
    demo: bool
    asof: datetime = Field(description="The moment that all ages and windows count from.")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    duration_seconds: float | None = Field(description="From start to end; None while it runs.")
    error: str | None
    retry_of: str | None = Field(description="The scan of which this one looks again at what it missed.")
    parent_id: str | None = Field(description="The same on all scans that were started together.")


class ScanList(BaseModel):
    """A page of scans, newest first."""

    items: list[ScanSummary]
    next_cursor: str | None


class TaskAnswer(BaseModel):
    """One task: an API family in one region."""

    task_id: str
    kind: str
    family: str
    region: str
    services: list[str]
    status: TaskStatus
    attempt: int
    started_at: datetime | None
    finished_at: datetime | None
    error: str | None
    resources: int
    events: int
    findings: int


class Tasks(BaseModel):
    """The tasks of a scan."""

    total: int
    by_status: dict[TaskStatus, int]
    items: list[TaskAnswer]


class Counts(BaseModel):
    """What the scan told."""

    resources: dict[str, int] = Field(description="By service.")
    events: dict[str, int] = Field(description="By category, as far as the event log reaches back.")
    findings: Totals = Field(description="Open now, and told by no newer scan. All that it told: `tasks`, `findings`.")


class Calls(BaseModel):
    """The API calls that the scan made."""

    total: int
    by_operation: dict[str, int]
    throttles: int


class MeasureAnswer(BaseModel):
    """What the scan of one service in one region cost."""

    service: str
    region: str = Field(description="For a global service where it is asked.")
    seconds: float
    resources: int
    events: int
    calls: dict[str, int] = Field(description="By operation.")
    prices: dict[str, str] = Field(description="USD by operation, where the packaged list has the price.")
    price: str | None = Field(description="USD, the sum of the known prices; null: none is known.")
    unpriced: int = Field(description="Calls whose price is unknown.")
    throttles: int
    cache_hits: int = Field(description="Calls that were not made, because an earlier scan's answer was new enough.")


class CallbackAnswer(BaseModel):
    """How far the call-back of a scan is; there is none before the scan has ended."""

    url: str = Field(description="Without its query.")
    attempts: int
    next_attempt_at: datetime | None
    delivered_at: datetime | None
    gave_up_at: datetime | None
    last_error: str | None


class ScanDetail(ScanSummary):
    """One scan with everything that is known about it."""

    connection: ConnectionAnswer
    principal: str | None = Field(description="Who the scan was in the account.")
    services: list[str]
    regions: list[str] | None = Field(description="None: all enabled regions.")
    categories: list[str]
    resource_ids: list[str] | None
    lookback_days: int
    max_age_seconds: int
    tasks: Tasks
    counts: Counts
    coverage: CoverageReport
    calls: Calls
    measures: list[MeasureAnswer] = Field(description="By service and region, of the tasks that have ended.")
    callback: CallbackAnswer | None
