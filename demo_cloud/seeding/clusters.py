"""Clusters of Kubernetes (EKS) and of containers (ECS)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from moto.ecs.models import ecs_backends
from moto.eks.models import eks_backends

from demo_cloud.planted.clusters import Containers, Kubernetes, Service
from demo_cloud.seeding.site import Site


def seed(site: Site) -> None:
    """What runs containers."""
    for plan in site.place.of(Kubernetes):
        _kubernetes(site, plan)
    for cluster in site.place.of(Containers):
        _containers(site, cluster)


def _kubernetes(site: Site, plan: Kubernetes) -> None:
    backend: Any = eks_backends[site.place.account][site.place.region]
    role = f"arn:aws:iam::{site.place.account}:role/demo"
    vpc = {"vpcId": site.place.vpc_id, "subnetIds": [site.subnet().id], "securityGroupIds": []}
    made = backend.create_cluster(plan.id, role, {**vpc, "endpointPublicAccess": True}, plan.version)
    made.created_at = site.ago(plan.age).replace(tzinfo=UTC)
    made.tags = dict(plan.tags)
    made.upgrade_policy = {"supportType": "EXTENDED" if plan.extended else "STANDARD"}
    made.encryption_config = [{"resources": ["secrets"], "provider": {"keyArn": site.kms_key}}]


def _containers(site: Site, plan: Containers) -> None:
    backend: Any = ecs_backends[site.place.account][site.place.region]
    insights = [{"name": "containerInsights", "value": "enabled"}]
    storage = {"managedStorageConfiguration": {"kmsKeyId": site.kms_key}}
    made = backend.create_cluster(plan.id, _tags(plan.tags), insights, storage, ["FARGATE"])
    made.registered_container_instances_count = plan.machines
    for service in plan.services:
        _service(site, backend, plan, service)
    made.active_services_count = len(plan.services)
    made.running_tasks_count, made.pending_tasks_count = sum(one.tasks for one in plan.services), 0


def _service(site: Site, backend: Any, cluster: Containers, plan: Service) -> None:  # noqa: ANN401 - moto's
    network = {"subnets": [site.subnet().id], "securityGroups": [], "assignPublicIp": "DISABLED"}
    made = backend.create_service(
        cluster.id,
        plan.id,
        plan.tasks,
        tags=_tags({"cluster": cluster.id}),
        launch_type="FARGATE" if plan.fargate else "EC2",
        platform_version="1.4.0" if plan.fargate else None,
        network_configuration={"awsvpcConfiguration": network} if plan.fargate else None,
    )
    made.running_count, made.pending_count = plan.tasks, 0
    made.created_at = site.ago(cluster.age).replace(tzinfo=UTC)


def _tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in tags.items()]
