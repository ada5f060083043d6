"""The wheel, installed into a clean environment outside the clone: small, complete, and the demo runs from it."""

from __future__ import annotations

import os
import subprocess
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UV = ROOT / ".venv/bin/uv"
MAX_MB = 150
MAX_DISTRIBUTIONS = 60

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wheel"), pytest.mark.timeout(300)]


def _run(*command: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([str(part) for part in command], text=True, capture_output=True, check=False, **options)  # type: ignore[call-overload]
    assert done.returncode == 0, f"{command}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    _run(UV, "build", "--quiet", "--wheel", "--out-dir", folder, ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("environment") / "venv"
    _run(UV, "venv", "--quiet", folder)
    _run(UV, "pip", "install", "--quiet", "--link-mode", "copy", "--python", folder, wheel)
    return folder


def test_the_wheel_holds_the_rooms_and_their_data_but_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "schemas/catalogue.json" in names
    assert "scanners/core/prices.csv" in names
    assert any(name.startswith("stores/migrations/versions/") for name in names)
    assert [name for name in names if name.startswith("tests/")] == []
    assert any(name.endswith("dist-info/licenses/NOTICE") for name in names)


def test_the_default_install_is_small(environment: Path, capsys: pytest.CaptureFixture[str]) -> None:
    size = sum(path.stat().st_size for path in environment.rglob("*") if path.is_file() and path.suffix != ".pyc")
    distributions = len(list(environment.glob("lib/python*/site-packages/*.dist-info")))
    with capsys.disabled():
        print(f"\ndefault install: {size / 1e6:.0f} MB without byte code, {distributions} distributions")
    assert size / 1e6 <= MAX_MB
    assert distributions <= MAX_DISTRIBUTIONS


def test_the_demo_runs_from_the_wheel_without_credentials_and_without_a_network(
    environment: Path, tmp_path: Path
) -> None:
    command = [str(environment / "bin/sentinel"), "demo", "--once", "--port", "0"]
    isolated = ["unshare", "--net", "sh", "-c", 'ip link set lo up 2>/dev/null; exec "$@"', "sh"]
    prefix = isolated if os.geteuid() == 0 and _can_isolate() else []
    done = _run(*prefix, *command, cwd=tmp_path, env={"HOME": str(tmp_path), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
    assert "planted = found" in done.stdout + done.stderr


def _can_isolate() -> bool:
    probe = ["unshare", "--net", "sh", "-c", "ip link set lo up && ip addr show lo | grep -q 127.0.0.1"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0
