"""A stream of CleverTap's own export files."""

from __future__ import annotations

import logging
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, cast

from typing_extensions import override

from tap_clevertap import errors, logger
from tap_clevertap.config.locations import STORAGES
from tap_clevertap.extraction.files.alerts import completed_exports
from tap_clevertap.extraction.files.job import FileJob, FileSummary
from tap_clevertap.extraction.files.processes import FileProcesses
from tap_clevertap.extraction.files.reading import read_file
from tap_clevertap.files.names import parse_name
from tap_clevertap.files.storage import Folder
from tap_clevertap.records.exported.event_rows import Days
from tap_clevertap.streams.base.columns import instant, integer, text
from tap_clevertap.streams.base.filed import MAX_LISTED, FileStream

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import date

    from tap_clevertap.config.export_files import ExportFiles
    from tap_clevertap.config.patterns import EventPatterns
    from tap_clevertap.extraction.files.alerts import CompletedExports
    from tap_clevertap.files.listing import StoredFile
    from tap_clevertap.files.names import ExportName, Kind
    from tap_clevertap.output.rows import Row

SETTING = "exports.url"
ALERTS_SETTING = "webhooks.url"
LONG_FOR_AN_ALERT = timedelta(days=1)
"""An alert comes within minutes; that of the next day's export speaks for a lost one too."""
FILE_COLUMNS = (
    text("file", "Path of the export file below `exports.url`."),
    integer("line", "Number of the record in the file, counted from 1."),
    instant("file_modified", "Time at which the file was last written, in UTC."),
)


class ExportStream(FileStream):
    """Reads the export files of one kind below `exports.url`."""

    kind: ClassVar[Kind]
    _completed: CompletedExports | None = None
    needs_setting = "exports"
    replication_key = "file_modified"
    has_personal_data = True

    @property
    def exports(self) -> ExportFiles:
        """Where the files are.

        Raises:
            SettingError: No setting says so.
        """
        exports = self.run.settings.exports
        if exports is None:
            msg = f"{SETTING}: missing; expected {STORAGES}"
            raise errors.SettingError(msg)
        return exports

    @property
    @override
    def folder(self) -> Folder:
        return Folder(self.exports.url, self.exports.storage_options, SETTING)

    @override
    def prepare(self) -> None:
        self._completed = self._read_alerts() if self.exports.waits_for_alert else None
        super().prepare()

    def _read_alerts(self) -> CompletedExports | None:
        """Return which exports are completed; None for profiles, of which CleverTap says nothing.

        Raises:
            SettingError: No setting says where the receiver of webhooks stores the alerts.
        """
        webhooks = self.run.settings.webhooks
        if webhooks is None:
            msg = "exports.wait_for: 'completed' is not valid without webhooks.url; expected both"
            raise errors.SettingError(msg)
        if self.kind == "profiles":
            return None
        folder = Folder(webhooks.url, webhooks.storage_options, ALERTS_SETTING)
        return completed_exports(folder, self.run.settings.zone)

    @override
    def wanted(self, files: Collection[StoredFile]) -> Collection[StoredFile]:
        named = {file: parse_name(file.name) for file in files}
        unknown = [file.name for file, name in named.items() if name is None or not name.is_known]
        if unknown:
            what = "%s: %d files have names that CleverTap's exports do not have, such as %s"
            logger.warning(what, self.name, len(unknown), ", ".join(sorted(unknown)[:MAX_LISTED]))
        return [file for file, name in named.items() if name is not None and self.has(name)]

    def has(self, name: ExportName) -> bool:
        """Tell whether a file of a name may hold rows of the stream."""
        only = self.exports.format
        return name.kind in {None, self.kind} and (only is None or name.format == only)

    @override
    def is_whole(self, file: StoredFile) -> bool:
        name = parse_name(file.name)
        if self._completed is not None and name is not None and name.request and name.run:
            return self._completed.has(name)
        return file.modified <= self.run.now - self.exports.min_age

    @override
    def report_waiting(self, files: Sequence[StoredFile]) -> None:
        if self._completed is None:
            minutes = self.exports.min_age / timedelta(minutes=1)
            logger.info("%s: %d files wait to be %g minutes old", self.name, len(files), minutes)
            return
        is_late = files[0].modified < self.run.now - LONG_FOR_AN_ALERT
        what = "%s: %d files wait for the status alert of their export, the first of them %s of %s"
        level = logging.WARNING if is_late else logging.INFO
        first = files[0]
        logger.log(level, what, self.name, len(files), first.name, first.modified.isoformat())

    @override
    def pages(self) -> Iterator[Sequence[Row]]:
        with closing(FileProcesses()) as self._processes:
            yield from super().pages()

    @override
    def read(self, file: StoredFile) -> Iterator[Sequence[Row]]:
        job = self.job(file)
        read = read_file if self.parallel == 1 else self._processes.read
        for some in read(job):
            if isinstance(some, FileSummary):
                self._tell(file, some)
            else:
                yield cast("list[Row]", some)

    @property
    def patterns(self) -> EventPatterns:
        """Which events are wanted."""
        return self.run.settings.patterns

    def job(self, file: StoredFile) -> FileJob:
        """Return what is to be read of a file."""
        settings, exports = self.run.settings, self.exports
        first, last = map(_day, (settings.start_date, settings.end_date))
        return FileJob(
            exports.url,
            dict(exports.storage_options),
            SETTING,
            file,
            self.kind,
            settings.zone.name,
            self.patterns,
            Days(first, last),
        )

    def _tell(self, file: StoredFile, summary: FileSummary) -> None:
        if summary.skipped:
            logger.warning("%s: %s has no rows: %s", self.name, file.name, summary.skipped)
        if summary.outside:
            what = "%s: %s has %d events of days before start_date or after end_date, left out"
            logger.info(what, self.name, file.name, summary.outside)
        logger.debug("%s: read %s", self.name, file.name)


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
