"""What the emulator does not know, or tells wrongly: answered from the scenario."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from demo_cloud.call import Call
from demo_cloud.key_usage import answer_last_usage
from demo_cloud.kubernetes import answer_versions
from demo_cloud.policies import answer_policy_status
from demo_cloud.provisioned import answer_provisioned
from demo_cloud.regions import answer_regions
from demo_cloud.world import Place, World

Answer = Callable[[World, str, Call], dict[str, Any]]


def _place(world: World, account: str, call: Call) -> Place:
    return world.place(account, call.region)


OWN: Final[Mapping[tuple[str, str], Answer]] = {
    ("ec2", "DescribeRegions"): lambda _, __, call: answer_regions(call.params),
    ("s3", "GetBucketPolicyStatus"): lambda _, account, call: answer_policy_status(account, call.params),
    ("lambda", "ListProvisionedConcurrencyConfigs"): lambda world, account, call: answer_provisioned(
        _place(world, account, call), call.params
    ),
    ("kms", "GetKeyLastUsage"): lambda world, account, call: answer_last_usage(
        _place(world, account, call), call.params, world.now
    ),
    ("eks", "DescribeClusterVersions"): lambda world, _, __: answer_versions(world.now),
}
"""By service and operation."""
