"""Functions of AWS Lambda: how they run, who may call them, and those that nobody calls."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from scanners.aws.call import Call
from scanners.aws.scanner import AwsScanner
from scanners.core.outcome import Outcome, exposed, ok, wasted
from scanners.core.prices import HOURS_PER_MONTH, Money
from scanners.core.resource import Resource, fact, metric, priced, resilience
from scanners.core.rules import security, waste
from scanners.core.scanner import Ask
from scanners.core.series import Series

NONE = "ResourceNotFoundException"
TAGS = Call("lambda", "list_tags", Resource="{arn}")
URL = Call("lambda", "get_function_url_config", FunctionName="{id}", absent={NONE: {}})
POLICY = Call("lambda", "get_policy", FunctionName="{id}", absent={NONE: {"Policy": "{}"}})
PROVISIONED = Call("lambda", "list_provisioned_concurrency_configs", FunctionName="{id}")


class Function(Resource):
    """One function: the listing tells its settings, calls for each who may call it. Its variables are never kept."""

    id: str = fact("FunctionName")
    tags: dict[str, str] = fact("Tags", via=TAGS, doc="Tags, as key to value")
    arn: str = fact("FunctionArn")
    modified_at: datetime = fact("LastModified", doc="When it was last changed; AWS does not tell when it was made")
    runtime: str | None = fact("Runtime")
    package: str | None = fact("PackageType", doc="Zip or Image")
    memory_mib: int = fact("MemorySize", unit="MiB")
    timeout_seconds: int = fact("Timeout", unit="s")
    code_bytes: int = fact("CodeSize", unit="Bytes")
    architectures: list[str] = fact("Architectures[] || `[]`")
    role: str | None = fact("Role", to="iam_role")
    vpc_id: str | None = fact("VpcConfig.VpcId", to="vpc")
    subnet_ids: list[str] = fact("VpcConfig.SubnetIds[] || `[]`", to="subnet")
    dead_letters: str | None = fact("DeadLetterConfig.TargetArn", doc="Where failed events go")
    tracing: str | None = fact("TracingConfig.Mode")
    kms_key_id: str | None = fact("KMSKeyArn", to="kms")
    url_auth: str | None = fact("AuthType", via=URL, doc="How callers of its URL prove who they are; null: no URL")
    provisioned: list[int] = fact(
        "ProvisionedConcurrencyConfigs[].RequestedProvisionedConcurrentExecutions || `[]`",
        via=PROVISIONED,
        doc="Provisioned concurrency of its versions",
    )
    policy_public: bool = fact(None, doc="Whether its policy lets everybody call it")
    invocations: Series | None = metric("AWS/Lambda", "Invocations", unit="Count", days=30)
    errors: Series | None = metric("AWS/Lambda", "Errors", unit="Count", days=30)
    duration: Series | None = metric("AWS/Lambda", "Duration", unit="Milliseconds", kind="gauge")

    monthly_cost: Money | None = priced(
        "lambda:{region}:request",
        per="calls_a_month",
        also={"lambda:{region}:gb-second-{processor}": "gb_seconds_a_month"},
        doc="Monthly list cost of its calls, as many and as long as in the window; without what is provisioned",
    )

    @property
    def calls_a_month(self) -> float:
        """Its calls, as many as in the window. Lambda counts only when there are any: no count is no call."""
        return (self.invocations.sum or 0) / self.invocations.hours * HOURS_PER_MONTH if self.invocations else 0

    @property
    def gb_seconds_a_month(self) -> float | None:
        """Memory times the time of its calls; None where how long they last is not measured."""
        if not self.calls_a_month:
            return 0
        return self.calls_a_month * self.duration.average / 1000 * self.memory_mib / 1024 if self.duration else None

    @property
    def processor(self) -> str:
        """How the price list calls it."""
        return "arm" if "arm64" in self.architectures else "x86"

    @resilience
    def keeps_failures(self) -> bool:
        """Events that fail are kept."""
        return self.dead_letters is not None


def unused(function: Function, *, longest: timedelta = timedelta(days=30)) -> Outcome:
    """Nobody called it in thirty days. Lambda counts calls only when there are any: no count is no call.

    Without provisioned concurrency it costs nothing; what that costs is not in the price list.
    """
    if function.asof - function.modified_at <= longest or function.invocations is not None:
        return ok()
    saved = None if function.provisioned else Money(Decimal(0))
    seen = {"invocations": 0, "modified_at": function.modified_at, "provisioned": function.provisioned}
    return wasted(f"not called in {longest.days} days", severity="low", saves=saved, evidence=seen)


def public(function: Function) -> Outcome:
    """Everybody can call it: by its policy, or by a URL that asks nobody who they are."""
    by = ["its policy"] * function.policy_public + ["a URL without sign-in"] * (function.url_auth == "NONE")
    if not by:
        return ok()
    seen = {"policy_public": function.policy_public, "url_auth": function.url_auth}
    return exposed(f"open to everybody by {' and '.join(by)}", severity="high", evidence=seen)


def lets_everybody_in(document: str) -> bool:
    """Whether a statement of the policy allows everybody, without a condition that narrows whom."""
    told = json.loads(document)
    return any(_is_for_all(one) for one in told.get("Statement", ()))


def _is_for_all(statement: Mapping[str, Any]) -> bool:
    whom = statement.get("Principal")
    return statement.get("Effect") == "Allow" and whom in ("*", {"AWS": "*"}) and not statement.get("Condition")


class FunctionScanner(AwsScanner[Function]):
    """Functions of AWS Lambda."""

    service, family = "function", "lambda"
    resource, resource_type = Function, "AWS::Lambda::Function"
    groups = ("compute",)
    listing = Call("lambda", "list_functions", "Functions", page_size=50)
    calls = (POLICY,)
    arn = "arn:{partition}:lambda:{region}:{account}:function:{id}"
    dimension = "FunctionName"
    tagged = False
    rules = (waste("function.unused", unused), security("function.public", public))

    async def enrich(self, ask: Ask, item: Function) -> None:
        """Its policy is a text that holds JSON."""
        await super().enrich(ask, item)
        if (answer := await ask(POLICY, item)) is not None:
            item.__dict__["policy_public"] = lets_everybody_in(answer["Policy"])
