"""Fetching: a slice is read to its end or fails; it never just ends."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import pytest

from tap_clevertap import errors
from tap_clevertap.api.endpoints import EVENTS, Export
from tap_clevertap.extraction.fetcher import CountRequest, Fetcher
from tap_clevertap.extraction.slices.model import Partition, Slice
from tests.support.running import failing_run, run, tap_on
from tests.support.worlds import busy_world, daily_world

if TYPE_CHECKING:
    from tests.conftest import Serve

START = "2026-06-28"
PAGES = 46
GHOST = Slice("Ghost", date(2026, 7, 1), date(2026, 7, 3), streams=("events",))


@pytest.mark.parametrize(
    "fault",
    [
        {"expired_cursor": 0.04},
        {"incorrect_usage": 0.1},
        {"empty_page": 0.3},
        {"short_page": 0.3},
        {"alternate_paging": 1.0},
        {"truncated": 0.1, "reset": 0.1},
        {"server_error": 0.1, "unavailable": 0.1},
        {"empty_body": 0.05, "html": 0.05},
        {"too_many_requests": 0.2, "throttled": 0.5},
        {"in_progress": 2.0, "in_progress_202": 1.0},
        {"login_between_reads": 0.5, "expired_cursor": 0.04},
    ],
    ids="+".join,
)
def test_what_goes_wrong_for_a_while_loses_and_doubles_nothing(
    sandbox: Serve, fault: dict[str, float]
) -> None:
    """Every row comes once, and the slice is closed."""
    box = sandbox(busy_world(), None, **fault)
    finished = run(box, start_date=START, batch_size=PAGES)
    assert len(finished.records()) == len(finished.ids()) == 600
    assert finished.bookmarks == {"Viewed": "2026-07-09"}


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        ("cursor_cycle", "CursorRepeated"),
        ("repeated_cursor", "CursorRepeated"),
        ("throttled", "Throttled"),
        ("in_progress_forever", "InProgress"),
        ("expired_cursor", "CursorLost"),
    ],
)
def test_what_stays_broken_fails_and_is_named(sandbox: Serve, fault: str, cause: str) -> None:
    """An endless fault ends the run in a line that has event, days, cause and what to do."""
    box = sandbox(busy_world(), None, **{fault: 1.0})
    failed = failing_run(box, start_date=START, batch_size=PAGES, in_progress_timeout=1)
    assert isinstance(failed.error, errors.SliceFailed)
    said = str(failed.error)
    assert re.match(r"events: 'Viewed' 2026-0\d-\d\d.* could not be read completely \(", said)
    assert cause in said
    assert said.endswith("run again to resume")


def test_a_restart_is_told(sandbox: Serve, caplog: pytest.LogCaptureFixture) -> None:
    """A cursor that dies is a warning with event, days and cause."""
    run(sandbox(busy_world(), incorrect_usage=0.1), start_date=START, batch_size=PAGES)
    broken = [one for one in caplog.messages if "was interrupted" in one]
    assert broken
    assert all(one.startswith("events: 'Viewed' 2026-0") for one in broken)
    assert all("CursorLost" in one for one in broken)


def test_a_listed_event_that_is_unknown_is_skipped(
    sandbox: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    """What the schema lists and the export denies has no rows, and is asked for just once."""
    box = sandbox(daily_world("Viewed"))
    fetcher = Fetcher(tap_on(box).run, Export(EVENTS))
    assert (list(fetcher.pages(GHOST)), list(fetcher.pages(GHOST))) == ([], [])
    assert fetcher.non_exportable == {"Ghost"}
    assert box.request_log.requests["events"] == 1
    assert "events: 'Ghost' is in the account's event schema but unknown" in caplog.text


def test_a_named_event_that_is_unknown_is_a_wrong_setting(sandbox: Serve) -> None:
    """A plain name in `events` that the account denies ends the run and names the setting."""
    box = sandbox(daily_world("Viewed"))
    failed = failing_run(box, start_date=START, events=["Viewed", "Ghost"])
    assert isinstance(failed.error, errors.SettingError)
    assert str(failed.error).startswith("events: 'Ghost' is not an event of the account")


def test_a_count_that_fails_is_noted(sandbox: Serve) -> None:
    """Counts are a help: their failure is remembered and ends nothing."""
    box = sandbox(daily_world("Viewed"), server_error=1)
    fetcher = Fetcher(tap_on(box).run, Export(EVENTS))
    (counted,) = fetcher.counts(CountRequest(Partition("Viewed"), GHOST.first, GHOST.last))
    assert counted.by_day is None
    assert fetcher.count_errors["Viewed"].startswith("ServerError")


def test_a_passcode_refused_in_mid_run_is_not_lost_in_a_count(sandbox: Serve) -> None:
    """401 on a count is raised: nothing else will work either."""
    box = sandbox(daily_world("Viewed"))
    source = tap_on(box, passcode="another").run
    fetcher = Fetcher(source, Export(EVENTS))
    with pytest.raises(errors.InvalidCredentials):
        list(fetcher.counts(CountRequest(Partition("Viewed"), GHOST.first, GHOST.last)))


@pytest.mark.parametrize("wants", [False, True])
def test_custom_properties_come_when_asked_for(sandbox: Serve, *, wants: bool) -> None:
    """With event_profile_data each row has the person's custom properties."""
    world = daily_world("Viewed", days=1)
    for person in world.people:
        person.properties["Plan"] = "gold"
    finished = run(sandbox(world), start_date=START, event_profile_data=wants)
    assert [("gold" in str(one["profile"])) for one in finished.records()] == [wants] * 2
