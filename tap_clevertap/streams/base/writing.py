"""How the rows of a stream are written: by the quickest way out that has the same records."""

from __future__ import annotations

from abc import abstractmethod
from contextlib import contextmanager
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec
from singer_sdk import Stream
from singer_sdk.exceptions import MapExpressionError
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.mapper import SameRecordTransform
from typing_extensions import override

from tap_clevertap.errors import ClevertapError, OutputClosed, SettingError
from tap_clevertap.output.batch_files import PARQUET, BatchFiles
from tap_clevertap.output.nested_text import (
    nested_columns,
    record_with_text,
    rows_with_text,
    text_schema,
)
from tap_clevertap.output.record_writers import BatchFileWriter, RawLineWriter, SdkMessageWriter
from tap_clevertap.output.rows import as_json
from tap_clevertap.output.writer import AtomicLineWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence

    from singer_sdk import Tap
    from singer_sdk.helpers._batch import BatchConfig
    from singer_sdk.helpers.types import Context, Record
    from singer_sdk.singerlib import RecordMessage, SchemaMessage

    from tap_clevertap.output.record_writers import RecordWriter
    from tap_clevertap.output.rows import Row

AS_TEXT = "text"
"""The value of `nested_values` that asks for JSON text."""

_DECODER = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


class RowStream(Stream):
    """A stream whose records come a page at a time.

    Pages are written as finished lines where nothing of the SDK would change a record; with
    stream maps, flattening, deselected properties or a record limit each record takes the SDK's
    own way. Both ways give the same records, and so do the files of BATCH messages.
    """

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE

    def __init__(self, tap: Tap, schema: dict[str, Any], name: str | None) -> None:
        """Make a stream of records that `schema` describes."""
        self._described = schema
        self._writer: RecordWriter | None = None
        super().__init__(tap, schema=schema, name=name)

    @abstractmethod
    def pages(self) -> Iterable[Sequence[Row]]:
        """Yield the records a page at a time.

        When the next page is asked for, the one before has been written: only then may a
        bookmark pass it.
        """

    def write_all(self) -> None:
        """Write every record.

        Raises:
            ClevertapError: There are more that could not be had.
        """
        with self.open_writer() as write:
            for page in self.pages():
                write(self.transform(page))

    @contextmanager
    def open_writer(self) -> Iterator[Callable[[Sequence[Row]], None]]:
        """Give what writes the stream's rows; those that still wait are written at the end.

        They are where reading has failed too: what was read whole need not be read again.
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
        """How many rows wait to be written."""
        return 0 if self._writer is None else self._writer.buffered_rows

    def flush(self) -> None:
        """Write the rows that wait."""
        if self._writer is not None:
            self._writer.flush()

    def after_flush(self, action: Callable[[], None]) -> None:
        """Do something that the rows yielded so far must precede, such as moving a bookmark."""
        if self._writer is None:
            action()
        else:
            self._writer.after_flush(action)

    def _choose_writer(self) -> RecordWriter:
        """Return the quickest way that has the same records as the others."""
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
            return RawLineWriter(self.name, version, tap.message_writer.write_lines, shape)
        return SdkMessageWriter(self._messages, tap.write_message)

    def _messages(self, row: Row) -> Iterator[RecordMessage]:
        """Return the RECORD messages that the SDK makes of a row."""
        return self._generate_record_messages(self._record(row))

    def _named(self, rows: Sequence[Row]) -> Iterator[tuple[str, Sequence[Row]]]:
        """Yield rows as RECORD messages would have them, by name of the stream."""
        if self.can_write_raw:
            yield self.name, self._raw(rows)
            return
        for row in rows:
            for message in self._messages(row):
                yield message.stream, [message.record]

    def _raw(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Return rows as they go out where nothing of the SDK changes them."""
        return rows_with_text(rows, self._text_columns) if self._text_columns else rows

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
        """Return rows as they are told; by itself as they are."""
        return rows

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        for page in self.pages():
            yield from map(self._record, self.transform(page))

    def _record(self, row: Row) -> Record:
        """Take a row apart, for ways that may change it; the catalog's columns remain."""
        columns = self.effective_schema["properties"]
        record = _DECODER.decode(as_json(row))
        return {name: value for name, value in record.items() if name in columns}

    @property
    def partitions(self) -> None:  # the SDK would read the stream once for each bookmark
        """None: a stream reads all of its slices in one go."""

    @override
    def get_replication_key_signpost(self, context: Context | None = None) -> None:
        """None: bookmarks are days that are over, so no clock need hold them back."""

    @property
    def can_write_raw(self) -> bool:
        """Whether every record goes out as it is."""
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
                yield message
        except MapExpressionError as error:
            msg = (
                f"stream_maps: {self.name!r}: {error} A column that not every stream or record "
                "has is expected as record.get('name')."
            )
            raise SettingError(msg) from None

    @override
    def get_batch_config(self, config: Mapping[str, Any]) -> BatchConfig | None:
        """Return the batch config, but none for a run that is to end after a few records."""
        return None if self.ABORT_AT_RECORD_COUNT is not None else super().get_batch_config(config)

    @override
    def _increment_stream_state(self, latest_record: Record, *, context: Any = None) -> None:
        """Leave the bookmarks alone: they move when slices close, not with records."""
