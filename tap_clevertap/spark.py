"""Export files for Spark: `spark.read.format("clevertap")`, a partition a file.

The same rows as the streams `exported_events` and `exported_profiles` have, made by the same code;
nested columns are JSON as text.

    spark.dataSource.register(ClevertapExports)
    spark.read.format("clevertap").option("timezone", "Asia/Kolkata").load("s3a://…")
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
from msgspec import Raw
from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition

from tap_clevertap.config.account import time_zone
from tap_clevertap.config.patterns import EventPatterns
from tap_clevertap.errors import SettingError
from tap_clevertap.extraction.files.job import FileJob, FileSummary
from tap_clevertap.extraction.files.reading import read_file
from tap_clevertap.files.names import parse_name
from tap_clevertap.files.storage import Folder
from tap_clevertap.records.exported.event_rows import Days

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pyspark.sql.types import StructType

    from tap_clevertap.files.listing import StoredFile
    from tap_clevertap.files.names import Kind

SETTING = "path"
MIN_AGE_MINUTES = 60.0
ROWS_A_BATCH = 8192
EVENTS = (
    "event_id string, event_name string, event_time timestamp, event_date date, ts bigint, "
    "object_id string, identity string, all_identities array<string>, email string, phone string, "
    "name string, platform string, app_version string, os_version string, make string, "
    "model string, profile string, event_props string, session_props string, items string, "
    "extra string, source string, file string, line bigint, file_modified timestamp"
)
PROFILES = (
    "profile_id string, identity string, object_ids array<string>, all_identities array<string>, "
    "name string, email string, phone string, first_seen timestamp, last_seen timestamp, "
    "platform_info string, profile_data string, events string, extra string, file string, "
    "line bigint, file_modified timestamp"
)
SCHEMAS = {"events": EVENTS, "profiles": PROFILES}
TIME = pa.timestamp("us", "UTC")
ARROW = {
    "string": pa.string(),
    "timestamp": TIME,
    "date": pa.date32(),
    "bigint": pa.int64(),
    "array<string>": pa.list_(pa.string()),
}
NESTED = frozenset(
    {"profile", "event_props", "session_props", "items", "extra"}
    | {"platform_info", "profile_data", "events"}
)

_ROWS = msgspec.json.Decoder(list[dict[str, Raw]])
_VALUES = msgspec.json.Decoder()


class FilePartition(InputPartition):
    """One file."""

    def __init__(self, job: FileJob) -> None:
        """Read what a job says."""
        super().__init__(msgspec.json.encode(job))


class ClevertapExports(DataSource):
    """CleverTap's export files; options are `timezone`, `kind`, `start_date` and others."""

    @classmethod
    def name(cls) -> str:
        """Return the name of the format."""
        return "clevertap"

    def schema(self) -> str:
        """Return the columns."""
        return SCHEMAS[_kind(self.options)]

    def reader(self, schema: StructType) -> ClevertapReader:
        """Return what reads the files."""
        del schema  # it is ours
        return ClevertapReader(dict(self.options))


class ClevertapReader(DataSourceReader):
    """Lists the files on the driver, and reads each where Spark wants it read."""

    def __init__(self, options: Mapping[str, str]) -> None:
        """Check the options.

        Raises:
            SettingError: One is missing or wrong.
        """
        self._kind = _kind(options)
        self._columns = dict(column.rsplit(" ", 1) for column in SCHEMAS[self._kind].split(", "))
        self._options = {name.lower(): value for name, value in options.items()}
        self._zone = _zone(self._options.get("timezone"))
        self._days = Days(*(_day(self._options, name) for name in ("start_date", "end_date")))
        self._storage_options = json.loads(self._options.get("storage_options", "{}"))

    def partitions(self) -> Sequence[InputPartition]:
        """Return a partition for each file that is old enough.

        Raises:
            SettingError: There is no such folder.
            StorageFailed: It cannot be listed.
        """
        url = self._options.get("path", "")
        minutes = float(self._options.get("min_age_minutes", MIN_AGE_MINUTES))
        newest = datetime.now(UTC) - timedelta(minutes=minutes)
        files = Folder(url, self._storage_options, SETTING).files()
        return [
            FilePartition(self._job(url, file))
            for file in sorted(files, key=lambda one: one.name)
            if (name := parse_name(file.name))
            and name.kind in {None, self._kind}
            and file.modified <= newest
        ]

    def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a file as Arrow batches.

        Raises:
            FileFailed: It is cut or corrupt: the job fails, and names it.
        """
        if partition is None or partition.value is None:  # Spark asks although there is no file
            return
        job = msgspec.json.decode(partition.value, type=FileJob)
        waiting: list[bytes] = []
        for some in read_file(job):
            waiting += [] if isinstance(some, FileSummary) else some
            if len(waiting) >= ROWS_A_BATCH:
                yield self._batch(waiting)
                waiting = []
        if waiting:
            yield self._batch(waiting)

    def _job(self, url: str, file: StoredFile) -> FileJob:
        events = tuple(json.loads(self._options.get("events", '["*"]')))
        excluded = tuple(json.loads(self._options.get("events_exclude", "[]")))
        return FileJob(
            url,
            self._storage_options,
            SETTING,
            file,
            self._kind,
            self._zone,
            EventPatterns(events, excluded),
            self._days,
        )

    def _batch(self, rows: Sequence[bytes]) -> pa.RecordBatch:
        found = _ROWS.decode(b"[%b]" % b",".join(rows))
        arrays = []
        for name, kind in self._columns.items():
            cast = _json if name in NESTED else CASTS[kind]
            arrays.append(pa.array([cast(row[name]) for row in found], ARROW[kind]))
        return pa.RecordBatch.from_arrays(arrays, names=list(self._columns))


def _kind(options: Mapping[str, str]) -> Kind:
    kind = options.get("kind", "events")
    if kind not in SCHEMAS:
        msg = f"kind: {kind!r} is not valid; expected {' or '.join(SCHEMAS)}"
        raise SettingError(msg)
    return "events" if kind == "events" else "profiles"


def _zone(name: str | None) -> str:
    return str(time_zone(name or "").name)


def _day(options: Mapping[str, str], name: str) -> str | None:
    text = options.get(name)
    try:
        return None if text is None else date.fromisoformat(text).isoformat()
    except ValueError:
        msg = f"{name}: {text!r} is not a valid day; expected YYYY-MM-DD"
        raise SettingError(msg) from None


def _plain(value: Raw) -> Any:  # noqa: ANN401 - JSON
    return _VALUES.decode(value)


def _instant(value: Raw) -> datetime | None:
    text = _plain(value)
    return None if text is None else datetime.fromisoformat(text)


def _date(value: Raw) -> date | None:
    text = _plain(value)
    return None if text is None else date.fromisoformat(text)


def _json(value: Raw) -> str | None:
    text = bytes(value).decode()
    return None if text == "null" else text


CASTS: dict[str, Callable[[Raw], Any]] = {
    "string": _plain,
    "bigint": _plain,
    "array<string>": _plain,
    "timestamp": _instant,
    "date": _date,
}
