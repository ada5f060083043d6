"""Clusters of Kubernetes (Amazon EKS): version, doors, protection, and those whose version costs six times as much."""

from __future__ import annotations

from datetime import datetime

from scanners.aws.call import Call
from scanners.aws.scanner import AwsScanner
from scanners.core.outcome import Outcome, insufficient_data, ok, wasted
from scanners.core.prices import Money, difference
from scanners.core.resource import Resource, fact, metric, priced, related, resilience
from scanners.core.rules import waste
from scanners.core.series import Series

CLUSTER = Call("eks", "describe_cluster", name="{id}")
NODES = Call("eks", "list_nodegroups", "nodegroups", clusterName="{id}")
VERSIONS = Call("eks", "describe_cluster_versions", "clusterVersions", page_size=100)


class KubernetesVersion(Resource):
    """One version of Kubernetes, as ``eks:DescribeClusterVersions`` tells it."""

    id: str = fact("clusterVersion")
    standard_until: datetime = fact("endOfStandardSupportDate")
    extended_until: datetime = fact("endOfExtendedSupportDate")


class EksCluster(Resource):
    """One cluster: the listing tells its name, a call for each the rest; nothing of what runs in it."""

    id: str = fact("@", doc="Its name")
    created_at: datetime = fact("cluster.createdAt", via=CLUSTER)
    tags: dict[str, str] = fact("cluster.tags || `{}`", via=CLUSTER, doc="Tags, as key to value")
    state: str = fact("cluster.status", via=CLUSTER)
    version: str = fact("cluster.version", via=CLUSTER)
    platform: str | None = fact("cluster.platformVersion", via=CLUSTER)
    support: str | None = fact(
        "cluster.upgradePolicy.supportType", via=CLUSTER, doc="STANDARD: it is upgraded when standard support ends"
    )
    role: str | None = fact("cluster.roleArn", via=CLUSTER, to="iam_role")
    vpc_id: str | None = fact("cluster.resourcesVpcConfig.vpcId", via=CLUSTER, to="vpc")
    subnet_ids: list[str] = fact("cluster.resourcesVpcConfig.subnetIds[] || `[]`", via=CLUSTER, to="subnet")
    security_groups: list[str] = fact(
        "cluster.resourcesVpcConfig.securityGroupIds[] || `[]`", via=CLUSTER, to="security_group"
    )
    public: bool | None = fact("cluster.resourcesVpcConfig.endpointPublicAccess", via=CLUSTER)
    private: bool | None = fact("cluster.resourcesVpcConfig.endpointPrivateAccess", via=CLUSTER)
    public_for: list[str] = fact("cluster.resourcesVpcConfig.publicAccessCidrs[] || `[]`", via=CLUSTER)
    kms_key_ids: list[str] = fact("cluster.encryptionConfig[].provider.keyArn || `[]`", via=CLUSTER, to="kms")
    sign_in: str | None = fact("cluster.accessConfig.authenticationMode", via=CLUSTER)
    delete_protection: bool | None = fact("cluster.deletionProtection", via=CLUSTER)
    node_groups: list[str] = fact("nodegroups[]", via=NODES)
    versions: list[KubernetesVersion] = related("version", keep=("standard_until", "extended_until"), listing=VERSIONS)
    requests: Series | None = metric("AWS/EKS", "apiserver_request_total", unit="Count", doc="Requests to its API")
    placed: Series | None = metric("AWS/EKS", "scheduler_schedule_attempts_total", unit="Count")
    not_placed: Series | None = metric("AWS/EKS", "scheduler_schedule_attempts_UNSCHEDULABLE", unit="Count")
    monthly_cost: Money | None = priced("eks:{region}:{billed_as}", doc="Monthly list cost without its nodes")
    standard_cost: Money | None = priced("eks:{region}:cluster", doc="Monthly list cost in standard support")

    @property
    def extended(self) -> bool | None:
        """Whether extended support is paid for; None: what becomes of its version is not known."""
        if self.support == "STANDARD":
            return False
        return self.asof > self.versions[0].standard_until if self.versions else None

    @property
    def billed_as(self) -> str:
        """How the price list calls it."""
        return {False: "cluster", True: "cluster-extended", None: "unknown"}[self.extended]

    @resilience
    def protected(self) -> bool:
        """Nobody can delete it by mistake."""
        return bool(self.delete_protection)


def extended_support(cluster: EksCluster) -> Outcome:
    """Standard support of its version of Kubernetes is over, and extended support is paid by the hour.

    A cluster that may not enter extended support is upgraded by AWS instead.
    """
    if cluster.extended is None:
        return insufficient_data("versions")
    if not cluster.extended:
        return ok()
    version = cluster.versions[0]
    seen = {"version": version.id, "standard_until": version.standard_until, "extended_until": version.extended_until}
    reason = f"Kubernetes {version.id} left standard support on {version.standard_until:%Y-%m-%d}"
    more = difference(cluster.monthly_cost, cluster.standard_cost)
    return wasted(reason, severity="high", saves=more, evidence=seen)


class EksScanner(AwsScanner[EksCluster]):
    """Clusters of Amazon EKS."""

    service, family = "eks", "eks"
    resource, resource_type = EksCluster, "AWS::EKS::Cluster"
    groups = ("compute",)
    listing = Call("eks", "list_clusters", "clusters", page_size=100)
    arn = "arn:{partition}:eks:{region}:{account}:cluster/{id}"
    dimension = "ClusterName"
    tagged = False
    rules = (waste("cluster.extended_support", extended_support),)
