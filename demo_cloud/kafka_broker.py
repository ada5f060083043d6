"""A real Kafka broker on this machine, for the demo and for tests: ``python -m demo_cloud.kafka_broker --port N``.

One node (KRaft) of Apache Kafka: from the jars of Maven Central when Java is here (Maven fetches them once), else in
Docker. Prints its address when it is ready, runs in the foreground, and stops on SIGINT and SIGTERM. It never outlives
the process that it was started for (``--parent``), and its data goes with it.
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Final, Self
from uuid import uuid4

POM: Final = Path(__file__).with_name("kafka_pom.xml")
IMAGE: Final = "apache/kafka:4.3.1"
HOW_TO_GET_ONE: Final = "install Java 17 and Maven (Debian: apt install default-jre-headless maven), or start Docker"
START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 15.0
ATTEMPTS: Final = 3
_PR_SET_PDEATHSIG: Final = 1

LOGGING: Final = """rootLogger.level=WARN
rootLogger.appenderRef.c.ref=C
appender.c.type=Console
appender.c.name=C
appender.c.layout.type=PatternLayout
appender.c.layout.pattern=%d %p %c{1} %m%n
"""


class BrokerError(Exception):
    """No broker can be started here; the text says why and what to do."""


def jar_folder() -> Path:
    """Where the jars are kept: in the clone, or in the user's cache. Named by what is in them."""
    clone = Path(__file__).parents[1]
    user = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cloud-sentinel"
    cache = clone / ".cache" if (clone / "pyproject.toml").exists() else user
    return cache / "kafka" / hashlib.sha256(POM.read_bytes()).hexdigest()[:12]


def means() -> str | None:
    """How a broker can be started here: ``java``, ``docker`` or None."""
    if shutil.which("java") and (jar_folder().exists() or shutil.which("mvn")):
        return "java"
    if shutil.which("docker"):
        asked = subprocess.run(["docker", "version"], capture_output=True, timeout=20, check=False)  # noqa: S607
        return "docker" if asked.returncode == 0 else None
    return None


def fetch_jars() -> Path:
    """The jars, fetched once. Raises ``BrokerError``."""
    folder = jar_folder()
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        _run_maven(Path(scratch))
        try:
            (Path(scratch) / "jars").rename(folder)
        except OSError:
            if not folder.exists():
                raise
    return folder


def _run_maven(scratch: Path) -> None:
    command = ["mvn", "-q", "-B", "-f", str(POM), "dependency:copy-dependencies", "-DincludeScope=runtime"]
    command += [f"-DoutputDirectory={scratch / 'jars'}", f"-Dmaven.repo.local={scratch / 'repository'}"]
    for _ in range(ATTEMPTS):
        made = subprocess.run(  # noqa: S603 - our own command
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600, check=False
        )
        if made.returncode == 0:
            return
    raise BrokerError(f"Maven could not fetch Kafka: {made.stdout[-1500:]}")


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def answers(port: int) -> bool:
    """Whether a broker's request handlers run: it answers ApiVersions."""
    body = struct.pack(">hhih", 18, 0, 1, 1) + b"x"
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as connection:
            connection.settimeout(2)
            connection.sendall(struct.pack(">i", len(body)) + body)
            return bool(connection.recv(4))
    except OSError:
        return False


def properties(listeners: str, advertised: str, controller: str) -> dict[str, str]:
    """One small node; groups start at once and notice the dead early."""
    return {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@{controller}",
        "listeners": f"PLAINTEXT://{listeners},CONTROLLER://{controller}",
        "advertised.listeners": f"PLAINTEXT://{advertised}",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "PLAINTEXT",
        "auto.create.topics.enable": "false",
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "1",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        "group.initial.rebalance.delay.ms": "0",
        "group.min.session.timeout.ms": "1000",
        "num.network.threads": "2",
        "num.io.threads": "2",
        "log.segment.bytes": str(64 << 20),
        "log.index.size.max.bytes": str(1 << 20),
        "log.cleaner.dedupe.buffer.size": str(2 << 20),
        "controlled.shutdown.enable": "false",
    }


