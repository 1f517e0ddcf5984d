"""What the lanes do: read a slice to its end, or ask how much there is in it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_clevertap import errors
from tap_clevertap.api.counts import daily_counts
from tap_clevertap.api.endpoints import date_range

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from tap_clevertap.api.decoding import Envelope
    from tap_clevertap.api.endpoints import Export
    from tap_clevertap.extraction.run import Run
    from tap_clevertap.extraction.slices.model import Partition, Slice

logger = logging.getLogger("tap-clevertap")

ATTEMPTS = 3
RESUME = "; run again to resume"
RESTARTED = (
    errors.PositionLost,
    errors.InvalidResponse,
    errors.EmptyResponse,
    errors.ServerError,
    errors.ConnectionFailed,
    errors.TimedOut,
)


@dataclass(frozen=True, slots=True)
class CountRequest:
    """How often an event happened on each day from `first` to `last`; for one slice, or in all."""

    partition: Partition
    first: date
    last: date
    slice_: Slice | None = None


@dataclass(frozen=True, slots=True)
class SlicePage:
    """A page of a slice, and the number of the attempt that it belongs to."""

    attempt: int
    page: Envelope


@dataclass(frozen=True, slots=True)
class DailyCounts:
    """The answer to a question: rows by day, None where CleverTap does not tell."""

    by_day: Mapping[date, int] | None


@dataclass(frozen=True, slots=True)
class SliceSkipped:
    """What ends a slice that was not read to its end, where others go on without it."""


class Fetcher:
    """Fetches from one export; every method is safe on any thread."""

    def __init__(self, run: Run, export: Export, *, setting: str = "events") -> None:
        """Read an export; `setting` is where the user names its events."""
        self.non_exportable: set[str] = set()
        self.count_errors: dict[str, str] = {}
        self.failures: dict[Partition, errors.ClevertapError] = {}
        self._run = run
        self._spec = export
        self._setting = setting

    def pages(self, slice_: Slice) -> Iterator[SlicePage]:
        """Yield the pages of a slice until it was read whole.

        A broken cursor chain begins the slice again, at most twice.

        Raises:
            SliceFailed: It stayed broken.
        """
        for attempt in range(ATTEMPTS):
            try:
                for page in self._export(slice_):
                    yield SlicePage(attempt, page)
            except RESTARTED as error:
                cause = _named(error)
                logger.warning("%s: %s broke off (%s)", _readers(slice_), slice_, cause)
            except errors.InvalidCredentials:
                raise
            except (errors.Transient, errors.Refused) as error:
                cause = _named(error)
                break
            else:
                return
        msg = f"{_readers(slice_)}: {slice_} could not be read to its end ({cause}){RESUME}"
        raise errors.SliceFailed(msg)

    def pages_or_skip(self, slice_: Slice) -> Iterator[SlicePage | SliceSkipped]:
        """Yield the pages of a slice; its failure, and an earlier one of its subject, ends it."""
        if slice_.partition not in self.failures:
            try:
                yield from self.pages(slice_)
            except errors.SliceFailed as error:
                self.failures.setdefault(slice_.partition, error)
            else:
                return
        yield SliceSkipped()

    def counts(self, request: CountRequest) -> Iterator[DailyCounts]:
        """Yield the daily counts, once."""
        client, event = self._run.client, request.partition.event
        try:
            yield DailyCounts(daily_counts(client, event, request.first, request.last))
        except errors.InvalidCredentials:
            raise
        except errors.ClevertapError as error:
            self.count_errors[event] = _named(error)
            yield DailyCounts(None)

    def _export(self, slice_: Slice) -> Iterator[Envelope]:
        """Yield the pages of a slice; an event whose rows are refused has none."""
        if slice_.event in self.non_exportable:
            return
        query = {"event_name": slice_.event, **date_range(slice_.first, slice_.last)}
        try:
            yield from self._run.client.export(self._spec, query)
        except errors.ExportNotAllowed:
            self.non_exportable.add(slice_.event)
        except errors.InvalidEvent as error:
            if slice_.event in getattr(self._run.settings, self._setting):
                msg = f"{self._setting}: {slice_.event!r} is no event of the account ({error})"
                raise errors.SettingError(msg) from None
            who = _readers(slice_)
            logger.warning("%s: %r is listed but unknown (%s)", who, slice_.event, error)
            self.non_exportable.add(slice_.event)


def _readers(slice_: Slice) -> str:
    return ", ".join(slice_.streams)


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
