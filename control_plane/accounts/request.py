"""What is asked about accounts."""

from __future__ import annotations

from typing import Annotated, Any, Self

from fastapi import Path
from pydantic import Field, SecretStr, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from control_plane.accounts.modes import SECRET_FIELDS
from control_plane.ids import FORM
from control_plane.known_names import Text
from control_plane.paging import Cursor
from control_plane.strict import Strict
from schemas.account import AccountStatus
from schemas.scan import Provider

AccountId = Annotated[str, Path(pattern=f"^{FORM}$", description="32 hex digits.")]
Label = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]+$")]
Tags = Annotated[
    dict[Label, Annotated[str, StringConstraints(max_length=256, pattern=r"^[^\x00-\x1f\x7f]*$")]], Field(max_length=50)
]
UnitPath = Annotated[str, StringConstraints(min_length=1, max_length=512, pattern=r"^[^\x00-\x1f\x7f]+$")]


SEALED = "A secret: it is sealed at once, only workers can open it, and no answer tells it."


class AccountConnection(Strict):
    """How the account is reached. Which fields a mode takes: docs/accounts.md."""

    mode: Annotated[str, Field(min_length=1, max_length=64)]
    account: Annotated[
        str | None,
        Field(max_length=64, description="The account of twelve digits, the subscription, the project."),
    ] = None
    profile: Annotated[str | None, Field(min_length=1, max_length=128)] = None
    role_arn: Annotated[str | None, Field(min_length=1, max_length=2048)] = None
    access_key_id: Annotated[str | None, Field(max_length=128)] = None
    tenant_id: Annotated[str | None, Field(max_length=64)] = None
    application_id: Annotated[str | None, Field(max_length=64)] = None
    audience: Annotated[str | None, Field(max_length=512)] = None
    service_account: Annotated[str | None, Field(max_length=320)] = None
    secret_access_key: Annotated[SecretStr | None, Field(max_length=256, description=SEALED)] = None
    client_secret: Annotated[SecretStr | None, Field(max_length=1024, description=SEALED)] = None
    certificate: Annotated[SecretStr | None, Field(max_length=32768, description=SEALED)] = None
    key: Annotated[SecretStr | None, Field(max_length=16384, description=SEALED)] = None

    def references(self) -> dict[str, str | None]:
        """What is stored as it is."""
        told: dict[str, str | None] = self.model_dump(exclude={"mode", *SECRET_FIELDS})
        return told

    def secrets(self) -> dict[str, str | None]:
        """What is sealed."""
        given = {name: getattr(self, name) for name in SECRET_FIELDS}
        return {name: value.get_secret_value() if value is not None else None for name, value in given.items()}

    @model_validator(mode="before")
    @classmethod
    def _no_external_id(cls, given: Any) -> Any:  # noqa: ANN401 - whatever came in
        if isinstance(given, dict) and "external_id" in given:
            text = "it is made by us, one for each account, and never chosen by the caller; the answer tells it"
            raise PydanticCustomError("external_id", "{text}", {"text": text, "field": "external_id"})
        return given


class AccountRequest(Strict):
    """An account to add."""

    provider: Provider
    name: Label
    connection: AccountConnection
    tags: Tags = Field(default_factory=dict)
    group: Label | None = None
    unit_path: Annotated[
        UnitPath | None, Field(description="Its place in the organization, for example `root/production/web`.")
    ] = None


class AccountChange(Strict):
    """What is to be changed; what is left out stays, `null` empties `group` and `unit_path`."""

    name: Label | None = None
    connection: AccountConnection | None = None
    tags: Tags | None = None
    group: Label | None = None
    unit_path: UnitPath | None = None
    status: AccountStatus | None = Field(None, description="`suspended`: nothing reaches it until it is active again.")

    @model_validator(mode="after")
    def _nothing_empty(self) -> Self:
        for name in ("name", "connection", "tags", "status"):
            if name in self.model_fields_set and getattr(self, name) is None:
                raise PydanticCustomError("missing", "{text}", {"text": "it cannot be null", "field": name})
        if not self.model_fields_set:
            raise PydanticCustomError("missing", "{text}", {"text": "nothing is to be changed", "field": ""})
        return self


class AccountQuery(Strict):
    """All filters that are given must hold."""

    provider: Provider | None = None
    status: AccountStatus | None = None
    native_id: Text = Field(None, description="The account of twelve digits, the subscription, the project.")
    group: Text = None
    unit_path: Text = Field(None, description="This unit and all below it.")
    tag: Text = Field(None, description="`key`, or `key=value`.")
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    cursor: Cursor = None
