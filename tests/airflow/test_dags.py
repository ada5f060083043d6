"""The DAGs, really run by Airflow: in an environment of its own, with the command line of this one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert

from stores import open_store
from stores.tables import daily_costs, ingestions
from tests.support.daily_costs import cost_row, ingestion_row

CLONE = Path(__file__).parents[2]
DAGS = CLONE / "deploy/airflow/cloud_sentinel_costs.py"
REQUIREMENTS = CLONE / "deploy/airflow/requirements.txt"
ENVIRONMENT = CLONE / ".cache/airflow"
RUN = """
import importlib.util, json, sys
from datetime import UTC, datetime
spec = importlib.util.spec_from_file_location("dags", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
for dag in (module.daily_costs, module.costs_clean_up):
    run = dag.test(logical_date=datetime(2026, 11, 21, 8, tzinfo=UTC))
    print("RAN", json.dumps([dag.dag_id, dag.timetable.summary, str(run.state)]))
"""


@pytest.fixture(scope="module")
def airflow() -> Path:
    """Airflow's Python; the environment is kept below .cache until its requirements change."""
    mark = ENVIRONMENT / "requirements.txt"
    python = ENVIRONMENT / "bin/python"
    if not mark.exists() or mark.read_text() != REQUIREMENTS.read_text():
        uv = str(Path(sys.executable).parent / "uv")
        subprocess.run([uv, "venv", "-q", "--clear", "--python", sys.executable, str(ENVIRONMENT)], check=True)
        install = [uv, "pip", "install", "-q", "--python", str(python), "-r", str(REQUIREMENTS)]
        subprocess.run(install, check=True, timeout=600)
        mark.write_text(REQUIREMENTS.read_text())
    return python


@pytest.fixture
async def home(tmp_path: Path) -> Path:
    """A store with a day of costs."""
    store = open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    await store.migrate()
    async with store.write() as writing:
        await writing.change(insert(ingestions), [ingestion_row("now", asof=datetime(2026, 11, 21, 4, tzinfo=UTC))])
        await writing.change(insert(daily_costs), [cost_row(1, "2026-11-20", "12.50")])
    await store.close()
    return tmp_path


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_both_dags_run_to_their_end(airflow: Path, home: Path) -> None:
    data, bucket = home / "data", home / "bucket"
    old = data / "raw/costs_2026-10-01.csv"
    old.parent.mkdir(parents=True)
    old.write_text("x")
    bill = home / "bill.csv"
    bill.write_text((Path(__file__).parent / "bill.csv").read_text())
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "SENTINEL"))},
        "AIRFLOW_HOME": str(home / "airflow"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS.parent),
        "SENTINEL_HOME": str(home),
        "SENTINEL_COMMAND": str(Path(sys.executable).parent / "sentinel"),
        "SENTINEL_DAILY_SOURCES": f"focus={bill}",
        "SENTINEL_DAILY_FOLDER": str(data),
        "SENTINEL_DAILY_UPLOAD": str(bucket),
    }
    migrated = [str(airflow.parent / "airflow"), "db", "migrate"]
    subprocess.run(migrated, env=environment, check=True, capture_output=True, timeout=300)
    ran = subprocess.run(
        [str(airflow), "-c", RUN, str(DAGS)],
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
        cwd=home,
    )
    told = [json.loads(line.removeprefix("RAN ")) for line in ran.stdout.splitlines() if line.startswith("RAN ")]
    assert told == [
        ["cloud_sentinel_daily_costs", "0 8 * * *", "success"],
        ["cloud_sentinel_costs_clean_up", "0 3 * * 0", "success"],
    ], ran.stdout[-4000:] + ran.stderr[-2000:]
    (entry,) = (json.loads(line) for line in (data / "history.jsonl").read_text().splitlines())
    assert (entry["date"], entry["status"], entry["sources"]) == ("2026-11-21", "COMPLETED", [f"focus={bill}"])
    rows = (bucket / "processed/costs_2026-11-21.csv").read_text().splitlines()
    assert [row.split(",")[6] for row in rows[1:]] == ["12.50", "3.25"]
    assert not old.exists()
