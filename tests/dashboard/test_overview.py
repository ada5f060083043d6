"""The page at /, from what it is given."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest

from dashboard import ASSETS
from dashboard.overview import EventLine, FindingLine, GapLine, Overview, ScanLine, render

AT = datetime(2026, 11, 21, 4, 0, 7, tzinfo=UTC)
VOLUME = "arn:aws:ec2:eu-west-1:123456789012:volume/vol-0a1"
SCAN = ScanLine(
    scan_id="scan-1",
    status="COMPLETED",
    running=False,
    account="123456789012",
    demo=False,
    created_at=AT,
    duration_seconds=4.25,
    tasks_done=3,
    tasks_total=3,
    services_reached=5,
    services_total=5,
    complete=True,
    error=None,
)
FINDING = FindingLine(
    id="finding-1",
    category="waste",
    severity="high",
    resource_id=VOLUME,
    region="eu-west-1",
    rule="disk.unattached",
    reason="attached to nothing, created 41 days ago",
    saving=Decimal("8.80"),
    currency="USD",
)
GAP = GapLine(
    account="123456789012",
    service="s3",
    status="denied",
    scope="listing",
    what="s3:ListAllMyBuckets",
    regions=("us-east-1",),
    count=1,
    reason="no grant",
    statement='{"Effect": "Allow"}',
)
PAGE = Overview(
    at=AT,
    wasted=[("USD", Decimal("1234.50"))],
    findings_total=1,
    findings=[FINDING],
    complete=True,
    services_reached=5,
    services_total=5,
    price_date="2026-11-01",
    demo=False,
    scans=[SCAN],
    gaps=[],
    events=[EventLine("event-1", AT, "aws.metadata.ebs.size_gib", VOLUME, "100")],
)
EMPTY = replace(PAGE, wasted=[], findings_total=0, findings=[], price_date=None, scans=[], events=[])


class Outline(HTMLParser):
    """The elements of a page with their attributes, and whether each that was opened was closed."""

    VOID = frozenset({"meta", "link", "br"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def test_money_comes_first_then_findings_then_what_could_not_be_seen() -> None:
    page = render(replace(PAGE, gaps=[GAP]))
    places = [page.index(text) for text in ("1,234.50 USD", "8.80 USD", "s3:ListAllMyBuckets", "COMPLETED")]
    assert places == sorted(places)
    assert "list prices of 2026-11-01" in page


def test_every_element_is_closed_and_every_table_has_a_caption_and_headings() -> None:
    outline = Outline(render(replace(PAGE, gaps=[GAP])))
    assert outline.open == []
    assert outline.all("html") == [{"lang": "en"}]
    assert len(outline.all("table")) == len(outline.all("caption")) == 4
    assert all(heading["scope"] == "col" for heading in outline.all("th"))
    assert len(outline.all("h1")) == 1
    identifiers = {attributes["id"] for _, attributes in outline.elements if "id" in attributes}
    labels = {attributes["aria-labelledby"] for _, attributes in outline.elements if "aria-labelledby" in attributes}
    assert labels <= identifiers


def test_the_page_has_no_script_no_inline_style_and_loads_nothing_from_elsewhere() -> None:
    outline = Outline(render(PAGE))
    assert outline.all("script") == outline.all("style") == []
    for _, attributes in outline.elements:
        assert "style" not in attributes
        assert not [name for name in attributes if name.startswith("on")]
        assert (attributes.get("src") or attributes.get("href") or "/").startswith("/")


@pytest.mark.parametrize("field", ["resource_id", "reason", "region", "rule", "severity", "id"])
def test_what_comes_from_a_cloud_is_text_and_never_markup(field: str) -> None:
    hostile = '"><script>alert(1)</script>'
    changes: dict[str, Any] = {field: hostile}
    page = render(replace(PAGE, findings=[replace(FINDING, **changes)]))
    assert "<script" not in page
    assert Outline(page).open == []


def test_hostile_gaps_scans_and_events_are_text_too() -> None:
    hostile = "<img src=x onerror=alert(1)>"
    page = render(
        replace(
            PAGE,
            gaps=[replace(GAP, reason=hostile, statement=hostile, service=hostile)],
            scans=[replace(SCAN, error=hostile, account=hostile)],
            events=[EventLine("event-1", AT, "aws.metadata.ebs.tags", hostile, hostile)],
        )
    )
    assert "<img" not in page


def test_the_demo_is_marked_at_its_money() -> None:
    assert "1,234.50 USD (demo prices)" in render(replace(PAGE, demo=True))
    assert "demo" not in render(PAGE).lower()


def test_an_unknown_price_is_unknown_and_not_nothing() -> None:
    page = render(replace(PAGE, findings=[replace(FINDING, saving=None, currency=None)]))
    assert "unknown" in page
    assert "0.00" not in page


def test_nothing_found_is_clean_only_when_everything_was_seen() -> None:
    nothing = replace(PAGE, wasted=[], findings_total=0, findings=[])
    assert "everything that was asked for was seen" in render(nothing)
    partly = render(replace(nothing, complete=False, services_reached=0, gaps=[GAP]))
    assert "everything that was asked for was seen" not in partly
    assert "0 of 5 services. This is not the same as clean." in partly


def test_an_empty_store_says_that_nothing_was_scanned() -> None:
    page = render(replace(EMPTY, complete=False))
    assert page.count("Nothing was scanned yet") == 3
    assert "No gaps" not in page


def test_the_page_loads_itself_again_only_while_a_scan_runs() -> None:
    running = replace(SCAN, running=True, status="RUNNING", tasks_done=1, complete=False, duration_seconds=None)
    page = Outline(render(replace(PAGE, scans=[running])))
    assert {"http-equiv": "refresh", "content": "5"} in page.all("meta")
    assert page.all("progress") == [{"max": "3", "value": "1", "aria-label": "tasks that have ended"}]
    assert "refresh" not in render(PAGE)


def test_the_style_sheet_has_a_dark_mode_and_refers_to_nothing_else() -> None:
    style = (ASSETS / "style.css").read_text()
    assert "prefers-color-scheme: dark" in style
    assert "url(" not in style
    assert "@import" not in style


def _luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _palettes() -> list[dict[str, str]]:
    words = (ASSETS / "style.css").read_text().replace(";", " ").replace(":root", " ").split()
    pairs = [(name[2:-1], value) for name, value in pairwise(words) if name.startswith("--")]
    half = len(pairs) // 2
    return [dict(pairs[:half]), dict(pairs[half:])]


@pytest.mark.parametrize("palette", _palettes(), ids=["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("text", "page"),
        ("text", "panel"),
        ("quiet", "page"),
        ("link", "page"),
        ("bad", "page"),
        ("warn", "page"),
        ("demo-text", "demo"),
    ],
)
def test_text_has_the_contrast_of_wcag_aa(palette: dict[str, str], text: str, ground: str) -> None:
    light, dark = sorted((_luminance(palette[text]), _luminance(palette[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5
