"""What random cases have found, each in its smallest form."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tap_clevertap.extraction.slices import planning
from tap_clevertap.sandbox import Device, Event, Faults, Person, Sandbox, World
from tests.chaos.runs import Death, run
from tests.chaos.target import Target, happened
from tests.support.random_worlds import DAY

if TYPE_CHECKING:
    from datetime import date

MIDNIGHT = int(datetime(2026, 5, 4, tzinfo=UTC).timestamp())
TODAY = datetime(2026, 5, 7, tzinfo=UTC).date()


def twins_a_day(days: int) -> World:
    """Return an account where everybody did the same thing twice on each of so many days."""
    world = World("UTC", [Person([Device(f"__g{n}", "iOS")]) for n in range(5)])
    for n in range(days * 5):
        for _ in range(2):
            world.add(Event("Viewed", MIDNIGHT + n // 5 * DAY + n, n % 5))
    return world


def config_of(box: Sandbox) -> dict[str, object]:
    """Return what the tap must know of a sandbox."""
    return {
        "account_id": box.account_id,
        "passcode": box.passcode,
        "api_url": box.url,
        "timezone": "UTC",
        "start_date": "2026-05-04",
    }


def first_day() -> date:
    """Return the first day of the accounts."""
    return datetime.fromtimestamp(MIDNIGHT, UTC).date()


@pytest.mark.parametrize("include_today", [False, True])
@pytest.mark.usefixtures("short_waits", "signals")
def test_every_slice_with_identical_rows_is_settled(
    include_today: bool,  # noqa: FBT001 - pytest passes it by name
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without reconciliation, each slice asks for itself; none waits for what nobody asked."""
    monkeypatch.setattr(planning, "SLICE_ROWS", 5)
    now = MIDNIGHT + 3 * DAY + DAY // 2
    with Sandbox(twins_a_day(4), now=lambda: now) as box:
        known = config_of(box) | {"reconciliation": "off", "include_today": include_today}
        rate = {"context": {"event_name": "Viewed"}, "rows_a_day": 5}
        state = {"bookmarks": {"events": {"partitions": [rate]}}}
        ending = run(known, state, now)
        target = Target()
        target.take(ending.output, TODAY)
        last = datetime.fromtimestamp(now - (not include_today) * DAY, UTC).date()
        assert ending.error is None
        assert target.events() == happened(box, first_day(), last)
        assert target.marks("Viewed") == {"live": "2026-05-06"}


@pytest.mark.usefixtures("short_waits", "signals")
def test_what_is_undecided_is_said_before_it_is_written() -> None:
    """A run that dies over identical rows has said that it could not tell what they are."""
    now = MIDNIGHT + DAY
    with Sandbox(twins_a_day(1), faults=Faults(1, repeats=0.3), now=lambda: now) as box:
        whole = run(config_of(box), {}, now)
        at = [
            n for n, line in enumerate(whole.output.splitlines(keepends=True)) if b"RECORD" in line
        ]
        life = sum(map(len, whole.output.splitlines(keepends=True)[: at[5]]))
        killed = run(config_of(box), {}, now, Death.SIGKILL, life)
    assert len(whole.undecided) == 1
    assert len(killed.undecided) == 1
