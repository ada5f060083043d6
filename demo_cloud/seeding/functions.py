"""Functions, who may call them, and their URLs."""

from __future__ import annotations

from typing import Any

from moto.awslambda.models import lambda_backends

from demo_cloud.planted.functions import Function
from demo_cloud.seeding.site import Site


def seed(site: Site) -> None:
    """What runs when it is called."""
    backend: Any = lambda_backends[site.place.account][site.place.region]
    for function in site.place.of(Function):
        _function(site, backend, function)


def _function(site: Site, backend: Any, plan: Function) -> None:  # noqa: ANN401 - moto's
    account = site.place.account
    function = backend.create_function(
        {
            "FunctionName": plan.id,
            "Runtime": "python3.12",
            "Handler": "main.handle",
            "Role": f"arn:aws:iam::{account}:role/cloud-sentinel-read",
            "Code": {"ZipFile": b""},
            "MemorySize": 256,
            "Timeout": 30,
            "Tags": dict(plan.tags),
        }
    )
    function.last_modified = f"{site.ago(plan.changed).isoformat(timespec='milliseconds')}+0000"
    function.code_size = 48_000
    if plan.policy != "none":
        allowed: dict[str, Any] = {
            "Sid": "call",
            "Effect": "Allow",
            "Principal": "*",
            "Resource": function.function_arn,
        }
        if plan.policy == "one account":
            allowed["Condition"] = {"StringEquals": {"aws:SourceAccount": account}}
        function.policy.statements.append({**allowed, "Action": "lambda:InvokeFunction"})
    if plan.url:
        backend.create_function_url_config(plan.id, {"AuthType": plan.url})
