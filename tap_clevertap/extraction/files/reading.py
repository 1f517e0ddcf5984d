"""The rows of one export file, whatever its format."""

from __future__ import annotations

import zlib
from contextlib import contextmanager
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tap_clevertap.errors import FileFailed, InvalidResponse, SettingError
from tap_clevertap.extraction.files.job import FileSummary
from tap_clevertap.extraction.files.tables import TABLES
from tap_clevertap.files.names import parse_name
from tap_clevertap.files.storage import Folder
from tap_clevertap.records.exported.event_rows import ROWS, ExportedEventRows
from tap_clevertap.records.exported.profile_rows import exported_profile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_clevertap.extraction.files.job import FileJob
    from tap_clevertap.extraction.files.tables import Table
    from tap_clevertap.files.names import ExportName
    from tap_clevertap.records.exported.record import ExportedEvent

REFUSED = "{} exports are not read; expected csv, json or parquet: export in one of those"
NEITHER = "it is neither an export of events nor one of profiles"


def read_file(job: FileJob) -> Iterator[list[bytes] | FileSummary]:
    """Yield the rows of a file, some at a time, and at its end what was left out of it.

    Raises:
        FileFailed: It is cut, corrupt or of a form that is not read; the text names it.
        SettingError: Its format needs a package that is not installed.
    """
    summary = FileSummary()
    name = parse_name(job.file.name)
    folder = Folder(job.url, job.options, job.setting)
    with _failures_named(job.file.name, summary):
        if name is None or name.format not in TABLES:
            raise FileFailed(REFUSED.format("XML" if name and name.format == "xml" else "Such"))
        if job.file.size == 0:
            summary.skipped = "it is empty"
        else:
            with folder.open(job.file) as binary:
                for rows in _rows(job, name, TABLES[name.format](binary), summary):
                    yield rows
                    summary.rows += len(rows)
    yield summary


def _rows(
    job: FileJob, name: ExportName, table: Table, summary: FileSummary
) -> Iterator[list[bytes]]:
    is_ours = table.is_of_events if job.kind == "events" else table.is_of_profiles
    if is_ours:
        read = _event_rows if job.kind == "events" else _profile_rows
        yield from read(job, name, table, summary)
    elif table.columns and name.kind is not None:
        msg = f"is not an export of {job.kind}: it has other columns"
        raise FileFailed(msg)
    elif table.columns and not (table.is_of_events or table.is_of_profiles):
        summary.skipped = NEITHER


def _event_rows(
    job: FileJob, name: ExportName, table: Table, summary: FileSummary
) -> Iterator[list[bytes]]:
    zone = ZoneInfo(job.zone)
    modified = job.file.modified.isoformat()
    rows = ExportedEventRows(zone, job.days, job.file.name, name.lasting, modified)
    yield from rows.read(_wanted(job, table.events(zone), summary))
    summary.outside = rows.outside


def _wanted(
    job: FileJob, events: Iterator[ExportedEvent], summary: FileSummary
) -> Iterator[ExportedEvent]:
    is_wanted = cache(job.events.wants)
    for event in events:
        if is_wanted(event.name):
            yield event
        else:
            summary.unwanted += 1


def _profile_rows(
    job: FileJob, _name: ExportName, table: Table, _summary: FileSummary
) -> Iterator[list[bytes]]:
    modified = job.file.modified.isoformat()
    rows = (
        exported_profile(fields, job.file.name, line, modified)
        for line, fields in enumerate(table.profiles(), 1)
    )
    while some := list(islice(rows, ROWS)):
        yield some


@contextmanager
def _failures_named(name: str, summary: FileSummary) -> Iterator[None]:
    """Let whatever goes wrong in a file be an error that names it and holds nothing of it."""
    try:
        yield
    except SettingError:
        raise
    except Exception as error:  # noqa: BLE001 - storages have errors of their own
        written = f", after {summary.rows:,} rows that were written" if summary.rows else ""
        msg = f"{name}: {_said(error)}{written}"
        raise FileFailed(msg) from None


def _said(error: Exception) -> str:
    match error:
        case FileFailed() | InvalidResponse():
            return str(error)
        case EOFError() | OSError() | zlib.error():
            return f"is cut off or corrupt ({type(error).__name__}: {error})"
    return f"cannot be read ({type(error).__name__})"
