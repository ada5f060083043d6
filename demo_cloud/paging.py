"""Cuts listings into pages. The emulator answers a whole list at once, whatever is asked; AWS does not.

A whole answer is rendered once and kept in pieces: nothing in the demo changes while it runs.
"""

from __future__ import annotations

import hashlib
import json
import sys
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BadBase64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Final
from urllib.parse import parse_qsl, urlencode
from xml.etree import ElementTree as ET

from moto.ec2.models import ec2_backends

from demo_cloud.answer import Refusal
from demo_cloud.call import Call

CUT: Final = "@items@"
"""Stands where the items go."""
KEPT: Final = 128
"""Rendered listings that are kept at most."""


@dataclass(frozen=True)
class Listing:
    """How an operation's answer is cut: the path of the list, the parameters, the element of the next token."""

    element: str
    size: str = "MaxResults"
    token: str = "NextToken"  # noqa: S105 - a parameter's name
    next_element: str = "nextToken"
    owners: str = ""
    """The parameter that narrows the list to owners, which the emulator ignores."""
    most: int = 0
    """How many the emulator, where it has pages of its own, must be asked for at once."""


LISTINGS: Final[Mapping[tuple[str, str], Listing]] = {
    ("ec2", "DescribeInstances"): Listing("reservationSet", most=sys.maxsize),
    ("ec2", "DescribeVolumes"): Listing("volumeSet"),
    ("ec2", "DescribeSnapshots"): Listing("snapshotSet", owners="OwnerIds"),
    ("ec2", "DescribeImages"): Listing("imagesSet"),
    ("ec2", "DescribeNetworkInterfaces"): Listing("networkInterfaceSet"),
    ("ec2", "DescribeVpcs"): Listing("vpcSet"),
    ("ec2", "DescribeSubnets"): Listing("subnetSet"),
    ("ec2", "DescribeRouteTables"): Listing("routeTableSet"),
    ("ec2", "DescribeVpcEndpoints"): Listing("vpcEndpointSet"),
    ("ec2", "DescribeInternetGateways"): Listing("internetGatewaySet"),
    ("ec2", "DescribeLaunchTemplates"): Listing("launchTemplates"),
    ("elbv2", "DescribeLoadBalancers"): Listing(
        "DescribeLoadBalancersResult/LoadBalancers", "PageSize", "Marker", "NextMarker", most=sys.maxsize
    ),
    ("elbv2", "DescribeTargetGroups"): Listing(
        "DescribeTargetGroupsResult/TargetGroups", "PageSize", "Marker", "NextMarker"
    ),
    ("elb", "DescribeLoadBalancers"): Listing(
        "DescribeLoadBalancersResult/LoadBalancerDescriptions", "PageSize", "Marker", "NextMarker", most=sys.maxsize
    ),
    ("autoscaling", "DescribeAutoScalingGroups"): Listing(
        "DescribeAutoScalingGroupsResult/AutoScalingGroups", "MaxRecords", next_element="NextToken", most=100
    ),
    ("rds", "DescribeDBInstances"): Listing(
        "DescribeDBInstancesResult/DBInstances", "MaxRecords", "Marker", "Marker", most=sys.maxsize
    ),
    ("rds", "DescribeDBClusters"): Listing("DescribeDBClustersResult/DBClusters", "MaxRecords", "Marker", "Marker"),
    ("rds", "DescribeDBSnapshots"): Listing("DescribeDBSnapshotsResult/DBSnapshots", "MaxRecords", "Marker", "Marker"),
    ("iam", "ListUsers"): Listing("ListUsersResult/Users", "MaxItems", "Marker", "Marker"),
    ("iam", "ListRoles"): Listing("ListRolesResult/Roles", "MaxItems", "Marker", "Marker"),
    ("iam", "ListPolicies"): Listing("ListPoliciesResult/Policies", "MaxItems", "Marker", "Marker"),
    ("s3", "ListBuckets"): Listing("Buckets", "MaxBuckets", "ContinuationToken", "ContinuationToken"),
}


@dataclass(frozen=True)
class _Pieces:
    head: str
    items: tuple[str, ...]
    between: str
    """What ends the list; the next token comes after it."""
    tail: str


