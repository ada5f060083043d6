"""Users, keys and policies that are planted: who signs in too easily, keys that nobody changed or used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from demo_cloud.names import DATA, RETAIL, VIRGINIA
from demo_cloud.rows import A, B, Expected
from demo_cloud.rows import exposed as exposed_row
from demo_cloud.world import IGNORED, World, days


@dataclass(frozen=True)
class Key:
    """An access key; ``used`` is how long ago it was last used, None: never."""

    number: str
    age: timedelta
    used: timedelta | None = None
    active: bool = True

    @property
    def id(self) -> str:
        """As AWS writes them."""
        return f"AKIA0DE0DEMO{self.number}"


@dataclass(frozen=True)
class User:
    """A user a year old; ``signed_in`` is how long ago with a password, None: has none."""

    id: str
    signed_in: timedelta | None = None
    mfa: bool = True
    keys: tuple[Key, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Policy:
    """An own policy with one statement that allows; ``user`` has it."""

    id: str
    action: str
    user: str = ""
    only_with_mfa: bool = False


@dataclass(frozen=True)
class Root:
    """What the root user has."""

    id: str
    mfa: bool
    key: bool


def plant(world: World) -> None:
    """user.no_mfa, user.unused, access_key.old, access_key.unused, policy.full_access, root.access_key, root.no_mfa."""
    retail, data = world.place(RETAIL, VIRGINIA), world.place(DATA, VIRGINIA)
    retail.of(Root).append(Root(RETAIL, mfa=True, key=True))
    data.of(Root).append(Root(DATA, mfa=False, key=False))
    retail.of(User).extend(
        [
            User("anna", days(1), keys=(Key("1E000001", days(30), days(1)),)),
            User("ben", days(2), mfa=False),
            User("carla", days(46)),
            User("deploy", keys=(Key("1E000002", days(91), days(1)),)),
            User("backup", keys=(Key("1E000003", days(46)),)),
            # near misses: used 45 days ago; a key of 90 days, used 45 days ago; one switched off; all on purpose
            User("emil", days(45)),
            User("metrics", keys=(Key("1E900001", days(90), days(45)),)),
            User("gone", keys=(Key("1E900002", days(400), active=False),)),
            User("break-glass", days(300), mfa=False, keys=(Key("1E900003", days(400)),), tags=IGNORED),
        ]
    )
    data.of(User).extend(
        [
            User("dora", days(1), mfa=False),
            User("fred", days(100)),
            User("etl", keys=(Key("2E000001", days(400), days(50)),)),
        ]
    )
    retail.of(Policy).extend(
        [
            Policy("everything-for-ops", "*", "ben"),
            # near misses: all of one service; everything, but only with a second factor
            Policy("all-of-s3", "s3:*", "deploy"),
            Policy("everything-with-mfa", "*", "anna", only_with_mfa=True),
        ]
    )
    data.of(Policy).append(Policy("legacy-admin", "*"))


def _exposed(rule: str, account: str, resource: str) -> Expected:
    return exposed_row(rule, account, "", resource, service="iam")


EXPECTED: Final = (
    _exposed("user.no_mfa", A, "user/ben"),
    _exposed("user.no_mfa", B, "user/dora"),
    _exposed("user.unused", A, "user/carla"),
    _exposed("user.unused", B, "user/fred"),
    _exposed("access_key.old", A, "access-key/AKIA0DE0DEMO1E000002"),
    _exposed("access_key.old", B, "access-key/AKIA0DE0DEMO2E000001"),
    _exposed("access_key.unused", A, "access-key/AKIA0DE0DEMO1E000003"),
    _exposed("access_key.unused", B, "access-key/AKIA0DE0DEMO2E000001"),
    _exposed("policy.full_access", A, "policy/everything-for-ops"),
    _exposed("policy.full_access", B, "policy/legacy-admin"),
    _exposed("root.access_key", A, "root"),
    _exposed("root.no_mfa", B, "root"),
)
