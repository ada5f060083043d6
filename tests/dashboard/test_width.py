"""The page in a real browser: what is wider than the screen is found by nobody."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from dashboard import ASSETS
from dashboard.overview import Overview, render
from tests.dashboard.test_overview import FINDING, GAP, PAGE, SCAN

PROBE = """
<title>waiting</title>
<iframe id="page" src="page.html" style="width: {width}px; height: 1000px; border: 0"></iframe>
<script>onload = () => {{ document.title = "widest " + page.contentDocument.documentElement.scrollWidth }}</script>
"""


@pytest.fixture
def chromium() -> str:
    found = shutil.which("chromium")
    if found is None:
        lack = "no browser: sudo apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(lack)
        pytest.skip(lack)
    return found


@pytest.mark.parametrize("width", [320, 400, 1280])
def test_nothing_is_wider_than_the_screen(width: int, chromium: str, tmp_path: Path) -> None:
    assert _widest(_with_long_words(), width, chromium, tmp_path) <= width


def test_the_probe_sees_what_is_too_wide(chromium: str, tmp_path: Path) -> None:
    body = '<div style="width: 600px">wide</div>'
    (tmp_path / "page.html").write_text(body)
    assert _probe(400, chromium, tmp_path) >= 600


def _with_long_words() -> Overview:
    long = "arn:aws:sts::222222222222:assumed-role/" + "cloud-sentinel-" * 12
    return replace(
        PAGE,
        findings=[replace(FINDING, resource_id=long)],
        gaps=[replace(GAP, reason=long, what=long)],
        scans=[replace(SCAN, error=long)],
    )


def _widest(overview: Overview, width: int, chromium: str, folder: Path) -> int:
    style = f"<style>{(ASSETS / 'style.css').read_text()}</style>"
    page, links = re.subn(r'<link[^>]*rel="stylesheet"[^>]*>', style, render(overview))
    assert links == 1
    (folder / "page.html").write_text(page)
    return _probe(width, chromium, folder)


def _probe(width: int, chromium: str, folder: Path) -> int:
    probe = folder / "probe.html"
    probe.write_text(PROBE.format(width=width))
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    shown = subprocess.run(
        [chromium, *options, "--allow-file-access-from-files", f"--user-data-dir={folder}", "--dump-dom", str(probe)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found = re.search(r"widest (\d+)", shown.stdout)
    assert found is not None
    return int(found[1])
