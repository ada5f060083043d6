"""Resource Manager: subscriptions, locations, and the lists of the resource providers."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Any, Final

from demo_cloud.azure.bodies import TYPES, row_of
from demo_cloud.azure.names import GROUP, GROUPS, PLACES, REGIONS, SUBSCRIPTIONS, TAGS
from demo_cloud.azure.refusal import Refusal
from demo_cloud.azure.signin import OBJECT_ID
from demo_cloud.azure.world import AzureWorld, Subscription
from schemas.demo import DEMO_CLIENT_ID, DEMO_TENANT

LIST: Final = re.compile(r"/subscriptions/([^/]+)/providers/(Microsoft\.\w+)/(\w+)", re.IGNORECASE)
ONE: Final = re.compile(r"/subscriptions/([^/]+)(/locations)?", re.IGNORECASE)
DESCENDANTS: Final = re.compile(r"/providers/Microsoft.Management/managementGroups/([^/]+)/descendants", re.IGNORECASE)
MANAGEMENT: Final = "/providers/Microsoft.Management/managementGroups"
PROVIDERS: Final = tuple(sorted({kind.partition("/")[0] for kind in TYPES.values()}))
_GRAPH_ONLY: Final = ("resourceGroup",)


class Arm:
    """The answers of Resource Manager, by what the principal may."""

    def __init__(self, world: AzureWorld) -> None:
        self._world = world

    def answer(self, path: str) -> dict[str, Any]:
        """The body of a GET. Raises ``Refusal``."""
        if path == "/subscriptions":
            return {"value": [_subscription(one) for one in self._visible()]}
        if found := DESCENDANTS.fullmatch(path):
            return _descendants(found[1])
        if found := ONE.fullmatch(path):
            held = self._held(found[1])
            if found[2]:
                self.check(held.id, "Microsoft.Resources/subscriptions/locations/read")
                return {"value": [_location(held, name) for name in REGIONS]}
            self.check(held.id, "Microsoft.Resources/subscriptions/read")
            return _subscription(held)
        if found := LIST.fullmatch(path):
            return self._list(self._held(found[1]), found[2], found[3])
        raise Refusal(404, "InvalidResourceType", f"The demo cloud has nothing at {path}.")

    def may(self, subscription: str, action: str) -> bool:
        """Whether the principal may do this in the subscription."""
        allowed = self._world.allowed.get(subscription, ("*",))
        denied = self._world.denied.get(subscription, ())
        return _any(allowed, action) and not _any(denied, action)

    def check(self, subscription: str, action: str) -> None:
        """Raises ``Refusal``."""
        if not self.may(subscription, action):
            text = (
                f"The client '{DEMO_CLIENT_ID}' with object id '{OBJECT_ID}' does not have authorization to perform "
                f"action '{action}' over scope '/subscriptions/{subscription}' or the scope is invalid. If access was "
                "recently granted, please refresh your credentials."
            )
            raise Refusal(403, "AuthorizationFailed", text)

    def _visible(self) -> list[Subscription]:
        action = "Microsoft.Resources/subscriptions/read"
        return [one for one in self._world.subscriptions.values() if self.may(one.id, action)]

    def _held(self, name: str) -> Subscription:
        if name.lower() not in self._world.subscriptions:
            raise Refusal(404, "SubscriptionNotFound", f"The subscription '{name}' could not be found.")
        return self._world.subscriptions[name.lower()]

    def _list(self, held: Subscription, namespace: str, kind: str) -> dict[str, Any]:
        """What is planted of the type: nothing of a type that the scenario does not have."""
        provider = next((one for one in PROVIDERS if one.lower() == namespace.lower()), None)
        if provider is None:
            raise Refusal(404, "InvalidResourceNamespace", f"The resource namespace '{namespace}' is invalid.")
        known = next((one for one in TYPES.values() if one.lower() == f"{namespace}/{kind}".lower()), None)
        self.check(held.id, f"{known or f'{provider}/{kind}'}/read")
        if provider in held.unregistered:
            text = f"The subscription is not registered to use namespace '{namespace}'."
            raise Refusal(409, "MissingSubscriptionRegistration", text)
        rows = [row_of(one, held, self._world.now) for one in held.things if TYPES[type(one)] == known]
        return {"value": [_resource(row, str(known)) for row in rows]}


def _resource(row: dict[str, Any], kind: str) -> dict[str, Any]:
    """The resource as its provider lists it: without the columns of Resource Graph, and without what is empty."""
    resource = {name: value for name, value in row.items() if value and name not in _GRAPH_ONLY}
    properties = {name: value for name, value in row["properties"].items() if name != "extended"}
    return resource | {"type": kind, "properties": properties}


def _subscription(held: Subscription) -> dict[str, Any]:
    return {
        "id": f"/subscriptions/{held.id}",
        "subscriptionId": held.id,
        "tenantId": DEMO_TENANT,
        "displayName": SUBSCRIPTIONS.get(held.id, held.name),
        "state": "Enabled",
        "authorizationSource": "RoleBased",
        "tags": TAGS.get(held.id, {}),
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "EnterpriseAgreement_2014-09-01",
            "spendingLimit": "Off",
        },
    }


def _descendants(group: str) -> dict[str, Any]:
    """All groups and subscriptions below the one group that there is."""
    if group != GROUP:
        raise Refusal(404, "NotFound", f"The management group '{group}' could not be found.")
    groups = [_descendant(f"{MANAGEMENT}/{name}", MANAGEMENT[11:], *told) for name, told in GROUPS.items()]
    own = [
        _descendant(f"/subscriptions/{name}", "/subscriptions", SUBSCRIPTIONS[name], PLACES[name]) for name in PLACES
    ]
    return {"value": [*groups, *own]}


def _descendant(path: str, kind: str, name: str, parent: str) -> dict[str, Any]:
    return {
        "id": path,
        "type": kind,
        "name": path.rpartition("/")[2],
        "properties": {"displayName": name, "parent": {"id": f"{MANAGEMENT}/{parent}"}},
    }


def _location(held: Subscription, name: str) -> dict[str, Any]:
    return {
        "id": f"/subscriptions/{held.id}/locations/{name}",
        "name": name,
        "type": "Region",
        "displayName": REGIONS[name],
        "regionalDisplayName": REGIONS[name],
        "metadata": {"regionType": "Physical", "regionCategory": "Recommended", "geographyGroup": "Europe"},
    }


def _any(patterns: tuple[str, ...], action: str) -> bool:
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)
