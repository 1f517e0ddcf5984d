"""Base stream that writes rows in batches.

It bypasses the SDK's per-record path when the output would be identical.
"""

from __future__ import annotations

from abc import abstractmethod
from contextlib import contextmanager
from decimal import Decimal
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from singer_sdk.exceptions import MapExpressionError
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.mapper import SameRecordTransform
from typing_extensions import override

from tap_clevertap import logger
from tap_clevertap.errors import ClevertapError, OutputClosed
from tap_clevertap.output.batch_files import PARQUET, BatchFiles
from tap_clevertap.output.nested_text import (
    AS_TEXT,
    nested_columns,
    record_with_text,
    rows_with_text,
    text_schema,
)
from tap_clevertap.output.record_writers import BatchFileWriter, RawLineWriter, SdkMessageWriter
from tap_clevertap.output.rows import as_json, plain_count
from tap_clevertap.output.stream_mapper import unmapped
from tap_clevertap.output.writer import AtomicLineWriter
from tap_clevertap.records.target_safe import TargetSafe
from tap_clevertap.streams.base.unpartitioned import UnpartitionedStream

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence

    from singer_sdk import Tap
    from singer_sdk.helpers._batch import BatchConfig
    from singer_sdk.helpers.types import Context, Record
    from singer_sdk.singerlib import RecordMessage, SchemaMessage

    from tap_clevertap.output.record_writers import RecordWriter
    from tap_clevertap.output.rows import EventDay, Row

_DECODER = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


