"""What a discovery may be asked for."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from control_plane.accounts.request import Label
from control_plane.ids import FORM
from control_plane.strict import Strict
from schemas.organization import ROLE_NAME


class DiscoveryRequest(Strict):
    """Which organization, through which account, and how its members are reached."""

    account: Annotated[
        str,
        Field(
            pattern=f"^{FORM}$",
            description="The id of an account that was added: the management account or a delegated administrator "
            "(AWS), a subscription of the tenant (Azure), a project of the organization (Google Cloud).",
        ),
    ]
    root: Annotated[str | None, StringConstraints(min_length=1, max_length=128)] = Field(
        None,
        description="Only what is below: an organizational unit (`ou-…`), the name of a management group, "
        "`organizations/NUMBER` or `folders/NUMBER` (Google Cloud needs one).",
    )
    role_name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_+=,.@-]{1,64}$")] = Field(
        ROLE_NAME, description="AWS: how the read role is called in every account."
    )
    group: Label | None = Field(None, description="The group of the accounts that are made.")
