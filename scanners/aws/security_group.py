"""Security groups: which doors they open, and to whom."""

from __future__ import annotations

from scanners.aws.call import Call
from scanners.aws.scanner import AwsScanner
from scanners.core.outcome import Outcome, exposed, ok
from scanners.core.resource import Resource, fact, related
from scanners.core.rules import security

RULES = Call("ec2", "describe_security_group_rules", "SecurityGroupRules", page_size=1000)
WORLD = ("0.0.0.0/0", "::/0")
GUARDED = (22, 3389, 1433, 1521, 3306, 5432, 6379, 9200, 27017)
"""SSH, remote desktop, SQL Server, Oracle, MySQL, PostgreSQL, Redis, Elasticsearch, MongoDB."""


class Door(Resource):
    """One rule of a security group, as ``ec2:DescribeSecurityGroupRules`` tells it."""

    id: str = fact("SecurityGroupRuleId")
    group_id: str = fact("GroupId")
    outward: bool = fact("IsEgress")
    protocol: str = fact("IpProtocol")
    from_port: int | None = fact("FromPort")
    to_port: int | None = fact("ToPort")
    ipv4: str | None = fact("CidrIpv4")
    ipv6: str | None = fact("CidrIpv6")

    @property
    def to_the_world(self) -> bool:
        """Whether everybody on the internet may come in by it."""
        return not self.outward and (self.ipv4 in WORLD or self.ipv6 in WORLD)

    def opens(self, port: int) -> bool:
        """Whether it lets TCP in at that port."""
        if self.protocol == "-1":
            return True
        known = self.from_port is not None and self.to_port is not None
        return self.protocol in {"tcp", "6"} and known and (self.from_port or 0) <= port <= (self.to_port or 0)


class SecurityGroup(Resource):
    """One group, as ``ec2:DescribeSecurityGroups`` tells it (AWS does not tell when it was made)."""

    id: str = fact("GroupId")
    name: str = fact("GroupName")
    text: str | None = fact("Description", doc="Its description")
    vpc_id: str | None = fact("VpcId", to="vpc")
    owner: str | None = fact("OwnerId")
    let_in_ipv4: list[str] = fact("IpPermissions[].IpRanges[].CidrIp", doc="Who may come in")
    let_in_ipv6: list[str] = fact("IpPermissions[].Ipv6Ranges[].CidrIpv6", doc="Who may come in, by IPv6")
    let_in_groups: list[str] = fact(
        "IpPermissions[].UserIdGroupPairs[].GroupId", to="security_group", doc="Groups let in"
    )
    let_out_ipv4: list[str] = fact("IpPermissionsEgress[].IpRanges[].CidrIp", doc="Where to it may go")
    protocols: list[str] = fact("IpPermissions[].IpProtocol", doc="Protocols let in; -1 is all")
    doors: list[Door] = related(
        "id", by="group_id", keep=("outward", "protocol", "from_port", "to_port", "ipv4", "ipv6"), listing=RULES
    )


def open_to_world(group: SecurityGroup, *, ports: tuple[int, ...] = GUARDED) -> Outcome:
    """Everybody on the internet may reach a port for administrators or databases, or every port.

    Whether anything stands behind the group is not looked at.
    """
    world = [door for door in group.doors if door.to_the_world]
    reached = sorted(port for port in ports if any(door.opens(port) for door in world))
    if not reached:
        return ok()
    everything = any(door.protocol == "-1" for door in world)
    told = "every port" if everything else "port " + ", ".join(map(str, reached))
    by = [door.id for door in world if any(door.opens(port) for port in reached)]
    seen = {"open_ports": "all" if everything else reached, "rules": by, "name": group.name}
    return exposed(f"{told} open to the world", severity="critical" if everything else "high", evidence=seen)


def default_with_rules(group: SecurityGroup) -> Outcome:
    """The default group lets traffic through: whatever is started without a group of its own gets it."""
    if group.name != "default" or not group.doors:
        return ok()
    seen = {"rules": [door.id for door in group.doors], "vpc_id": group.vpc_id}
    return exposed(f"the default group has {len(group.doors)} rules", severity="low", evidence=seen)


class SecurityGroupScanner(AwsScanner[SecurityGroup]):
    """Security groups of VPCs."""

    service, family = "security_group", "ec2"
    resource, resource_type = SecurityGroup, "AWS::EC2::SecurityGroup"
    groups = ("network",)
    listing = Call("ec2", "describe_security_groups", "SecurityGroups", page_size=1000)
    arn = "arn:{partition}:ec2:{region}:{account}:security-group/{id}"
    rules = (
        security("firewall.open_to_world", open_to_world),
        security("firewall.default_with_rules", default_with_rules),
    )
