"""Discovery is asked for here, and done by a worker."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from control_plane.accounts.service import active_account
from control_plane.context import Context
from control_plane.errors import InvalidRequestError
from control_plane.jobs.accepting import accept_job
from control_plane.organizations.request import DiscoveryRequest
from control_plane.principal import Principal
from schemas.errors import InvalidInputError
from schemas.organization import DiscoverySpec
from stores import audit
from stores.accounts import AccountRow
from stores.jobs import JobRow

ROOTS: Final = {
    "aws": (re.compile(r"r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}"), "ou-abcd-12345678, or the root r-abcd"),
    "azure": (re.compile(r"[A-Za-z0-9_.()-]{1,90}"), "the name of a management group"),
    "gcp": (re.compile(r"(organizations|folders)/[0-9]{1,20}"), "organizations/NUMBER or folders/NUMBER"),
}
"""By provider: the form of a root, and the words that say it."""
MODES: Final = ("assume_role", "web_identity", "demo")
"""How an AWS account must be reached for others to be reached in the same way."""


async def discover(context: Context, principal: Principal, asked: DiscoveryRequest) -> JobRow:
    """Accept the job. Raises ``NotFoundError``, ``ConflictError`` or ``InvalidRequestError``."""
    spec = DiscoverySpec(asked.root, asked.role_name, asked.group)
    async with context.store.write() as writing:
        through = await active_account(writing, principal, asked.account)
        _check(through, asked)
        told = msgspec.to_builtins(spec)
        job = await accept_job(context, principal, writing, "discover", target=through.account_id, spec=told)
        await audit.append(
            writing,
            principal.client_id,
            principal.name,
            "organization.discover",
            through.account_id,
            at=context.clock(),
            address=principal.address,
            details={"job_id": job.job_id, **told},
        )
    return job


def _check(through: AccountRow, asked: DiscoveryRequest) -> None:
    form, allowed = ROOTS[through.provider]
    if asked.root is not None and not form.fullmatch(asked.root):
        raise InvalidRequestError([InvalidInputError("root", asked.root, allowed)])
    if through.provider == "gcp" and asked.root is None:
        raise InvalidRequestError([InvalidInputError("root", None, f"Google Cloud needs it: {allowed}")])
    mode = through.connection.mode
    if through.provider == "aws" and mode not in MODES:
        text = "an account that is reached by a role, as its members will be: add it with mode assume_role"
        raise InvalidRequestError([InvalidInputError("account", asked.account, text)])
