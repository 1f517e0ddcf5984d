"""What all streams share: their source, and two ways of writing the same records."""

from __future__ import annotations

import logging
from abc import abstractmethod
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from singer_sdk import Stream
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.mapper import SameRecordTransform
from typing_extensions import override

from tap_clevertap import errors
from tap_clevertap.streams.batches import PARQUET, BatchFiles, flat_schema
from tap_clevertap.streams.outlets import Files, Lines, Messages
from tap_clevertap.streams.output import WholeLineWriter
from tap_clevertap.streams.rows import as_json

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence

    from singer_sdk import Tap
    from singer_sdk.helpers._batch import BatchConfig
    from singer_sdk.helpers.types import Context, Record
    from singer_sdk.singerlib import RecordMessage, SchemaMessage

    from tap_clevertap.streams.outlets import Outlet
    from tap_clevertap.streams.rows import Row
    from tap_clevertap.streams.source import Source

logger = logging.getLogger("tap-clevertap")

UNHANDLED = "An unhandled error occurred"

_DECODER = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


class ClevertapStream(Stream):
    """A stream whose records come a page at a time.

    Pages are written as finished lines where nothing of the SDK would change a record; with
    stream maps, flattening, deselected properties or a record limit each record takes the SDK's
    own way. Both ways give the same records, and so do the files of BATCH messages.
    """

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE
    jsonschema: ClassVar[dict[str, Any]]
    is_swept_whole: ClassVar[bool] = False
    """Whether a full-table run has every record there is, so that a target may drop the others."""

    def __init__(
        self,
        tap: Tap,
        source: Callable[[], Source],
        *,
        name: str | None = None,
        schema: dict[str, Any] | None = None,
    ) -> None:
        """Make the stream; `source` is called when it is first read, not to discover it.

        A stream of a kind that there are several of has a name and a schema of its own.
        """
        self._described = schema or self.jsonschema
        super().__init__(tap, schema=self._described, name=name)
        self.has_looked = False
        self._source = source
        self._outlet: Outlet | None = None

    @property
    def source(self) -> Source:
        """What the run reads from."""
        return self._source()

    def look_first(self) -> None:
        """Find out what is read; by itself there is nothing to find out.

        Raises:
            SettingError: A setting is wrong, which ends the run.
        """

    def look_once(self) -> None:
        """Look first, unless that was done: before any stream has written anything.

        Raises:
            SettingError: A setting is wrong, which ends the run.
        """
        if not self.has_looked:
            self.look_first()
            self.has_looked = True

    @override
    def log(self, message: str, *args: Any, level: int = logging.INFO, **kwargs: Any) -> None:
        """Log, but not that an error is unhandled: the SDK says so of each, and each has a line."""
        level = logging.DEBUG if message.startswith(UNHANDLED) else level
        super().log(message, *args, level=level, **kwargs)

    @override
    def _write_schema_message(self) -> None:
        self.look_once()
        super()._write_schema_message()

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
        with self.opened() as write:
            for page in self.pages():
                write(page)

    @contextmanager
    def opened(self) -> Iterator[Callable[[Sequence[Row]], None]]:
        """Give what writes the stream's rows; those that still wait are written at the end."""
        outlet = self._outlet = self._way_out()
        with self.get_record_counter() as counter, self.get_sync_timer():

            def write(rows: Sequence[Row]) -> None:
                outlet.write(rows)
                counter.increment(len(rows))

            yield write
            outlet.end()
        self._write_state_message()

    def when_written(self, action: Callable[[], None]) -> None:
        """Do something that the rows yielded so far must precede, such as moving a bookmark."""
        if self._outlet is None:
            action()
        else:
            self._outlet.when_written(action)

    def _way_out(self) -> Outlet:
        """Return the quickest way that has the same records as the others."""
        tap, version = self._tap, self._stream_version
        if config := self.get_batch_config(self.config):
            schemas = {one.stream_alias: one.transformed_schema for one in self.stream_maps}
            return Files(BatchFiles(config, schemas), self._named, tap.write_message, version)
        if self.is_untouched and isinstance(tap.message_writer, WholeLineWriter):
            return Lines(self.name, version, tap.message_writer.write_lines)
        return Messages(self._messages, tap.write_message)

    def _messages(self, row: Row) -> Iterator[RecordMessage]:
        """Return the RECORD messages that the SDK makes of a row."""
        return self._generate_record_messages(self._record(row))

    def _named(self, rows: Sequence[Row]) -> Iterator[tuple[str, Sequence[Row]]]:
        """Yield rows as RECORD messages would have them, by name of the stream."""
        if self.is_untouched:
            yield self.name, rows
            return
        for row in rows:
            for message in self._messages(row):
                yield message.stream, [message.record]

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        for page in self.pages():
            yield from map(self._record, page)

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
    def is_untouched(self) -> bool:
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

    @property
    def emit_activate_version_messages(self) -> bool:
        """Whether the catalog asks for a sweep of a stream that is incremental by itself."""
        return self.is_swept_whole and self.forced_replication_method == "FULL_TABLE"

    @override
    def _write_activate_version_message(self, full_table_version: int) -> None:
        """Wait for the last record: the SDK says this first, and a failed sweep would pretend."""

    @override
    def _sync_records(
        self, context: Context | None = None, *, write_messages: bool = True
    ) -> Generator[Record, Any, Any]:
        with self._sparing_the_others():
            if write_messages and self.ABORT_AT_RECORD_COUNT is None:
                self.write_all()
            else:
                yield from super()._sync_records(context, write_messages=write_messages)

    @override
    def _sync_batches(self, batch_config: BatchConfig, context: Context | None = None) -> None:
        with self._sparing_the_others():
            self.write_all()

    @contextmanager
    def _sparing_the_others(self) -> Iterator[None]:
        """Let a failure end this stream alone, where that is wished; a sweep is then not complete.

        Raises:
            ClevertapError: The run is to end with the stream.
        """
        try:
            yield
        except (errors.SettingError, errors.OutputClosed):
            raise
        except errors.ClevertapError as error:
            if not self.source.settings.skip_failed_streams:
                raise
            logger.warning("%s: failed, going on with the others: %s", self.name, error)
            self.source.failed.append(self.name)
            return
        if self._stream_version is not None:
            super()._write_activate_version_message(self._stream_version)

    @override
    def _generate_schema_messages(self) -> Generator[SchemaMessage, None, None]:
        batches = self.get_batch_config(self.config)
        for message in super()._generate_schema_messages():
            if batches and batches.encoding.format == PARQUET:
                message.schema = flat_schema(message.schema)
            yield message

    @override
    def get_batch_config(self, config: Mapping[str, Any]) -> BatchConfig | None:
        """Return the batch config, but none for a run that is to end after a few records."""
        return None if self.ABORT_AT_RECORD_COUNT is not None else super().get_batch_config(config)

    @override
    def _increment_stream_state(self, latest_record: Record, *, context: Any = None) -> None:
        """Leave the bookmarks alone: they move when slices close, not with records."""
