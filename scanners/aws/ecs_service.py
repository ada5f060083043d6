"""Services of Amazon ECS: how many tasks they want and have, where they run, how busy they are."""

from __future__ import annotations

from datetime import datetime

from scanners.aws.call import Call
from scanners.aws.scanner import AwsScanner
from scanners.core.resource import Resource, fact, metric, resilience
from scanners.core.series import Series

SERVICE = Call("ecs", "describe_services", cluster="{cluster}", services=["{id}"], include=["TAGS"])
GONE = "ClusterNotFoundException"
BY_NAME = {"ClusterName": "{cluster}", "ServiceName": "{name}"}


class EcsService(Resource):
    """One service: the listing of its cluster tells its ARN, a call for each the rest.

    How much processor and memory a task has, and so what the service costs, stands only in its task definition: that
    holds the variables of its containers too, and stays unread.
    """

    id: str = fact("@", doc="Its ARN")
    created_at: datetime = fact("services[0].createdAt", via=SERVICE)
    tags: dict[str, str] = fact("services[0].tags[].[key, value] || `[]`", via=SERVICE, doc="Tags, as key to value")
    name: str = fact("services[0].serviceName", via=SERVICE)
    cluster_arn: str = fact("services[0].clusterArn", via=SERVICE, to="ecs")
    state: str = fact("services[0].status", via=SERVICE)
    desired: int = fact("services[0].desiredCount", via=SERVICE, doc="Tasks that it should have")
    running: int = fact("services[0].runningCount", via=SERVICE, doc="Tasks that it has")
    pending: int = fact("services[0].pendingCount", via=SERVICE, doc="Tasks that wait to run")
    launch_type: str | None = fact("services[0].launchType", via=SERVICE, doc="EC2, FARGATE …; null: by its providers")
    providers: list[str] = fact("services[0].capacityProviderStrategy[].capacityProvider || `[]`", via=SERVICE)
    platform: str | None = fact("services[0].platformVersion", via=SERVICE)
    strategy: str | None = fact("services[0].schedulingStrategy", via=SERVICE, doc="REPLICA, or DAEMON: one a machine")
    task_definition: str | None = fact("services[0].taskDefinition", via=SERVICE)
    target_groups: list[str] = fact(
        "services[0].loadBalancers[].targetGroupArn || `[]`", via=SERVICE, to="target_group"
    )
    subnet_ids: list[str] = fact(
        "services[0].networkConfiguration.awsvpcConfiguration.subnets[] || `[]`", via=SERVICE, to="subnet"
    )
    security_groups: list[str] = fact(
        "services[0].networkConfiguration.awsvpcConfiguration.securityGroups[] || `[]`",
        via=SERVICE,
        to="security_group",
    )
    public_address: str | None = fact(
        "services[0].networkConfiguration.awsvpcConfiguration.assignPublicIp", via=SERVICE, doc="ENABLED or DISABLED"
    )
    shell: bool | None = fact("services[0].enableExecuteCommand", via=SERVICE, doc="Whether commands can be run in it")
    cpu: Series | None = metric("AWS/ECS", "CPUUtilization", unit="Percent", kind="gauge", dimensions=BY_NAME)
    memory: Series | None = metric("AWS/ECS", "MemoryUtilization", unit="Percent", kind="gauge", dimensions=BY_NAME)

    @property
    def cluster(self) -> str:
        """The name of its cluster; an ARN of the older form names none, and is of the default one."""
        parts = self.id.split("/")
        return parts[1] if len(parts) > 2 else "default"  # noqa: PLR2004 - service/cluster/name

    @resilience
    def redundant(self) -> bool:
        """It has more than one task."""
        return self.running > 1


class EcsServiceScanner(AwsScanner[EcsService]):
    """Services of Amazon ECS."""

    service, family = "ecs_service", "ecs"
    resource, resource_type = EcsService, "AWS::ECS::Service"
    groups = ("compute",)
    parents = Call("ecs", "list_clusters", "clusterArns", page_size=100)
    listing = Call(
        "ecs", "list_services", "serviceArns", page_size=100, cluster="{}", absent={GONE: {"serviceArns": []}}
    )
    arn = "{id}"
    tagged = False
