"""The schedule: every day once, three lanes full to the last page; simulated without waiting."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_clevertap.extraction.slices.planning import SLICE_ROWS
from tap_clevertap.extraction.slices.schedule import Schedule
from tap_clevertap.extraction.slices.stretch import Stretch

LANES, PAGE = 3, 4991
FIRST = date(2026, 1, 1)
MIXES = range(1000, 1025)
ANY_ACCOUNT = st.lists(
    st.lists(st.integers(0, 3 * SLICE_ROWS), min_size=7, max_size=7), min_size=1, max_size=9
)

Account = dict[str, list[int]]
"""The rows of each event, day by day; all have the same days."""


def day(number: int) -> date:
    """Return the n-th day, counted from 0."""
    return FIRST + timedelta(days=number)


def requests(rows: int) -> int:
    """Return how many requests one after the other a slice takes."""
    return 1 + max(1, -(-rows // PAGE))


def counted(rows: list[int]) -> Stretch:
    """Return the days of an event as CleverTap counts them: a day without rows is left out."""
    by_day = {day(number): many for number, many in enumerate(rows) if many}
    return Stretch(FIRST, day(len(rows) - 1), by_day)


@dataclass
class Outcome:
    """A simulated run: how long it took if each request takes a second, and what was read."""

    seconds: int = 0
    requests: int = 0
    slices: list[tuple[str, date, date]] = field(default_factory=list)
    days: list[tuple[str, date]] = field(default_factory=list)

    def read(self, account: Account, event: str, first: date, last: date) -> int:
        """Note a slice and return the seconds that it takes."""
        numbers = range((first - FIRST).days, (last - FIRST).days + 1)
        self.slices.append((event, first, last))
        self.days += [(event, day(number)) for number in numbers]
        took = requests(sum(account[event][number] for number in numbers))
        self.requests += took
        return took


def simulate(account: Account, answers_a_second: int | None = None) -> Outcome:
    """Read an account whose counts are known at once, or arrive a few each second."""
    schedule: Schedule[str] = Schedule(LANES, PAGE)
    waiting = [
        (0 if answers_a_second is None else 1 + number // answers_a_second, event)
        for number, event in enumerate(account)
    ]
    lanes, outcome = [0] * LANES, Outcome()
    while True:
        now = lanes[0]
        while waiting and waiting[0][0] <= now:
            _, event = waiting.pop(0)
            schedule.put(event, counted(account[event]))
        if (run := schedule.next_run()) is not None:
            heapq.heapreplace(lanes, now + outcome.read(account, *run))
        elif waiting:
            heapq.heapreplace(lanes, waiting[0][0])
        else:
            outcome.seconds = max(lanes)
            return outcome


def ideal(account: Account) -> float:
    """Return how long reading takes at least: as few requests as can be, or the dearest day."""
    fewest = sum(requests(sum(rows)) for rows in account.values())
    return max(fewest / LANES, *(requests(many) for rows in account.values() for many in rows))


def mix(seed: int) -> Account:
    """Return a random account: a few or many events, sized as Zipf says, some days wild."""
    rng = Random(seed)  # noqa: S311 - dice, no secret
    events, days = rng.randint(5, 300), rng.choice((4, 90))
    total = 10 ** rng.uniform(4.5, 6.5) * days / 4
    weights = [1 / (rank + 1) ** rng.uniform(0.7, 1.6) for rank in range(events)]
    rng.shuffle(weights)
    return {
        f"Event {number}": _days(rng, total * weight / sum(weights), days)
        for number, weight in enumerate(weights)
    }


def _days(rng: Random, total: float, days: int) -> list[int]:
    noise = [rng.lognormvariate(0, 0.6) for _ in range(days)]
    if rng.random() < 0.1:
        noise[rng.randrange(days)] *= 20
    return [int(total * one / sum(noise)) for one in noise]


@pytest.mark.parametrize(
    ("answers_a_second", "worst", "middle"), [(None, 0.82, 0.93), (3, 0.75, 0.9)]
)
def test_lanes_end_together(answers_a_second: int | None, worst: float, middle: float) -> None:
    """Over random mixes, from the first second or while the counts arrive, little time is idle."""
    accounts = [mix(seed) for seed in MIXES]
    found = [ideal(one) / simulate(one, answers_a_second).seconds for one in accounts]
    assert min(found) >= worst
    assert median(found) >= middle


@given(ANY_ACCOUNT, st.none() | st.integers(1, 3))
def test_every_day_is_read_once(rows: list[list[int]], answers_a_second: int | None) -> None:
    """Whatever the sizes; of several days a slice has no more rows than a slice may have."""
    account = {str(number): one for number, one in enumerate(rows)}
    outcome = simulate(account, answers_a_second)
    assert sorted(outcome.days) == [(event, day(n)) for event in account for n in range(7)]
    for event, first, last in outcome.slices:
        some = account[event][(first - FIRST).days : (last - FIRST).days + 1]
        assert len(some) == 1 or sum(some) <= SLICE_ROWS


@pytest.mark.parametrize("name", ["A", "Z"])
def test_a_busy_event_among_quiet_ones_is_shared_by_the_lanes(name: str) -> None:
    """Wherever it comes by name, and whatever else there is to read, all lanes work on it."""
    quiet: Account = {f"Quiet {number:03}": [1] * 8 for number in range(200)}
    account = dict(sorted(({name: [200_000] * 8} | quiet).items()))
    assert simulate(account).seconds <= 1.05 * ideal(account)
    assert simulate(account, answers_a_second=3).seconds <= 1.2 * ideal(account)


def test_one_busy_event_beside_empty_ones_has_all_lanes() -> None:
    """Twelve days of one event, and four without rows."""
    account: Account = {"Busy": [9 * PAGE] * 12} | {str(n): [0] * 12 for n in range(4)}
    alone = sum(requests(sum(rows)) for rows in account.values())
    assert alone / simulate(account).seconds >= 2.6


def test_a_dominant_day_begins_first() -> None:
    """It cannot be divided, so that everything else is read beside it."""
    account: Account = {"A": [60_000] * 5, "B": [0, 0, 0, 900_000, 0]}
    outcome = simulate(account)
    assert outcome.slices[0] == ("B", day(3), day(3))
    assert outcome.seconds == requests(900_000)


def test_the_oldest_days_come_first() -> None:
    """Bookmarks move over contiguous days, so that little is read ahead of them."""
    outcome = simulate({"A": [70_000] * 30})
    assert [first for _, first, _ in outcome.slices] == sorted(
        first for _, first, _ in outcome.slices
    )


def test_quiet_events_take_one_slice() -> None:
    """More cursors would cost more than they save."""
    outcome = simulate({str(number): [3] * 90 for number in range(40)})
    assert len(outcome.slices) == 40


def test_days_of_unknown_size_are_taken_a_few_at_a_time() -> None:
    """Where a rate is a guess, a restart costs no more than so many days."""
    schedule: Schedule[str] = Schedule(LANES, PAGE)
    schedule.put("A", Stretch(FIRST, day(19), None, rate=1, most_days=7))
    found = list(iter(schedule.next_run, None))
    assert found == [("A", day(0), day(6)), ("A", day(7), day(13)), ("A", day(14), day(19))]


def test_counts_replace_what_a_rate_said() -> None:
    """What is left is sized anew; what was handed out is not handed out again."""
    schedule: Schedule[str] = Schedule(LANES, PAGE)
    schedule.put("A", Stretch(FIRST, day(7), None, rate=40_000))
    first = schedule.next_run()
    assert first is not None
    assert first.last < day(7)
    schedule.recount("A", {day(n): 1 for n in range(8)})
    assert schedule.next_run() == ("A", first.last + timedelta(days=1), day(7))
    schedule.recount("A", {FIRST: 10**6})
    assert not schedule
    assert schedule.next_run() is None


def test_sizing_does_not_grow_with_each_answer() -> None:
    """Four thousand answers size the slices some dozens of times, not four thousand."""
    looks = 0

    class Counting(Schedule[str]):
        def _span(self, *arguments: object) -> int:
            nonlocal looks
            looks += 1
            return super()._span(*arguments)  # type: ignore[arg-type]

    schedule = Counting(LANES, PAGE)
    for number in range(4000):
        schedule.put(str(number), Stretch(FIRST, day(3), {FIRST: number % 50}))
        if number % 2:
            schedule.next_run()
    while schedule.next_run() is not None:
        pass
    assert looks < 1500
