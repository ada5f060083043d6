"""What a scan request looks like."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from control_plane.ids import FORM
from control_plane.secret_material import refuse_secrets
from control_plane.strict import Strict
from schemas.event import Category
from schemas.scan import DEFAULT_LOOKBACK_DAYS, MAX_AGE_SECONDS, MAX_LOOKBACK_DAYS, AdHocMode
from schemas.states import ScanStatus

Name = Annotated[str, Field(min_length=1, max_length=64)]
ResourceId = Annotated[str, Field(min_length=1, max_length=2048)]


class ConnectionRequest(Strict):
    """How the account is reached: by reference. There is no field for a secret, and none is accepted."""

    mode: AdHocMode = Field(
        "ambient",
        description="`ambient`: the credentials that the workers have; `profile`: a named profile of theirs (AWS); "
        "`assume_role`: a role in the account (AWS); `demo`: the demo cloud.",
    )
    profile: Annotated[str | None, Field(min_length=1, max_length=128)] = None
    role_arn: Annotated[str | None, Field(min_length=1, max_length=2048)] = None
    external_id: Annotated[str | None, Field(min_length=2, max_length=1224)] = None
    account: Annotated[
        str | None,
        Field(
            max_length=64,
            description="Which account, where the credentials may reach several: an Azure subscription, a GCP project; "
            "for AWS in mode `demo` only.",
        ),
    ] = None


class ScanRequest(Strict):
    """One scan over one account. What is left out means all."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "provider": "aws",
                    "connection": {"mode": "assume_role", "role_arn": "arn:aws:iam::123456789012:role/audit"},
                    "services": ["@storage", "ec2"],
                    "regions": ["eu-west-1"],
                    "categories": ["waste", "security"],
                },
                {"account": "0f6c1d2e3b4a5968778695a4b3c2d1e0", "services": ["@compute"]},
            ]
        }
    )

    account: Annotated[
        str | None,
        Field(
            pattern=f"^{FORM}$",
            description="The stored account, by its id; then there is no provider and no connection.",
        ),
    ] = None
    provider: Name | None = Field(None, description="Needed, unless an account is named.")
    connection: ConnectionRequest = ConnectionRequest()
    services: Annotated[list[Name] | None, Field(min_length=1, max_length=500)] = Field(
        None, description="Services and `@groups` of the catalogue."
    )
    regions: Annotated[list[Name] | None, Field(min_length=1, max_length=100)] = Field(
        None, description="All enabled regions when left out."
    )
    categories: Annotated[list[Category] | None, Field(min_length=1, max_length=10)] = None
    resource_ids: Annotated[list[ResourceId] | None, Field(min_length=1, max_length=500)] = Field(
        None, description="Only these resources, by their ids: ARNs, Azure resource ids, full resource names."
    )
    callback_url: Annotated[str | None, Field(min_length=1, max_length=2048)] = Field(
        None, description="Told by a signed POST that the scan has ended (docs/callbacks.md)."
    )
    lookback_days: Annotated[int, Field(ge=1, le=MAX_LOOKBACK_DAYS, strict=True)] = DEFAULT_LOOKBACK_DAYS
    max_age_seconds: Annotated[int, Field(ge=0, le=MAX_AGE_SECONDS, strict=True)] = Field(
        0,
        description="How old answers about details of resources may be that earlier scans got (docs/scans.md). 0: "
        "everything is asked anew.",
    )

    @model_validator(mode="before")
    @classmethod
    def _no_secrets(cls, given: Any) -> Any:  # noqa: ANN401 - whatever came in
        return refuse_secrets(given)

    @model_validator(mode="after")
    def _one_way_to_name_it(self) -> Self:
        if self.account is None and self.provider is None:
            raise PydanticCustomError(
                "missing", "{text}", {"text": "it is required, or an account", "field": "provider"}
            )
        both = sorted({"provider", "connection"} & self.model_fields_set) if self.account is not None else []
        if both:
            text = "the account tells it already; leave out one of them"
            raise PydanticCustomError("account", "{text}", {"text": text, "field": both[0]})
        return self


class ScanAccepted(BaseModel):
    """The scan will run, whatever dies next."""

    scan_id: str
    status: ScanStatus


class ScanRetried(ScanAccepted):
    """A new scan of what another one missed."""

    retry_of: str
    services: list[str]
    regions: list[str] | None = Field(description="None: all enabled regions.")


class ScanFilters(Strict):
    """Which scans."""

    status: ScanStatus | None = None
    parent_id: Annotated[
        str | None, Field(min_length=1, max_length=64, description="Only those that were started together as this.")
    ] = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str | None, Field(max_length=4096, description="`next_cursor` of the page before.")] = None
