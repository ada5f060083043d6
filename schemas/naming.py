"""How each provider names its accounts and its resources."""

from __future__ import annotations

import re
from typing import Final, NamedTuple


class Naming(NamedTuple):
    """The forms of one provider, each with the words that say what is allowed."""

    account: re.Pattern[str]
    account_form: str
    resource: re.Pattern[str]
    resource_form: str


_UUID: Final = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_DISK: Final = "00000000-0000-0000-0000-000000000000/resourceGroups/web/providers/Microsoft.Compute/disks/data"
NAMING: Final = {
    "aws": Naming(
        re.compile(r"\d{12}"),
        "an account of twelve digits",
        re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:(\d{12})?:\S+"),
        "an ARN, for example arn:aws:ec2:eu-west-1:123456789012:volume/vol-0a1",
    ),
    "azure": Naming(
        re.compile(_UUID),
        "the id of a subscription, for example 00000000-0000-0000-0000-000000000000",
        re.compile(rf"/subscriptions/{_UUID}/\S.*", re.IGNORECASE),
        f"an Azure resource id, for example /subscriptions/{_DISK}",
    ),
    "gcp": Naming(
        re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]"),
        "the id of a project, for example web-production",
        re.compile(r"//[a-z]+\.googleapis\.com/\S+"),
        "a full resource name, for example //compute.googleapis.com/projects/web/zones/europe-west1-b/disks/data",
    ),
}


def canonical_id(resource_id: str) -> str:
    """The id as events carry it: Azure ignores case and its APIs differ in it, so its ids are lower case here."""
    return resource_id.lower() if resource_id[:15].lower() == "/subscriptions/" else resource_id


def id_of_path(text: str) -> str:
    """The id that stands at the end of an address, where clients and proxies fold slashes that it begins with."""
    bare = text.lstrip("/")
    if bare[:14].lower() == "subscriptions/":
        return canonical_id(f"/{bare}")
    return f"//{bare}" if bare.partition("/")[0].endswith(".googleapis.com") else text