class Pager:
    """Pages over the answers of the emulator, at most ``page_size`` items each."""

    def __init__(self, page_size: int) -> None:
        self._page_size = page_size
        self._kept: dict[str, _Pieces] = {}
        self._lock = threading.Lock()

    def page(self, call: Call, account: str, render: Callable[[], str]) -> str:
        """The page that the call asks for. ``render`` gives the whole list's answer. Raises ``Refusal``."""
        listing = LISTINGS[call.service, call.operation]
        asked = {name: value for name, value in call.params.items() if name not in (listing.size, listing.token)}
        key = _fingerprint([account, call.region, call.service, call.operation, asked])
        start = offset_of(call.params.get(listing.token), key)
        pieces = self._pieces(key, listing, call, account, render)
        end = start + min(int(call.params.get(listing.size) or self._page_size), self._page_size)
        more = _element(listing.next_element, token_of(key, end)) if end < len(pieces.items) else ""
        return f"{pieces.head}{''.join(pieces.items[start:end])}{pieces.between}{more}{pieces.tail}"

    def page_number(self, call: Call) -> int:
        """Which page the call asks for, from 1 on."""
        listing = LISTINGS.get((call.service, call.operation), Listing(""))
        token = call.params.get(listing.token)
        offset = _decoded(token)[1] if token else "0"
        return int(offset or 0) // self._page_size + 1

    def _pieces(self, key: str, listing: Listing, call: Call, account: str, render: Callable[[], str]) -> _Pieces:
        with self._lock:
            if key not in self._kept:
                while len(self._kept) >= KEPT:
                    self._kept.pop(next(iter(self._kept)))
                self._kept[key] = _cut(render(), listing, _owners(call, listing, account), _public(call, account))
            return self._kept[key]


def whole_list(call: Call) -> Call:
    """The same call without its wishes for a page: the emulator, where it pages at all, has pages of its own."""
    listing = LISTINGS[call.service, call.operation]
    environ = dict(call.environ)
    if call.service == "s3":
        unwanted = {"max-buckets", "continuation-token"}
        environ["QUERY_STRING"] = _without(environ.get("QUERY_STRING", ""), unwanted)
    else:
        body = environ["wsgi.input"].read().decode()
        environ["wsgi.input"].seek(0)
        everything = f"&{listing.size}={listing.most}" if listing.most else ""
        form = (_without(body, {listing.size, listing.token}) + everything).encode()
        environ["wsgi.input"], environ["CONTENT_LENGTH"] = BytesIO(form), str(len(form))
    return replace(call, environ=environ)


def _without(query: str, names: set[str]) -> str:
    return urlencode([(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name not in names])


def _cut(body: str, listing: Listing, owners: frozenset[str], only: frozenset[str] | None) -> _Pieces:
    root = ET.fromstring(body)  # noqa: S314 - the emulator's own answer
    namespace = root.tag.partition("}")[0].lstrip("{") if root.tag.startswith("{") else ""
    for node in root.iter():
        node.tag = node.tag.rpartition("}")[2]
    way, _, name = listing.element.rpartition("/")
    parent = root.find(way) if way else root
    assert parent is not None, f"{root.tag} has no {way}"
    found = parent.find(name)
    if found is None:
        found = ET.SubElement(parent, name)
    kept = [item for item in found if not owners or item.findtext("ownerId") in owners]
    if only is not None:
        kept = [item for item in kept if item.findtext("snapshotId") in only]
    items = tuple(ET.tostring(item, encoding="unicode") for item in kept)
    found.clear()
    found.text = CUT
    for token in parent.findall(listing.next_element):
        parent.remove(token)
    if namespace:
        root.set("xmlns", namespace)
    head, tail = ET.tostring(root, encoding="unicode").split(CUT)
    between = f"</{name}>"
    return _Pieces(head, items, between, tail.removeprefix(between))


def _owners(call: Call, listing: Listing, account: str) -> frozenset[str]:
    asked = call.params.get(listing.owners) or () if listing.owners else ()
    return frozenset(account if owner == "self" else owner for owner in asked)


def _public(call: Call, account: str) -> frozenset[str] | None:
    """The snapshots that everybody may make a volume of, where only these are asked for: the emulator ignores that."""
    if call.params.get("RestorableByUserIds") != ["all"]:
        return None
    known = ec2_backends[account][call.region].snapshots.values()
    return frozenset(one.id for one in known if "all" in one.create_volume_permission_groups)


def _fingerprint(value: object) -> str:
    return hashlib.blake2b(json.dumps(value, sort_keys=True, default=str).encode(), digest_size=12).hexdigest()


def _element(name: str, text: str) -> str:
    return f"<{name}>{text}</{name}>"


def token_of(question: str, offset: int) -> str:
    """An opaque token: which question, and where its next page starts."""
    return urlsafe_b64encode(f"{question}:{offset}".encode()).decode()


def offset_of(token: str | None, question: str) -> int:
    """Where a token says that the page starts. A token belongs to one question. Raises ``Refusal``."""
    if not token:
        return 0
    asked, offset = _decoded(token)
    if asked != question or not offset:
        raise Refusal(400, "InvalidNextToken", "The specified token is not valid.")
    return int(offset)


def _decoded(token: str) -> tuple[str, str]:
    try:
        asked, _, offset = urlsafe_b64decode(token).decode().partition(":")
    except (BadBase64, ValueError):
        return "", ""
    return asked, offset if offset.isdigit() else ""
