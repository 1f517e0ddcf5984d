"""One sync of sliced streams: asks, reads, settles and closes, several slices at once."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, TypeAlias

from tap_clevertap import errors
from tap_clevertap.extraction.fetcher import Broken, Counted, Delivery, Question
from tap_clevertap.extraction.report import Outcome
from tap_clevertap.extraction.slice_reader import Reading
from tap_clevertap.extraction.slices import SLICE_ROWS, ClosingOrder, Slice, plan, steady, weighted
from tap_clevertap.extraction.worker_pool import Crew, Finished

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tap_clevertap.config.settings import Settings
    from tap_clevertap.extraction.fetcher import Fetcher
    from tap_clevertap.extraction.progress import Progress
    from tap_clevertap.extraction.reconciliation import DayProof
    from tap_clevertap.extraction.slices import Subject, Width, Window
    from tap_clevertap.extraction.subscribers import Subscribers
    from tap_clevertap.records.events import EventReader

Told: TypeAlias = "tuple[tuple[str, ...], Sequence[bytes]]"
"""The names of streams, and rows that go to them."""

SHORT_DAYS = 8
UNKNOWN_WIDTH = 7
COUNT_LANES = 2
"""Count lanes for each request that may be in flight: they mostly wait between two polls."""


class Extraction:
    """Runs the slices of the streams that read an export together.

    A long stretch of days is cut by CleverTap's own daily counts, a short one by how busy the
    event was last night. Rows go out as pages arrive. A slice that has been read is settled once
    its counts are known, and closed in the order of its event's days.
    """

    def __init__(  # noqa: PLR0913 - the parts that a run is made of
        self,
        *,
        settings: Settings,
        window: Window,
        fetcher: Fetcher,
        subscribers: Subscribers,
        progress: Progress,
        reader: Callable[[str], EventReader],
    ) -> None:
        """Put the parts together; `reader` returns what makes rows of an event's records."""
        self._settings = settings
        self._window = window
        self._fetcher = fetcher
        self._subscribers = subscribers
        self._progress = progress
        self._reader = reader
        self._outcome = Outcome(settings.reconciliation, progress, fetcher.uncounted)
        self._lanes_each = 1
        self._order = ClosingOrder()
        lanes = settings.max_concurrency
        self._crew: Crew[Slice | Question, Delivery | Broken | Counted]
        self._crew = Crew({"export": lanes, "count": lanes * COUNT_LANES}, buffer=lanes + 1)
        self._fetch = fetcher.spared_pages if settings.skip_failed_streams else fetcher.pages
        self._readings: dict[Slice, Reading] = {}
        self._broken: set[Slice] = set()
        self._unplanned: set[Subject] = set()
        self._asked: set[Subject] = set()
        self._counts: dict[Subject, Counted] = {}
        self._unsettled: dict[Subject, list[Reading]] = defaultdict(list)

    @property
    def failures(self) -> dict[Subject, errors.ClevertapError]:
        """What failed while the others went on, where failed streams are skipped."""
        return self._fetcher.failures

    @property
    def proofs(self) -> list[DayProof]:
        """The proof of each day that has been settled."""
        return self._outcome.proofs

    def pages(self) -> Iterator[Told]:
        """Yield the rows of all wanted days; a slice is closed after its last were taken.

        Raises:
            ReconciliationFailed: A day differs from CleverTap's count, where that is to fail.
            ClevertapError: A slice could not be read.
        """
        self._subjects = self._subscribers.subjects()
        self._lanes_each = max(1, self._settings.max_concurrency // max(1, len(self._subjects)))
        for subject in self._subjects:
            self._begin(subject)
        for job, result in self._crew.results(self._progress.wait):
            match job, result:
                case Slice(), Delivery():
                    yield from self._rows(job, result)
                case Slice(), Broken():
                    self._broken.add(job)
                case Slice(), Finished():
                    yield from self._finished(job)
                case Question(), Counted():
                    yield from self._counted(job, result)
        self._conclude()

    def _begin(self, subject: Subject) -> None:
        """Submit what is known of a subject: its slices, or the question how to cut them."""
        bookmark = self._subscribers.last_closed(subject)
        first, last = self._window.first_wanted(bookmark), self._window.last_closed
        days = (last - first).days + 1
        is_long = days > SHORT_DAYS
        if is_long:
            self._unplanned.add(subject)
        else:
            self._submit(subject, steady(self._steady_width(subject)))
        if is_long or (days > 0 and self._settings.reconciliation != "off"):
            self._ask(Question(subject, first, last))

    def _steady_width(self, subject: Subject) -> int:
        rate = self._subscribers.rows_a_day(subject)
        return SHORT_DAYS if not rate else max(1, SLICE_ROWS // rate)

    def _submit(self, subject: Subject, width: Width) -> None:
        event, streams = subject
        closed = self._subscribers.last_closed(subject)
        for piece in plan(event, self._window, closed, width, streams):
            self._order.expect(piece)
            self._progress.planned += 1
            self._crew.submit("export", piece, self._fetch)

    def _ask(self, question: Question) -> None:
        if question.piece is None:
            self._asked.add(question.subject)
        self._crew.submit("count", question, self._fetcher.counts)

    def _counted(self, question: Question, counted: Counted) -> Iterator[Told]:
        """Cut a subject by its counts, or settle the slices that waited for them."""
        subject = question.subject
        if subject in self._unplanned:
            self._unplanned.discard(subject)
            by_day = counted.by_day
            last = self._window.last_closed
            width = steady(UNKNOWN_WIDTH)
            if by_day is not None:
                width = weighted(by_day, last, self._lanes_each)
            self._submit(subject, width)
        if question.piece is not None:
            known = counted if counted.by_day is not None else self._counts.get(subject, counted)
            yield from self._settle(self._readings[question.piece], known)
            return
        self._counts[subject] = counted
        for reading in self._unsettled.pop(subject, ()):
            yield from self._settle(reading, counted)

    def _rows(self, piece: Slice, delivery: Delivery) -> Iterator[Told]:
        if piece not in self._readings:
            self._readings[piece] = Reading(piece, self._reader(piece.event))
        reading = self._readings[piece]
        restarts = delivery.attempt - reading.attempt
        self._progress.add(repaired_pages=int(delivery.page.is_repaired), restarts=restarts)
        for rows in reading.rows(delivery.attempt, delivery.page):
            self._progress.add(rows=len(rows))
            yield piece.streams, rows

    def _finished(self, piece: Slice) -> Iterator[Told]:
        """Settle a slice that was read whole, at once or when its counts are there."""
        if piece in self._broken:
            self._readings.pop(piece, None)
            return
        reading = self._readings.setdefault(piece, Reading(piece, self._reader(piece.event)))
        reading.table.forget_keys()
        subject = piece.subject
        is_refused = piece.event in self._fetcher.refused
        needs_counts = self._settings.duplicates == "reconcile" and reading.has_repeats
        if is_refused or not (self._needs_proof(piece) or needs_counts):
            yield from self._settle(reading, Counted(None))
        elif piece.is_open or subject not in self._asked:
            self._ask_again(reading)
        elif subject in self._counts:
            yield from self._settle(reading, self._counts[subject])
        else:
            self._unsettled[subject].append(reading)

    def _needs_proof(self, piece: Slice) -> bool:
        is_wanted = self._settings.reconciliation != "off" and not piece.is_open
        return is_wanted and piece.event not in self._fetcher.refused

    def _ask_again(self, reading: Reading) -> None:
        reading.is_recounted = True
        piece = reading.piece
        self._ask(Question(piece.subject, piece.first, piece.last, piece))

    def _settle(self, reading: Reading, counted: Counted) -> Iterator[Told]:
        """Decide on a slice and close it; where the counts differ they are asked afresh, once."""
        settlement = reading.settle(self._settings.duplicates, counted.by_day, self._window)
        if settlement.is_doubtful and not reading.is_recounted:
            self._ask_again(reading)
            return
        del self._readings[reading.piece]
        self._outcome.add(reading.piece, settlement)
        yield reading.piece.streams, settlement.rows
        is_unproved = counted.by_day is None and self._needs_proof(reading.piece)
        if self._settings.reconciliation == "fail" and (settlement.wrong or is_unproved):
            self._outcome.unproved += [reading.piece] * is_unproved
            return
        self._close(reading)

    def _close(self, reading: Reading) -> None:
        piece = reading.piece
        self._progress.add(slices=1)
        closed = self._order.finish(piece)
        if closed is None or piece.event in self._fetcher.refused:
            return
        self._subscribers.close(piece.subject, closed, reading.rows_a_day)

    def _conclude(self) -> None:
        """Say what the run came to.

        Raises:
            SliceFailed: A slice was read but not settled, which would be a defect.
            ReconciliationFailed: A day differs, where that is to fail, and the run with it.
        """
        self._outcome.sum_up()
        if self._readings:
            msg = f"slices were read but not settled: {', '.join(map(str, self._readings))}"
            raise errors.SliceFailed(msg)
        try:
            self._outcome.judge()
        except errors.ReconciliationFailed as error:
            if not self._settings.skip_failed_streams:
                raise
            doubted = self._outcome.doubted
            self.failures.update({one: error for one in self._subjects if one.event in doubted})
        if self._window.end is not None and not self.failures:
            self._subscribers.end_backfill()
