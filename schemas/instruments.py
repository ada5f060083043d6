"""What every process counts of itself, for Prometheus: the names, labels and units that dashboards stand on.

Counters end in ``_total``. Durations are seconds, money is USD. No label holds a resource, an account or a client: the
number of series stays bounded by providers, services and regions.
"""

from __future__ import annotations

from typing import Final

from prometheus_client import REGISTRY, Counter, Gauge, Histogram

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
LONG_SECONDS: Final = (0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)

_BY_SERVICE: Final = ("provider", "service", "region")

ROLE_UP: Final = Gauge("sentinel_role_up", "1 while the role runs, 0 while it waits to be started again.", ["role"])
ROLE_FAILURES: Final = Counter("sentinel_role_failures_total", "How often a role ended with an error.", ["role"])
DEPENDENCY_UP: Final = Gauge(
    "sentinel_dependency_up", "1 while what the process needs (store, bus) answers, else 0.", ["dependency"]
)

HTTP_REQUESTS: Final = Counter(
    "sentinel_http_requests_total", "Requests that the API answered.", ["method", "route", "status"]
)
HTTP_SECONDS: Final = Histogram(
    "sentinel_http_request_seconds", "Until the first byte of the answer.", ["method", "route"], buckets=SECONDS
)
SCANS_ACCEPTED: Final = Counter("sentinel_scans_accepted_total", "Scans that were answered 202.", ["provider"])
SCANS_FINISHED: Final = Counter("sentinel_scans_finished_total", "Scans that ended, by how.", ["provider", "status"])
SCAN_SECONDS: Final = Histogram(
    "sentinel_scan_seconds", "From accepted to finished.", ["provider"], buckets=LONG_SECONDS
)

TASKS_ENDED: Final = Counter(
    "sentinel_tasks_ended_total",
    "Attempts of tasks, by how they ended: finished, failed, lost.",
    ["provider", "family", "result"],
)
TASK_SECONDS: Final = Histogram(
    "sentinel_task_seconds", "One attempt of a task.", ["provider", "family"], buckets=LONG_SECONDS
)
TASKS_RUNNING: Final = Gauge("sentinel_worker_tasks_running", "Tasks that this worker runs now.")
WORKER_SLOTS: Final = Gauge("sentinel_worker_slots", "Tasks that this worker runs at the same time, at most.")
TASKS_WAITING: Final = Gauge("sentinel_worker_tasks_waiting", "Dispatched tasks that wait in this worker for a slot.")

RESOURCES: Final = Counter("sentinel_scan_resources_total", "Resources that were listed.", _BY_SERVICE)
EVENTS: Final = Counter("sentinel_scan_events_total", "Events that were sent.", _BY_SERVICE)
CALLS: Final = Counter("sentinel_scan_calls_total", "Calls to the cloud, throttled tries included.", _BY_SERVICE)
CALL_USD: Final = Counter("sentinel_scan_calls_usd_total", "Price of the calls that have a known one.", _BY_SERVICE)
THROTTLES: Final = Counter(
    "sentinel_scan_throttles_total", "Calls that the cloud answered with throttling.", _BY_SERVICE
)
SERVICE_SECONDS: Final = Counter("sentinel_scan_service_seconds_total", "Time spent on a service.", _BY_SERVICE)
GAPS: Final = Counter(
    "sentinel_scan_gaps_total", "Calls that were denied or failed: what could not be seen.", ["provider", "status"]
)

LAG: Final = Gauge(
    "sentinel_consumer_lag", "Messages between a group's position and the end.", ["topic", "group", "partition"]
)
STORED: Final = Counter("sentinel_store_events_total", "Events that were stored; repeats count too.")
STORE_SECONDS: Final = Histogram(
    "sentinel_store_batch_seconds", "One transaction of the materializer.", buckets=SECONDS
)
REFUSED: Final = Counter("sentinel_dead_letters_written_total", "What could not be read or stored.", ["topic"])
PUSHED: Final = Counter("sentinel_push_events_total", "Events that the aggregator took.")
PUSH_FAILURES: Final = Counter("sentinel_push_failures_total", "POSTs that the aggregator did not take.")
CALLBACKS: Final = Counter("sentinel_callbacks_total", "Attempts of call-backs, by result.", ["result"])
LEASES_EXPIRED: Final = Counter("sentinel_leases_expired_total", "Tasks whose worker no longer renewed its lease.")

SCANS_OPEN: Final = Gauge("sentinel_scans", "Scans that have not ended, by status.", ["status"])
TASKS_OPEN: Final = Gauge("sentinel_tasks", "Tasks that have not ended, by status.", ["status"])
OUTBOX_SECONDS: Final = Gauge(
    "sentinel_outbox_oldest_seconds", "Age of the oldest row that is still to be published.", ["outbox"]
)
LEASE_SECONDS: Final = Gauge(
    "sentinel_lease_overdue_seconds", "For how long the longest overdue lease should have been renewed; 0: none is."
)
DEAD_LETTERS: Final = Gauge("sentinel_dead_letters", "Dead letters that nobody has decided about.")
POOL: Final = Gauge(
    "sentinel_store_pool_connections", "Connections to the store, by use: read, write; and state.", ["use", "state"]
)

__all__ = ["REGISTRY"]
