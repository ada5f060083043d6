"""What stands in front of the emulator: it refuses, counts, cuts into pages, and answers what the emulator cannot."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from io import BytesIO
from typing import Any, Final

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.test import run_wsgi_app
from werkzeug.wrappers import Request, Response

from demo_cloud.access import Principal, check_permission, check_region, check_trust, end_sessions, principal_of
from demo_cloud.answer import MARK, REQUEST_ID, Refusal, result
from demo_cloud.call import Call, read_call, unknown_operation
from demo_cloud.cost_explorer import CostExplorer
from demo_cloud.expected import EXPECTED
from demo_cloud.faults import Fault, Faults
from demo_cloud.ledger import Entry, Ledger
from demo_cloud.metrics import Metrics, with_times
from demo_cloud.own_answers import OWN
from demo_cloud.paging import LISTINGS, Pager, whole_list
from demo_cloud.rewriting import rewrite
from demo_cloud.world import World

STS_READS: Final = frozenset({"AssumeRole", "GetCallerIdentity"})


class Dropped(ConnectionError):  # noqa: N818 - what happens to the connection
    """The connection ends without an answer."""


class DemoLayer:
    """The WSGI application of the demo cloud."""

    def __init__(self, world: World, *, page_size: int) -> None:
        self._emulator = DomainDispatcherApplication(create_backend_app)
        self._world = world
        self._metrics = Metrics(world, page_size)
        self._pager = Pager(page_size)
        self._page_size = page_size
        self._cost_explorer = CostExplorer(world.now)
        self.ledger = Ledger()
        self.faults = Faults()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        if environ["PATH_INFO"].startswith("/__demo/"):
            return self._admin(Request(environ))(environ, start_response)
        return self._answer(environ)(environ, start_response)

    def _answer(self, environ: dict[str, Any]) -> Response:
        try:
            call = read_call(environ)
        except Refusal as refusal:
            return refusal.response()
        account = ""
        try:
            principal = principal_of(call)
            account = principal.account
            response = self._checked(call, principal)
        except Refusal as refusal:
            response = refusal.response(call.protocol)
        except Dropped:
            self._count(call, account, "dropped")
            raise
        self._count(call, account, str(response.status_code))
        return response

    def _count(self, call: Call, account: str, outcome: str) -> None:
        self.ledger.add(Entry(account, call.region, call.service, call.operation, outcome, call.reads))

    def _checked(self, call: Call, principal: Principal) -> Response:
        self._suffer(call, principal)
        if not call.reads:
            raise Refusal(403, "AccessDenied", f"The demo cloud changes nothing: {call.operation} is refused.")
        check_region(call)
        check_permission(call, principal, self._world.denied, self._world.allowed, self._world.forbidden)
        if call.operation == "AssumeRole":
            check_trust(call, principal)
        return self._rewritten(call, principal, self._read(call, principal.account))

    def _suffer(self, call: Call, principal: Principal) -> None:
        """The faults that a test ordered for this call."""
        fault = self.faults.take(_names(call, principal), self._pager.page_number(call))
        if fault is not None:
            _strike(fault)

    def _rewritten(self, call: Call, principal: Principal, response: Response) -> Response:
        for fault in self.faults.rewrites(_names(call, principal), self._pager.page_number(call)):
            rewrite(response, call.protocol, fault)
        return response

    def _read(self, call: Call, account: str) -> Response:
        told = self._told(call, account)
        if told is not None:
            return result(call.service, call.operation, call.protocol, told)
        match call.service, call.operation:
            case "cloudwatch", "GetMetricData":
                return self._metric_data(call, account)
            case "cloudwatch" | "ce", _:
                raise unknown_operation(call.service, call.protocol, call.environ)
            case "sts", operation if operation not in STS_READS:
                raise unknown_operation(call.service, call.protocol, call.environ)
        if call.operation == "AssumeRole" and self._world.session_seconds is not None:
            call = _lasting(call, self._world.session_seconds)
        if (call.service, call.operation) in LISTINGS and not _by_id(call):
            body = self._pager.page(call, account, lambda: self._emulated(whole_list(call)).get_data(as_text=True))
            return Response(body, 200, MARK, content_type="text/xml;charset=UTF-8")
        return self._emulated(call)

    def _told(self, call: Call, account: str) -> dict[str, Any] | None:
        """What is computed here, because the emulator has nothing of it."""
        if own := OWN.get((call.service, call.operation)):
            return own(self._world, account, call)
        if (call.service, call.operation) == ("ce", "GetCostAndUsage"):
            return self._cost_explorer.answer(account, call.params)
        return None

    def _metric_data(self, call: Call, account: str) -> Response:
        """Written here in JSON: a hundred thousand points are too many for the general serializer."""
        answer = self._metrics.answer(account, call.region, call.params)
        if call.protocol != "json":
            return result("cloudwatch", call.operation, call.protocol, with_times(answer))
        headers = {**MARK, "x-amzn-RequestId": REQUEST_ID}
        return Response(json.dumps(answer), 200, headers, content_type="application/x-amz-json-1.0")

    def _emulated(self, call: Call) -> Response:
        """The emulator's answer. Raises ``Refusal`` for what moto has not implemented."""
        try:
            body, status, headers = run_wsgi_app(self._emulator, call.environ, buffered=True)
        except NotImplementedError:
            raise unknown_operation(call.service, call.protocol, call.environ) from None
        response = Response(body, status, headers)
        response.headers.extend(MARK)
        return response

    def _admin(self, request: Request) -> Response:
        match request.method, request.path:
            case "GET", "/__demo/calls":
                return _json(self.ledger.report())
            case "DELETE", "/__demo/calls":
                self.ledger.reset()
                return _json({})
            case "POST", "/__demo/faults":
                return self._order_faults(request)
            case "POST", "/__demo/allowed" | "/__demo/sessions" | "/__demo/policy":
                return self._limit(request)
            case "GET", "/__demo/expected":
                return _json([asdict(row) for row in EXPECTED])
        return _json({"error": f"nothing at {request.method} {request.path}"}, 404)

    def _limit(self, request: Request) -> Response:
        told = request.get_json(force=True)
        if request.path.endswith("sessions"):
            self._world.session_seconds = told
            if told == 0:
                end_sessions()
        elif request.path.endswith("policy"):
            self._world.denied.pop(told["account"], None)
            self._world.allowed[told["account"]] = tuple(told["actions"])
        else:
            self._world.allowed = {account: tuple(names) for account, names in told.items()}
        return _json({})

    def _order_faults(self, request: Request) -> Response:
        wishes = request.get_json(force=True)
        try:
            self.faults.order(wishes if isinstance(wishes, list) else [wishes])
        except TypeError as error:
            return _json({"error": str(error)}, 400)
        return _json({})


def _lasting(call: Call, seconds: int) -> Call:
    """The same wish to assume a role, for so long."""
    body = call.environ["wsgi.input"].read() + f"&DurationSeconds={seconds}".encode()
    return replace(call, environ={**call.environ, "wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))})


def _names(call: Call, principal: Principal) -> dict[str, str]:
    """What an order may match."""
    return {
        "service": call.service,
        "operation": call.operation,
        "region": call.region,
        "account": principal.account,
    }


def _strike(fault: Fault) -> None:
    if fault.kind == "delay":
        time.sleep(fault.seconds)
    elif fault.kind == "drop":
        raise Dropped
    else:
        raise Refusal(fault.status, fault.code, fault.message)


def _by_id(call: Call) -> bool:
    """Whether it asks for named resources, which AWS answers in one page."""
    return any(call.params.get(name) for name in ("InstanceIds", "VolumeIds", "SnapshotIds", "ImageIds"))


def _json(value: object, status: int = 200) -> Response:
    return Response(json.dumps(value, default=str), status, MARK, content_type="application/json")
