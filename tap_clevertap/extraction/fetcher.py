"""Fetches slices and daily counts; this is the work of the worker threads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_clevertap import errors, logger
from tap_clevertap.api.counts import daily_counts
from tap_clevertap.api.endpoints import date_range
from tap_clevertap.api.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from tap_clevertap.api.decoding import Envelope
    from tap_clevertap.api.endpoints import Export
    from tap_clevertap.extraction.run import Run
    from tap_clevertap.extraction.slices.model import Partition, Slice


# Two retry layers multiply: each of these attempts restarts the slice with a new cursor, and each
# of its requests is retried by the client first, seven times for a server error. A short failure is
# retried there; an attempt here is for a lost cursor, or for a page that stays broken.
ATTEMPTS = 3
RESUME = "; run again to resume"
RESTARTED = (
    errors.PositionLost,
    errors.InvalidResponse,
    errors.EmptyResponse,
    errors.ServerError,
    errors.ConnectionFailed,
    errors.ProxyFailed,
    errors.TimedOut,
)


@dataclass(frozen=True, slots=True)
class CountRequest:
    """A request for an event's daily counts from `first` to `last`, for one slice or for all."""

    partition: Partition
    first: date
    last: date
    slice_: Slice | None = None


@dataclass(frozen=True, slots=True)
class SlicePage:
    """A page of a slice, and the attempt that it was read in."""

    attempt: int
    page: Envelope


@dataclass(frozen=True, slots=True)
class DailyCounts:
    """The counts by day; None if they could not be read."""

    by_day: Mapping[date, int] | None


@dataclass(frozen=True, slots=True)
class SliceSkipped:
    """Ends a slice that was not read completely, with `skip_failed_streams`."""


class Fetcher:
    """Fetches slices of one export; every method may be called on any thread."""

    def __init__(self, run: Run, export: Export, *, setting: str = "events") -> None:
        """`setting` is the setting in which the user names the events."""
        self.non_exportable: set[str] = set()
        self.count_errors: dict[str, str] = {}
        self.failures: dict[Partition, errors.ClevertapError] = {}
        self.pace = Pace(run.settings.max_concurrency)
        self._run = run
        self._spec = export
        self._setting = setting

    def pages(self, slice_: Slice) -> Iterator[SlicePage]:
        """Yield all pages of a slice; a lost cursor restarts it, at most twice.

        Raises:
            SliceFailed: The slice failed in all attempts.
        """
        for attempt in range(ATTEMPTS):
            try:
                for page in self._export(slice_):
                    yield SlicePage(attempt, page)
            except RESTARTED as error:
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

    def pages_or_skip(self, slice_: Slice) -> Iterator[SlicePage | SliceSkipped]:
        """Yield the pages of a slice; if it fails, its partition is skipped from then on."""
        if slice_.partition not in self.failures:
            try:
                yield from self.pages(slice_)
            except errors.SliceFailed as error:
                self.failures.setdefault(slice_.partition, error)
            else:
                return
        yield SliceSkipped()

    def counts(self, request: CountRequest) -> Iterator[DailyCounts]:
        """Yield the daily counts, as one item."""
        client, event = self._run.client, request.partition.event
        try:
            if request.slice_ is None:  # others want to know them too
                yield DailyCounts(self._run.totals.by_day(event, request.first, request.last))
            else:
                yield DailyCounts(daily_counts(client, event, request.first, request.last))
        except errors.InvalidCredentials:
            raise
        except errors.ClevertapError as error:
            self.count_errors[event] = _named(error)
            yield DailyCounts(None)

    def _export(self, slice_: Slice) -> Iterator[Envelope]:
        """Yield the pages of a slice; an event that CleverTap does not export has none."""
        if slice_.event in self.non_exportable:
            return
        query = {"event_name": slice_.event, **date_range(slice_.first, slice_.last)}
        try:
            yield from self.pace.timed(self._run.client.export(self._spec, query))
        except errors.ExportNotAllowed:
            self.non_exportable.add(slice_.event)
        except errors.InvalidEvent as error:
            if slice_.event in getattr(self._run.settings, self._setting):
                msg = f"{self._setting}: {slice_.event!r} is not an event of the account ({error})"
                raise errors.SettingError(msg) from None
            who = _readers(slice_)
            what = "%s: %r is in the account's event schema but unknown to the API (%s); skipped"
            logger.warning(what, who, slice_.event, error)
            self.non_exportable.add(slice_.event)


def _readers(slice_: Slice) -> str:
    return ", ".join(slice_.streams)


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
