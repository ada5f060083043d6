"""Settings of every process: one frozen class, prefix ``SENTINEL_``. Nothing else reads the environment."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Each field is a setting; its description becomes docs/settings.md and ``.env.example``."""

    model_config = SettingsConfigDict(env_prefix="SENTINEL_", frozen=True, extra="ignore", env_ignore_empty=True)

    home: Path = Field(Path(".sentinel"), description="Folder of the SQLite files when no other place is given.")
    bus: str = Field("", description="`sqlite:///FILE` or `kafka://host:port[,host:port]`. Empty: SQLite in home.")
    kafka_security: Literal["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"] = Field(
        "plaintext", description="How Kafka is spoken to: `plaintext`, `ssl`, `sasl_plaintext` or `sasl_ssl`."
    )
    kafka_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "SCRAM-SHA-512", description="With sasl: `PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`."
    )
    kafka_username: str = Field("", description="With sasl: the user.")
    kafka_password: str = Field("", repr=False, description="With sasl: its password.")
    kafka_ca: Path | None = Field(
        None,
        description="With ssl: PEM file of the authority that signed the brokers' certificates. Empty: the system's.",
    )
    kafka_certificate: Path | None = Field(None, description="With ssl, for mutual TLS: PEM file of our certificate.")
    kafka_key: Path | None = Field(None, description="With ssl, for mutual TLS: PEM file of its key.")
    store: str = Field(
        "",
        repr=False,
        description="`sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST[:PORT]/DATABASE[?sslmode=require]`. "
        "Empty: SQLite in home.",
    )
    events_topic: str = Field(
        "sentinel.events",
        description="Topic of the events. With `{client}` in it each client has a topic of its own, to which a "
        "subscriber can be limited (docs/subscribers.md).",
    )
    host: str = Field("127.0.0.1", description="Address that the API listens on.")
    port: int = Field(8080, ge=1, le=65535, description="Port that the API listens on.")
    metrics_port: int | None = Field(
        None,
        ge=1,
        le=65535,
        description="Port on which this process tells its metrics (`/metrics`, Prometheus), `/healthz` and `/readyz`, "
        "without a token. `sentinel up` gives the API this one and the engine the next. Empty: none.",
    )
    otlp_endpoint: str = Field(
        "",
        description="Where traces go: a collector that takes OTLP over HTTP (http://host:4318). Needs the extra "
        "`[otel]`. Empty: no traces.",
    )
    api_url: str = Field(
        "", description="Where the commands that need a server find the API. Empty: `host` and `port` of this shell."
    )
    api_key: str = Field(
        "", repr=False, description="The API key (`csk_…`) with which the commands that need a server sign in."
    )
    public_url: str = Field(
        "",
        description="Where browsers reach the API, for example `https://sentinel.example.com`: with https the "
        "cookie of the page goes over https only. Empty: `host` and `port`.",
    )
    token_keys: str = Field(
        "",
        repr=False,
        description="What signs access tokens: 32 random characters or more; several with a comma between them while "
        "rotating, the newest first. The same for every API process. Empty: made in home, for one machine.",
    )
    first_key: str = Field(
        "",
        repr=False,
        description="An API key (`csk_`, 16 hex digits, `_`, 43 characters of base64url) that may do everything for "
        "the client `default` from the first start on, until it is revoked. For a start without a person.",
    )
    cors_origins: str = Field(
        "",
        description="Origins whose pages may call the API from a browser, with a comma between them: "
        "`https://portal.example.com`. Empty: none but its own.",
    )
    api_requests_per_second: float = Field(
        50.0,
        gt=0,
        description="Requests a second of one user or API key in one API process; ten times as many at once.",
    )
    oidc_issuer: str = Field(
        "", description="OpenID Connect provider that people may sign in at: its issuer URL. Empty: none."
    )
    oidc_client_id: str = Field("", description="What the provider calls this product.")
    oidc_client_secret: str = Field("", repr=False, description="Its secret there. Empty: none, PKCE alone.")
    log_format: Literal["auto", "json", "console"] = Field(
        "auto", description="`json`, `console`, or `auto`: console on a terminal, JSON elsewhere."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged.")
    worker_tasks: int = Field(4, ge=1, le=64, description="Tasks that one worker runs at the same time.")
    region_threads: int = Field(8, ge=1, le=64, description="Calls in flight for one account and region.")
    requests_per_second: float = Field(
        20.0, gt=0, description="Limit of calls a second for one account, region and API family."
    )
    call_seconds: float = Field(
        120.0,
        ge=1,
        description="A call that has no answer after so long, signing in included, is given up (AWS, Google Cloud).",
    )
    lease_seconds: float = Field(
        30.0, ge=1, description="A worker that does not renew its lease for so long loses the task."
    )
    max_attempts: int = Field(3, ge=1, le=10, description="Attempts of a task before it is FAILED.")
    tick_seconds: float = Field(0.2, gt=0, le=10, description="How often the planner looks for work.")
    retention_days: int | None = Field(
        None, ge=1, description="Days (UTC) that the event log is kept. Empty: 14 on SQLite, 30 on PostgreSQL."
    )
    progress_retention_days: int = Field(
        30,
        ge=1,
        description="Days that the steps of a scan that has ended are kept; the last stays with the scan.",
    )
    scan_retention_days: int = Field(
        365, ge=1, description="Days that a scan that has ended is kept, with its tasks. Findings and resources stay."
    )
    changes: bool = Field(
        True, description="Whether what really changed goes to `sentinel.changes`. Set it from the first scan on."
    )
    bus_retention_hours: int = Field(48, ge=1, description="Hours that the SQLite bus keeps messages.")
    callback_secret: str = Field(
        "",
        repr=False,
        description="What signs call-backs (Standard Webhooks): `whsec_` and the base64 of 24 to 64 random bytes; two "
        "with a comma between them while rotating. Empty: no call-backs.",
    )
    callback_private: bool = Field(
        False, description="Whether call-backs may go to private addresses and over plain http."
    )
    kek: str = Field(
        "",
        repr=False,
        description="For workers only: the keys that open the secrets of accounts, newest first, with commas between "
        "them (`sentinel keys generate`; docs/accounts.md). A secret itself. The API refuses to start with it.",
    )
    kek_public: str = Field(
        "",
        description="For the API: the public half of the newest key, which seals the secrets of accounts and opens "
        "none. Empty: accounts with a secret are refused.",
    )
    gcp_authority: str = Field(
        "",
        description="Where keys and tokens of Google Cloud are exchanged, when it is not googleapis.com: "
        "`https://host[:port]`.",
    )
    gcp_token_file: Path | None = Field(
        None,
        description="For workers: the file with the OIDC token of their platform, for accounts that are reached by "
        "workload identity federation of Google Cloud.",
    )
    rules: Path | None = Field(
        None,
        description="File with other thresholds and exceptions for rules (docs/rules.md). Empty: the defaults.",
    )
    raw: Path | None = Field(
        None,
        description="Folder in which workers keep the raw answers of the clouds as an audit log, without secrets "
        "(docs/audit-log.md). Empty: nothing is kept.",
    )
    raw_answer_kib: int = Field(1024, ge=1, description="Longest raw answer that is kept whole, in KiB.")
    raw_scan_mib: int = Field(256, ge=1, description="Room for the raw answers of one scan, compressed, in MiB.")
    raw_retention_days: int = Field(7, ge=1, description="Days that raw answers are kept.")
    lake: str = Field(
        "",
        description="Where bills are kept (docs/lake.md): a folder, `s3://BUCKET[/PREFIX]`, "
        "`az://ACCOUNT/CONTAINER[/PREFIX]` or `gs://BUCKET[/PREFIX]`. Empty: the folder `lake` in home.",
    )
    bills: str = Field(
        "",
        description="Where ingestions that the API accepts may read, as beginnings of paths with commas between them: "
        "`s3://our-billing/,/srv/bills/`. Empty: nowhere. `sentinel costs ingest` reads what its user may read.",
    )
    lake_encryption: Literal["", "AES256", "aws:kms"] = Field(
        "", description="Encryption that S3 is asked for: `AES256` or `aws:kms`. Empty: the bucket's own."
    )
    lake_kms_key: str = Field("", description="With `aws:kms`: id or ARN of the key. Empty: the account's own.")
    lake_memory_mib: int = Field(
        512, ge=256, description="Memory that reading and writing bills may take, in MiB; more is spilled to disk."
    )
    answers: Path | None = Field(
        None,
        description="Folder in which answers are kept for scans that take older ones (`--max-age`, docs/scans.md). "
        "Empty: `answers` in home.",
    )
    answers_mib: int = Field(256, ge=1, description="Room for these answers, in MiB; the oldest go first.")
    rates: Path | None = Field(
        None,
        description="CSV of rates between currencies, `from,to,date,rate` (docs/costs.md). Empty: currencies are never "
        "added.",
    )
    push_url: str = Field(
        "",
        description="Where a push sends the events in 2CBP form: an aggregator's `/submit-metrics`. Empty: none.",
    )
    push_authorization: str = Field(
        "", repr=False, description="The push's `Authorization` header, for example `Bearer TOKEN`. A secret."
    )
    push_batch: int = Field(500, ge=1, le=5000, description="Events in one POST of the push, at most.")
    push_seconds: float = Field(2.0, gt=0, le=60, description="How long the push waits for a batch to fill.")
    aws_principal: str = Field(
        "",
        description="ARN of the AWS identity that workers have: whom the roles trust that `accounts setup` prints.",
    )
    demo_endpoint: str = Field("", description="Where the demo cloud answers; set by `sentinel demo`.")
    azure_endpoint: str = Field(
        "",
        description="Azure Resource Manager, when it is not that of the public cloud: a sovereign cloud's, or another "
        "that speaks like it (https://host:port).",
    )
    azure_authority: str = Field(
        "", description="Where Azure signs in. Empty: the cloud's own; at an address of your own, the same."
    )
    azure_ca: str = Field(
        "", description="File of the certificates that Azure's addresses are trusted by, when they are not the usual."
    )
    gcp_endpoint: str = Field(
        "",
        description="Where Google Cloud's APIs answer (gRPC), instead of googleapis.com: `http://host:port` or "
        "`https://host:port`. Credentials come by Google's own variables.",
    )
    fixed_now: datetime | None = Field(
        None, description="For tests and the demo: the moment at which scans count as accepted, instead of the clock."
    )
    id_seed: str = Field("", description="For tests and the demo: makes the scan ids repeatable. Empty: random ids.")

    @property
    def event_retention_days(self) -> int:
        """Days that the event log is kept, with the default of the store filled in."""
        return self.retention_days or (30 if self.store.startswith("postgresql") else 14)

    @property
    def answers_folder(self) -> Path:
        """Where answers are kept, with the default filled in."""
        return self.answers or self.home / "answers"

    @property
    def bus_url(self) -> str:
        """The bus, with the default filled in."""
        return self.bus or f"sqlite:///{self.home.resolve() / 'bus.sqlite'}"

    @property
    def api_address(self) -> str:
        """Where the API is, with the default filled in."""
        return self.api_url.rstrip("/") or f"http://{self.host}:{self.port}"

    @property
    def lake_place(self) -> str:
        """The lake, with the default filled in."""
        return self.lake or str(self.home.absolute() / "lake")

    @property
    def public_address(self) -> str:
        """Where browsers reach the API, with the default filled in."""
        return self.public_url.rstrip("/") or f"http://{self.host}:{self.port}"

    @property
    def store_url(self) -> str:
        """The store, with the default filled in."""
        return self.store or f"sqlite:///{self.home.resolve() / 'store.sqlite'}"


DEMO_ENDPOINTS: Final = {"aws": "demo_endpoint", "azure": "azure_endpoint", "gcp": "gcp_endpoint"}
"""By provider: the setting that says where its demo cloud answers."""
