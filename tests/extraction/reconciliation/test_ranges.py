"""An event whose counts differ on most days: remembered as a range, sampled, read when right."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tap_clevertap.records.fast_decoding import TypedPage
from tests.extraction.reconciliation.test_healing import (
    DAYS,
    FIRST,
    FLAT,
    LAST,
    PAGE,
    START,
    Tampered,
    account,
    entry,
    numbers,
    truth,
    verdicts,
)
from tests.support.running import run

if TYPE_CHECKING:
    import pytest

    from tap_clevertap.api.decoding import Envelope
    from tests.conftest import Serve

NIGHTLY: dict[str, Any] = {"start_date": START, "batch_size": PAGE, "lookback_days": 0}
A_NIGHT = 86400


def ranges(state: dict[str, Any]) -> list[tuple[str, str, int]]:
    """Return the ranges that are remembered of the event, and their nights."""
    noted = entry(state).get("mismatched_ranges", [])
    return [(one["first"], one["last"], one["nights"]) for one in noted]


class HalfOfEach(Tampered):
    """Each second row of every page is hidden; no reading has it."""

    def change(self, pages: list[Envelope]) -> list[Envelope]:
        """Lose each second row."""
        for page in pages:
            assert isinstance(page, TypedPage)
            page.records = page.records[::2]
        return pages


def test_all_days_come_in_the_night_in_which_a_sample_is_right(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an API hid of every day for one night is whole after the next run, and forgotten."""
    lost = HalfOfEach(monkeypatch, times=10_000)
    box = sandbox(account(), FLAT)
    first = run(box, **NIGHTLY)
    assert set(verdicts(first).values()) == {"missing"}
    assert ranges(first.state) == [(START, str(LAST), 0)]
    lost.left = 0
    box.advance(A_NIGHT)
    second = run(box, state=first.state, **NIGHTLY)
    assert sorted(set(numbers(first) + numbers(second))) == truth(box)
    days = [str(FIRST + timedelta(days=n)) for n in range(DAYS)]
    assert {day: verdicts(second)[day] for day in days} == dict.fromkeys(days, "equal")
    assert not entry(second.state).keys() & {"mismatched_days", "mismatched_ranges"}
    assert second.bookmarks == {"Viewed": str(LAST + timedelta(days=1))}


def test_a_lasting_difference_costs_two_days_a_night_and_is_left_after_the_seventh(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The range is named each night in one line, and at the end with the backfill to run."""
    lost = HalfOfEach(monkeypatch, times=10_000)
    box = sandbox(account(), FLAT)
    finished = run(box, **NIGHTLY)
    lost.left = 10_000
    for _ in range(7):
        box.advance(A_NIGHT)
        caplog.clear()
        opened = lost.opened
        finished = run(box, state=finished.state, **NIGHTLY)
        days_of = f"'Viewed' {FIRST} to {LAST} "
        named = [one for one in caplog.messages if days_of in one]
        assert len(named) == 1, caplog.messages
        assert lost.opened - opened <= 3 * (2 + 1)  # two samples and the new day, thrice each
    assert f"start_date {FIRST} and end_date {LAST}" in named[0]
    assert (START, str(LAST)) not in [(first, last) for first, last, _ in ranges(finished.state)]


def test_a_backfill_of_some_days_keeps_the_others(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those it has read whole are forgotten; the next night reads the rest."""
    lost = HalfOfEach(monkeypatch, times=10_000)
    box = sandbox(account(), FLAT)
    first = run(box, **NIGHTLY)
    lost.left = 0
    filled = run(box, state=first.state, **NIGHTLY, end_date=str(FIRST + timedelta(days=3)))
    assert set(verdicts(filled).values()) == {"equal"}
    rest = [str(FIRST + timedelta(days=n)) for n in range(4, DAYS)]
    assert sorted(entry(filled.state)["mismatched_days"]) == rest
    night = run(box, state=filled.state, **NIGHTLY)
    assert sorted(set(numbers(first) + numbers(filled) + numbers(night))) == truth(box)
