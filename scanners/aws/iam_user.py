"""Users of IAM: how they sign in, what they may, and those who need not or should not."""

from __future__ import annotations

from datetime import datetime, timedelta

from scanners.aws.call import Call
from scanners.aws.iam import IamScanner
from scanners.core.outcome import Outcome, exposed, ok
from scanners.core.resource import Resource, fact, resilience
from scanners.core.rules import security

PASSWORD = Call("iam", "get_login_profile", UserName="{name}", absent={"NoSuchEntity": {}})
MFA = Call("iam", "list_mfa_devices", UserName="{name}", operation="ListMFADevices")
TAGS = Call("iam", "list_user_tags", UserName="{name}")
GROUPS = Call("iam", "list_groups_for_user", UserName="{name}")
POLICIES = Call("iam", "list_attached_user_policies", UserName="{name}")


class User(Resource):
    """One user: the listing tells name and dates, calls for each tell how they sign in and what they may."""

    id: str = fact("Arn")
    created_at: datetime = fact("CreateDate")
    tags: dict[str, str] = fact("Tags[].[Key, Value] || `[]`", via=TAGS, doc="Tags, as key to value")
    name: str = fact("UserName")
    user_id: str = fact("UserId")
    path: str = fact("Path")
    password_since: datetime | None = fact("LoginProfile.CreateDate", via=PASSWORD, doc="Null: no console password")
    password_used: datetime | None = fact("PasswordLastUsed", doc="When the console password was last used")
    mfa_devices: list[str] = fact("MFADevices[].SerialNumber || `[]`", via=MFA)
    group_names: list[str] = fact("Groups[].GroupName || `[]`", via=GROUPS)
    policies: list[str] = fact("AttachedPolicies[].PolicyName || `[]`", via=POLICIES, doc="Policies of its own")

    @resilience
    def second_factor(self) -> bool:
        """A stolen password alone does not open the console."""
        return self.password_since is None or bool(self.mfa_devices)


def no_mfa(user: User) -> Outcome:
    """Signs in to the console with nothing but a password."""
    if user.password_since is None or user.mfa_devices:
        return ok()
    seen = {"name": user.name, "password_since": user.password_since, "mfa_devices": 0}
    return exposed("signs in to the console without a second factor", severity="high", evidence=seen)


def unused(user: User, *, longest: timedelta = timedelta(days=45)) -> Outcome:
    """Has a console password and has not used it for a month and a half."""
    if user.password_since is None:
        return ok()
    idle = user.asof - (user.password_used or user.password_since)
    if idle <= longest:
        return ok()
    seen = {"name": user.name, "password_since": user.password_since, "password_used": user.password_used}
    return exposed(f"a console password not used for {idle.days} days", severity="medium", evidence=seen)


class IamUserScanner(IamScanner[User]):
    """Users of AWS IAM."""

    service = "iam_user"
    resource, resource_type = User, "AWS::IAM::User"
    listing = Call("iam", "list_users", "Users", page_size=1000)
    arn = "{id}"
    rules = (security("user.no_mfa", no_mfa), security("user.unused", unused))
