"""Two DAGs: the daily run of the costs at 08:00 UTC, and the clean-up of its files every Sunday. See docs/daily-run.md.

They run the command line: Airflow needs nothing of the product but the program. What to read and where to put it comes
from the environment of the workers.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
PLACES = '--folder "${SENTINEL_DAILY_FOLDER:-data}" ${SENTINEL_DAILY_UPLOAD:+--upload "$SENTINEL_DAILY_UPLOAD"}'
PROGRAM = '"${SENTINEL_COMMAND:-sentinel}"'
# the day of the run is that of its schedule, so that a run that is repeated later makes the same files
DAY = "--day {{ (data_interval_end or dag_run.run_after).strftime('%Y-%m-%d') }}"
RETRIES = {"retries": 2, "retry_delay": timedelta(minutes=10)}

with DAG(
    dag_id="cloud_sentinel_daily_costs",
    description="Bills in; tables, key figures and a report out, uploaded.",
    schedule="0 8 * * *",
    start_date=BEGINNING,
    catchup=False,
    max_active_runs=1,
    default_args=RETRIES,
    tags=["cloud-sentinel", "costs"],
) as daily_costs:
    BashOperator(
        task_id="run_daily",
        bash_command=(
            'sources=(); for source in ${SENTINEL_DAILY_SOURCES:-}; do sources+=(--source "$source"); done; '
            f'{PROGRAM} costs run-daily {DAY} "${{sources[@]}}" {PLACES}'
        ),
    )

with DAG(
    dag_id="cloud_sentinel_costs_clean_up",
    description="Deletes the files of daily runs that are older than 30 days.",
    schedule="0 3 * * 0",
    start_date=BEGINNING,
    catchup=False,
    max_active_runs=1,
    default_args=RETRIES,
    tags=["cloud-sentinel", "costs"],
) as costs_clean_up:
    BashOperator(
        task_id="clean_up",
        bash_command=f"{PROGRAM} costs clean-up {DAY} {PLACES}",
    )
