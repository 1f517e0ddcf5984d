"""Fetches slices and daily counts; this is the work of the worker threads."""

from __future__ import annotations

import itertools
import time
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_clevertap import errors, logger
from tap_clevertap.api.counts import daily_counts
from tap_clevertap.api.endpoints import date_range
from tap_clevertap.api.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import date

    from tap_clevertap.api.decoding import Envelope
    from tap_clevertap.api.endpoints import Export
    from tap_clevertap.extraction.run import Run
    from tap_clevertap.extraction.slices.model import Partition, Slice


# Two retry layers multiply: each of these attempts restarts the slice with a new cursor, and each
# of its requests is retried by the client first, seven times for a server error. A short failure is
# retried there; an attempt here is for a lost cursor, or for a page that stays broken.
ATTEMPTS = 3
CURSOR_SECONDS = 3 * 3600 + 1800
"""Half an hour less than CleverTap documents: a cursor is given up before it dies."""
RESUME = "; run again to resume"
MENDED = (
    errors.InvalidResponse,
    errors.EmptyResponse,
    errors.ServerError,
    errors.ConnectionFailed,
    errors.ProxyFailed,
    errors.TimedOut,
)
"""What a new cursor may mend."""
RESTARTED = (errors.PositionLost, *MENDED)


@dataclass(frozen=True, slots=True)
class CountRequest:
    """A request for an event's daily counts from `first` to `last`, for one slice or for all."""

    partition: Partition
    first: date
    last: date
    slice_: Slice | None = None


@dataclass(frozen=True, slots=True)
class SlicePage:
    """A page of a slice, and the number of the chain of pages that it belongs to."""

    chain: int
    page: Envelope


@dataclass(frozen=True, slots=True)
class DailyCounts:
    """The counts by day; None if they could not be read."""

    by_day: Mapping[date, int] | None


@dataclass(frozen=True, slots=True)
class SliceSkipped:
    """Ends a slice that was not read completely, with `skip_failed_streams`."""


@dataclass(frozen=True, slots=True)
class SliceCut:
    """What ends a slice whose cursor died: its days are to be read in two halves."""


