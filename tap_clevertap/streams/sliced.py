"""A stream that reads exports slice by slice, several at once, and closes them in order."""

from __future__ import annotations

import logging
from abc import abstractmethod
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from tap_clevertap import errors
from tap_clevertap.identity import IdentityTable
from tap_clevertap.pages import Envelope, read_records
from tap_clevertap.slices import ClosingOrder, Slice, plan
from tap_clevertap.streams.base import ClevertapStream, Row
from tap_clevertap.streams.preflight import chosen_events
from tap_clevertap.streams.progress import Progress
from tap_clevertap.workers import Finished, in_parallel

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_clevertap.records import EventReader

logger = logging.getLogger("tap-clevertap")

ATTEMPTS = 3
WIDTH_DAYS = 7
RESTARTED = (
    errors.Lost,
    errors.BrokenAnswer,
    errors.EmptyAnswer,
    errors.ServerFault,
    errors.ConnectionFailed,
    errors.TimedOut,
)

Delivery = tuple[int, Envelope]
"""The number of the attempt, and a page of it."""


class Reading:
    """A slice that is being read: whose rows it makes, and which it has seen."""

    def __init__(self, reader: EventReader) -> None:
        """Begin with the first attempt."""
        self.table = IdentityTable()
        self._reader = reader
        self._attempt = 0

    def rows(self, attempt: int, page: Envelope) -> list[Row]:
        """Return the rows of a page that go out now; a new attempt begins the slice anew."""
        if attempt > self._attempt:
            self._attempt = attempt
            self.table.restart()
        read = map(self._reader.read, read_records(page.records))
        return [row for key, row in read if self.table.admit(key, row)]


class SlicedStream(ClevertapStream):
    """Reads an export for each slice of its plan.

    Rows go out as pages arrive. A bookmark is the last closed day of one event: it moves over
    contiguous slices alone, never backwards, and a back-fill does not move it.
    """

    path: ClassVar[str]
    state_partitioning_keys = ("event_name",)

    _slices: list[Slice] | None = None

    @abstractmethod
    def reader(self, event: str) -> EventReader:
        """Return what makes rows of that event's records."""

    @override
    def _write_schema_message(self) -> None:
        """Plan first: wrong settings end the run before anything is written."""
        self._slices = self._plan()
        super()._write_schema_message()

    @override
    def pages(self) -> Iterator[Sequence[Row]]:
        slices = self._plan() if self._slices is None else self._slices
        self._refused: set[str] = set()
        self._progress = Progress(self.name, len(slices))
        self._order = ClosingOrder()
        for piece in slices:
            self._order.expect(piece)
        yield from self._read(slices)
        self._progress.end()
        if self._refused:
            logger.warning(
                "%s: CleverTap gives out no rows of %s; their counts are to be had",
                self.name,
                ", ".join(sorted(self._refused)),
            )

    def _read(self, slices: Sequence[Slice]) -> Iterator[Sequence[Row]]:
        """Yield the pages of all slices as they come, and close each slice after its last."""
        under_way: dict[Slice, Reading] = {}
        for piece, delivery in in_parallel(
            slices,
            self._fetch,
            lanes=self.source.settings.max_concurrency,
            on_idle=self._progress.wait,
        ):
            if piece not in under_way:
                under_way[piece] = Reading(self.reader(piece.event))
            if isinstance(delivery, Finished):
                yield self._repeats(piece, under_way.pop(piece).table)
                self._close(piece)
                continue
            attempt, page = delivery
            rows = under_way[piece].rows(attempt, page)
            self._progress.add(rows=len(rows), repaired_pages=int(page.is_repaired))
            yield rows

    def _fetch(self, piece: Slice) -> Iterator[Delivery]:
        """Read one slice, again from its beginning when its cursor chain breaks."""
        for attempt in range(ATTEMPTS):
            try:
                for page in self._export(piece):
                    yield attempt, page
            except RESTARTED as error:
                cause = f"{type(error).__name__}: {error}"
                logger.warning("%s: %s broke off (%s)", self.name, piece, cause)
            except errors.Transient as error:
                cause = f"{type(error).__name__}: {error}"
                break
            else:
                return
        msg = f"{self.name}: {piece} could not be read to its end ({cause}); run again to resume"
        raise errors.SliceFailed(msg)

    def _export(self, piece: Slice) -> Iterator[Envelope]:
        """Yield the pages of a slice; an event whose rows are refused has none."""
        if piece.event in self._refused:
            return
        query = {
            "event_name": piece.event,
            "from": int(f"{piece.first:%Y%m%d}"),
            "to": int(f"{piece.last:%Y%m%d}"),
        }
        try:
            yield from self.source.client.export(
                self.path,
                query,
                wants_summary=False,
                wants_properties=self.source.settings.event_profile_data,
            )
        except errors.ExportNotAllowed:
            self._refused.add(piece.event)
        except errors.InvalidEvent as error:
            if piece.event in self.source.settings.events:
                msg = f"events: {piece.event!r} is no event of the account ({error})"
                raise errors.SettingError(msg) from None
            logger.warning("%s: %r is listed but unknown (%s)", self.name, piece.event, error)
            self._refused.add(piece.event)

    def _repeats(self, piece: Slice, table: IdentityTable) -> list[Row]:
        """Return the identical rows of a slice that go out, now that it is known whole."""
        held: list[Row] = [*table.held]
        if not held:
            return held
        is_dropped = self.source.settings.duplicates == "drop"
        what = "dropped" if is_dropped else "kept"
        logger.info("%s: %s has %d identical rows, %s", self.name, piece, len(held), what)
        self._progress.add(rows=0 if is_dropped else len(held), identical_rows=len(held))
        return [] if is_dropped else held

    def _close(self, piece: Slice) -> None:
        """Note that a slice was read whole, and move its event's bookmark as far as that allows."""
        closed = self._order.finish(piece)
        self._progress.add(slices=1)
        is_live = self.source.settings.end_date is None and piece.event not in self._refused
        if closed is None or not is_live:
            return
        bookmark = self._bookmark(piece.event)
        if bookmark is None or closed > bookmark:
            self._state_of(piece.event).update(
                replication_key=self.replication_key,
                replication_key_value=closed.isoformat(),
            )
        self.state_manager.is_flushed = False
        self._write_state_message()

    def _plan(self) -> list[Slice]:
        source = self.source
        window = source.settings.window(source.now)
        return [
            piece
            for event in chosen_events(source)
            for piece in plan(event, window, self._bookmark(event), WIDTH_DAYS)
        ]

    def _bookmark(self, event: str) -> date | None:
        """Return the last closed day of an event; a full-table run knows none."""
        if self.replication_method == "FULL_TABLE":
            return None
        for partition in self.stream_state.get("partitions", []):
            if partition.get("context") == {"event_name": event}:
                value = partition.get("replication_key_value")
                return date.fromisoformat(value[:10]) if value else None
        return None

    def _state_of(self, event: str) -> dict[str, Any]:
        return self.get_context_state({"event_name": event})
