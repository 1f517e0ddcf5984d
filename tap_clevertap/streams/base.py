"""What all streams share: their source, and two ways of writing the same records."""

from __future__ import annotations

import logging
from abc import abstractmethod
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from singer_sdk import Stream
from singer_sdk.helpers._util import utc_now
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.mapper import SameRecordTransform
from typing_extensions import override

from tap_clevertap import errors
from tap_clevertap.streams.output import WholeLineWriter
from tap_clevertap.streams.preflight import listed_events

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
    from datetime import datetime

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Context, Record

    from tap_clevertap.client import Client
    from tap_clevertap.proof import DayProof
    from tap_clevertap.settings import Settings

logger = logging.getLogger("tap-clevertap")

Row = msgspec.Struct | msgspec.Raw | dict[str, Any]
"""A record in a form that encodes to its JSON without being taken apart."""


@dataclass(frozen=True)
class Source:
    """What a run reads from: the checked settings, a client and the instant of its start.

    `proofs` gathers what was extracted against what CleverTap counts, `failed` the streams that
    were skipped.
    """

    settings: Settings
    client: Client
    now: datetime
    proofs: list[DayProof] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    @cached_property
    def listed_events(self) -> list[str]:
        """The names of the account's events, asked for once a run; empty where they are secret.

        Raises:
            SettingError: The first contact fails.
        """
        return listed_events(self.settings, self.client)


class RecordLine(msgspec.Struct, tag_field="type", tag="RECORD", omit_defaults=True):
    """A RECORD message whose record may be bytes."""

    stream: str
    record: Row
    time_extracted: str
    version: int | None = None


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


class ClevertapStream(Stream):
    """A stream whose records come a page at a time.

    Pages are written as finished lines where nothing of the SDK would change a record; with
    stream maps, flattening, deselected properties or a record limit each record takes the SDK's
    own way. Both ways give the same records.
    """

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE
    jsonschema: ClassVar[dict[str, Any]]
    is_swept_whole: ClassVar[bool] = False
    """Whether a full-table run has every record there is, so that a target may drop the others."""

    def __init__(self, tap: Tap, source: Callable[[], Source]) -> None:
        """Make the stream; `source` is called when it is first read, not to discover it."""
        super().__init__(tap, schema=self.jsonschema)
        self._source = source

    @property
    def source(self) -> Source:
        """What the run reads from."""
        return self._source()

    @abstractmethod
    def pages(self) -> Iterable[Sequence[Row]]:
        """Yield the records a page at a time.

        When the next page is asked for, the one before has been written: only then may a
        bookmark pass it.
        """

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        columns = self.effective_schema["properties"]
        for page in self.pages():
            for row in page:
                record = _DECODER.decode(_ENCODER.encode(row))
                yield {name: value for name, value in record.items() if name in columns}

    @property
    def partitions(self) -> None:  # the SDK would read the stream once for each bookmark
        """None: a stream reads all of its slices in one go."""

    @property
    def is_untouched(self) -> bool:
        """Whether every record goes out as it is."""
        return (
            self.ABORT_AT_RECORD_COUNT is None
            and all(self.mask.values())
            and self.effective_schema["properties"].keys() >= self.jsonschema["properties"].keys()
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
        writer = self._tap.message_writer
        try:
            if write_messages and self.is_untouched and isinstance(writer, WholeLineWriter):
                self._write_pages(writer)
            else:
                yield from super()._sync_records(context, write_messages=write_messages)
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

    def _write_pages(self, writer: WholeLineWriter) -> None:
        """Write each page as RECORD lines, at once."""
        with self.get_record_counter() as counter, self.get_sync_timer():
            for page in self.pages():
                now, version = utc_now().isoformat(), self._stream_version
                lines = [RecordLine(self.name, row, now, version) for row in page]
                writer.write_lines(_ENCODER.encode_lines(lines))
                counter.increment(len(page))
        self._write_state_message()

    @override
    def _increment_stream_state(self, latest_record: Record, *, context: Any = None) -> None:
        """Leave the bookmarks alone: they move when slices close, not with records."""
