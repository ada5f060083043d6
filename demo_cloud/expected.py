"""What a scan of the demo must find: each row written and each saving worked out by hand, from the dated price list.

Savings a month, rounded half up to the cent: GiB x price, hours x 730; None where the list has no price, and for
findings without money. What costs nothing more than what other rows already claim saves 0.00: ``vm.stopped`` counts the
addresses only, because each disk of a stopped instance is its own finding (``disk.on_stopped_vm``) and no money is
counted twice.

Prices (USD): gp2 0.11 Ireland, 0.10 Virginia, 0.119 Frankfurt; gp3 0.088, 0.08, 0.0952; io1 Virginia 0.125 and 0.065 an
IOPS; gp3 above 3,000 IOPS 0.005 Virginia, 0.006 Frankfurt, above 125 MiB/s 0.04 Virginia; snapshots 0.05, 0.05, 0.054,
archived in Ireland 0.0125; addresses 0.005 an hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from demo_cloud.names import DATA as B
from demo_cloud.names import RETAIL as A


@dataclass(frozen=True)
class Expected:
    """One finding that must be there. ``saving`` None: unknown, or not a matter of money."""

    account: str
    resource_id: str
    rule: str
    outcome: str
    saving: Decimal | None
    currency: str | None


def _waste(rule: str, account: str, region: str, resource: str, saving: str | None) -> Expected:
    amount = None if saving is None else Decimal(saving)
    return Expected(account, f"arn:aws:ec2:{region}:{account}:{resource}", rule, "waste", amount, saving and "USD")


def _open_disk(account: str, region: str, volume: str) -> Expected:
    return _exposed("disk.unencrypted", account, region, f"volume/{volume}")


def _exposed(rule: str, account: str, region: str, resource: str) -> Expected:
    return Expected(account, f"arn:aws:ec2:{region}:{account}:{resource}", rule, "exposed", None, None)


def _bucket(rule: str, outcome: str, name: str) -> Expected:
    return Expected(A, f"arn:aws:s3:::{name}", rule, outcome, None, None)


E, U, C = "eu-west-1", "us-east-1", "eu-central-1"

EXPECTED: Final = (
    # 100 x 0.088
    _waste("disk.unattached", A, E, "volume/vol-0de01e10000000001", "8.80"),
    # 500 x 0.11
    _waste("disk.unattached", A, E, "volume/vol-0de01e10000000002", "55.00"),
    # st1 and gp3's IOPS in Ireland: not in the price list
    _waste("disk.unattached", A, E, "volume/vol-0de01e10000000003", None),
    _waste("disk.unattached", A, E, "volume/vol-0de01e10000000004", None),
    # 1000 x 0.10
    _waste("disk.unattached", A, U, "volume/vol-0de01a10000000001", "100.00"),
    # 100 x 0.125 + 1000 x 0.065
    _waste("disk.unattached", A, U, "volume/vol-0de01a10000000002", "77.50"),
    # 250 x 0.0952
    _waste("disk.unattached", A, C, "volume/vol-0de01c10000000001", "23.80"),
    # 33 x 0.088 = 2.904
    _waste("disk.unattached", B, E, "volume/vol-0de02e10000000001", "2.90"),
    # 2048 x 0.08
    _waste("disk.unattached", B, U, "volume/vol-0de02a10000000001", "163.84"),
    # 10 x 0.08; its exemption ended ten days ago
    _waste("disk.unattached", B, U, "volume/vol-0de02a10000000002", "0.80"),
    # 200 x 0.08 + 3000 x 0.005 + 125 x 0.04
    _waste("disk.unattached", B, U, "volume/vol-0de02a10000000003", "36.00"),
    # 300 x 0.119
    _waste("disk.unattached", B, C, "volume/vol-0de02c10000000001", "35.70"),
    # 100 x 0.0952 + 1000 x 0.006
    _waste("disk.unattached", B, C, "volume/vol-0de02c10000000002", "15.52"),
    # 50 x 0.088; 200 x 0.11; 30 x 0.10; 20 x 0.08; 100 x 0.0952
    _waste("disk.on_stopped_vm", A, E, "volume/vol-0de01e10000000011", "4.40"),
    _waste("disk.on_stopped_vm", A, E, "volume/vol-0de01e10000000012", "22.00"),
    _waste("disk.on_stopped_vm", A, U, "volume/vol-0de01a10000000011", "3.00"),
    _waste("disk.on_stopped_vm", B, U, "volume/vol-0de02a10000000011", "1.60"),
    _waste("disk.on_stopped_vm", B, C, "volume/vol-0de02c10000000011", "9.52"),
    # the address of the first and of the last: 0.005 x 730
    _waste("vm.stopped", A, E, "instance/i-0de01e10000000001", "3.65"),
    _waste("vm.stopped", A, U, "instance/i-0de01a10000000001", "0.00"),
    _waste("vm.stopped", B, U, "instance/i-0de02a10000000001", "0.00"),
    _waste("vm.stopped", B, C, "instance/i-0de02c10000000001", "3.65"),
    # 300 x 0.088; 500 x 0.08
    _waste("disk.idle", A, E, "volume/vol-0de01e10000000041", "26.40"),
    _waste("disk.idle", B, U, "volume/vol-0de02a10000000041", "40.00"),
    # as gp3 with the same IOPS and throughput: 150 x (0.10 - 0.08)
    _waste("disk.previous_type", A, U, "volume/vol-0de01a10000000051", "3.00"),
    # 1200 x (0.10 - 0.08) - 600 x 0.005 - 125 x 0.04; what magnetic disks' requests cost is not known
    _waste("disk.previous_type", B, U, "volume/vol-0de02a10000000051", "16.00"),
    _waste("disk.previous_type", B, U, "volume/vol-0de02a10000000052", None),
    # 500 x (0.119 - 0.0952) - 125 x 0.0476
    _waste("disk.previous_type", B, C, "volume/vol-0de02c10000000051", "5.95"),
    # gp3's throughput in Ireland is not in the price list; the others' money is counted by disk.unattached and
    # disk.on_stopped_vm
    _waste("disk.previous_type", A, E, "volume/vol-0de01e10000000002", None),
    _waste("disk.previous_type", A, E, "volume/vol-0de01e10000000012", None),
    _waste("disk.previous_type", A, U, "volume/vol-0de01a10000000001", "0.00"),
    _waste("disk.previous_type", A, U, "volume/vol-0de01a10000000002", "0.00"),
    _waste("disk.previous_type", A, U, "volume/vol-0de01a10000000011", "0.00"),
    _waste("disk.previous_type", B, C, "volume/vol-0de02c10000000001", "0.00"),
    # 120 x 0.05; 100 x 0.05, which snapshot.old would save too; 200 x 0.05
    _waste("snapshot.orphan", A, E, "snapshot/snap-0de01e10000000041", "6.00"),
    _waste("snapshot.orphan", A, U, "snapshot/snap-0de01a10000000041", "5.00"),
    _waste("snapshot.old", A, U, "snapshot/snap-0de01a10000000041", "0.00"),
    _waste("snapshot.orphan", B, U, "snapshot/snap-0de02a10000000041", "10.00"),
    # 20 x 0.05; 50 x 0.054
    _waste("image.unused", A, E, "image/ami-0de01e10000000051", "1.00"),
    _waste("image.unused", B, C, "image/ami-0de02c10000000051", "2.70"),
    _exposed("image.public", A, U, "image/ami-0de01a10000000052"),
    _exposed("image.public", B, E, "image/ami-0de02e10000000052"),
    # 0.048, 0.045 x 730; the price list has no NAT gateway of Frankfurt
    _waste("nat.idle", A, E, "natgateway/nat-0de01e10000000061", "35.04"),
    _waste("nat.idle", B, U, "natgateway/nat-0de02a10000000061", "32.85"),
    _waste("nat.idle", B, C, "natgateway/nat-0de02c10000000061", None),
    _exposed("firewall.open_to_world", A, E, "security-group/sg-0de01e10000000001"),
    _exposed("firewall.open_to_world", A, U, "security-group/sg-0de01a10000000001"),
    _exposed("firewall.open_to_world", B, E, "security-group/sg-0de02e10000000001"),
    _exposed("firewall.default_with_rules", A, U, "security-group/sg-0de01a10000000002"),
    _exposed("firewall.default_with_rules", B, C, "security-group/sg-0de02c10000000002"),
    # 100, 500 x 0.05; 1000 x 0.0125
    _waste("snapshot.old", A, E, "snapshot/snap-0de01e10000000001", "5.00"),
    _waste("snapshot.old", A, E, "snapshot/snap-0de01e10000000002", "25.00"),
    _waste("snapshot.old", A, E, "snapshot/snap-0de01e10000000003", "12.50"),
    # 250 x 0.05; the archive tier of Virginia is not in the price list
    _waste("snapshot.old", A, U, "snapshot/snap-0de01a10000000001", "12.50"),
    _waste("snapshot.old", A, U, "snapshot/snap-0de01a10000000002", None),
    # 80 x 0.054
    _waste("snapshot.old", A, C, "snapshot/snap-0de01c10000000001", "4.32"),
    # 64 x 0.05; 1000 x 0.05; 33 x 0.054 = 1.782
    _waste("snapshot.old", B, E, "snapshot/snap-0de02e10000000001", "3.20"),
    _waste("snapshot.old", B, U, "snapshot/snap-0de02a10000000001", "50.00"),
    _waste("snapshot.old", B, C, "snapshot/snap-0de02c10000000001", "1.78"),
    # 0.005 x 730
    _waste("ip.unassociated", A, E, "elastic-ip/eipalloc-0de01e10000000001", "3.65"),
    _waste("ip.unassociated", A, E, "elastic-ip/eipalloc-0de01e10000000002", "3.65"),
    _waste("ip.unassociated", A, U, "elastic-ip/eipalloc-0de01a10000000001", "3.65"),
    _waste("ip.unassociated", A, C, "elastic-ip/eipalloc-0de01c10000000001", "3.65"),
    _waste("ip.unassociated", B, E, "elastic-ip/eipalloc-0de02e10000000001", "3.65"),
    _waste("ip.unassociated", B, U, "elastic-ip/eipalloc-0de02a10000000001", "3.65"),
    # m5.large 0.107 x 730; c5.2xlarge 0.384 x 730
    _waste("vm.idle", A, E, "instance/i-0de01e10000000021", "78.11"),
    _waste("vm.idle", A, E, "instance/i-0de01e10000000022", "280.32"),
    # r5.xlarge 0.252 x 730; x1e.xlarge is not in the price list
    _waste("vm.idle", A, U, "instance/i-0de01a10000000021", "183.96"),
    _waste("vm.idle", A, U, "instance/i-0de01a10000000022", None),
    # m6i.large 0.115 x 730
    _waste("vm.idle", A, C, "instance/i-0de01c10000000021", "83.95"),
    # m6i.xlarge 0.214 x 730; m5.large with Windows 0.199 x 730
    _waste("vm.idle", B, E, "instance/i-0de02e10000000021", "156.22"),
    _waste("vm.idle", B, E, "instance/i-0de02e10000000022", "145.27"),
    # m5.4xlarge 0.768 x 730
    _waste("vm.idle", B, U, "instance/i-0de02a10000000021", "560.64"),
    # c5.xlarge 0.194 x 730
    _waste("vm.idle", B, C, "instance/i-0de02c10000000021", "141.62"),
    _open_disk(A, E, "vol-0de01e10000000002"),
    _open_disk(A, E, "vol-0de01e10000000031"),
    _open_disk(A, U, "vol-0de01a10000000031"),
    _open_disk(B, U, "vol-0de02a10000000031"),
    _open_disk(B, C, "vol-0de02c10000000031"),
    _bucket("bucket.no_lifecycle", "waste", "retail-checkout-logs"),
    _bucket("bucket.no_lifecycle", "waste", "retail-db-dumps"),
    _bucket("bucket.no_lifecycle", "waste", "retail-image-cache"),
    _bucket("bucket.no_lifecycle", "waste", "retail-uploads-2019"),
    _bucket("bucket.public", "exposed", "retail-website"),
    _bucket("bucket.public", "exposed", "retail-uploads-2019"),
)
