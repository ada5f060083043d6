"""What a scan of the demo's Azure must find: each row written and each saving worked out by hand.

Prices (USD) of the dated list, West Europe and East US: disks a month P6 11.2272 and 10.207, P10 21.68, P20 80.54, P30
135.17 (East US), E1 0.3, E15 19.2, E20 57.6 in three zones, S30 40.96; snapshots 0.05 a GiB; addresses 0.005 an hour;
machines an hour D4s_v5 0.23, D2s_v5 with Windows 0.188 (East US), E4s_v5 0.304.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from demo_cloud.azure.names import LAB, SHOP
from demo_cloud.rows import Expected


def _waste(rule: str, path: str, saving: str | None, subscription: str = SHOP) -> Expected:
    amount = None if saving is None else Decimal(saving)
    name = f"/subscriptions/{subscription}/resourcegroups/web/providers/microsoft.{path}"
    return Expected(subscription, name, rule, "waste", amount, saving and "USD")


def _exposed(rule: str, path: str) -> Expected:
    name = f"/subscriptions/{SHOP}/resourcegroups/web/providers/microsoft.{path}"
    return Expected(SHOP, name, rule, "exposed", None, None)


EXPECTED_AZURE: Final = (
    _exposed("disk.public", "compute/disks/web-1-data"),
    _exposed("disk.public", "compute/disks/handed-over"),
    _exposed("snapshot.public", "compute/snapshots/web-1-lately"),
    # P10; S30 of 1000 GiB; E20 ZRS of 512 GiB; ultra disks are billed by more than their size; E1; P30 in East US
    _waste("disk.unattached", "compute/disks/cart-db-old", "21.68"),
    _waste("disk.unattached", "compute/disks/archive-2019", "40.96"),
    _waste("disk.unattached", "compute/disks/search-zrs", "57.60"),
    _waste("disk.unattached", "compute/disks/ledger-ultra", None),
    _waste("disk.unattached", "compute/disks/exempt-until-lately", "0.30"),
    _waste("disk.unattached", "compute/disks/lab-left", "135.17", LAB),
    # P6 = 11.2272, in East US 10.207; E15 of 256 GiB
    _waste("disk.on_stopped_vm", "compute/disks/legacy-pos-os", "11.23"),
    _waste("disk.on_stopped_vm", "compute/disks/legacy-pos-data", "19.20"),
    _waste("disk.on_stopped_vm", "compute/disks/batch-2022-os", "10.21"),
    # the address of the first: 0.005 x 730; the machine that keeps its host: 0.304 x 730
    _waste("vm.stopped", "compute/virtualmachines/legacy-pos", "3.65"),
    _waste("vm.stopped", "compute/virtualmachines/batch-2022", "0.00"),
    _waste("vm.stopped", "compute/virtualmachines/shut-down-inside", "221.92"),
    # 0.23 x 730; 0.188 x 730; what a spot machine costs changes
    _waste("vm.idle", "compute/virtualmachines/report-old", "167.90"),
    _waste("vm.idle", "compute/virtualmachines/kiosk-win", "137.24"),
    _waste("vm.idle", "compute/virtualmachines/render-spot", None),
    # P20
    _waste("disk.idle", "compute/disks/shop-1-scratch", "80.54"),
    # 128 x 0.05; no price in the list for three zones; 80 x 0.05, which snapshot.orphan has too
    _waste("snapshot.old", "compute/snapshots/shop-1-before-3-0", "6.40"),
    _waste("snapshot.old", "compute/snapshots/shop-1-zrs", None),
    _waste("snapshot.old", "compute/snapshots/gone-first", "0.00"),
    # 300 x 0.05; 80 x 0.05
    _waste("snapshot.orphan", "compute/snapshots/gone-last", "15.00"),
    _waste("snapshot.orphan", "compute/snapshots/gone-first", "4.00"),
    # 0.005 x 730; the list has no price of the Basic SKU
    _waste("ip.unassociated", "network/publicipaddresses/spare-eu", "3.65"),
    _waste("ip.unassociated", "network/publicipaddresses/spare-us", "3.65"),
    _waste("ip.unassociated", "network/publicipaddresses/spare-basic", None),
    # nothing; its address, 0.005 x 730
    _waste("nic.orphan", "network/networkinterfaces/left-nic", "0.00"),
    _waste("nic.orphan", "network/networkinterfaces/left-nic-with-ip", "3.65"),
)
