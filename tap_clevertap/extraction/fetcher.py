"""What the lanes do: read a slice to its end, or ask how much there is in it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_clevertap import errors
from tap_clevertap.api.counts import daily_counts
from tap_clevertap.api.decoding import read_envelope
from tap_clevertap.api.endpoints import date_range

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from tap_clevertap.api.decoding import Envelope, Reader
    from tap_clevertap.extraction.run import Source
    from tap_clevertap.extraction.slices import Slice, Subject

logger = logging.getLogger("tap-clevertap")

ATTEMPTS = 3
RESUME = "; run again to resume"
RESTARTED = (
    errors.Lost,
    errors.BrokenAnswer,
    errors.EmptyAnswer,
    errors.ServerFault,
    errors.ConnectionFailed,
    errors.TimedOut,
)


@dataclass(frozen=True, slots=True)
class Question:
    """How often an event happened on each day from `first` to `last`; for one slice, or in all."""

    subject: Subject
    first: date
    last: date
    piece: Slice | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A page of a slice, and the number of the attempt that it belongs to."""

    attempt: int
    page: Envelope


@dataclass(frozen=True, slots=True)
class Counted:
    """The answer to a question: rows by day, None where CleverTap does not tell."""

    by_day: Mapping[date, int] | None


@dataclass(frozen=True, slots=True)
class Broken:
    """What ends a slice that was not read to its end, where others go on without it."""


class Fetcher:
    """Fetches from one export; every method is safe on any thread."""

    def __init__(  # noqa: PLR0913 - two of them are flags of the wire
        self,
        source: Source,
        path: str,
        *,
        wants_properties: bool,
        wants_summary: bool = False,
        setting: str = "events",
        batch_size: int | None = None,
        read: Reader = read_envelope,
    ) -> None:
        """Read the export at `path`; `setting` is where the user names events.

        `read` parses a page; `batch_size` is for one of another size than the user has set.
        """
        self.refused: set[str] = set()
        self.uncounted: dict[str, str] = {}
        self.failures: dict[Subject, errors.ClevertapError] = {}
        self._source = source
        self._path = path
        self._wants = {"wants_properties": wants_properties, "wants_summary": wants_summary}
        self._batch_size = batch_size
        self._setting = setting
        self._read = read

    def pages(self, piece: Slice) -> Iterator[Delivery]:
        """Yield the pages of a slice until it was read whole.

        A broken cursor chain begins the slice again, at most twice.

        Raises:
            SliceFailed: It stayed broken.
        """
        for attempt in range(ATTEMPTS):
            try:
                for page in self._export(piece):
                    yield Delivery(attempt, page)
            except RESTARTED as error:
                cause = _named(error)
                logger.warning("%s: %s broke off (%s)", _readers(piece), piece, cause)
            except errors.InvalidCredentials:
                raise
            except (errors.Transient, errors.Refused) as error:
                cause = _named(error)
                break
            else:
                return
        msg = f"{_readers(piece)}: {piece} could not be read to its end ({cause}){RESUME}"
        raise errors.SliceFailed(msg)

    def spared_pages(self, piece: Slice) -> Iterator[Delivery | Broken]:
        """Yield the pages of a slice; its failure, and an earlier one of its subject, ends it."""
        if piece.subject not in self.failures:
            try:
                yield from self.pages(piece)
            except errors.SliceFailed as error:
                self.failures.setdefault(piece.subject, error)
            else:
                return
        yield Broken()

    def counts(self, question: Question) -> Iterator[Counted]:
        """Yield the daily counts, once."""
        client, event = self._source.client, question.subject.event
        try:
            yield Counted(daily_counts(client, event, question.first, question.last))
        except errors.InvalidCredentials:
            raise
        except errors.ClevertapError as error:
            self.uncounted[event] = _named(error)
            yield Counted(None)

    def _export(self, piece: Slice) -> Iterator[Envelope]:
        """Yield the pages of a slice; an event whose rows are refused has none."""
        if piece.event in self.refused:
            return
        query = {"event_name": piece.event, **date_range(piece.first, piece.last)}
        try:
            yield from self._source.client.export(
                self._path, query, batch_size=self._batch_size, read=self._read, **self._wants
            )
        except errors.ExportNotAllowed:
            self.refused.add(piece.event)
        except errors.InvalidEvent as error:
            if piece.event in getattr(self._source.settings, self._setting):
                msg = f"{self._setting}: {piece.event!r} is no event of the account ({error})"
                raise errors.SettingError(msg) from None
            who = _readers(piece)
            logger.warning("%s: %r is listed but unknown (%s)", who, piece.event, error)
            self.refused.add(piece.event)


def _readers(piece: Slice) -> str:
    return ", ".join(piece.streams)


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
