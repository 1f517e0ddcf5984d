"""Stream of user profiles, which CleverTap exports by event."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple, TypeAlias

from typing_extensions import override

from tap_clevertap import logger
from tap_clevertap.api.decoding import read_records
from tap_clevertap.api.endpoints import PROFILES, Export
from tap_clevertap.config.event_selection import profile_events
from tap_clevertap.extraction.fetcher import Fetcher, SlicePage, SliceSkipped
from tap_clevertap.extraction.reconciliation.report import warn_of_days_left
from tap_clevertap.extraction.slices.model import Partition
from tap_clevertap.extraction.slices.planning import fixed_width, plan
from tap_clevertap.extraction.slices.window import run_window
from tap_clevertap.extraction.worker_pool import JobDone, WorkerPool
from tap_clevertap.records.profiles import profile_key, profile_row
from tap_clevertap.streams.base.bookmarked import BookmarkedStream
from tap_clevertap.streams.base.columns import EXTRA, instant, json, jsons, schema, text, texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tap_clevertap.api.decoding import Envelope
    from tap_clevertap.extraction.checkpoint import Checkpoint
    from tap_clevertap.extraction.slices.model import Slice
    from tap_clevertap.output.rows import Row
    from tap_clevertap.records.profiles import ProfileRow


Pool: TypeAlias = "WorkerPool[Slice, SlicePage | SliceSkipped]"

LANE = "lane"
MAX_DAYS = 31
"""As wide as allowed: a user who is active every day is returned once per slice."""


class _Reading(NamedTuple):
    """One reading of the export, of so many planned slices."""

    pool: Pool
    fetcher: Fetcher
    checkpoint: Checkpoint
    planned: int


class ProfilesStream(BookmarkedStream):
    """Profiles of the users who raised one of `profile_events`.

    Users who raised none of them since `start_date` cannot be exported. An incremental run returns
    the users active since the last run: changes without activity, merges and deletions do not
    show. A full-table run returns all users active since `start_date`, and the target can delete
    the others.
    """

    name = "profiles"
    endpoints = (PROFILES,)
    primary_keys = ("profile_id",)
    replication_key = "last_seen"
    is_full_snapshot = True
    has_personal_data = True
    jsonschema: ClassVar = schema(
        text(
            "profile_id",
            "Your id of the user; for anonymous users the smallest of object_ids.",
            required=True,
        ),
        text("identity", "Your id of the user; empty for anonymous users. Joins events."),
        texts("object_ids", "CleverTap's ids of all devices of the user, sorted."),
        texts("all_identities", "All ids, e-mail addresses and phone numbers of the user."),
        text("name", "Name of the user."),
        text("email", "E-mail address of the user."),
        text("phone", "Phone number of the user."),
        instant("first_seen", "Time of the user's first event of any type, in UTC."),
        instant("last_seen", "Time of the user's last event of any type, in UTC."),
        jsons("platform_info", "Devices of the user: platform, model, push token, versions, …"),
        json("profile_data", "Custom properties of the user."),
        json(
            "events",
            "For each event the user raised: count, first_seen and last_seen, in epoch seconds.",
        ),
        EXTRA,
    )

    _reading: _Reading | None = None

    @override
    def prepare(self) -> None:
        settings = self.run.settings
        self._window = run_window(settings, self.run.now)
        self._events = profile_events(settings, self.run.listed_events)

    @override
    def prefetch(self) -> None:
        """Read some pages ahead on a night; a first or a full-table run waits for its turn.

        It may take hours until then, and cursors that are not used do not live so long.
        """
        if not self.is_prepared or self.replication_method == "FULL_TABLE":
            return
        reading = self._begin()
        partitions = (Partition(event, (self.name,)) for event in self._events)
        if all(reading.checkpoint.last_closed(one) for one in partitions):
            self._reading = reading
            reading.pool.start()

    @override
    def cancel(self) -> None:
        if self._reading is not None:
            self._reading.pool.cancel()

    def _begin(self) -> _Reading:
        export = Export(PROFILES, wants_properties=True, wants_summary=True)
        fetcher = Fetcher(self.run, export, setting="profile_events")
        lanes = self.run.settings.max_concurrency
        pool: Pool = WorkerPool({LANE: lanes})
        checkpoint = self.checkpoint(self._window)
        slices_ = list(self._plan(checkpoint))
        for slice_ in slices_:
            pool.submit(LANE, slice_, self._pages_of(fetcher))
        return _Reading(pool, fetcher, checkpoint, len(slices_))

    @override
    def pages(self) -> Iterator[Sequence[Row]]:
        progress = self.run.progress(self.name)
        reading, self._reading = self._reading or self._begin(), None
        fetcher, checkpoint, progress.planned = reading.fetcher, reading.checkpoint, reading.planned
        seen: set[bytes] = set()
        left: list[Slice] = []
        for slice_, result in reading.pool.results(progress.wait):
            if isinstance(result, SliceSkipped):
                left.append(slice_)
                continue
            if isinstance(result, JobDone):
                if slice_ not in left:
                    progress.add(slices=1)
                    self._close(checkpoint, fetcher, slice_)
                continue
            rows = list(_unseen(result.page, seen))
            progress.add(rows=len(rows), repaired_pages=int(result.page.is_repaired))
            yield rows
        warn_of_days_left(self.name, left)
        self._finish(checkpoint, fetcher, is_whole=not left)
        progress.end()

    def _pages_of(self, fetcher: Fetcher) -> Callable[[Slice], Iterator[SlicePage | SliceSkipped]]:
        """Return what reads a slice, unless the run is to end: then it is skipped."""

        def pages(slice_: Slice) -> Iterator[SlicePage | SliceSkipped]:
            if self.run.deadline.is_over:
                yield SliceSkipped()
            else:
                yield from _pages_in_halves(fetcher, slice_)

        return pages

    @staticmethod
    def _close(checkpoint: Checkpoint, fetcher: Fetcher, slice_: Slice) -> None:
        if slice_.event not in fetcher.non_exportable:
            checkpoint.close(slice_)

    def _plan(self, checkpoint: Checkpoint) -> Iterator[Slice]:
        for event in self._events:
            closed = checkpoint.last_closed(Partition(event, (self.name,)))
            for slice_ in plan(event, self._window, closed, fixed_width(MAX_DAYS), (self.name,)):
                checkpoint.expect(slice_)
                yield slice_

    def _finish(self, checkpoint: Checkpoint, fetcher: Fetcher, *, is_whole: bool) -> None:
        """End a backfill, and keep the target from deleting users that this run could not read."""
        if self._window.end is not None and is_whole:
            checkpoint.end_backfill()
        if fetcher.non_exportable:
            names = ", ".join(map(repr, sorted(fetcher.non_exportable)))
            logger.warning("%s: CleverTap does not export the users of %s", self.name, names)
        is_bounded = self._window.end is not None
        if fetcher.non_exportable or not self._events or is_bounded or not is_whole:
            self._stream_version = None


def _pages_in_halves(fetcher: Fetcher, slice_: Slice) -> Iterator[SlicePage]:
    """Yield the pages of a slice; where its cursor dies its halves are read, each with its own."""
    for page in fetcher.pages_or_cut(slice_):
        if isinstance(page, SlicePage):
            yield page
        else:
            for half in slice_.halves():
                yield from _pages_in_halves(fetcher, half)


def _unseen(page: Envelope, seen: set[bytes]) -> Iterator[ProfileRow]:
    """Yield the users of a page that are new in this run: each event and slice returns them."""
    for row in map(profile_row, read_records(page.records)):
        key = profile_key(row)
        if key not in seen:
            seen.add(key)
            yield row
