"""/api/v1/scans."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query, Response, WebSocket
from fastapi.responses import StreamingResponse

from control_plane.context import CurrentContext
from control_plane.principal import Principal, needs
from control_plane.scans import accepting, cancelling, following, progress, retrying, service
from control_plane.scans.accepting import Accepted
from control_plane.scans.answer import ScanDetail, ScanList
from control_plane.scans.batch import BatchRequest, accept_batch
from control_plane.scans.find import find_scan
from control_plane.scans.request import ScanAccepted, ScanFilters, ScanRequest, ScanRetried
from control_plane.schedules.answer import StartedAnswer

router = APIRouter(prefix="/scans", tags=["scans"])

Reader = Annotated[Principal, needs("scans:read")]
Writer = Annotated[Principal, needs("scans:write")]

LAST_STEP = 2**63 - 1
"""The largest number that a step can have."""

STEP = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "pattern": "^[0-9]+$"},
        "event": {"type": "string"},
        "data": {"type": "string", "contentMediaType": "application/json"},
    },
}
EVENT_STREAM = {
    200: {
        "description": "One event for each step: `id` is its number, `event` its kind, `data` JSON.",
        "content": {"text/event-stream": {"itemSchema": STEP}},
    },
    204: {"description": "The scan has ended and everything after `Last-Event-ID` was told already."},
}


IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=200,
        pattern="^[!-~]+$",
        description="A name for this request. The same request with the same key, within 24 hours, is the same scan.",
    ),
]


@router.post(
    "",
    status_code=202,
    summary="Ask for a scan",
    responses={
        404: {"description": "There is no such account."},
        409: {"description": "The `Idempotency-Key` stands for another request."},
    },
)
async def create(
    asked: ScanRequest,
    response: Response,
    context: CurrentContext,
    principal: Writer,
    idempotency_key: IdempotencyKey = None,
) -> ScanAccepted:
    """Accepts the scan at once; it runs in the background. `Location` tells where to look at it."""
    accepted = await accepting.accept(context, principal, asked, idempotency_key)
    _tell(response, accepted)
    return ScanAccepted(scan_id=accepted.spec.scan_id, status=accepted.status)


@router.post(
    "/batch",
    status_code=202,
    summary="Ask for scans of many accounts",
    responses={409: {"description": "The `Idempotency-Key` stands for another request."}},
)
async def create_batch(
    asked: BatchRequest,
    response: Response,
    context: CurrentContext,
    principal: Writer,
    idempotency_key: IdempotencyKey = None,
) -> StartedAnswer:
    """One scan for each account that is meant; those that are left out are told with the reason.

    `Location` lists the scans. A request that is repeated with its key tells the same scans, but not what was left out.
    """
    started, replayed = await accept_batch(context, principal, asked, idempotency_key)
    response.headers["Location"] = f"/api/v1/scans?parent_id={started.parent_id}"
    if replayed:
        response.headers["Idempotency-Replayed"] = "true"
    return StartedAnswer.of(started)


def _tell(response: Response, accepted: Accepted) -> None:
    response.headers["Location"] = f"/api/v1/scans/{accepted.spec.scan_id}"
    if accepted.replayed:
        response.headers["Idempotency-Replayed"] = "true"


@router.get("", summary="List scans")
async def index(filters: Annotated[ScanFilters, Query()], context: CurrentContext, principal: Reader) -> ScanList:
    """Newest first."""
    return await service.page(context, principal, filters)


@router.get("/{scan_id}", summary="One scan: state, tasks, counts, coverage, API calls")
async def show(scan_id: str, context: CurrentContext, principal: Reader) -> ScanDetail:
    """Counts grow while the scan runs. Look at `coverage` before reading an absence as clean."""
    return await service.detail(context, principal, scan_id)


@router.post(
    "/{scan_id}/cancel",
    status_code=202,
    summary="Cancel a scan",
    responses={409: {"description": "The scan has ended."}},
)
async def cancel(scan_id: str, context: CurrentContext, principal: Writer) -> ScanAccepted:
    """Its workers stop within seconds. What was stored stays; nothing is resolved. Cancelling again changes nothing."""
    return await cancelling.cancel(context, principal, scan_id)


@router.post(
    "/{scan_id}/retry",
    status_code=202,
    summary="Retry what a scan missed",
    responses={409: {"description": "There is nothing to retry, or the `Idempotency-Key` stands for another request."}},
)
async def retry(
    scan_id: str,
    response: Response,
    context: CurrentContext,
    principal: Writer,
    idempotency_key: IdempotencyKey = None,
) -> ScanRetried:
    """A new scan over the same connection: the services and the regions of failed tasks and of coverage gaps."""
    accepted = await retrying.retry(context, principal, scan_id, idempotency_key)
    _tell(response, accepted)
    spec = accepted.spec
    return ScanRetried(
        scan_id=spec.scan_id,
        status=accepted.status,
        retry_of=scan_id,
        services=list(spec.services),
        regions=None if spec.regions is None else list(spec.regions),
    )


@router.get(
    "/{scan_id}/progress",
    summary="Follow a scan (server-sent events)",
    response_class=StreamingResponse,
    responses=EVENT_STREAM,  # type: ignore[arg-type]  # its keys are declared wider than int
)
async def follow(
    scan_id: str,
    context: CurrentContext,
    principal: Reader,
    last_event_id: Annotated[int, Header(ge=0, le=LAST_STEP, description="Goes on after this event.")] = 0,
) -> Response:
    """From the first event or from after `Last-Event-ID`, live, until the scan has ended."""
    async with context.store.read() as reading:
        await find_scan(reading, principal, scan_id)
    if last_event_id and await progress.nothing_left(context, principal.client_id, scan_id, last_event_id):
        return Response(status_code=204)
    stream = progress.follow(context, principal.client_id, scan_id, last_event_id)
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


@router.websocket("/{scan_id}/live")
async def live(
    websocket: WebSocket,
    scan_id: str,
    context: CurrentContext,
    principal: Reader,
    after: Annotated[int, Query(ge=0, le=LAST_STEP, description="Goes on after this step.")] = 0,
) -> None:
    """The same steps as `progress`, one JSON text message each; closes with 1000 when the scan has ended."""
    await following.serve(websocket, context, principal, scan_id, after)