class Fetcher:
    """Fetches from one export; every method is safe on any thread.

    `exportable` has the events that have given rows, in this run or, by the state, in an earlier
    one: an event of which all requests are refused is in `non_exportable` instead.
    """

    def __init__(
        self,
        run: Run,
        export: Export,
        *,
        setting: str = "events",
        exportable: Iterable[str] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Read an export; `setting` is where the user names its events."""
        self.non_exportable: set[str] = set()
        self.exportable = set(exportable)
        self.count_errors: dict[str, str] = {}
        self.failures: dict[Partition, errors.ClevertapError] = {}
        self.pace = Pace(run.settings.max_concurrency)
        self.refused: dict[str, list[Slice]] = defaultdict(list)
        self._run = run
        self._spec = export
        self._setting = setting
        self._clock = clock
        self._chains = itertools.count()
        self._abandoned: set[int] = set()
        self._unread: set[Slice] = set()

    def abandon(self, chain: int) -> None:
        """Read no more of a chain of pages."""
        self._abandoned.add(chain)

    def pages(
        self, slice_: Slice, restarted: tuple[type[Exception], ...] = RESTARTED
    ) -> Iterator[SlicePage]:
        """Yield the pages of a slice until it was read whole.

        A chain of pages that ends with an error of `restarted` is begun again, at most twice.

        Raises:
            SliceFailed: The slice failed in all attempts.
            PositionLost: The cursor died, and `restarted` has no place for that.
        """
        for _ in range(ATTEMPTS):
            try:
                yield from self._chain(slice_)
            except restarted as error:
                cause = _named(error)
                logger.warning("%s: %s was interrupted (%s)", _readers(slice_), slice_, cause)
            except errors.InvalidCredentials:
                raise
            except (errors.Transient, errors.Refused) as error:
                cause = _named(error)
                break
            else:
                return
        msg = f"{_readers(slice_)}: {slice_} could not be read completely ({cause}){RESUME}"
        raise errors.SliceFailed(msg)

    def pages_or_cut(self, slice_: Slice) -> Iterator[SlicePage | SliceCut]:
        """Yield the pages of a slice; one of several days whose cursor dies is cut in two.

        What a cursor did not live through once it will not the next time.

        Raises:
            SliceFailed: It stayed broken.
        """
        if slice_.first == slice_.last:
            yield from self.pages(slice_)
            return
        try:
            yield from self.pages(slice_, restarted=MENDED)
        except errors.PositionLost as error:
            cause = _named(error)
            logger.warning(
                "%s: %s was interrupted (%s); reading it in halves", _readers(slice_), slice_, cause
            )
            yield SliceCut()

    def pages_or_skip(self, slice_: Slice) -> Iterator[SlicePage | SliceCut | SliceSkipped]:
        """Yield the pages of a slice; its failure, and an earlier one of its partition, ends it."""
        if slice_.partition not in self.failures:
            try:
                yield from self.pages_or_cut(slice_)
            except errors.SliceFailed as error:
                self.failures.setdefault(slice_.partition, error)
            else:
                return
        yield SliceSkipped()

    def counts(self, request: CountRequest) -> Iterator[DailyCounts]:
        """Yield the daily counts, once; an answer without them is asked for again."""
        client, event = self._run.client, request.partition.event
        for is_last in (False, True):
            try:
                if request.slice_ is None:  # others want to know them too
                    by_day = self._run.totals.by_day(event, request.first, request.last)
                else:
                    by_day = daily_counts(client, event, request.first, request.last)
                yield DailyCounts(by_day)
            except errors.InvalidCredentials:
                raise
            except errors.ClevertapError as error:
                if isinstance(error, errors.InvalidResponse) and not is_last:
                    continue
                self.count_errors[event] = _named(error)
                yield DailyCounts(None)
            return

    def _chain(self, slice_: Slice) -> Iterator[SlicePage]:
        """Yield the pages of one chain, as long as it is of use."""
        number, opened = next(self._chains), self._clock()
        for page in self._export(slice_):
            yield SlicePage(number, page)
            if number in self._abandoned:
                msg = "a page came again in place of another, or pages without new rows"
                raise errors.CursorRepeated(msg)
            if self._clock() - opened > CURSOR_SECONDS and slice_.first < slice_.last:
                msg = f"the cursor is older than {CURSOR_SECONDS // 60} minutes"
                raise errors.CursorLost(msg)

    def _export(self, slice_: Slice) -> Iterator[Envelope]:
        """Yield the pages of a slice; an event whose rows are refused has none."""
        event = slice_.event
        if event in self.non_exportable:
            self._refuse(slice_)
            return
        try:
            yield from self._unless_refused_twice(slice_)
        except errors.ExportNotAllowed:
            self.non_exportable.add(event)
            self._refuse(slice_)
        except errors.InvalidEvent as error:
            if event in getattr(self._run.settings, self._setting):
                msg = f"{self._setting}: {event!r} is not an event of the account ({error})"
                raise errors.SettingError(msg) from None
            who = _readers(slice_)
            what = "%s: %r is in the account's event schema but unknown to the API (%s); skipped"
            logger.warning(what, who, event, error)
            self.non_exportable.add(event)
            self._unread.add(slice_)

    def _unless_refused_twice(self, slice_: Slice) -> Iterator[Envelope]:
        """Yield the pages of a slice; a refusal is believed when it comes twice and alone.

        Raises:
            ExportNotAllowed: Rows of the event cannot be exported.
            ServerError: A refusal of an event that has given rows.
        """
        event = slice_.event
        query = {"event_name": event, **date_range(slice_.first, slice_.last)}
        export = self._spec.cut_otherwise(slice_.reading, self._run.settings.batch_size)
        for is_last in (False, True):
            try:
                for page in self._timed(self._run.client.export(export, query)):
                    self.exportable.add(event)
                    yield page
            except errors.ExportNotAllowed as error:
                if event in self.exportable:
                    msg = f"refused, though rows of {event!r} have been exported ({error})"
                    raise errors.ServerError(msg) from None
                if is_last:
                    raise
            else:
                return

    def _timed(self, pages: Iterator[Envelope]) -> Iterator[Envelope]:
        started = self._clock()
        for page in pages:
            self.pace.add(self._clock() - started, _rows(page))
            yield page
            started = self._clock()

    def _refuse(self, slice_: Slice) -> None:
        self.refused[slice_.event].append(slice_)
        self._unread.add(slice_)

    def pop_unread(self, slice_: Slice) -> bool:
        """Tell, once, whether a slice that has ended was not read, because it was refused."""
        was_unread = slice_ in self._unread
        self._unread.discard(slice_)
        return was_unread

    def take_back(self) -> list[Slice]:
        """Return the slices that were refused of events that have given rows after all."""
        events = self.exportable & self.non_exportable
        self.non_exportable -= events
        return [slice_ for event in events for slice_ in self.refused.pop(event, ())]


def _readers(slice_: Slice) -> str:
    return ", ".join(slice_.streams)


def _rows(page: Envelope) -> int:
    """Return how many records a page has; of one that is not taken apart yet, by its separators."""
    return (
        len(page.records) if isinstance(page.records, list) else bytes(page.records).count(b'"ts"')
    )


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
