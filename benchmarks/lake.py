"""How fast a bill becomes silver and gold, against a bare DuckDB ``COPY`` of the same columns.

A generated Cost and Usage Report 2.0 (Parquet, about 100 columns, one month). Each round runs in a process of its own,
in turns: the floor copies those columns of the report that the mapping reads to one Parquet file, ours does everything
between raw and the manifest: opening, adding up the source, judging the rows, silver, gold and their checks. Medians,
the ratio, and the most memory that our process had. Run: python -m benchmarks.lake --lines 10000000
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from finops.ingest import bill as bills
from finops.ingest import layers
from finops.ingest.bill import Bill
from finops.readers.aws_cur import AwsCur
from finops.readers.files import Part
from schemas.settings import Settings
from stores.lake import duck

PLAIN_COLUMNS = 58
"""Of the report, beside those that the mapping reads: products and prices that nobody asked for."""
KINDS = "['Usage','Usage','Usage','Usage','SavingsPlanCoveredUsage','SavingsPlanNegation','DiscountedUsage','Tax']"
REPORT = {
    "identity_line_item_id": "md5(i::VARCHAR)",
    "identity_time_interval": "strftime(t, '%Y-%m-%dT%H:00:00Z')",
    "bill_payer_account_id": "'999999999999'",
    "bill_billing_period_start_date": "TIMESTAMP '2026-10-01'",
    "bill_billing_period_end_date": "TIMESTAMP '2026-11-01'",
    "bill_bill_type": "'Anniversary'",
    "bill_invoice_id": "NULL::VARCHAR",
    "bill_billing_entity": "'AWS'",
    "line_item_usage_account_id": "lpad((i % 200)::VARCHAR, 12, '1')",
    "line_item_usage_account_name": "'account ' || (i % 200)",
    "line_item_line_item_type": "kind",
    "line_item_usage_start_date": "t",
    "line_item_usage_end_date": "t + INTERVAL 1 HOUR",
    "line_item_product_code": "['AmazonEC2','AmazonS3','AmazonRDS','AWSLambda','AmazonCloudWatch'][1 + i % 5]",
    "line_item_usage_type": "'EUW1-' || ['BoxUsage','Requests','InstanceUsage','GB-Second','Metrics'][1 + i % 5]",
    "line_item_operation": "['RunInstances','PutObject','CreateDBInstance','Invoke','GetMetric'][1 + i % 5]",
    "line_item_availability_zone": "['eu-west-1a','eu-west-1b','us-east-1a'][1 + i % 3]",
    "line_item_resource_id": "'arn:aws:ec2:eu-west-1:111111111111:instance/i-' || (hash(i) % 50000)",
    "line_item_usage_amount": "(hash(i) % 1000) / 10.0::DOUBLE",
    "line_item_normalization_factor": "1.0::DOUBLE",
    "line_item_currency_code": "'USD'",
    "line_item_unblended_rate": "printf('%.10f', (hash(i) % 977) / 1e6)",
    "line_item_unblended_cost": "(hash(i) % 99991) / 1e6::DOUBLE",
    "line_item_blended_cost": "(hash(i) % 99991) / 1e6::DOUBLE",
    "line_item_line_item_description": "'$0.0' || (hash(i) % 500) || ' per unit'",
    "line_item_legal_entity": "'Amazon Web Services, Inc.'",
    "pricing_unit": "['Hrs','Requests','Hrs','Lambda-GB-Second','Metrics'][1 + i % 5]",
    "pricing_term": "'OnDemand'",
    "pricing_rate_code": "'R' || (i % 3000)",
    "pricing_public_on_demand_cost": "(hash(i) % 120011) / 1e6::DOUBLE",
    "pricing_public_on_demand_rate": "printf('%.10f', (hash(i) % 1009) / 1e6)",
    "reservation_reservation_a_r_n": "CASE kind WHEN 'DiscountedUsage' THEN 'arn:aws:ec2:::reserved/' || (i % 40) END",
    "reservation_effective_cost": "CASE kind WHEN 'DiscountedUsage' THEN (hash(i) % 9973) / 1e6::DOUBLE END",
    "reservation_unused_amortized_upfront_fee_for_billing_period": "NULL::DOUBLE",
    "reservation_unused_recurring_fee": "NULL::DOUBLE",
    "savings_plan_savings_plan_a_r_n": "CASE WHEN kind LIKE 'Sav%' THEN 'arn:aws:savingsplans::1:plan/' || (i % 9) END",
    "savings_plan_savings_plan_effective_cost": "CASE WHEN kind LIKE 'SavingsPlanC%' THEN (hash(i) % 9001) / 1e6 END",
    "savings_plan_total_commitment_to_date": "NULL::DOUBLE",
    "savings_plan_used_commitment": "NULL::DOUBLE",
    "savings_plan_offering_type": "CASE WHEN kind LIKE 'Sav%' THEN 'ComputeSavingsPlans' END",
    "product": "MAP {'region': 'eu-west-1', 'product_name': 'A product', 'sku': 'S' || (i % 3000)}",
    "resource_tags": "MAP {'user_team': 'team-' || (i % 20), 'user_stage': ['prod','test'][1 + i % 2]}",
}


def main() -> None:
    """Interleaved rounds, medians, ratio, memory."""
    asked = _options()
    if asked.turn:
        print(json.dumps(_turn(asked.turn, Path(asked.folder), asked.memory)))
        return
    with tempfile.TemporaryDirectory(dir=asked.where) as name:
        folder = Path(name)
        size = _generate(folder, asked.lines)
        print(f"{asked.lines:,} lines, {len(REPORT) + PLAIN_COLUMNS} columns, {size / 2**20:,.0f} MiB Parquet")
        print(f"memory limit of DuckDB {asked.memory} MiB")
        rounds = [{turn: _ask(turn, folder, asked.memory) for turn in ("floor", "ours")} for _ in range(asked.rounds)]
    middle = {
        (turn, kind): statistics.median(each[turn][kind] for each in rounds)
        for turn in ("floor", "ours")
        for kind in ("seconds", "cpu")
    }
    for turn, name in (("floor", "bare COPY"), ("ours", "silver + gold")):
        seconds, cpu = middle[turn, "seconds"], middle[turn, "cpu"]
        print(f"{name:14} {seconds:8.2f} s {cpu:8.2f} s of CPU {asked.lines / seconds:12,.0f} lines/s")
    for step in rounds[-1]["ours"]["steps"]:
        print(f"  {step:12} {statistics.median(each['ours']['steps'][step] for each in rounds):8.2f} s")
    ratios = [middle["ours", kind] / middle["floor", kind] for kind in ("seconds", "cpu")]
    peak = max(each["ours"]["peak_mib"] for each in rounds)
    print(f"ratio {ratios[0]:.2f} by the clock, {ratios[1]:.2f} by CPU (a busy machine distorts the clock)")
    print(f"peak {peak:,.0f} MiB")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", type=int, default=512, help="MiB that DuckDB may take")
    parser.add_argument("--where", help="folder for the files; some GiB")
    parser.add_argument("--turn", help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    return parser.parse_args()


def _generate(folder: Path, lines: int) -> int:
    plain = {
        f"product_extra_{n}": f"CASE WHEN hash(i + {n}) % {2 + n % 7} = 0 THEN 'v' || (hash(i * {n + 1}) % 1000) END"
        for n in range(PLAIN_COLUMNS)
    }
    columns = ", ".join(f"{expression} AS {name}" for name, expression in {**REPORT, **plain}.items())
    hour = "TIMESTAMP '2026-10-01' + INTERVAL 1 HOUR * (i % 744)"
    rows = f"SELECT i, {hour} AS t, {KINDS}[1 + (hash(i) % 8)::INT] AS kind FROM range({lines}) AS numbers (i)"
    file = folder / "report.parquet"
    with duck(Settings(home=folder), folder) as connection:
        connection.execute(f"COPY (SELECT {columns} FROM ({rows})) TO '{file}' (FORMAT parquet, COMPRESSION zstd)")
    return file.stat().st_size


def _ask(turn: str, folder: Path, memory: int) -> dict[str, Any]:
    command = [
        sys.executable,
        "-m",
        "benchmarks.lake",
        "--turn",
        turn,
        "--folder",
        str(folder),
        "--memory",
        str(memory),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _turn(turn: str, folder: Path, memory: int) -> dict[str, Any]:
    with duck(Settings(home=folder, lake_memory_mib=memory), folder) as connection:
        part = Part("report.parquet", folder / "report.parquet")
        began, used = time.perf_counter(), _cpu_seconds()
        bill = bills.open_bill(connection, AwsCur(), [part], datetime(2026, 11, 21, tzinfo=UTC), folder, {"00": "raw"})
        if turn == "floor":
            read = [name for name in REPORT if re.search(rf'"{name}"', bill.lines)]
            began, used = time.perf_counter(), _cpu_seconds()
            connection.execute(
                f"COPY (SELECT {', '.join(read)} FROM '{part.path}') TO '{folder}/floor.parquet' {layers.PARQUET}"
            )
            return {"seconds": time.perf_counter() - began, "cpu": _cpu_seconds() - used}
        told = _ours(bill, folder, began)
        return {
            **told,
            "cpu": _cpu_seconds() - used,
            "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }


def _cpu_seconds() -> float:
    told = resource.getrusage(resource.RUSAGE_SELF)
    return told.ru_utime + told.ru_stime


def _ours(bill: Bill, folder: Path, began: float) -> dict[str, Any]:
    times = {"open": time.perf_counter()}
    bills.source_totals(bill)
    times["source"] = time.perf_counter()
    (month,), bad = bills.months(bill)
    assert not bad
    bill = bills.without_judging(bill)
    times["months"] = time.perf_counter()
    layers.write_silver(bill, month, folder / "silver.parquet", alone=True)
    times["silver"] = time.perf_counter()
    layers.write_gold(bill.connection, folder / "silver.parquet", folder / "gold.parquet")
    times["gold"] = time.perf_counter()
    for layer, column in (("silver", "BilledCost"), ("gold", "billed")):
        assert layers.billed_of(bill.connection, folder / f"{layer}.parquet", column) == month.billed
    times["checks"] = time.perf_counter()
    moments = [began, *times.values()]
    steps = {name: end - start for name, start, end in zip(times, moments, moments[1:], strict=False)}
    return {"seconds": moments[-1] - began, "steps": steps}


if __name__ == "__main__":
    main()
