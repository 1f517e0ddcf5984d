"""Daily totals: one answer for all who want to know."""

from __future__ import annotations

from datetime import date
from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest

from tap_clevertap.api import shared_totals
from tap_clevertap.api.shared_totals import SharedTotals
from tap_clevertap.errors import TimedOut

if TYPE_CHECKING:
    from tap_clevertap.api.client import Client

FIRST, LAST = date(2026, 7, 1), date(2026, 7, 9)
COUNTS = {FIRST: 3, LAST: 5}
PATIENCE = 20.0
NOBODY: Client = None  # type: ignore[assignment] # nothing is sent


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Answer without a client, and note what was asked."""
    questions: list[str] = []

    def counts(_client: object, event: str, *_: object, **__: object) -> dict[date, int]:
        questions.append(event)
        return COUNTS

    monkeypatch.setattr(shared_totals, "daily_counts", counts)
    return questions


def test_an_event_is_asked_about_once(asked: list[str]) -> None:
    """Days that an answer covers are taken from it."""
    totals = SharedTotals(NOBODY)
    assert totals.by_day("A", FIRST, LAST) == COUNTS
    assert totals.by_day("A", FIRST, date(2026, 7, 8)) == {FIRST: 3}
    assert totals.by_day("B", FIRST, LAST) == COUNTS
    assert asked == ["A", "B"]


def test_other_days_are_asked_about(asked: list[str]) -> None:
    """An answer says nothing about the days around it."""
    totals = SharedTotals(NOBODY)
    totals.by_day("A", FIRST, LAST)
    totals.by_day("A", FIRST, date(2026, 7, 10))
    assert asked == ["A", "A"]


def test_a_question_that_is_under_way_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two who ask at the same time cost one request."""
    questions: list[str] = []
    is_asking, may_answer = Event(), Event()

    def counts(_client: object, event: str, *_: object, **__: object) -> dict[date, int]:
        questions.append(event)
        is_asking.set()
        assert may_answer.wait(PATIENCE)
        return COUNTS

    monkeypatch.setattr(shared_totals, "daily_counts", counts)
    totals = SharedTotals(NOBODY)
    threads = [Thread(target=totals.by_day, args=("A", FIRST, LAST)) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert is_asking.wait(PATIENCE)
    may_answer.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert questions == ["A"]


def test_a_failure_is_not_remembered(asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks next asks anew."""
    totals = SharedTotals(NOBODY)
    with monkeypatch.context() as failing:
        failing.setattr(shared_totals, "daily_counts", _fail)
        with pytest.raises(TimedOut):
            totals.by_day("A", FIRST, LAST)
    assert totals.by_day("A", FIRST, LAST) == COUNTS
    assert asked == ["A"]


def _fail(*_: object, **__: object) -> dict[date, int]:
    msg = "no answer"
    raise TimedOut(msg)
