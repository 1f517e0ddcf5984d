"""The time zone: records prove it or refute it before anything is written."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from tap_clevertap.errors import SettingError
from tap_clevertap.extraction.fetcher import Fetcher
from tap_clevertap.sandbox import Behaviour, Device, Event, EventType, Person, Sandbox, World
from tap_clevertap.sandbox.account.models import epoch
from tests.support.running import assert_polite, failing_run, run
from tests.support.worlds import NEW_YORK, daily_world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_clevertap.api.decoding import Envelope
    from tap_clevertap.extraction.slices.model import Slice
    from tests.conftest import Serve

START = "2026-06-20"


def once_world(timezone: str, number: int = 20, day: str = "2026-07-05") -> World:
    """Return an account where each person launched the app once, ten minutes apart."""
    world = World(timezone)
    world.people = [Person([Device(f"__g{n}", "iOS")], f"user-{n}") for n in range(number)]
    morning = epoch(f"{day}T06:00:00", timezone)
    for n in range(number):
        world.add(Event("App Launched", morning + 600 * n, n))
    return world


@pytest.mark.parametrize(
    ("true", "configured", "offset", "fitting"),
    [
        ("Asia/Kolkata", "America/Sao_Paulo", "+05:30", "Asia/Kolkata"),
        ("America/Sao_Paulo", "Asia/Kolkata", "-03:00", "America/"),
        (NEW_YORK, "America/Bogota", "-04:00", "America/"),
        ("Asia/Kathmandu", "Asia/Kolkata", "+05:45", "Asia/Kathmandu"),
        ("Europe/London", "UTC", "+01:00", "Africa/"),
    ],
)
def test_a_wrong_zone_is_refused_with_the_right_offset(
    sandbox: Serve, true: str, configured: str, offset: str, fitting: str
) -> None:
    """The line names setting, offset found and zones that fit; nothing is written."""
    failed = failing_run(sandbox(once_world(true)), start_date=START, timezone=configured)
    assert isinstance(failed.error, SettingError)
    said = str(failed.error)
    assert said.startswith(f"timezone: {configured} does not fit the account: 20 of 20 sampled")
    assert f"the offset {offset}; time zones that fit all: " in said
    assert fitting in said.partition("zones that fit all: ")[2]
    assert failed.lines == []


@pytest.mark.parametrize("minutes", [-330, 60, 15])
def test_an_account_that_left_its_zone_is_noticed(sandbox: Serve, minutes: int) -> None:
    """Digits that are minutes off are refused, though the zone's name is the account's."""
    failed = failing_run(sandbox(once_world("Asia/Kolkata"), wrong_zone=minutes), start_date=START)
    assert str(failed.error).startswith("timezone: Asia/Kolkata does not fit")


def test_an_offset_that_no_zone_has_is_told_as_such(sandbox: Serve) -> None:
    """Where nothing fits, the offset found still stands there."""
    failed = failing_run(sandbox(once_world("Asia/Kolkata"), wrong_zone=15), start_date=START)
    assert str(failed.error).endswith(
        " +05:45; time zones that fit all: Asia/Kathmandu, Asia/Katmandu"
    )
    failed = failing_run(sandbox(once_world("Asia/Kolkata"), wrong_zone=-30), start_date=START)
    assert "+05:00" in str(failed.error)
    failed = failing_run(sandbox(once_world("Asia/Kolkata"), wrong_zone=45), start_date=START)
    assert str(failed.error).endswith("have the offset +06:15; time zones that fit all: none")


def around_a_change_of_the_clocks(configured: str) -> tuple[Sandbox, dict[str, str]]:
    """Return an account in New York just after the clocks went back, and the settings for it."""
    world = once_world(NEW_YORK, day="2026-11-01")
    for n, person in enumerate(list(world.people)):
        world.people.append(Person([Device(f"{person.devices[0].object_id}-b", "iOS")]))
        world.add(Event("App Launched", epoch("2026-10-30T09:00:00", NEW_YORK) + n, 20 + n))
    noon = epoch("2026-11-05T12:00:00", NEW_YORK)
    box = Sandbox(world, behaviour=Behaviour(partial_share=0), now=lambda: noon)
    return box, {"start_date": "2026-10-20", "timezone": configured}


def test_the_true_zone_fits_over_a_change_of_its_clocks() -> None:
    """Records of summer and of winter time both fit the account's zone."""
    box, settings = around_a_change_of_the_clocks("America/Toronto")
    with box:
        assert len(run(box, catalog=None, state=None, **settings).records()) == 40


