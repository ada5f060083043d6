"""What a scan of the demo's Google Cloud must find: each row written and each saving worked out by hand.

Prices (USD) of the dated list, Belgium, Iowa, Frankfurt: pd-standard 0.04, 0.04, 0.048; pd-balanced 0.10, 0.10, 0.12,
in two zones 0.24 in Frankfurt; pd-ssd 0.17 Belgium; snapshots 0.05, 0.05, 0.059; addresses an hour unused 0.01, 0.01,
0.012, used 0.005; machines an hour n2-standard-2 0.106834 Belgium, e2-medium 0.03350571 Iowa.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from demo_cloud.gcp.scenario import BELGIUM, EW, FRANKFURT, IOWA, UC
from demo_cloud.gcp.world import PROJECT
from demo_cloud.rows import Expected


def _waste(rule: str, path: str, saving: str | None) -> Expected:
    amount = None if saving is None else Decimal(saving)
    name = f"//compute.googleapis.com/projects/{PROJECT}/{path}"
    return Expected(PROJECT, name, rule, "waste", amount, saving and "USD")


def _exposed(rule: str, path: str) -> Expected:
    name = f"//compute.googleapis.com/projects/{PROJECT}/{path}"
    return Expected(PROJECT, name, rule, "exposed", None, None)


EXPECTED_GCP: Final = (
    _exposed("vm.default_account", f"zones/{EW}/instances/ci-runner"),
    # 200 x 0.17; 500 x 0.04; 100 x 0.24; hyperdisk is billed by more than its size
    _waste("disk.unattached", f"zones/{EW}/disks/cart-db-old", "34.00"),
    _waste("disk.unattached", f"zones/{UC}/disks/log-archive", "20.00"),
    _waste("disk.unattached", f"regions/{FRANKFURT}/disks/search-ha", "24.00"),
    _waste("disk.unattached", f"zones/{UC}/disks/ledger-fast", None),
    # 50 x 0.10; 200 x 0.04; 20 x 0.10
    _waste("disk.on_stopped_vm", f"zones/{EW}/disks/legacy-pos", "5.00"),
    _waste("disk.on_stopped_vm", f"zones/{EW}/disks/legacy-pos-data", "8.00"),
    _waste("disk.on_stopped_vm", f"zones/{UC}/disks/batch-2022", "2.00"),
    # the address of the first: 0.005 x 730
    _waste("vm.stopped", f"zones/{EW}/instances/legacy-pos", "3.65"),
    _waste("vm.stopped", f"zones/{UC}/instances/batch-2022", "0.00"),
    # 300 x 0.17
    _waste("disk.idle", f"zones/{EW}/disks/orders-scratch", "51.00"),
    # 0.106834 x 730 = 77.98882; 0.03350571 x 730 = 24.4591683; Spot and Windows have no list price
    _waste("vm.idle", f"zones/{EW}/instances/etl-2019", "77.99"),
    _waste("vm.idle", f"zones/{UC}/instances/report-old", "24.46"),
    _waste("vm.idle", f"zones/{UC}/instances/render-spot", None),
    _waste("vm.idle", f"zones/{EW}/instances/kiosk-win", None),
    # 12 x 0.05; 100 x 0.05, which snapshot.old would save too
    _waste("snapshot.orphan", "global/snapshots/cart-db-last", "0.60"),
    _waste("snapshot.orphan", "global/snapshots/cart-db-2021", "5.00"),
    _waste("snapshot.old", "global/snapshots/cart-db-2021", "0.00"),
    # 80 x 0.05; 10 x 0.059; a multi-region has no price in the list; the bytes of the last are not settled
    _waste("snapshot.old", "global/snapshots/orders-before-4-2", "4.00"),
    _waste("snapshot.old", "global/snapshots/orders-de", "0.59"),
    _waste("snapshot.old", "global/snapshots/orders-eu", None),
    _waste("snapshot.old", "global/snapshots/orders-moving", None),
    # 0.01 x 730 twice; 0.012 x 730
    _waste("ip.unassociated", f"regions/{BELGIUM}/addresses/old-vpn", "7.30"),
    _waste("ip.unassociated", f"regions/{IOWA}/addresses/spare-us", "7.30"),
    _waste("ip.unassociated", f"regions/{FRANKFURT}/addresses/spare-de", "8.76"),
)
