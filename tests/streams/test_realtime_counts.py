"""Who is there right now: a row a run, and only for who asks for it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tap_clevertap.errors import SettingError
from tap_clevertap.sandbox import Event, World
from tap_clevertap.tap import TapClevertap
from tests.support.counting import read, try_to_read
from tests.support.worlds import KOLKATA, people

if TYPE_CHECKING:
    from tests.conftest import Serve

JSON = dict[str, Any]
NOW = 1783665000  # noon of 10 July 2026 in Kolkata, the sandbox's time


def busy_minute() -> World:
    """Return an account where four people were active in the last minutes, one of them newly."""
    world = World(KOLKATA, people=people(10))
    for n in range(4):
        session: dict[str, object] = {"session_source": "direct"}
        world.add(Event("Viewed", NOW - 60 * n, n, session=session))
    world.add(Event("App Installed", NOW - 30, 1))
    world.add(Event("Viewed", NOW - 600, 7))
    return world


def test_the_present_is_one_row(sandbox: Serve) -> None:
    """The number, the instant in UTC, and all breakdowns as CleverTap sends them."""
    box = sandbox(busy_minute())
    [row] = read(box, "realtime_counts").records("realtime_counts")
    assert box.now() == NOW
    assert (row["as_of"], row["count"]) == (datetime.fromtimestamp(NOW, UTC).isoformat(), 4)
    assert row["user_type"]["new"] == 1
    assert row["session_source"]["direct"] == 4
    assert sum(row["os"].values()) == sum(row["device"].values()) == 4
    assert row["new"].keys() == {"session_source", "browser", "os", "device"}
    assert "extra" not in row


def test_each_run_adds_a_row(sandbox: Serve) -> None:
    """A later run has a later key, and needs no state."""
    box = sandbox(busy_minute())
    first = read(box, "realtime_counts")
    box.advance(120)
    second = read(box, "realtime_counts", state=first.state)
    rows = first.records("realtime_counts") + second.records("realtime_counts")
    assert [row["count"] for row in rows] == [4, 3]
    assert rows[0]["as_of"] < rows[1]["as_of"]


def test_nobody_there_is_a_row_too(sandbox: Serve) -> None:
    """Zero is an answer."""
    [row] = read(sandbox(), "realtime_counts").records("realtime_counts")
    assert row["count"] == 0


def test_it_is_not_read_unless_selected() -> None:
    """The catalog offers it deselected, with its key and no bookmark."""
    tap = TapClevertap(config={"account_id": "x", "passcode": "x", "timezone": "UTC"})
    assert not tap.streams["realtime_counts"].selected
    assert tap.streams["realtime_counts"].primary_keys == ("as_of",)
    assert tap.streams["realtime_counts"].replication_key is None


@pytest.mark.parametrize("faults", [{"server_error": 0.4}, {"too_many_requests": 0.4}], ids=str)
def test_faults_that_pass_change_nothing(sandbox: Serve, faults: JSON) -> None:
    """Asked again, CleverTap tells the same."""
    [row] = read(sandbox(busy_minute(), **faults), "realtime_counts").records("realtime_counts")
    assert row["count"] == 4


def test_a_wrong_passcode_ends_the_run_before_its_first_line(sandbox: Serve) -> None:
    """Run alone, the stream says which settings were refused."""
    failed = try_to_read(sandbox(), "realtime_counts", passcode="wrong")
    assert isinstance(failed.error, SettingError)
    assert failed.lines == []
