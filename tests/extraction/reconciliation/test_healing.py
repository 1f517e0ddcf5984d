"""Runs that heal: what a lying or failing API loses once is read again, and what stays is named."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_clevertap import errors
from tap_clevertap.api import counts as api_counts
from tap_clevertap.api import shared_totals
from tap_clevertap.api.client import Client
from tap_clevertap.extraction import chain as chains
from tap_clevertap.extraction import fetcher
from tap_clevertap.extraction.reconciliation import reread_budget
from tap_clevertap.extraction.slices import planning
from tap_clevertap.extraction.timezone_check import TimezoneCheck
from tap_clevertap.records.fast_decoding import TypedPage
from tap_clevertap.sandbox import Behaviour, Event, World
from tap_clevertap.sandbox.account import ground_truth
from tap_clevertap.sandbox.account.models import epoch
from tests.support.running import Run, failing_run, run
from tests.support.worlds import KOLKATA, people

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_clevertap.api.decoding import Envelope
    from tap_clevertap.api.endpoints import Export
    from tap_clevertap.sandbox import Sandbox
    from tests.conftest import Serve

FIRST, LAST = date(2026, 6, 29), date(2026, 7, 9)
DAYS, A_DAY = 11, 200
START = str(FIRST)
OF_LAST = A_DAY * (DAYS - 1)
"""The number of the first event of the last day."""
PAGE = 50
FLAT = Behaviour(shards=1, partial_share=0.0)
"""Pages of exactly the size asked for."""


def account(*names: str) -> World:
    """Return eleven days of 200 rows of each event."""
    world = World(KOLKATA, people=people(20))
    opening = epoch(f"{FIRST}T00:00:00", KOLKATA)
    for name in names or ("Viewed",):
        for n in range(DAYS * A_DAY):
            world.add(Event(name, opening + n * (86400 // A_DAY), n % 20, props={"n": n}))
    return world


def truth(box: Sandbox, name: str = "Viewed") -> list[int]:
    """Return the numbers of the events that have happened."""
    rows = ground_truth.rows(box.world, name, FIRST, LAST, box.now())
    return sorted(int(str(row["event_props"]["n"])) for row in rows)  # type: ignore[index]


def numbers(finished: Run, name: str = "Viewed") -> list[int]:
    """Return the numbers of the events that came."""
    rows = (one for one in finished.records() if one["event_name"] == name)
    return sorted(one["event_props"]["n"] for one in rows)


def verdicts(finished: Run) -> dict[str, str]:
    """Return the verdict of each day."""
    return {one["date"]: one["verdict"] for one in finished.records("reconciliation")}


def entry(state: Mapping[str, Any], name: str = "Viewed") -> dict[str, Any]:
    """Return the state of an event."""
    partitions = state["bookmarks"]["events"]["partitions"]
    return next(one for one in partitions if one["context"]["event_name"] == name)


class Tampered:
    """Serves an export's pages as a list that a test may change."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, times: int = 1) -> None:
        self.left = times
        self.opened = 0
        real = Client.export

        def export(client: Client, spec: Export, query: Mapping[str, object]) -> Iterator[Envelope]:
            pages = real(client, spec, query)
            if spec.fail_fast:  # the check of the time zone
                yield from pages
                return
            self.opened += 1
            if self.left > 0:
                self.left -= 1
                yield from self.change(list(pages))
            else:
                yield from pages

        monkeypatch.setattr(Client, "export", export)

    def change(self, pages: list[Envelope]) -> list[Envelope]:
        """Return the pages as they are served."""
        raise NotImplementedError


class EveryThirdIsTheOneBefore(Tampered):
    """Each third page comes in the form of the one before it."""

    def change(self, pages: list[Envelope]) -> list[Envelope]:
        """Repeat pages in place of others."""
        return [pages[n - 1] if n % 3 == 2 else page for n, page in enumerate(pages)]


