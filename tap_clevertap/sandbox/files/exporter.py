"""A recurring export of an account: a run after each day, with what has arrived since the last."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from tap_clevertap.sandbox.files import formats, parquet
from tap_clevertap.sandbox.files.records import event_record, profile_record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tap_clevertap.sandbox.account.models import JSON, Event, World

FORMATS = ("csv", "json", "json-named", "parquet")
ACCOUNT = "100000000"
ONE_DAY = timedelta(days=1)
BEFORE_ALL = -(2**62)
PROFILE_COLUMNS = ("identity", "all_identities", "clevertapId", "clevertapIds", "token")


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """How an export was set up; `has_object_ids` fills the column that is empty by default."""

    format: str = "csv"
    rows_per_file: int = 100_000
    instances: int = 3
    has_object_ids: bool = False
    is_all_strings: bool = False


class Exporter:
    """Writes the files of an account into a folder."""

    def __init__(self, world: World, folder: Path, options: ExportOptions) -> None:
        """Export `world` into the sub-folders `events` and `profiles` of a folder."""
        self._world, self._folder, self._options = world, folder, options

    def export(self, first: date, last: date, *, runs_later: int = 0) -> list[Path]:
        """Write the files of the days from `first` to `last`, a run a day; return their paths.

        The first run has all that arrived before it. With `runs_later`, seconds, all is the same
        export run again: other names, the same rows.
        """
        written: list[Path] = []
        request = self._midnight(first) - 3600
        since, day = BEFORE_ALL, first
        while day <= last:
            run = self._midnight(day + ONE_DAY)
            head = f"{request}-{run + runs_later}"
            for name, at_instance in self._arrived(since, run).items():
                written += self._event_files(head, name, day, at_instance, run)
            since, day = run, day + ONE_DAY
        return written + self._profile_files(f"{request}-{since + runs_later}", since)

    def _arrived(self, since: int, until: int) -> dict[str, dict[int, list[Event]]]:
        """Return the events that arrived after an instant, by name and database instance."""
        found: dict[str, dict[int, list[Event]]] = defaultdict(lambda: defaultdict(list))
        for name in self._world.event_types:
            for event in self._world.events(name, date.min, date.max, until):
                # What happened without a time of arrival arrived at once.
                if since < max(event.arrived_at, event.at) <= until:
                    found[name][event.person % self._options.instances].append(event)
        return found

    def _event_files(
        self, head: str, name: str, day: date, events: dict[int, list[Event]], now: int
    ) -> Iterator[Path]:
        size = self._options.rows_per_file
        for instance, all_of_it in sorted(events.items()):
            for index, start in enumerate(range(0, len(all_of_it), size)):
                stem = f"{head}-{in_file_name(name)}-{day:%Y%m%d}-{index}-{instance}"
                yield self._event_file(stem, all_of_it[start : start + size], now)

    def _event_file(self, stem: str, events: Sequence[Event], now: int) -> Path:
        has_id = self._options.has_object_ids
        records = [event_record(self._world, one, now, has_object_id=has_id) for one in events]
        if self._options.format == "parquet":
            content = parquet.event_bytes(records, [one.at for one in events])
            return self._write_parquet("events", stem, content)
        return self._write("events", stem, self._encoded(records))

    def _profile_files(self, head: str, now: int) -> list[Path]:
        by_instance: dict[int, list[JSON]] = defaultdict(list)
        for number, person in enumerate(self._world.people):
            record = profile_record(person, now)
            by_instance[number % self._options.instances].append(record)
        return [
            self._profile_file(f"{ACCOUNT}-{head}-{instance}", records)
            for instance, records in sorted(by_instance.items())
        ]

    def _profile_file(self, stem: str, records: Sequence[JSON]) -> Path:
        bare = [{name: one[name] for name in one if one[name] is not None} for one in records]
        if self._options.format == "parquet":
            return self._write_parquet("profiles", stem, parquet.profile_bytes(bare))
        if self._options.format == "csv":
            return self._write("profiles", stem, formats.csv_bytes(records, PROFILE_COLUMNS))
        return self._write("profiles", stem, formats.json_bytes(bare))

    def _encoded(self, records: Sequence[JSON]) -> bytes:
        if self._options.is_all_strings:
            records = formats.as_strings(records)
        if self._options.format == "csv":
            return formats.csv_bytes(records)
        is_named = self._options.format == "json-named"
        return formats.named_json_bytes(records) if is_named else formats.json_bytes(records)

    def _write(self, kind: str, stem: str, content: bytes) -> Path:
        ending = self._options.format.partition("-")[0]
        return self._put(f"{kind}/{stem}.{ending}.gz", content)

    def _write_parquet(self, kind: str, stem: str, content: bytes) -> Path:
        """Write Parquet as it is or, as older exports do, as gzip: of odd instances."""
        if int(stem.rpartition("-")[2]) % 2:
            return self._put(f"{kind}/{stem}.parquet.gzip", parquet.gzipped(content))
        return self._put(f"{kind}/{stem}.parquet", content)

    def _put(self, name: str, content: bytes) -> Path:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def _midnight(self, day: date) -> int:
        return int(datetime(day.year, day.month, day.day, tzinfo=self._world.zone).timestamp())


def in_file_name(name: str) -> str:
    """Return an event's name as names of files have it: lossy."""
    return re.sub(r"[\x00-\x1f\x7f]", "?", re.sub(r"[\s/\x00]", "-", name))
