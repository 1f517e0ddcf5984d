"""The dashboard in a browser without a network: all drawn, nothing cut off, numbers as in SQL."""

from __future__ import annotations

import os
import re
import subprocess
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Any

import pytest

from reports.dbt import Dbt
from tap_clevertap.sandbox import Behaviour, Sandbox, shop
from tap_clevertap.sandbox.account.models import epoch
from tests.support.catalogs import catalog_of
from tests.support.needs import needs
from tests.support.running import captured, tap_on
from tests.transform.conftest import STREAMS
from tests.transform.warehouses import ROOT, TARGETS, duckdb_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.transform.warehouses import Warehouse

UTILITIES = ROOT / ".meltano" / "utilities"
DBT = UTILITIES / "dbt-duckdb" / "venv" / "bin" / "dbt"
PYTHON = UTILITIES / "reports" / "venv" / "bin" / "python"
BROWSER = which("chromium") or which("google-chrome") or "chromium"
pytestmark = needs(
    "dashboard",
    modules=("playwright",),
    commands=(BROWSER, str(DBT), str(PYTHON), str(TARGETS["duckdb"])),
)

ZONE = "Asia/Kolkata"
NOW = epoch("2026-07-10T12:00:00", ZONE)
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
VIEWS = {
    "desktop": {"width": 1280, "scheme": "light"},
    "phone": {"width": 390, "scheme": "light"},
    "dark": {"width": 1280, "scheme": "dark"},
    "phone-dark": {"width": 390, "scheme": "dark"},
}
CHARTS = (
    "revenue",
    "orders",
    "users",
    "sources",
    "funnel",
    "funnel-last",
    "platforms",
    "retention",
    "messages",
    "channels",
    "events",
    "completeness",
)
MARKS = """id => document.querySelectorAll(
    `#${id} .mark-rect path, #${id} .mark-line path, #${id} .mark-symbol path`).length"""
CUT_OFF = """() => [...document.querySelectorAll('.chart')].flatMap(chart => {
    const frame = chart.querySelector('svg').getBoundingClientRect();
    return [...chart.querySelectorAll('svg text')].filter(text => {
        const box = text.getBoundingClientRect();
        return box.width && (box.left < frame.left - 1 || box.right > frame.right + 1
            || box.top < frame.top - 1 || box.bottom > frame.bottom + 1);
    }).map(text => `${chart.id}: ${text.textContent}`);
})"""


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """Give a warehouse of a month, with the models made and the page written beside it."""
    world = shop(5, ZONE, date(2026, 7, 9), days=30, people=300, events_per_day=500)
    box = Sandbox(world, behaviour=Behaviour(partial_share=0), now=lambda: NOW)
    folder = tmp_path_factory.mktemp("dashboard")
    with box, duckdb_at(folder) as made, made.entered():
        tap = tap_on(box, catalog=catalog_of(*STREAMS), start_date="2026-06-10")
        made.load(captured(tap.sync_all).lines)
        Dbt((str(DBT),)).run("build", "--exclude-resource-type", "test", "unit_test")
        subprocess.run(  # noqa: S603 - our own
            [PYTHON, "-m", "reports", "--dbt", DBT, "dashboard", "--output", folder / "page.html"],
            cwd=ROOT,
            check=True,
        )
        yield made


@contextmanager
def opened(warehouse: Warehouse, width: int, scheme: str) -> Iterator[tuple[Any, list[str]]]:
    """Open the page in a browser that reaches nothing, and give what the console says."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - not everywhere

    said: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True
        )
        page = context.new_page()
        page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: said.extend(_foreign(request.url)))
        page.goto((warehouse.folder / "page.html").as_uri())
        page.wait_for_selector("body[data-drawn]", timeout=120_000)
        yield page, said
        browser.close()


def _foreign(url: str) -> Iterator[str]:
    if not url.startswith(("file:", "data:")):
        yield f"request: {url}"


@pytest.mark.parametrize("view", VIEWS)
def test_every_chart_is_drawn(warehouse: Warehouse, view: str) -> None:
    """At two widths and in the dark, with nothing cut off and nothing to scroll sideways for."""
    settings = VIEWS[view]
    with opened(warehouse, int(str(settings["width"])), str(settings["scheme"])) as (page, said):
        marks = {chart: page.evaluate(MARKS, chart) for chart in CHARTS}
        assert all(marks.values()), marks
        assert page.evaluate(CUT_OFF) == []
        wide = page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        assert wide
        _keep_screenshot(page, view)
        assert said == []


def _keep_screenshot(page: Any, view: str) -> None:  # noqa: ANN401 - Playwright's
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{view}.png", full_page=True)


def test_axes_name_their_unit(warehouse: Warehouse) -> None:
    """In words, in each chart."""
    with opened(warehouse, 1280, "light") as (page, _):
        titles = {
            chart: page.locator(f"#{chart} .role-axis-title text").all_text_contents()
            for chart in CHARTS
        }
    assert all(titles.values()), titles
    assert "Revenue (INR)" in titles["revenue"]
    assert "Users of the first step (%)" in titles["platforms"]


def test_the_numbers_are_those_of_the_warehouse(warehouse: Warehouse) -> None:
    """Headlines, and revenue day by day, read from the page."""
    with opened(warehouse, 1280, "light") as (page, _):
        cards = {
            str(card.get_attribute("data-title")): card.locator("strong").inner_text()
            for card in page.locator(".card").all()
        }
        table = page.locator("#figure-revenue tbody tr").all()
        days = [row.locator("td").all_text_contents() for row in table]
        heading = page.locator("h1").inner_text()
    [[revenue, orders, buyers, active, sessions]] = warehouse.ask(
        "select revenue, orders, buyers, active_people, sessions"
        " from analytics.daily_activity where event_date = date '2026-07-09'"
    )
    assert cards == {
        "Revenue": f"{round(float(revenue)):,}",
        "Orders": f"{orders:,}",
        "Buyers": f"{buyers:,}",
        "Active users": f"{active:,}",
        "Sessions": f"{sessions:,}",
    }
    wanted = warehouse.ask("select event_date, revenue from analytics.daily_activity order by 1")
    found = [(day, float(money.replace(",", ""))) for day, money in days]
    assert found == [(day, float(money)) for day, money in wanted]
    assert heading == "CleverTap: Thursday, 9 Jul"


def test_events_are_filtered_by_name(warehouse: Warehouse) -> None:
    """Fewer events are drawn once one is chosen."""
    with opened(warehouse, 1280, "light") as (page, said):
        before = page.locator("#events .mark-rect path").all()[0].get_attribute("aria-label")
        page.select_option("#events select", "Charged")
        page.wait_for_function(
            "before => document.querySelector('#events .mark-rect path')"
            ".getAttribute('aria-label') !== before",
            arg=before,
        )
        assert said == []


def test_the_page_is_one_small_file_in_every_script(warehouse: Warehouse) -> None:
    """Nothing is loaded from elsewhere, and Devanagari is written as such."""
    text = (warehouse.folder / "page.html").read_text(encoding="utf-8")
    assert len(text) < 2_000_000
    assert "दीवाली" in text
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=[\"']?(https?:)?//", text)