class Broker:
    """A running broker; ``with Broker(port=None) as broker: broker.address``. Stopped at the end of the block.

    Start it from the main thread: the broker is told to die with the thread that started it.
    """

    def __init__(self, port: int | None = None) -> None:
        self.address = ""
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None
        self._folder = Path(tempfile.mkdtemp(prefix="sentinel-kafka-"))

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    format_options: Sequence[str] = ()
    """What the storage is formatted with beside its id."""

    def settings(self, here: str, controller: str) -> dict[str, str]:
        """The server's properties."""
        return properties(here, here, controller)

    def answers(self, port: int) -> bool:
        """Whether it can be spoken to."""
        return answers(port)

    def running(self) -> bool:
        """Whether the broker's process is alive."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """Ends the process and removes its data."""
        self._end()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _end(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _start(self) -> None:
        start = {"java": self._java, "docker": self._docker}.get(means() or "")
        if start is None:
            raise BrokerError(f"Kafka needs Java or Docker: {HOW_TO_GET_ONE}")
        for _ in range(ATTEMPTS):
            port = self._port or free_port()
            self._process = self._spawn(start(port))
            if self._wait(port):
                self.address = f"127.0.0.1:{port}"
                return
            self._end()
        raise BrokerError(f"Kafka did not start: {self._log().read_text(errors='replace')[-2000:]}")

    def _java(self, port: int) -> Sequence[str]:
        """Formats a storage folder; the command of the broker on it."""
        data = self._folder / f"data-{port}"
        config = self._folder / "server.properties"
        _write(config, self.settings(f"127.0.0.1:{port}", f"127.0.0.1:{free_port()}") | {"log.dirs": str(data)})
        logging = self._folder / "log4j2.properties"
        logging.write_text(LOGGING)
        java = ["java", f"-Dlog4j2.configurationFile=file:{logging}", "-cp", f"{fetch_jars()}/*"]
        cluster = "A" + urlsafe_b64encode(uuid4().bytes).decode()[1:22]
        format_ = [*java, "kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(config), *self.format_options]
        made = subprocess.run(format_, capture_output=True, text=True, timeout=START_SECONDS, check=False)  # noqa: S603
        if made.returncode:
            raise BrokerError(f"Kafka could not format its storage: {made.stdout}{made.stderr}")
        return [java[0], "-Xmx384m", "-Xms128m", "-XX:+UseSerialGC", *java[1:], "kafka.Kafka", str(config)]

    def _docker(self, port: int) -> Sequence[str]:
        """The same node in a container; the client in the foreground passes our signals on."""
        settings = properties("0.0.0.0:9092", f"127.0.0.1:{port}", "127.0.0.1:9093")
        run = ["docker", "run", "--rm", "--publish", f"127.0.0.1:{port}:9092"]
        for name, value in settings.items():
            run += ["--env", f"KAFKA_{name.upper().replace('.', '_')}={value}"]
        return [*run, IMAGE]

    def _spawn(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        with self._log().open("wb") as log:
            return subprocess.Popen(  # noqa: S603 - our own command
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - no threads here
            )

    def _log(self) -> Path:
        return self._folder / "broker.log"

    def _wait(self, port: int) -> bool:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self.running():
            if self.answers(port):
                return True
            time.sleep(0.1)
        return False


def _write(path: Path, values: Mapping[str, str]) -> None:
    path.write_text("".join(f"{name}={value}\n" for name, value in values.items()))


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _alive(pid: int | None) -> bool:
    if pid is None:
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a broker until a signal, its own end, or the end of the process it was started for."""
    parser = argparse.ArgumentParser(prog="python -m demo_cloud.kafka_broker", description="A Kafka broker, for now.")
    parser.add_argument("--port", type=int, help="port to listen on; default: a free one")
    parser.add_argument("--parent", type=int, help="stop when the process with this id has ended")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with Broker(options.port) as broker:
            print(broker.address, flush=True)  # noqa: T201 - the answer of this command
            while broker.running() and _alive(options.parent):
                time.sleep(0.2)
            return 0 if broker.running() else 1
    except BrokerError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    except KeyboardInterrupt:
        return 0


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
