"""One API call as it arrives on the wire: who calls what, where, with which parameters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

from moto.core.model import OperationModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from werkzeug.exceptions import HTTPException

from demo_cloud.answer import Refusal

SCOPE: Final = re.compile(r"Credential=(?P<key>[^/]+)/\d{8}/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")
SERVICES: Final = {
    "ec2": "ec2",
    "s3": "s3",
    "sts": "sts",
    "monitoring": "cloudwatch",
    "elasticloadbalancing": "elbv2",
    "autoscaling": "autoscaling",
    "rds": "rds",
    "iam": "iam",
    "lambda": "lambda",
    "dynamodb": "dynamodb",
    "ecr": "ecr",
    "logs": "logs",
    "cloudtrail": "cloudtrail",
    "ce": "ce",
    "organizations": "organizations",
    "sqs": "sqs",
    "kms": "kms",
    "eks": "eks",
    "ecs": "ecs",
}
"""Signing name -> boto3's name, for the services that the demo knows."""
CLASSIC_ELB: Final = b"Version=2012-06-01"
"""The older load balancers sign with the name of the newer; the version of the API tells them apart."""
READS: Final = re.compile(r"(Describe|Get|List|Head)[A-Z]|AssumeRole$")


@dataclass(frozen=True)
class Call:
    """A signed call. ``params`` are the operation's input members, by their names in the API."""

    service: str
    operation: str
    region: str
    access_key: str
    protocol: str
    params: dict[str, Any]
    environ: dict[str, Any]

    @property
    def reads(self) -> bool:
        """Whether it changes nothing, by its verb. Kept apart from the product's own table on purpose."""
        return READS.match(self.operation) is not None

    @property
    def path(self) -> str:
        """The path of the request."""
        return str(self.environ.get("PATH_INFO", "/"))


def read_call(environ: dict[str, Any]) -> Call:
    """Read a request. Raises ``Refusal`` when it is not signed, or names a service or operation that is not here."""
    body = Request(environ).get_data(parse_form_data=False)
    environ["wsgi.input"], environ["CONTENT_LENGTH"] = BytesIO(body), str(len(body))
    scope = SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    if scope is None:
        raise Refusal(403, "MissingAuthenticationToken", "Request is missing Authentication Token")
    service = "elb" if CLASSIC_ELB in body else SERVICES.get(scope["service"])
    if service is None:
        json = environ.get("CONTENT_TYPE", "").startswith("application/x-amz-json")
        text = f"The demo cloud has no service {scope['service']!r}"
        raise Refusal(404, "UnknownService", text, "json" if json else "query")
    request = Request({**environ, "wsgi.input": BytesIO(body)})
    protocol = determine_request_protocol(get_service_model(service), request.content_type)
    try:
        operation, url_params = get_service_router(service).match(request)
    except HTTPException:
        raise unknown_operation(service, protocol, environ) from None
    params = _params(operation, protocol, request, url_params) if READS.match(operation.name) else {}
    return Call(service, operation.name, scope["region"], scope["key"], protocol, params, environ)


def _params(operation: OperationModel, protocol: str, request: Request, url_params: dict[str, Any]) -> dict[str, Any]:
    """The input members of a read, by moto's parser for the protocol."""
    wire: Any = {
        "body": request.get_data(),
        "headers": request.headers,
        "method": request.method,
        "url_params": url_params,
        "url_path": request.path,
        "values": request.values,
    }
    return dict(PROTOCOL_PARSERS[protocol](operation).parse(wire))


def unknown_operation(service: str, protocol: str, environ: dict[str, Any]) -> Refusal:
    """How AWS answers an operation that it does not have, by protocol."""
    if protocol == "json":
        name = environ.get("HTTP_X_AMZ_TARGET", "")
        return Refusal(400, "UnknownOperationException", f"The demo cloud does not know {name}", protocol)
    if protocol == "rest-xml":
        text = "A header or query you provided implies functionality that is not implemented."
        return Refusal(501, "NotImplemented", text, protocol)
    return Refusal(
        400, "InvalidAction", f"The action is not valid for the service {service} of the demo cloud.", protocol
    )
