"""The least-privilege policy of a set of operations."""

from __future__ import annotations

import pytest

from schemas.errors import ForbiddenOperationError
from schemas.policy import aws_policy


def test_policy_has_one_sorted_statement_a_service() -> None:
    operations = [
        "s3:ListBuckets",
        "ec2:DescribeVolumes",
        "elbv2:DescribeLoadBalancers",
        "ec2:DescribeInstances",
        "s3:GetBucketLifecycleConfiguration",
        "ec2:DescribeVolumes",
    ]
    assert aws_policy(operations) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "CloudSentinelEc2",
                "Effect": "Allow",
                "Action": ["ec2:DescribeInstances", "ec2:DescribeVolumes"],
                "Resource": "*",
            },
            {
                "Sid": "CloudSentinelElasticloadbalancing",
                "Effect": "Allow",
                "Action": ["elasticloadbalancing:DescribeLoadBalancers"],
                "Resource": "*",
            },
            {
                "Sid": "CloudSentinelS3",
                "Effect": "Allow",
                "Action": ["s3:GetLifecycleConfiguration", "s3:ListAllMyBuckets"],
                "Resource": "*",
            },
        ],
    }


def test_policy_grants_no_action_that_needs_no_permission() -> None:
    assert aws_policy(["sts:GetCallerIdentity"]) == {"Version": "2012-10-17", "Statement": []}


def test_policy_grants_nothing_that_returns_content() -> None:
    with pytest.raises(ForbiddenOperationError, match="s3:HeadObject"):
        aws_policy(["ec2:DescribeVolumes", "s3:HeadObject"])


def test_a_service_with_a_dash_in_its_name_has_a_statement() -> None:
    assert aws_policy(["compute-optimizer:GetEC2InstanceRecommendations"])["Statement"] == [
        {
            "Sid": "CloudSentinelComputeOptimizer",
            "Effect": "Allow",
            "Action": ["compute-optimizer:GetEC2InstanceRecommendations"],
            "Resource": "*",
        }
    ]