class RowStream(UnpartitionedStream):
    """A stream whose records are read in pages.

    Pages are written as finished lines if the SDK would not change a record. With stream maps,
    flattening, deselected columns or a record limit, each record takes the SDK's own path. Both
    paths, and BATCH files, have the same records.
    """

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE

    is_target_safe: ClassVar[bool] = False
    """Whether what makes the rows sees to it that targets can hold them."""

    def __init__(self, tap: Tap, schema: dict[str, Any], name: str | None) -> None:
        self._described = schema
        self._writer: RecordWriter | None = None
        self._safe = TargetSafe()
        super().__init__(tap, schema=schema, name=name)

    @property
    def own_keys(self) -> tuple[str, ...]:
        """The keys that the stream has, whatever a catalog says."""
        return tuple(type(self).primary_keys)  # type: ignore[arg-type] # a class attribute of ours

    @property
    def selected_columns(self) -> set[str]:
        """The names of the columns that are written."""
        columns = self.effective_schema.get("properties", {})
        return {name for name in columns if self.mask.get(("properties", name), True)}

    @abstractmethod
    def pages(self) -> Iterable[Sequence[Row]]:
        """Yield the records in pages.

        When the next page is requested, the one before has been written or buffered: use
        `after_flush` to move a bookmark past it.
        """

    def write_all(self) -> None:
        """Write every record.

        Raises:
            ClevertapError: Not all records could be read.
        """
        with self.open_writer() as write:
            for page in self.pages():
                write(self.transform(self._held(page)))
        if unusual := self._safe.summary():
            logger.warning("%s: unusual values: %s", self.name, unusual)

    def _held(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Return rows as targets can hold them."""
        return rows if self.is_target_safe else [self._safe.row(as_json(row)) for row in rows]

    @contextmanager
    def open_writer(self) -> Iterator[Callable[[Sequence[Row]], None]]:
        """Yield a function that writes rows; buffered ones are written at the end.

        Also after a failed read, so that completed slices need not be read again.
        """
        writer = self._writer = self._choose_writer()
        with self.get_record_counter() as counter, self.get_sync_timer():
            writer.on_rows = counter.increment
            try:
                yield writer.write
            except OutputClosed:
                raise
            except ClevertapError:
                writer.flush()
                raise
            writer.flush()
        self._write_state_message()

    @property
    def buffered_rows(self) -> int:
        """The number of rows that are not written yet."""
        return 0 if self._writer is None else self._writer.buffered_rows

    def flush(self) -> None:
        """Write the buffered rows."""
        if self._writer is not None:
            self._writer.flush()

    def after_flush(self, action: Callable[[], None]) -> None:
        """Call `action` once all rows so far are written, for example to move a bookmark."""
        if self._writer is None:
            action()
        else:
            self._writer.after_flush(action)

    def _choose_writer(self) -> RecordWriter:
        """Return the fastest writer that has the same records as the SDK."""
        tap, version = self._tap, self._stream_version
        if config := self.get_batch_config(self.config):
            schemas = {one.stream_alias: one.transformed_schema for one in self.stream_maps}
            if self._has_text:
                schemas = {name: text_schema(schema) for name, schema in schemas.items()}
            return BatchFileWriter(
                BatchFiles(config, schemas), self._named, tap.write_message, version
            )
        if self.can_write_raw and isinstance(tap.message_writer, AtomicLineWriter):
            shape = self._raw if self._text_columns else None
            write_lines = tap.message_writer.write_lines
            note = partial(self.note_written, self.name)
            return RawLineWriter(self.name, version, write_lines, shape, self.counter, note)
        return SdkMessageWriter(self._messages, tap.write_message)

    def _messages(self, row: Row) -> Iterator[RecordMessage]:
        """Return the SDK's RECORD messages for a row."""
        return self._generate_record_messages(self._record(row))

    def _named(self, rows: Sequence[Row]) -> Iterator[tuple[str, Sequence[Row]]]:
        """Yield rows as RECORD messages would have them, with their stream's name."""
        if self.can_write_raw:
            self.note_written(self.name, self.counter(rows))
            yield self.name, self._raw(rows)
            return
        for row in rows:
            for message in self._messages(row):
                yield message.stream, [message.record]

    def _raw(self, rows: Sequence[Row]) -> Sequence[Row]:
        return rows_with_text(rows, self._text_columns) if self._text_columns else rows

    @staticmethod
    def counter(rows: Sequence[Row]) -> Counter[EventDay]:
        """Return how many rows there are, of events by event and day."""
        return plain_count(rows)

    def note_written(self, name: str, rows: Counter[EventDay]) -> None:
        """Note how many rows are written under a name."""

    @cached_property
    def _text_columns(self) -> set[str]:
        """The columns whose values go out as JSON text."""
        return nested_columns(self.effective_schema) if self._has_text else set()

    @property
    def _has_text(self) -> bool:
        return self.config.get("nested_values") == AS_TEXT

    @property
    def transforms(self) -> bool:
        """Whether `transform` changes rows."""
        return False

    def transform(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Return rows as they are written; by default unchanged."""
        return rows

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        for page in self.pages():
            yield from map(self._record, self.transform(self._held(page)))

    def _record(self, row: Row) -> Record:
        """Decode a row for the SDK, with the columns that the catalog has."""
        columns = self.effective_schema["properties"]
        record = _DECODER.decode(as_json(row))
        return {name: value for name, value in record.items() if name in columns}

    @property
    def can_write_raw(self) -> bool:
        """Whether the SDK would write every record unchanged."""
        return (
            self.ABORT_AT_RECORD_COUNT is None
            and all(self.mask.values())
            and self.effective_schema["properties"].keys() >= self._described["properties"].keys()
            and all(
                type(one) is SameRecordTransform and not one.flattening_enabled
                for one in self.stream_maps
            )
        )

    @override
    def _sync_records(
        self, context: Context | None = None, *, write_messages: bool = True
    ) -> Generator[Record, Any, Any]:
        if write_messages and self.ABORT_AT_RECORD_COUNT is None:
            self.write_all()
        else:
            yield from super()._sync_records(context, write_messages=write_messages)

    @override
    def _sync_batches(self, batch_config: BatchConfig, context: Context | None = None) -> None:
        self.write_all()

    @override
    def _generate_schema_messages(self) -> Generator[SchemaMessage, None, None]:
        batches = self.get_batch_config(self.config)
        is_parquet = bool(batches and batches.encoding.format == PARQUET)
        for message in super()._generate_schema_messages():
            if is_parquet or self._has_text:
                message.schema = text_schema(message.schema)
            yield message

    @override
    def _generate_record_messages(self, record: Record) -> Generator[RecordMessage, None, None]:
        try:
            for message in super()._generate_record_messages(record):
                if self._has_text:  # after stream maps: they see objects
                    message.record = record_with_text(message.record)
                self.note_written(message.stream, self.counter([message.record]))
                yield message
        except MapExpressionError as error:
            raise unmapped(self.name, error) from None

    @override
    def get_batch_config(self, config: Mapping[str, Any]) -> BatchConfig | None:
        """Return the batch config; None for a run with a record limit, such as `--test`."""
        return None if self.ABORT_AT_RECORD_COUNT is not None else super().get_batch_config(config)