@pytest.mark.parametrize("mode", ["warn", "fail"])
def test_a_page_in_place_of_another_breaks_the_chain(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    """2,200 rows in pages of 50: none is lost, none invented, every day is equal."""
    tampered = EveryThirdIsTheOneBefore(monkeypatch)
    box = sandbox(account(), FLAT)
    finished = run(box, start_date=START, batch_size=PAGE, reconciliation=mode)
    assert tampered.left == 0
    assert numbers(finished) == truth(box)
    assert set(verdicts(finished).values()) == {"equal"}


def test_a_lasting_repetition_is_an_error(sandbox: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where each chain repeats its pages the run fails, and the bookmark stays before them."""
    EveryThirdIsTheOneBefore(monkeypatch, times=10_000)
    failed = failing_run(sandbox(account(), FLAT), start_date=START, batch_size=PAGE)
    assert isinstance(failed.error, errors.SliceFailed)
    assert failed.bookmarks.get("Viewed", "") < str(LAST)


class ThirdIsTheSecond(Tampered):
    """The third page comes in the form of the second."""

    def change(self, pages: list[Envelope]) -> list[Envelope]:
        """Repeat one page in place of another."""
        return [*pages[:2], *pages[1:2], *pages[3:]]


@pytest.mark.usefixtures("daily")
@pytest.mark.parametrize("size", [chains.SMALL_PAGE, chains.FULL_PAGE - 1])
def test_a_small_page_in_place_of_another_is_no_proof(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """Its rows are few and the numbers agree; yet the day is read again, and whole."""
    ThirdIsTheSecond(monkeypatch)
    box = sandbox(account(), FLAT)
    finished = run(box, start_date=START, batch_size=size)
    assert numbers(finished) == truth(box)
    assert set(verdicts(finished).values()) == {"equal"}


@pytest.mark.usefixtures("daily")
@pytest.mark.parametrize("size", [chains.SMALL_PAGE, chains.FULL_PAGE - 1])
def test_a_small_page_that_always_comes_for_another_is_told(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """What is lost on every day, where not all may be read again, is of days that are undecided."""
    ThirdIsTheSecond(monkeypatch, times=10_000)
    box = sandbox(account(), FLAT)
    warned = run(box, start_date=START, batch_size=size)
    lost = set(truth(box)) - set(numbers(warned))
    found = verdicts(warned)
    assert lost
    assert {found[str(FIRST + timedelta(days=n // A_DAY))] for n in lost} == {"undecided"}


class SortedThirdIsTheSecond(ThirdIsTheSecond):
    """Each chain has its rows in the same order, unlike the sandbox's."""

    def change(self, pages: list[Envelope]) -> list[Envelope]:
        """Sort the rows over the pages, then repeat one."""
        typed = [page for page in pages if isinstance(page, TypedPage)]
        rows = sorted((row for page in typed for row in page.records), key=lambda row: row.ts)
        for page in typed:
            page.records, rows = rows[: len(page.records)], rows[len(page.records) :]
        return super().change(pages)


@pytest.mark.usefixtures("daily")
@pytest.mark.parametrize("size", [*range(1, chains.SMALL_PAGE + 1), chains.FULL_PAGE - 1])
def test_another_reading_has_other_pages(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """The third page always comes as the second: the readings lose different rows, none in all."""
    monkeypatch.setattr(reread_budget, "FREE_PAGES", 10_000)
    SortedThirdIsTheSecond(monkeypatch, times=10_000)
    world, rows = World(KOLKATA, people=people(20)), 9 * size
    for n in range(rows):
        world.add(Event("Viewed", epoch(f"{LAST}T10:00:00", KOLKATA) + n, n % 20, props={"n": n}))
    finished = run(sandbox(world, FLAT), start_date=START, batch_size=size)
    assert numbers(finished) == [*range(rows)]
    assert verdicts(finished) == {str(LAST): "equal"}


class LosesTheRest(Tampered):
    """The third page has no next cursor."""

    def change(self, pages: list[Envelope]) -> list[Envelope]:
        """Keep three pages."""
        return pages[:3]


@pytest.mark.parametrize("mode", ["warn", "fail"])
def test_a_cursor_that_is_missing_once_costs_no_row(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    """The days that do not add up are read again in the same run, from a new cursor."""
    LosesTheRest(monkeypatch)
    box = sandbox(account(), FLAT)
    finished = run(box, start_date=START, batch_size=PAGE, reconciliation=mode)
    assert numbers(finished) == truth(box)
    assert set(verdicts(finished).values()) == {"equal"}


@pytest.fixture
def daily(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each day be a slice."""
    monkeypatch.setattr(planning, "SLICE_ROWS", A_DAY)


class LosesAMorning(Tampered):
    """The first six hours of 3 July are in no reading: fifty rows."""

    def change(self, pages: list[Envelope]) -> list[Envelope]:
        """Lose the rows of those hours."""
        for page in pages:
            if isinstance(page, TypedPage):
                page.records = [
                    one for one in page.records if not 2026070300 <= one.ts // 10_000 < 2026070306
                ]
        return pages


@pytest.mark.usefixtures("daily")
def test_a_day_that_stays_wrong_is_read_on_the_next_seven_nights(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Under `warn` the run goes on; the day is named each night, and left after the seventh."""
    lost = LosesAMorning(monkeypatch, times=10_000)
    box = sandbox(account(), FLAT)
    finished = run(box, start_date=START, batch_size=PAGE, lookback_days=0)
    assert finished.bookmarks == {"Viewed": str(LAST)}
    assert entry(finished.state)["mismatched_days"] == {
        "2026-07-03": {"nights": 0, "on": "2026-07-10"}
    }
    state = finished.state
    for night in range(1, 8):
        box.advance(86400)
        caplog.clear()
        finished = run(box, state=state, start_date=START, batch_size=PAGE, lookback_days=0)
        state = finished.state
        [named] = [
            one for one in caplog.messages if "'Viewed' 2026-07-03 " in one and "re-re" in one
        ]
        assert (f"next {7 - night} nights" in named) == (night < 7)
        assert finished.bookmarks == {"Viewed": str(LAST + timedelta(days=night))}
    assert "start_date 2026-07-03 and end_date 2026-07-03" in named
    assert "mismatched_days" not in entry(state)
    before = lost.opened
    box.advance(86400)
    run(box, state=state, start_date=START, batch_size=PAGE, lookback_days=0)
    assert lost.opened == before + 1


@pytest.mark.usefixtures("daily")
def test_a_remembered_day_is_forgotten_when_it_is_whole(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows that were missing come with the next night, and the bookmark does not move back."""
    lost = LosesAMorning(monkeypatch, times=10_000)
    box = sandbox(account(), FLAT)
    first = run(box, start_date=START, batch_size=PAGE, lookback_days=0)
    lost.left = 0
    second = run(box, state=first.state, start_date=START, batch_size=PAGE, lookback_days=0)
    assert sorted(set(numbers(first) + numbers(second))) == truth(box)
    assert verdicts(second) == {"2026-07-03": "equal"}
    assert "mismatched_days" not in entry(second.state)
    assert second.bookmarks == first.bookmarks == {"Viewed": str(LAST)}


@pytest.mark.usefixtures("daily")
def test_a_lasting_lie_is_an_error_under_fail(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bookmark is left before the day."""
    LosesAMorning(monkeypatch, times=10_000)
    failed = failing_run(
        sandbox(account(), FLAT), start_date=START, batch_size=PAGE, reconciliation="fail"
    )
    assert "'Viewed' 2026-07-03: 150 rows extracted, 200 reported (missing)" in str(failed.error)
    assert failed.bookmarks == {"Viewed": "2026-07-02"}


def test_an_event_that_never_adds_up_is_named_once_and_sampled(
    sandbox: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    """Reading it again would cost as much as reading it, every night."""
    box = sandbox(account("Viewed", "Bought"), FLAT)
    before = box.request_log.requests["events"]
    run(box, start_date=START, batch_size=PAGE)
    honest = box.request_log.requests["events"] - before
    box.faults.update({"miscount": 5})
    before = box.request_log.requests["events"]
    finished = run(box, start_date=START, batch_size=PAGE)
    assert box.request_log.requests["events"] - before <= honest * 1.25 + 24
    named = [one for one in caplog.messages if "on most days" in one]
    assert len(named) == 2
    assert "mismatched_days" not in entry(finished.state)
    assert entry(finished.state)["mismatched_ranges"] == [
        {"first": START, "last": str(LAST), "nights": 0, "on": "2026-07-10"}
    ]


@pytest.mark.parametrize("mode", ["fail", "warn"])
@pytest.mark.usefixtures("daily")
def test_equal_numbers_with_many_repeats_are_read_twice_whatever_it_costs(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    """Under `fail` each day of double taps is proved; `warn` leaves what costs too much."""
    monkeypatch.setattr(reread_budget, "FREE_PAGES", 0)
    world = World(KOLKATA, people=people(20))
    opening = epoch(f"{FIRST}T00:00:00", KOLKATA)
    for n in range(DAYS * A_DAY):
        pair = n // 2
        at = opening + pair * 2 * (86400 // A_DAY)
        world.add(Event("Viewed", at, pair % 20, props={"n": pair}))
    finished = run(sandbox(world, FLAT), start_date=START, batch_size=4991, reconciliation=mode)
    assert len(finished.records()) == DAYS * A_DAY
    found = Counter(verdicts(finished).values())
    assert found == {"equal": DAYS} if mode == "fail" else found["undecided"] > 0


@pytest.mark.parametrize("fault", ["refused_for_now", "refused_once"])
@pytest.mark.usefixtures("daily")
def test_one_refusal_among_answers_is_asked_again(sandbox: Serve, fault: str) -> None:
    """A maintenance that refuses some openings costs no day of a backfill."""
    box = sandbox(account(), FLAT, **{fault: 0.3})
    finished = run(box, start_date=START, end_date=str(LAST), batch_size=PAGE)
    assert numbers(finished) == truth(box)
    assert "backfill" not in str(finished.state)


@pytest.mark.usefixtures("daily")
def test_an_event_that_has_given_rows_is_not_refused(sandbox: Serve) -> None:
    """What the state knows to be exportable fails when it is refused: its days are unread."""
    box = sandbox(account(), FLAT)
    first = run(box, start_date=START, end_date=None, batch_size=PAGE)
    box.advance(86400)
    box.faults.update({"refused_once": 1.0})
    failed = failing_run(box, state=first.state, start_date=START, batch_size=PAGE)
    assert isinstance(failed.error, errors.SliceFailed)
    assert "refused, though rows of 'Viewed' have been exported" in str(failed.error)


def test_an_event_that_is_refused_alone_has_no_rows(
    sandbox: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    """Refused twice and never answered: only its counts are available."""
    box = sandbox(account(), FLAT, refused_once=1.0)
    finished = run(box, start_date=START)
    assert finished.records() == []
    assert len([one for one in caplog.messages if "only counts" in one]) == 1


def test_a_refusal_that_is_not_repeated_is_not_believed(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The only slice of the only event is refused once, and opened again."""
    export, openings = Client.export, []

    def refuse_first(
        client: Client, spec: Export, query: Mapping[str, object]
    ) -> Iterator[Envelope]:
        openings.append(query)
        if len(openings) == 1:
            msg = "HTTP 400"
            raise errors.ExportNotAllowed(msg)
        yield from export(client, spec, query)

    monkeypatch.setattr(Client, "export", refuse_first)
    monkeypatch.setattr(TimezoneCheck, "start", lambda _: None)  # it opens pages of its own
    box = sandbox(account(), FLAT)
    finished = run(box, start_date=str(LAST))
    assert numbers(finished) == truth(box)[-A_DAY:]
    assert len(openings) == 2


class DiesAfterThree(Tampered):
    """A cursor lives for three pages."""

    def change(self, pages: list[Envelope]) -> Iterator[Envelope]:  # type: ignore[override]
        """Die on the fourth page."""
        yield from pages[:3]
        if len(pages) > 3:
            msg = "HTTP 200, code CURSOR_INVALIDATED"
            raise errors.CursorLost(msg)


def test_a_cursor_that_dies_halves_its_slice(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slices of thousands of rows, pages of 230: the run is whole though no cursor lives longer."""
    DiesAfterThree(monkeypatch, times=10_000)
    box = sandbox(account(), FLAT)
    finished = run(box, start_date=START, batch_size=230)
    assert numbers(finished) == truth(box)
    assert finished.bookmarks == {"Viewed": str(LAST)}


class BreaksThenDies(DiesAfterThree):
    """The first chain of all breaks in another way, and each cursor after it dies."""

    def change(self, pages: list[Envelope]) -> Iterator[Envelope]:  # type: ignore[override]
        """Break once, then die."""
        if self.opened == 1:
            yield pages[0]
            msg = "HTTP 200, not JSON"
            raise errors.InvalidResponse(msg)
        yield from super().change(pages)


def test_a_cursor_that_dies_after_another_error_halves_its_slice_too(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What went wrong before does not take the halves away."""
    BreaksThenDies(monkeypatch, times=10_000)
    box = sandbox(account(), FLAT)
    finished = run(box, start_date=START, batch_size=230, max_concurrency=1)
    assert numbers(finished) == truth(box)
    assert finished.bookmarks == {"Viewed": str(LAST)}


class BreaksTwice(Tampered):
    """The first two chains break."""

    def change(self, pages: list[Envelope]) -> Iterator[Envelope]:  # type: ignore[override]
        """Break after the first page."""
        yield pages[0]
        msg = "HTTP 200, not JSON"
        raise errors.InvalidResponse(msg)


def test_a_slice_of_days_has_three_attempts_like_a_day(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Two broken chains cost a warning each and no row."""
    BreaksTwice(monkeypatch, times=2)
    box = sandbox(account(), FLAT)
    finished = run(box, start_date=START, batch_size=230, max_concurrency=1)
    assert numbers(finished) == truth(box)
    assert caplog.text.count("was interrupted (InvalidResponse") == 2


def test_pages_without_new_rows_end(sandbox: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """A chain that leads on and on with nothing new is broken after twenty pages."""

    class Endless(Tampered):
        def change(self, pages: list[Envelope]) -> Iterator[Envelope]:  # type: ignore[override]
            for _ in range(1000):
                self.served += 1
                yield pages[0]

        served = 0

    endless = Endless(monkeypatch, times=10_000)
    world = account()
    world.event_types.clear()
    small = World(KOLKATA, people=people(3))
    for n in range(5):
        small.add(Event("Viewed", epoch("2026-07-05T10:00:00", KOLKATA) + n, 0, props={"n": n}))
    failed = failing_run(sandbox(small, FLAT), start_date=START)
    assert isinstance(failed.error, errors.SliceFailed)
    assert endless.served < 40 * chains.MAX_STALE_PAGES


def test_a_catalogue_does_not_hide_an_event(
    sandbox: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    """One that has a bookmark is named and requested, though the schema does not list it."""
    box = sandbox(account("Viewed", "Bought"), FLAT)
    first = run(box, start_date=START)
    box.advance(86400)
    box.faults.update({"hidden_event": 0.5})
    hidden = [one for one in ("Viewed", "Bought") if box.faults.chooses("hidden_event", one)]
    assert len(hidden) == 1
    second = run(box, state=first.state, start_date=START)
    assert {one["event_name"] for one in second.records()} == {"Viewed", "Bought"}
    assert f"{hidden[0]!r} has a bookmark but is not in the account's event schema" in caplog.text


def test_patterns_without_a_schema_are_refused(sandbox: Serve) -> None:
    """What the patterns mean cannot be known: reading the named events alone would hide others."""
    box = sandbox(account(), FLAT, hidden_event=1.0)
    failed = failing_run(box, start_date=START, events=["Viewed", "*"])
    assert isinstance(failed.error, errors.SettingError)
    assert "the pattern '*' cannot be resolved" in str(failed.error)
    assert numbers(run(box, start_date=START, events=["Viewed"])) == truth(box)


def test_nothing_at_all_is_told_where_the_state_remembers_rows(
    sandbox: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    """Rows and counts both empty: perhaps nothing happened, perhaps the tracking broke."""
    box = sandbox(account(), FLAT)
    first = run(box, start_date=START)
    box.advance(20 * 86400)
    run(box, state=first.state, start_date=START, lookback_days=0)
    assert "'Viewed': no rows and no counts" in caplog.text


@pytest.mark.parametrize("state", ["2099-01-01", "2026-07-12"])
def test_a_bookmark_of_the_future_is_brought_back(
    sandbox: Serve, caplog: pytest.LogCaptureFixture, state: str
) -> None:
    """A wrong clock must not swallow the days to come."""
    box = sandbox(account(), FLAT)
    first = run(box, start_date=START)
    entry(first.state)["replication_key_value"] = state
    finished = run(box, state=first.state, start_date=START)
    assert f"the bookmark of 'Viewed' is {state}, in the future" in caplog.text
    assert finished.bookmarks == {"Viewed": str(LAST)}


def test_the_state_of_another_account_or_zone_is_refused(sandbox: Serve) -> None:
    """In a line that says how to go on; a state from before they said so is taken."""
    box = sandbox(account(), FLAT)
    state = run(box, start_date=START).state
    other = state | {"tap_clevertap": state["tap_clevertap"] | {"account": "another"}}
    for wrong, said in (
        (other, "written for another account_id"),
        (state | {"tap_clevertap": {"version": 99}}, "written by a later tap-clevertap"),
        (
            state | {"tap_clevertap": state["tap_clevertap"] | {"timezone": "Europe/Paris"}},
            "written with timezone 'Europe/Paris'",
        ),
    ):
        failed = failing_run(box, state=wrong, start_date=START)
        assert isinstance(failed.error, errors.SettingError)
        assert said in str(failed.error)
        assert not failed.records()
    old = {"bookmarks": state["bookmarks"]}
    assert run(box, state=old, start_date=START).bookmarks == {"Viewed": str(LAST)}


def test_an_earlier_start_says_how_to_backfill(
    sandbox: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    """Incremental runs do not walk back."""
    box = sandbox(account(), FLAT)
    state = run(box, start_date=START).state
    run(box, state=state, start_date="2026-06-01")
    assert "start_date: moved from 2026-06-29 to 2026-06-01" in caplog.text
    assert "backfill" in caplog.text


@pytest.mark.parametrize("slice_rows", [100_000, 20], ids=["one slice", "many slices"])
def test_counts_that_lag_do_not_cost_what_users_did_twice(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch, slice_rows: int
) -> None:
    """Each question is answered with a tenth less at first: as many as there are double taps."""
    monkeypatch.setattr(planning, "SLICE_ROWS", slice_rows)
    world = World(KOLKATA, people=people(20))
    opening = epoch(f"{FIRST}T00:00:00", KOLKATA)
    for n in range(8 * DAYS):
        world.add(Event("Viewed", opening + n * 10_800, n % 20, props={"n": n}))
    for n in range(0, 8 * DAYS, 8):
        world.add(Event("Viewed", opening + n * 10_800, n % 20, props={"n": n}))
    box = sandbox(world, FLAT, lagging_count=1)
    first = run(box, start_date=START, lookback_days=0)
    box.advance(86400)
    second = run(box, state=first.state, start_date=START, lookback_days=0)
    rows = {one["event_id"]: one["event_props"]["n"] for one in first.records() + second.records()}
    assert sorted(rows.values()) == truth(box)


@pytest.fixture
def lagging(monkeypatch: pytest.MonkeyPatch) -> list[date]:
    """Give a list of days whose counts lack a row, however often they are requested."""
    days: list[date] = []
    real = api_counts.daily_counts

    def daily_counts(*question: Any, **options: Any) -> dict[date, int]:  # noqa: ANN401 - as there
        return {day: n - (day in days) for day, n in real(*question, **options).items()}

    for module in (fetcher, shared_totals):
        monkeypatch.setattr(module, "daily_counts", daily_counts)
    return days


def with_twins(*numbers: int) -> World:
    """Return the account with some events twice."""
    world, opening = account(), epoch(f"{FIRST}T00:00:00", KOLKATA)
    for n in numbers:
        world.add(Event("Viewed", opening + n * (86400 // A_DAY), n % 20, props={"n": n}))
    return world


@pytest.mark.parametrize("mode", ["warn", "fail"])
@pytest.mark.parametrize("lookback", [0, 1])
def test_what_a_lagging_count_leaves_out_is_read_by_the_next_run(
    sandbox: Serve, lagging: list[date], lookback: int, mode: str
) -> None:
    """One user did the same twice; the count of the day lacks a row all night, and then has it."""
    settings: dict[str, Any] = {"lookback_days": lookback, "reconciliation": mode}
    box = sandbox(with_twins(0, OF_LAST), FLAT)
    lagging += [FIRST, LAST]
    first = run(box, start_date=START, **settings)
    assert numbers(first) == sorted(set(truth(box)))
    assert [*entry(first.state).get("mismatched_days", {})] == [str(LAST)][lookback:]
    lagging.clear()
    box.advance(86400)
    second = run(box, state=first.state, start_date=START, **settings)
    rows = {one["event_id"]: one["event_props"]["n"] for one in first.records() + second.records()}
    assert sorted(rows.values()) == truth(box)[1:]  # the count of an old day does not lag
    assert "mismatched_days" not in entry(second.state)


def test_what_counts_leave_out_twice_is_believed(sandbox: Serve, lagging: list[date]) -> None:
    """A row that the API repeats is read once more, and forgotten."""
    box = sandbox(with_twins(OF_LAST), FLAT)
    lagging.append(LAST)
    state = run(box, start_date=START, lookback_days=0).state
    box.advance(86400)
    second = run(box, state=state, start_date=START, lookback_days=0)
    assert "mismatched_days" not in entry(second.state)
    assert verdicts(second)[str(LAST)] == "equal"


def test_counts_of_an_old_backfill_are_not_fresh(sandbox: Serve, lagging: list[date]) -> None:
    """Its last days are as old as its first: what is left out there is not read again."""
    box, end = sandbox(with_twins(0, 2 * A_DAY), FLAT), FIRST + timedelta(days=2)
    lagging += [FIRST, end]
    finished = run(box, start_date=START, end_date=str(end), lookback_days=0)
    assert verdicts(finished)[str(end)] == "equal"
    assert "mismatched_days" not in str(finished.state)
