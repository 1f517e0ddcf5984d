"""Discovers typed event streams and their columns, from the catalog or from sampled events."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from msgspec import Raw

from tap_clevertap import errors, logger
from tap_clevertap.api.decoding import read_records
from tap_clevertap.api.endpoints import EVENTS, Export
from tap_clevertap.config.event_selection import typed_events
from tap_clevertap.extraction.fetcher import RESUME, Fetcher
from tap_clevertap.extraction.slices.model import ONE_DAY, Slice
from tap_clevertap.extraction.slices.window import run_window
from tap_clevertap.extraction.worker_pool import JobDone, in_parallel
from tap_clevertap.records.column_types import (
    MAX_COLUMNS,
    Column,
    ColumnType,
    columns_of,
    digest,
    merge_columns,
    slug,
)
from tap_clevertap.records.json_values import EMPTY, encoded, members
from tap_clevertap.records.masking import masker
from tap_clevertap.streams.typed_events import RESERVED_COLUMNS, TypedStream

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from datetime import date

    from singer_sdk import Tap

    from tap_clevertap.extraction.run import Run


PREFIX = "event_"
PROPS = "event_props"
PLAIN = (ColumnType.BOOLEAN, ColumnType.INTEGER, ColumnType.NUMBER)
SAMPLE_DAYS = 14
SAMPLE_SIZE = 2300
"""Records per sampled page: 100 from each of CleverTap's 23 shards, because it rounds down."""

Columns = dict[str, Column]


def typed_streams(tap: Tap, run: Callable[[], Run], reserved: Collection[str]) -> list[TypedStream]:
    """Return a stream for each of `typed_events`; `reserved` are the names of the other streams.

    Columns are those of the catalog if there is one, and are sampled otherwise.

    Raises:
        ClevertapError: A setting is wrong, or events could not be sampled.
    """
    origin = run()
    events: dict[str, list[str]] = {}
    for event in typed_events(origin.settings, origin.chosen_events):
        events.setdefault(stream_name(event, reserved), []).append(event)
    columns = (
        catalogued_columns(tap, events, RESERVED_COLUMNS)
        if tap.input_catalog
        else _sampled(origin, events)
    )
    return [
        TypedStream(tap, run, name=name, events=events[name], columns=columns[name])
        for name in columns
    ]


def stream_name(event: str, reserved: Collection[str]) -> str:
    """Return the name of an event's stream; names that differ only in spelling share one."""
    name = PREFIX + slug(event)
    return f"{name}_{digest(event)}" if name in reserved else name


def catalogued_columns(
    tap: Tap, names: Collection[str], reserved: Collection[str]
) -> dict[str, Columns]:
    """Return the columns that the catalog has in addition to the reserved ones of every event.

    Raises:
        SettingError: Property values cannot be converted to the type of one.
    """
    found: dict[str, Columns] = {}
    for name in names:
        entry = tap.input_catalog.get_stream(name) if tap.input_catalog else None
        properties = entry.schema.to_dict().get("properties", {}) if entry else {}
        found[name] = {
            one: Column(_kind(f"{name}.{one}", described))
            for one, described in properties.items()
            if one not in reserved
        }
    return found


def _kind(name: str, described: Mapping[str, Any]) -> ColumnType:
    """Return the type of a column in the catalog.

    Raises:
        SettingError: Property values cannot be converted to it.
    """
    choices = [described, *described.get("anyOf", ())]
    forms = {str(one["format"]) for one in choices if "format" in one}
    types = {kind for one in choices for kind in _types(one)} - {"null"}
    if types == {"string"} and forms <= {ColumnType.INSTANT.value}:
        return ColumnType.INSTANT if forms else ColumnType.TEXT
    if len(types) == 1 and not forms and types <= {kind.value for kind in PLAIN}:
        return ColumnType(types.pop())
    given = " or ".join(sorted(forms or types)) or "no type"
    msg = (
        f"--catalog: the type of {name}, {given}, is not valid; expected one of "
        f"{', '.join(kind.value for kind in ColumnType)}"
    )
    raise errors.SettingError(msg)


def _types(described: Mapping[str, Any]) -> list[str]:
    types = described.get("type", [])
    return [types] if isinstance(types, str) else list(types)


def _sampled(run: Run, events: Mapping[str, Sequence[str]]) -> dict[str, Columns]:
    """Return the columns of each stream, sampled from its events.

    With `skip_failed_streams`, a stream whose events could not be sampled is left out.
    """
    every = [event for names in events.values() for event in names]
    progress = run.progress("typed_events")
    progress.planned = len(every)
    lanes, sampler = run.settings.max_concurrency, Sampler(run)
    seen: dict[str, Columns] = {}
    for event, found in in_parallel(every, sampler.columns, lanes=lanes, on_idle=progress.wait):
        if isinstance(found, JobDone):
            progress.add(slices=1)
        else:
            seen[event] = found
    progress.end()
    if silent := [event for event, found in seen.items() if not found]:
        what = "typed_events: %d events, such as %r, have no rows with properties to sample columns"
        logger.warning(what, len(silent), silent[0])
    whole = {name: its for name, its in events.items() if seen.keys() >= set(its)}
    run.failed.extend(name for name in events if name not in whole)
    return {name: merge_columns(seen[event] for event in its) for name, its in whole.items()}


class Sampler:
    """Samples the columns of an event from a page of its records."""

    def __init__(self, run: Run) -> None:
        self._window = run_window(run.settings, run.now)
        self._is_sparing = run.settings.skip_failed_streams
        self._masker = masker(run.settings.privacy, [PROPS])
        self._fetcher = Fetcher(run, Export(EVENTS, batch_size=SAMPLE_SIZE), setting="typed_events")

    def columns(self, event: str) -> Iterator[Columns]:
        """Yield the columns of a page of recent records and of a page of older ones.

        Raises:
            ClevertapError: They could not be read, and failed streams are not skipped.
        """
        first = self._window.start
        last = max(first, self._window.last_closed)
        recent = max(first, last - timedelta(days=SAMPLE_DAYS))
        try:
            found = self._columns(event, recent, last)
            if recent > first:
                found = merge_columns([found, self._columns(event, first, recent - ONE_DAY)])
        except errors.SliceFailed as error:
            msg = f"{str(error).removesuffix(RESUME)}; columns cannot be sampled"
            if not self._is_sparing:
                raise errors.SliceFailed(msg) from None
            logger.warning("%s", msg)
            return
        yield found

    def _columns(self, event: str, first: date, last: date) -> Columns:
        """Return the columns of the first page that has records."""
        slice_ = Slice(event, first, last, streams=("typed_events",))
        for delivery in self._fetcher.pages(slice_):
            records = read_records(delivery.page.records)
            if records:
                found = columns_of(
                    (self._visible(one.get(PROPS, EMPTY)) for one in records), RESERVED_COLUMNS
                )
                if len(found) == MAX_COLUMNS:
                    logger.warning(
                        "typed_events: %r is limited to its %d most frequent properties",
                        event,
                        len(found),
                    )
                return found
        return {}

    def _visible(self, properties: Raw) -> dict[str, Raw]:
        """Return an event's properties with privacy rules applied."""
        if self._masker is not None:
            [row] = self._masker([encoded({PROPS: properties})])
            properties = members(Raw(row)).get(PROPS, EMPTY)
        return members(properties)
