"""Record writers: three ways to write the rows of a stream, all with the same records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

import msgspec
from singer_sdk.helpers._util import utc_now

from tap_clevertap.output.rows import as_json, plain_count

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterable, Sequence

    from singer_sdk.helpers._batch import SDKBatchMessage
    from singer_sdk.singerlib import RecordMessage

    from tap_clevertap.output.batch_files import BatchFiles
    from tap_clevertap.output.rows import EventDay, Row


_ENCODE = msgspec.json.Encoder().encode


class RecordWriter(Protocol):
    """Writes the rows of one stream; `on_rows` is called with their number."""

    on_rows: Callable[[int], None]

    def write(self, rows: Sequence[Row]) -> None:
        """Write rows now, or buffer them."""

    def after_flush(self, action: Callable[[], None]) -> None:
        """Call `action` once all rows so far are written, for example to move a bookmark."""

    @property
    def buffered_rows(self) -> int:
        """The number of rows that are not written yet."""

    def flush(self) -> None:
        """Write the buffered rows."""


def _ignore(_rows: int) -> None:
    """Count no rows."""


class Unbuffered:
    """A writer that keeps nothing back."""

    buffered_rows = 0

    def __init__(self) -> None:
        self.on_rows: Callable[[int], None] = _ignore

    def after_flush(self, action: Callable[[], None]) -> None:
        """Call `action` now: all rows are written."""
        action()

    def flush(self) -> None:
        """Do nothing: no rows are buffered."""


class RawLineWriter(Unbuffered):
    """Writes rows as finished RECORD lines, bypassing the SDK's per-record path."""

    def __init__(  # noqa: PLR0913, PLR0917 - what a line is made of, and who counts it
        self,
        stream: str,
        version: int | None,
        write_lines: Callable[[bytes], None],
        shape: Callable[[Sequence[Row]], Sequence[Row]] | None = None,
        counter: Callable[[Sequence[Row]], Counter[EventDay]] = plain_count,
        count: Callable[[Counter[EventDay]], None] | None = None,
    ) -> None:
        """Write rows as `shape` returns them; `count` is called with what `counter` returns."""
        super().__init__()
        self._counter = counter
        self._count = count
        self._stream = stream
        self._version = version
        self._write_lines = write_lines
        self._shape = shape

    def write(self, rows: Sequence[Row]) -> None:
        """Write rows immediately."""
        if not rows:
            return
        shaped = rows if self._shape is None else self._shape(rows)
        now = utc_now().isoformat()
        self._write_lines(record_lines(self._stream, shaped, now, self._version))
        if self._count is not None:
            self._count(self._counter(rows))
        self.on_rows(len(rows))


class SdkMessageWriter(Unbuffered):
    """Writes the SDK's RECORD messages: with stream maps, flattening or deselected columns."""

    def __init__(
        self,
        messages: Callable[[Row], Iterable[RecordMessage]],
        write_message: Callable[[RecordMessage], None],
    ) -> None:
        """Write the messages that `messages` returns for a row."""
        super().__init__()
        self._messages = messages
        self._write_message = write_message

    def write(self, rows: Sequence[Row]) -> None:
        """Write rows one at a time."""
        for row in rows:
            for message in self._messages(row):
                self._write_message(message)
        self.on_rows(len(rows))


class BatchFileWriter:
    """Writes rows to files, and BATCH messages that reference them."""

    def __init__(
        self,
        files: BatchFiles,
        named: Callable[[Sequence[Row]], Iterable[tuple[str, Sequence[Row]]]],
        write_message: Callable[[SDKBatchMessage], None],
        version: int | None,
    ) -> None:
        """Buffer rows in `files`; `named` returns rows as records with their stream's name."""
        self.on_rows: Callable[[int], None] = _ignore
        self._files = files
        self._named = named
        self._write_message = write_message
        self._version = version
        self._actions: list[Callable[[], None]] = []

    def write(self, rows: Sequence[Row]) -> None:
        """Buffer rows, and write a file once there are enough."""
        for name, records in self._named(rows):
            self._files.add(name, records)
        self.on_rows(len(rows))
        if self._files.is_full:
            self.flush()

    def after_flush(self, action: Callable[[], None]) -> None:
        """Call `action` once the next file is written."""
        self._actions.append(action)

    @property
    def buffered_rows(self) -> int:
        """The number of rows in the buffer."""
        return self._files.pending

    def flush(self) -> None:
        """Write the buffered rows to files, then call the pending actions."""
        for message in self._files.flush():
            message.version = self._version
            self._write_message(message)
        actions, self._actions = self._actions, []
        for action in actions:
            action()


def record_lines(stream: str, rows: Sequence[Row], time: str, version: int | None) -> bytes:
    """Return a RECORD message for each row, a line each; `time` is that of extraction.

    There is at least one row.
    """
    head = b'{"type":"RECORD","stream":%b,"record":' % _ENCODE(stream)
    tail = b',"time_extracted":%b' % _ENCODE(time)
    tail += b"}\n" if version is None else b',"version":%d}\n' % version
    # The rows of a page are all of one form, and nearly always finished JSON.
    is_json = isinstance(rows[0], bytes)
    lines = cast("Sequence[bytes]", rows) if is_json else map(as_json, rows)
    return head + (tail + head).join(lines) + tail
