"""Verifies the `timezone` setting against sample records: the API does not return the time zone.

The event summary of a user who raised an event once has its instant in UTC; the record has its
local digits. The two differ by the account's offset.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo, available_timezones

import msgspec

from tap_clevertap import errors, logger
from tap_clevertap.api.decoding import read_records
from tap_clevertap.api.endpoints import EVENTS, Export, date_range
from tap_clevertap.extraction.worker_pool import JobDone, WorkerPool
from tap_clevertap.records.json_values import as_digits, members

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date, tzinfo

    from msgspec import Raw

    from tap_clevertap.extraction.run import Run
    from tap_clevertap.extraction.slices.window import Window


FIRST_TIME_EVENTS = ("App Installed", "App Launched", "Web Session Started", "UTM Visited")
"""Events that many users raise only once."""

SAMPLE_DAYS = 14
SAMPLE_SIZE = 230
MIN_SAMPLES = 3
MAX_EVENTS = 3
LANE = "sample"
MEMORY, REMEMBERED_DAYS = "timezone_check", 7
"""Key of the state, and the days for which a passed check is valid."""
QUARTER = 15 * 60
MAX_OFFSET = 14 * 60 * 60
EPOCH = re.compile(rb"\d{1,10}")
"""Seconds, as CleverTap sends them: anything else says nothing about the zone."""
SLACK = 5
SHOWN_ZONES = 6

OffsetSample = tuple[int, int]
"""The instant of an event in epoch seconds, and the offset of its local digits in seconds."""


class Sample(NamedTuple):
    """A small page to read: of an event, from a day on."""

    event: str
    first: date


class TimezoneCheck:
    """Verifies the time zone against small pages of records; passes if no record can be used.

    A time zone may fit today but not before a change of the clocks, so the first days of a long
    range are sampled too. The pages are read beside the first slices; no record is written before
    the verdict. The state remembers a check that was passed for a week, another for its day.
    """

    def __init__(
        self, run: Run, window: Window, events: Sequence[str], memory: dict[str, Any]
    ) -> None:
        """Sample some of `events`; `memory` is the part of the state that remembers checks."""
        self._run = run
        self._window = window
        self._memory = memory
        self._recent = max(window.start, window.last_closed - timedelta(days=SAMPLE_DAYS))
        likely = sorted(events, key=lambda name: name not in FIRST_TIME_EVENTS)[:MAX_EVENTS]
        self._samples = [Sample(event, self._recent) for event in likely]
        self._pool: WorkerPool[Sample, list[OffsetSample]] | None = None

    def start(self) -> None:
        """Begin to read the pages, unless the state remembers a check."""
        if self._samples and not self._is_remembered:
            first, *self._samples = self._samples
            old = [Sample(first.event, self._window.start)] if self._is_long else []
            self._pool = self._sampling([first, *old])
            self._pool.start()

    def verify(self, on_idle: Callable[[], None] = lambda: None) -> None:
        """Wait for the pages and verify, on the first call only.

        If at least half of the records fit, the others cause only a warning.

        Raises:
            SettingError: The records have another offset; the text has it, and time zones that fit.
        """
        pool, self._pool = self._pool, None
        if pool is None:
            return
        found = self._answers(pool, on_idle)
        recent = found.pop(self._recent, [])
        if len(recent) < MIN_SAMPLES and self._samples:
            recent += self._answers(self._sampling(self._samples), on_idle).get(self._recent, [])
        self._judge([recent, *found.values()])

    def _judge(self, seasons: Sequence[list[OffsetSample]]) -> None:
        zone, samples = self._run.settings.zone, [one for season in seasons for one in season]
        for season in seasons:
            if len(season) >= MIN_SAMPLES and _fitting(zone, season) * 2 < len(season):
                raise errors.SettingError(_mismatch(str(zone.name), season, samples))
        fitting = _fitting(zone, samples)
        if fitting < len(samples):
            logger.warning(
                "timezone: %s fits only %d of %d sampled records; time zones that fit all: %s",
                zone.name,
                fitting,
                len(samples),
                _zones_that_fit(samples),
            )
        elif samples:
            logger.info("timezone: %s fits %d sampled records", zone.name, fitting)
        if self._window.end is None:
            is_passed = MIN_SAMPLES <= len(samples) == fitting
            self._remember(REMEMBERED_DAYS if is_passed else 1)

    def _sampling(self, samples: Iterable[Sample]) -> WorkerPool[Sample, list[OffsetSample]]:
        lanes = self._run.settings.max_concurrency
        pool: WorkerPool[Sample, list[OffsetSample]] = WorkerPool({LANE: lanes})
        for one in samples:
            pool.submit(LANE, one, lambda asked: [list(_samples(self._run, self._window, *asked))])
        return pool

    @staticmethod
    def _answers(
        pool: WorkerPool[Sample, list[OffsetSample]], on_idle: Callable[[], None]
    ) -> dict[date, list[OffsetSample]]:
        """Return the samples by the first day of their page."""
        found: dict[date, list[OffsetSample]] = defaultdict(list)
        for asked, answer in pool.results(on_idle):
            if not isinstance(answer, JobDone):
                found[asked.first] += answer
        return found

    @property
    def _is_long(self) -> bool:
        return self._window.start + timedelta(days=SAMPLE_DAYS) < self._recent

    @property
    def _is_remembered(self) -> bool:
        """Whether the same zone was checked lately, over days that go back as far."""
        memory = self._memory.get(MEMORY)
        if not isinstance(memory, dict) or memory.get("timezone") != self._run.settings.zone.name:
            return False
        first, until = str(memory.get("from")), str(memory.get("until") or "")
        return first <= str(self._window.start) and str(self._window.today) < until

    def _remember(self, days: int) -> None:
        self._memory[MEMORY] = {
            "timezone": self._run.settings.zone.name,
            "from": str(self._window.start),
            "until": str(self._window.today + timedelta(days=days)),
        }


def _fitting(zone: tzinfo, samples: Sequence[OffsetSample]) -> int:
    """Return the number of samples that fit the time zone."""
    return sum(_offset(zone, at) == ahead for at, ahead in samples)


def _samples(run: Run, window: Window, event: str, first: date) -> Iterator[OffsetSample]:
    """Yield the samples in the first page of an event's days from `first` on."""
    last = max(first, min(first + timedelta(days=SAMPLE_DAYS), window.last_closed))
    query = {"event_name": event, **date_range(first, last)}
    first_page = Export(EVENTS, wants_summary=True, batch_size=SAMPLE_SIZE, fail_fast=True)
    pages = run.client.export(first_page, query)
    try:
        records = read_records(next(pages).records)
    except (errors.NotAvailable, errors.PositionLost, errors.Transient, errors.Refused) as error:
        logger.debug("timezone: no sample of %r (%s)", event, type(error).__name__)
        return
    for record in records:
        if sample := _sample(event, record):
            yield sample


