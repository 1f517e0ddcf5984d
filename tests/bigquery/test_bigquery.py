"""target-bigquery 0.7.2 into the emulator: a lost load job is found, and nothing is there twice."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from tests.bigquery import server
from tests.loaders.accounts import HardAccount
from tests.loaders.comparison import compare, report, streams
from tests.loaders.documentation import documented
from tests.loaders.pipeline import Pipeline
from tests.loaders.test_arrival import SETTING
from tests.support.needs import only_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.bigquery.server import BigQuery

pytestmark = only_by("bigquery")
LOADER = "target-bigquery-pypi"
SELECTED = ["events", "written_rows"]
"""The target sleeps for twelve seconds a stream and run, whatever the number of rows."""
LOADING = "Adding worker"
"""The line of the log with which load jobs begin; the MERGE comes after them."""


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[BigQuery]:
    """Start the emulator; clients find it by a variable."""
    with TemporaryDirectory() as folder, server.running(Path(folder)) as running:
        monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", running.url)
        yield running


def test_losses_are_found_and_kills_lose_nothing(emulator: BigQuery, tmp_path: Path) -> None:
    """One failed load job ends with 0; the check names its rows, and the back-fill brings them.

    Then late events come, a run is killed while it loads, before its MERGE, and resumed.
    """
    account = HardAccount(events_per_day=80)
    with account.box:
        settings = account.settings | {"_select": [f"{name}.*" for name in SELECTED]}
        pipeline = Pipeline(LOADER, tmp_path, settings, emulator.target)
        emulator.fail_next_load()
        pipeline.run()
        log = pipeline.check("arrival-bigquery:check", expected=1)
        assert re.search(r"events 'App Launched' \S+: \d+ rows written, 0 arrived", log)
        [named] = [dict(SETTING.findall(line)) for line in re.findall("to load them: (.*)", log)]
        pipeline.run(**{name.lower(): value for name, value in named.items()})
        pipeline.check("arrival-bigquery:check", expected=0)
        account.change()
        pipeline.run_and_kill(LOADING, 1)
        pipeline.run("--force")
        assert_exact(emulator, account)
    assert described(emulator) == documented("target-bigquery")


def assert_exact(emulator: BigQuery, account: HardAccount) -> None:
    """Make sure that each table has the rows and cells that were sent, each once."""
    sent = streams(account.records())

    def same(one: object, other: object) -> bool:
        return one == other or (one == [] and other is None)

    found = {name: emulator.rows(name) for name in SELECTED}
    arrivals = [compare(name, sent[name], rows, same) for name, rows in found.items()]
    wrong = [line for one in arrivals for line in one.differing]
    assert all(one.is_exact for one in arrivals), f"{report(arrivals)}\n" + "\n".join(wrong[:10])
    assert sum(one.expected for one in arrivals) > 300


def described(emulator: BigQuery) -> dict[str, str]:
    """Return the type that the tables have for each column of docs/loaders.md that is loaded."""
    expected = documented("target-bigquery")
    found = {}
    for name in expected:
        table, column = name.split(".")
        is_loaded = table in SELECTED
        found[name] = emulator.types(table)[column] if is_loaded else expected[name]
    return found
