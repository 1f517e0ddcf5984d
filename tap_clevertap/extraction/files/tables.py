"""Export files of three formats as columns and records, so that what follows need not ask which."""

from __future__ import annotations

from abc import ABC, abstractmethod
from itertools import chain
from typing import IO, TYPE_CHECKING, Any

from typing_extensions import override

from tap_clevertap.files.compression import decompressed
from tap_clevertap.files.csv_files import read_csv
from tap_clevertap.files.json_files import read_json_lines
from tap_clevertap.files.parquet_files import read_parquet
from tap_clevertap.records.exported.csv_events import CsvEvents
from tap_clevertap.records.exported.json_events import json_events, read_object
from tap_clevertap.records.exported.parquet_events import parquet_events
from tap_clevertap.records.exported.profile_rows import from_cells, from_maps, is_of_profiles

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import tzinfo

    from tap_clevertap.files.json_files import Line
    from tap_clevertap.records.exported.record import ExportedEvent

EVENT_COLUMN = "eventName"


class Table(ABC):
    """A file's records, and its columns: those of the first record where each has its own.

    A file is read once, as events or as profiles. Reading raises FileFailed where it is corrupt.
    """

    columns: list[str]

    @abstractmethod
    def __init__(self, binary: IO[bytes]) -> None:
        """Read the columns."""

    @property
    def is_of_events(self) -> bool:
        """Whether the columns are those of events."""
        return EVENT_COLUMN in self.columns

    @property
    def is_of_profiles(self) -> bool:
        """Whether the columns are those of profiles."""
        return not self.is_of_events and is_of_profiles(self.columns)

    @abstractmethod
    def events(self, zone: tzinfo) -> Iterator[ExportedEvent]:
        """Yield the events of an account in `zone`."""

    @abstractmethod
    def profiles(self) -> Iterable[Mapping[str, Any]]:
        """Yield the fields of each profile, plain or raw JSON."""


class CsvTable(Table):
    """CSV: the header has the columns."""

    def __init__(self, binary: IO[bytes]) -> None:
        """Read the header."""
        self._rows = read_csv(decompressed(binary))
        self.columns = next(self._rows, [])

    @override
    def events(self, zone: tzinfo) -> Iterator[ExportedEvent]:
        return CsvEvents(self.columns).read(self._rows)

    @override
    def profiles(self) -> Iterable[Mapping[str, Any]]:
        return (from_cells(self.columns, row) for row in self._rows)


class JsonTable(Table):
    """JSON lines, each with members of its own."""

    def __init__(self, binary: IO[bytes]) -> None:
        """Read the first line."""
        lines = read_json_lines(decompressed(binary))
        first = next(lines, None)
        self._lines: Iterator[Line] = lines if first is None else chain([first], lines)
        self.columns = [] if first is None else [*read_object(first.number, first.sent)]
        if first is not None and first.event:
            self.columns.append(EVENT_COLUMN)

    @override
    def events(self, zone: tzinfo) -> Iterator[ExportedEvent]:
        return json_events(self._lines)

    @override
    def profiles(self) -> Iterable[Mapping[str, Any]]:
        return (read_object(line.number, line.sent) for line in self._lines)


class ParquetTable(Table):
    """Parquet: the schema has the columns."""

    def __init__(self, binary: IO[bytes]) -> None:
        """Read the first row."""
        rows = read_parquet(binary)
        first = next(rows, None)
        self._rows: Iterator[dict[str, Any]] = rows if first is None else chain([first], rows)
        self.columns = list(first or {})

    @override
    def events(self, zone: tzinfo) -> Iterator[ExportedEvent]:
        return parquet_events(self._rows, zone)

    @override
    def profiles(self) -> Iterable[Mapping[str, Any]]:
        return map(from_maps, self._rows)


TABLES: dict[str, type[Table]] = {"csv": CsvTable, "json": JsonTable, "parquet": ParquetTable}
