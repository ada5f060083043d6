"""Clusters of containers (Amazon ECS): capacity, what runs on it, and machines that do next to nothing."""

from __future__ import annotations

from scanners.aws.call import Call
from scanners.aws.scanner import AwsScanner
from scanners.core.outcome import Outcome, insufficient_data, ok, unmeasured, wasted
from scanners.core.resource import Resource, fact, metric, resilience
from scanners.core.rules import waste
from scanners.core.series import Series

CLUSTER = Call("ecs", "describe_clusters", clusters=["{id}"], include=["TAGS", "SETTINGS", "CONFIGURATIONS"])
BY_NAME = {"ClusterName": "{name}"}


class EcsCluster(Resource):
    """One cluster: the listing tells its ARN, a call for each the rest (AWS does not tell when it was made)."""

    id: str = fact("@", doc="Its ARN")
    tags: dict[str, str] = fact("clusters[0].tags[].[key, value] || `[]`", via=CLUSTER, doc="Tags, as key to value")
    name: str = fact("clusters[0].clusterName", via=CLUSTER)
    state: str = fact("clusters[0].status", via=CLUSTER)
    machines: int = fact("clusters[0].registeredContainerInstancesCount", via=CLUSTER, doc="Instances of its own")
    running: int = fact("clusters[0].runningTasksCount", via=CLUSTER, doc="Tasks that run now")
    pending: int = fact("clusters[0].pendingTasksCount", via=CLUSTER, doc="Tasks that wait to run")
    services: int = fact("clusters[0].activeServicesCount", via=CLUSTER)
    capacity_providers: list[str] = fact("clusters[0].capacityProviders[] || `[]`", via=CLUSTER)
    insights: list[str] = fact(
        "clusters[0].settings[].value || `[]`", via=CLUSTER, doc="Whether Container Insights is on"
    )
    kms_key_id: str | None = fact(
        "clusters[0].configuration.managedStorageConfiguration.kmsKeyId", via=CLUSTER, to="kms"
    )
    exec_log: str | None = fact(
        "clusters[0].configuration.executeCommandConfiguration.logging", via=CLUSTER, doc="How commands are recorded"
    )
    cpu: Series | None = metric(
        *("AWS/ECS", "CPUUtilization"), unit="Percent", kind="gauge", days=14, when="has_machines", dimensions=BY_NAME
    )
    memory: Series | None = metric(
        *("AWS/ECS", "MemoryUtilization"),
        unit="Percent",
        kind="gauge",
        days=14,
        when="has_machines",
        dimensions=BY_NAME,
    )
    reserved: Series | None = metric(
        *("AWS/ECS", "CPUReservation"), unit="Percent", kind="gauge", when="has_machines", dimensions=BY_NAME
    )

    @property
    def has_machines(self) -> bool:
        """Whether it has instances of its own: without, nothing is measured of the cluster."""
        return self.machines > 0

    @resilience
    def watched(self) -> bool:
        """Container Insights watches it."""
        return bool({"enabled", "enhanced"} & set(self.insights))


def underutilized(cluster: EcsCluster, *, percent: float = 10.0) -> Outcome:
    """It has machines of its own, and in two weeks hardly any hour used a tenth of their processors or memory.

    What is saved are machines, and they are judged themselves: its own saving is not known.
    """
    if not cluster.machines:
        return ok()
    cpu, memory = cluster.cpu, cluster.memory
    lacking = unmeasured(cpu=cpu, memory=memory)
    if lacking or cpu is None or memory is None:
        return insufficient_data(*lacking)
    if cpu.p95 >= percent or memory.p95 >= percent:
        return ok()
    seen = {"cpu": cpu, "memory": memory, "machines": cluster.machines, "running": cluster.running}
    reason = f"95 % of the hours peak below {cpu.p95:.1f} % CPU on {cluster.machines} instances"
    return wasted(reason, severity="medium", saves=None, evidence=seen)


class EcsScanner(AwsScanner[EcsCluster]):
    """Clusters of Amazon ECS."""

    service, family = "ecs", "ecs"
    resource, resource_type = EcsCluster, "AWS::ECS::Cluster"
    groups = ("compute",)
    listing = Call("ecs", "list_clusters", "clusterArns", page_size=100)
    arn = "{id}"
    tagged = False
    rules = (waste("cluster.underutilized", underutilized),)
