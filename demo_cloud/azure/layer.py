"""The WSGI application: signs in, refuses, counts, suffers the faults that a test ordered, and answers."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from typing import Any, Final

from werkzeug.wrappers import Request, Response

from demo_cloud.azure.arm import Arm
from demo_cloud.azure.cost_query import CostQuery
from demo_cloud.azure.graph import Quota, page_number, page_of
from demo_cloud.azure.metrics import batch_of
from demo_cloud.azure.refusal import Refusal, answer
from demo_cloud.azure.signin import ARM, MONITOR, SignIn
from demo_cloud.azure.world import AzureWorld
from demo_cloud.faults import Fault, Faults
from demo_cloud.ledger import Entry, Ledger

GRAPH: Final = "/providers/microsoft.resourcegraph/resources"
BATCH: Final = re.compile(r"/subscriptions/([^/]+)/metrics:getBatch", re.IGNORECASE)
SUBSCRIPTION: Final = re.compile(r"/subscriptions/([^/]+)", re.IGNORECASE)
COSTS: Final = re.compile(r"/subscriptions/([^/]+)/providers/Microsoft.CostManagement/query", re.IGNORECASE)
TYPE: Final = re.compile(r"type =~ '([^']+)'")


class Dropped(ConnectionError):  # noqa: N818 - what happens to the connection
    """The connection ends without an answer."""


class AzureLayer:
    """The fake Azure."""

    def __init__(self, world: AzureWorld, *, page_size: int, quota: Quota) -> None:
        self._world, self._page_size, self._quota = world, page_size, quota
        self._sign_in, self._arm = SignIn(), Arm(world)
        self._costs = CostQuery(world.now)
        self.ledger, self.faults = Ledger(), Faults()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        respond = self._admin if request.path.startswith("/__demo/") else self._counted
        return respond(request)(environ, start_response)

    def control(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer only what tests and the demo ask of the cloud itself."""
        return self._admin(Request(environ))(environ, start_response)

    def _counted(self, request: Request) -> Response:
        call = _call(request)
        outcome = "dropped"
        try:
            response = self._refusable(request, call)
            outcome = str(response.status_code)
        finally:
            reads = request.method == "GET" or call["service"] in {"login", "resourcegraph", "metrics", "costs"}
            entry = Entry(call["account"], call["region"], call["service"], call["operation"], outcome, reads)
            self.ledger.add(entry)
        return response

    def _refusable(self, request: Request, call: dict[str, str]) -> Response:
        try:
            self._suffer(request, call)
            return self._answer(request, call)
        except Refusal as refusal:
            return refusal.response()

    def _suffer(self, request: Request, call: dict[str, str]) -> None:
        page = page_number(request.get_json(), self._page_size) if call["service"] == "resourcegraph" else 1
        fault = self.faults.take(call, page)
        if fault is not None:
            _strike(fault)

    def _answer(self, request: Request, call: dict[str, str]) -> Response:
        if self._sign_in.answers(request):
            return self._sign_in.answer(request)
        metrics = call["service"] == "metrics"
        self._sign_in.check(request, MONITOR if metrics else ARM)
        if "api-version" not in request.args:
            raise Refusal(400, "MissingApiVersionParameter", "The api-version query parameter is required.")
        if metrics:
            self._arm.check(call["account"], "Microsoft.Insights/metrics/read")
            return answer(batch_of(self._world, call["account"], request.args, request.get_json()))
        if call["service"] == "resourcegraph":
            return self._graph(request)
        if call["service"] == "costs":
            return self._cost_page(request, call["account"])
        if request.method != "GET":
            raise Refusal(403, "AuthorizationFailed", f"The demo cloud changes nothing: {request.method} is refused.")
        return answer(self._arm.answer(request.path))

    def _graph(self, request: Request) -> Response:
        body = request.get_json()
        for subscription in body.get("subscriptions", []):
            self._arm.check(subscription, "Microsoft.ResourceGraph/resources/read")
        headers = self._quota.take()
        return answer(page_of(self._world, body, self._page_size, self._arm.may), headers=headers)

    def _cost_page(self, request: Request, subscription: str) -> Response:
        self._arm.check(subscription, "Microsoft.CostManagement/query/action")
        url = f"{request.base_url}?api-version={request.args['api-version']}"
        body, headers = self._costs.answer(subscription, request.get_json(), url, request.args.get("$skiptoken"))
        return answer(body, headers=headers)

    def _admin(self, request: Request) -> Response:
        match request.method, request.path:
            case "GET", "/__demo/calls":
                return answer(self.ledger.report())
            case "DELETE", "/__demo/calls":
                self.ledger.reset()
                return answer({})
            case "POST", "/__demo/faults":
                wishes = request.get_json(force=True)
                self.faults.order(wishes if isinstance(wishes, list) else [wishes])
                return answer({})
            case "POST", "/__demo/allowed":
                self._world.allowed = {name: tuple(actions) for name, actions in request.get_json(force=True).items()}
                return answer({})
        return answer({"error": f"nothing at {request.method} {request.path}"}, 404)


def _call(request: Request) -> dict[str, str]:
    """The names of a request, for the ledger and for faults."""
    path = request.path
    found = SUBSCRIPTION.match(path)
    call = {"account": found[1].lower() if found else "", "region": "global", "service": "arm", "operation": path}
    if path.endswith(("/token", "openid-configuration")):
        return call | {"service": "login"}
    if path.lower() == GRAPH and request.method == "POST":
        body = request.get_json()
        kind = TYPE.search(str(body.get("query", "")))
        account = next(iter(body.get("subscriptions", [])), "")
        return call | {"service": "resourcegraph", "operation": kind[1] if kind else "?", "account": account}
    if COSTS.fullmatch(path) and request.method == "POST":
        return call | {"service": "costs", "operation": "Query"}
    if BATCH.fullmatch(path):
        return call | {"service": "metrics", "operation": "GetBatch"}
    return call | {"operation": f"{request.method} {path.partition('/providers/')[2] or path.rpartition('/')[2]}"}


def _strike(fault: Fault) -> None:
    if fault.kind == "delay":
        time.sleep(fault.seconds)
    elif fault.kind == "drop":
        raise Dropped
    else:
        after = {"Retry-After": f"{fault.seconds:.0f}"} if fault.status == 429 else {}  # noqa: PLR2004 - too many
        raise Refusal(fault.status, fault.code, fault.message, after)
