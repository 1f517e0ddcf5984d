"""What a killed back-fill reads again, counted by the sandbox."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from random import Random
from threading import Condition
from typing import TYPE_CHECKING, Any

import pytest

from tap_clevertap.extraction.fetcher import Fetcher
from tap_clevertap.extraction.scheduler import Scheduler
from tap_clevertap.extraction.slices import planning
from tap_clevertap.extraction.slices.model import Slice
from tap_clevertap.sandbox import Device, Event, Person, Sandbox, World
from tests.chaos.runs import Death, run
from tests.chaos.target import Target, happened
from tests.support.processes import HANG_GUARD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_clevertap.extraction.fetcher import SliceCut, SlicePage

ZONE = "America/New_York"
FIRST, DAYS = date(2026, 1, 20), 60
ROWS_A_DAY = 40
LANES = 3
BUFFER = LANES + 1
MOST_OPEN = LANES + BUFFER + 1
"""Slices that are being read, those whose last page waits to be written, and the one being so."""


def busy_account() -> World:
    """Return an account where one event happens 40 times a day."""
    world = World(ZONE)
    world.people = [Person([Device(f"__g{n:03}", "iOS")], f"user-{n}") for n in range(20)]
    for n in range(DAYS * ROWS_A_DAY):
        day = FIRST + timedelta(days=n // ROWS_A_DAY)
        midnight = int(datetime(day.year, day.month, day.day, tzinfo=world.zone).timestamp())
        world.add(Event("Viewed", midnight + n % ROWS_A_DAY * 1800, n % 20, props={"n": n}))
    return world


def days_opened(box: Sandbox, since: int) -> set[date]:
    """Return the days of the exports that were opened later than the first `since`.

    What checks the time zone reads a page of the last fortnight; it is left out.
    """
    opened: set[date] = set()
    for event, first, last in box.request_log.exports[since:]:
        begin, end = (datetime.strptime(str(day), "%Y%m%d").date() for day in (first, last))  # noqa: DTZ007 - days have no zone
        if (end - begin).days < 7:
            opened |= set(Slice(event, begin, end).days())
    return opened


@pytest.fixture
def even_lanes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no lane run ahead of the day that another one reads: a busy machine may halt that one."""
    open_days: Counter[date] = Counter()  # a killed run's thread may yet end one of a later run's
    changed = Condition()
    next_slice, read = Scheduler.next_slice, Fetcher.pages_or_cut

    def hand_out(scheduler: Scheduler) -> Slice | None:
        with changed:
            slice_ = next_slice(scheduler)
            open_days.update([slice_.first] if slice_ else [])
            return slice_

    def read_evenly(fetcher: Fetcher, slice_: Slice) -> Iterator[SlicePage | SliceCut]:
        earliest = slice_.first - timedelta(days=LANES)
        try:
            with changed:
                changed.wait_for(lambda: min(+open_days) > earliest, HANG_GUARD)
            yield from read(fetcher, slice_)
        finally:
            with changed:
                open_days[slice_.first] -= 1
                changed.notify_all()

    monkeypatch.setattr(Scheduler, "next_slice", hand_out)
    monkeypatch.setattr(Fetcher, "pages_or_cut", read_evenly)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("is_bounded", [False, True])
@pytest.mark.usefixtures("short_waits", "signals", "even_lanes")
def test_a_killed_backfill_reads_only_its_open_slices_again(
    seed: int,
    is_bounded: bool,  # noqa: FBT001 - pytest passes it by name
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> None:
    """Of 60 days, killed anywhere, the next run opens again those not closed, and the look-back."""
    monkeypatch.setattr(planning, "SLICE_ROWS", ROWS_A_DAY)
    rng = Random(seed)  # noqa: S311 - dice, no secret
    last = FIRST + timedelta(days=DAYS - 1)
    now = int(datetime(2026, 3, 25, 12, tzinfo=busy_account().zone).timestamp())
    with Sandbox(busy_account(), now=lambda: now) as box:
        config: dict[str, Any] = {
            "account_id": box.account_id,
            "passcode": box.passcode,
            "api_url": box.url,
            "timezone": ZONE,
            "start_date": str(FIRST),
            "lookback_days": 0,
            **({"end_date": str(last)} if is_bounded else {}),
        }
        target = Target()
        killed = run(config, {}, now, Death.SIGKILL, rng.randrange(100_000, 1_300_000))
        target.take(killed.output, last + timedelta(days=30))
        before, so_far = days_opened(box, 0), len(box.request_log.exports)
        resumed = run(config, target.state, now)
        assert resumed.error is None
        target.take(resumed.output, last + timedelta(days=30))
        again = before & days_opened(box, so_far)
        record_property("again", f"{len(again)} of {len(before)}")
        assert len(before) < DAYS or not is_bounded
        assert len(again) <= MOST_OPEN
        assert target.events() == happened(box, FIRST, last)