def _sample(event: str, record: dict[str, Raw]) -> OffsetSample | None:
    """Return the sample in a record; None unless the user raised the event exactly once."""
    digits = as_digits(record.get("ts", msgspec.Raw(b"null")))
    summary = members(record.get("profile", msgspec.Raw(b"{}"))).get("events", msgspec.Raw(b"{}"))
    seen = members(members(summary).get(event, msgspec.Raw(b"{}")))
    if digits is None or bytes(seen.get("count", b"")) != b"1":
        return None
    at = bytes(seen.get("first_seen", b""))
    try:
        local = datetime.strptime(str(digits), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    if not EPOCH.fullmatch(at):
        return None
    ahead = int(local.timestamp()) - int(at)
    rounded = round(ahead / QUARTER) * QUARTER
    is_offset = abs(ahead - rounded) <= SLACK and abs(rounded) <= MAX_OFFSET
    return (int(at), rounded) if is_offset else None


def _offset(zone: tzinfo, at: int) -> int:
    """Return a time zone's offset from UTC at an instant, in seconds."""
    offset = datetime.fromtimestamp(at, zone).utcoffset()
    return int((offset or timedelta()).total_seconds())


def _mismatch(name: str, samples: Sequence[OffsetSample], every: Sequence[OffsetSample]) -> str:
    (ahead, votes), *_ = Counter(ahead for _, ahead in samples).most_common(1)
    return (
        f"timezone: {name} does not fit the account: {votes} of {len(samples)} sampled records "
        f"have the offset {_printed(ahead)}; time zones that fit all: {_zones_that_fit(every)}"
    )


def _zones_that_fit(samples: Sequence[OffsetSample]) -> str:
    """Return the names of some time zones that fit every sample."""
    fits = (
        zone
        for zone in sorted(available_timezones())
        if "/" in zone
        and not zone.startswith("Etc/")
        and all(_offset(ZoneInfo(zone), at) == found for at, found in samples)
    )
    return ", ".join(islice(fits, SHOWN_ZONES)) or "none"


def _printed(ahead: int) -> str:
    sign = "-" if ahead < 0 else "+"
    hours, minutes = divmod(abs(ahead) // 60, 60)
    return f"{sign}{hours:02}:{minutes:02}"