def test_a_zone_with_other_changes_is_warned_about(caplog: pytest.LogCaptureFixture) -> None:
    """A zone that is right in winter only goes on with a warning; those named fit all year."""
    box, settings = around_a_change_of_the_clocks("America/Bogota")
    with box:
        run(box, catalog=None, state=None, **settings)
    (line,) = (one for one in caplog.messages if one.startswith("timezone"))
    assert line.startswith("timezone: America/Bogota fits only 20 of 40 sampled records; time")
    fitting = line.partition("that fit all: ")[2].split(", ")
    assert {str(ZoneInfo(one).utcoffset(datetime(2026, 7, 1))) for one in fitting} == {  # noqa: DTZ001 - a wall clock's
        "-1 day, 20:00:00"
    }


def test_a_zone_that_fits_is_said(sandbox: Serve, caplog: pytest.LogCaptureFixture) -> None:
    """The proof stands in the log."""
    caplog.set_level(logging.INFO)
    run(sandbox(once_world("Asia/Kolkata")), start_date=START)
    assert "timezone: Asia/Kolkata fits 20 sampled records" in caplog.messages


def test_too_few_records_refuse_nothing(sandbox: Serve, caplog: pytest.LogCaptureFixture) -> None:
    """Two records are no proof, but worth a warning."""
    box = sandbox(once_world("Asia/Kolkata", number=2))
    assert run(box, start_date=START, timezone="Europe/London").records()
    assert "timezone: Europe/London fits only 0 of 2 sampled records" in caplog.text


def test_an_account_that_can_prove_nothing_is_read(
    sandbox: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    """Where everybody did everything often, the check says nothing."""
    caplog.set_level(logging.INFO)
    assert run(sandbox(daily_world("Viewed", days=12)), start_date=START).records()
    assert "timezone" not in caplog.text


def test_the_look_is_one_small_request(sandbox: Serve) -> None:
    """A telling first event costs one cursor of 230 records, whatever the account has."""
    world = once_world("Asia/Kolkata", number=500)
    box = sandbox(world, Behaviour(partial_share=0))
    run(box, start_date="2026-07-04", reconciliation="off", end_date="2026-07-04")
    assert box.request_log.requests["events"] == 4
    assert box.request_log.exports == [("App Launched", 20260704, 20260704)] * 2
    assert_polite(box)


def test_a_look_that_is_refused_refuses_nothing(sandbox: Serve) -> None:
    """An event whose rows nobody gets tells nothing about the zone."""
    world = once_world("Asia/Kolkata")
    world.event_types["App Launched"] = EventType("App Launched", is_exportable=False)
    assert run(sandbox(world), start_date=START, timezone="UTC").records() == []


def test_a_zone_that_was_checked_lately_is_not_checked_again(sandbox: Serve) -> None:
    """The state remembers it for a week; another zone, or older days, are checked at once."""
    box = sandbox(once_world("Asia/Kolkata"), Behaviour(partial_share=0))
    state = run(box, start_date=START).state
    box.request_log.exports.clear()
    run(box, start_date=START, state=state)
    assert box.request_log.exports == [("App Launched", 20260707, 20260709)]
    failed = failing_run(box, start_date=START, state=state, timezone="UTC")
    assert isinstance(failed.error, SettingError)
    box.request_log.exports.clear()
    run(box, start_date="2026-06-10", state=state)
    assert len(box.request_log.exports) == 3


@pytest.mark.parametrize(("days", "exports"), [(6, 1), (7, 2)])
def test_a_check_counts_for_a_week(days: int, exports: int) -> None:
    """An account may move, or its clocks change."""
    clock = [epoch("2026-07-10T12:00:00", "Asia/Kolkata")]
    box = Sandbox(
        once_world("Asia/Kolkata"), behaviour=Behaviour(partial_share=0), now=lambda: clock[0]
    )
    with box:
        state = run(box, start_date=START).state
        clock[0] += days * 86400
        box.request_log.exports.clear()
        run(box, start_date=START, state=state)
    assert len(box.request_log.exports) == exports


@pytest.mark.parametrize("memory", [5, [], {"timezone": "Asia/Kolkata"}, {"until": None}])
def test_a_memory_of_another_shape_is_none(sandbox: Serve, memory: object) -> None:
    """A state that somebody has edited is checked anew."""
    state = {"bookmarks": {"events": {"timezone_check": memory}}}
    failed = failing_run(
        sandbox(once_world("UTC")), start_date=START, state=state, timezone="Asia/Kolkata"
    )
    assert isinstance(failed.error, SettingError)


def test_two_requests_precede_the_first_page(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a night the list of events and the opening of a cursor; the rest comes beside them."""
    box = sandbox(once_world("Asia/Kolkata"), Behaviour(partial_share=0))
    state = run(box, start_date=START).state
    before, found = box.request_log.requests.copy(), []
    real = Fetcher._export  # noqa: SLF001 - where a page comes in

    def export(fetcher: Fetcher, slice_: Slice) -> Iterator[Envelope]:
        for page in real(fetcher, slice_):
            found.append(box.request_log.requests - before)
            yield page

    monkeypatch.setattr(Fetcher, "_export", export)
    run(box, start_date=START, state=state)
    assert (found[0]["schema"], found[0]["events"]) == (1, 2)
