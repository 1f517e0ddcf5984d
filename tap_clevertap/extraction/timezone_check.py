"""Verifies the `timezone` setting against sample records: the API does not return the time zone.

The event summary of a user who raised an event once has its instant in UTC; the record has its
local digits. The two differ by the account's offset.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

import msgspec

from tap_clevertap import errors, logger
from tap_clevertap.api.decoding import read_records
from tap_clevertap.api.endpoints import EVENTS, Export, date_range
from tap_clevertap.records.json_values import as_digits, members

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
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
QUARTER = 15 * 60
MAX_OFFSET = 14 * 60 * 60
EPOCH = re.compile(rb"\d{1,10}")
"""Seconds, as CleverTap sends them: anything else says nothing about the zone."""
SLACK = 5
SHOWN_ZONES = 6

OffsetSample = tuple[int, int]
"""The instant of an event in epoch seconds, and the offset of its local digits in seconds."""


def check_timezone(run: Run, window: Window, events: Sequence[str]) -> None:
    """Verify the time zone against a small page of records; do nothing if no record can be used.

    A time zone may fit today but not before a change of the clocks, so the first days of a long
    range are sampled too. If at least half of the records fit, the others cause only a warning.

    Raises:
        SettingError: The records have another offset; the text has it, and time zones that fit.
    """
    zone = run.settings.zone
    likely = sorted(events, key=lambda name: name not in FIRST_TIME_EVENTS)[:MAX_EVENTS]
    recent = max(window.start, window.last_closed - timedelta(days=SAMPLE_DAYS))
    samples = _enough(run, window, likely, recent)
    seasons = [samples]
    if window.start + timedelta(days=SAMPLE_DAYS) < recent:
        seasons.append(_enough(run, window, likely[:1], window.start))
        samples = samples + seasons[-1]
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


def _enough(run: Run, window: Window, events: Sequence[str], first: date) -> list[OffsetSample]:
    """Return samples of the days from `first` on, from as many events as necessary."""
    samples: list[OffsetSample] = []
    for event in events:
        samples += _samples(run, window, event, first)
        if len(samples) >= MIN_SAMPLES:
            break
    return samples


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
