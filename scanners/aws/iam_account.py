"""The account itself: its root user, what it holds of IAM, how strong its passwords must be."""

from __future__ import annotations

from scanners.aws.call import Call
from scanners.aws.iam import IamScanner
from scanners.core.outcome import Outcome, exposed, ok
from scanners.core.resource import Resource, fact
from scanners.core.rules import security

PASSWORDS = Call("iam", "get_account_password_policy", absent={"NoSuchEntity": {"PasswordPolicy": {}}})


class Account(Resource):
    """The account, as ``iam:GetAccountSummary`` tells it; a rule of passwords that is null is not set."""

    id: str = fact(None, doc="Its number")
    root_mfa: int = fact("AccountMFAEnabled", doc="1: the root user has a second factor")
    root_keys: int = fact("AccountAccessKeysPresent", doc="1: the root user has an access key")
    root_password: int | None = fact("AccountPasswordPresent", doc="1: the root user has a password")
    users: int | None = fact("Users")
    groups: int | None = fact("Groups")
    roles: int | None = fact("Roles")
    policies: int | None = fact("Policies", doc="Own policies")
    mfa_devices: int | None = fact("MFADevicesInUse")
    identity_providers: int | None = fact("Providers")
    password_length: int | None = fact("PasswordPolicy.MinimumPasswordLength", via=PASSWORDS, doc="Shortest password")
    password_symbols: bool | None = fact("PasswordPolicy.RequireSymbols", via=PASSWORDS)
    password_numbers: bool | None = fact("PasswordPolicy.RequireNumbers", via=PASSWORDS)
    password_upper: bool | None = fact("PasswordPolicy.RequireUppercaseCharacters", via=PASSWORDS)
    password_lower: bool | None = fact("PasswordPolicy.RequireLowercaseCharacters", via=PASSWORDS)
    password_days: int | None = fact("PasswordPolicy.MaxPasswordAge", unit="d", via=PASSWORDS)
    password_reuse: int | None = fact("PasswordPolicy.PasswordReusePrevention", via=PASSWORDS)


def access_key(account: Account) -> Outcome:
    """The root user has an access key: nothing can bound what it may."""
    if not account.root_keys:
        return ok()
    return exposed("the root user has an access key", severity="critical", evidence={"root_keys": account.root_keys})


def no_mfa(account: Account) -> Outcome:
    """The root user signs in without a second factor."""
    if account.root_mfa:
        return ok()
    if account.root_password == 0:
        return ok()
    seen = {"root_mfa": account.root_mfa, "root_password": account.root_password}
    return exposed("the root user has no second factor", severity="critical", evidence=seen)


class IamAccountScanner(IamScanner[Account]):
    """The root user, the contents and the password rules of an account."""

    service = "iam_account"
    resource, resource_type = Account, "AWS::IAM::AccountSummary"
    listing = Call("iam", "get_account_summary", "SummaryMap")
    arn = "arn:{partition}:iam::{account}:root"
    single = True
    rules = (security("root.access_key", access_key), security("root.no_mfa", no_mfa))
