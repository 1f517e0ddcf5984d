"""Three ways out for the rows of a stream, all with the same records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

import msgspec
from singer_sdk.helpers._util import utc_now

from tap_clevertap.output.rows import as_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from singer_sdk.helpers._batch import SDKBatchMessage
    from singer_sdk.singerlib import RecordMessage

    from tap_clevertap.output.batch_files import BatchFiles
    from tap_clevertap.output.rows import Row


_ENCODE = msgspec.json.Encoder().encode


class RecordWriter(Protocol):
    """Takes the rows of one stream, some at a time; `on_rows` is called with their number."""

    on_rows: Callable[[int], None]

    def write(self, rows: Sequence[Row]) -> None:
        """Let rows go out, now or with those that follow."""

    def after_flush(self, action: Callable[[], None]) -> None:
        """Do something that all rows so far must precede, such as moving a bookmark."""

    @property
    def buffered_rows(self) -> int:
        """How many rows wait."""

    def flush(self) -> None:
        """Let go of what still waits."""


def _ignore(_rows: int) -> None:
    """Count no rows."""


class Unbuffered:
    """A writer that keeps nothing back."""

    buffered_rows = 0

    def __init__(self) -> None:
        self.on_rows: Callable[[int], None] = _ignore

    def after_flush(self, action: Callable[[], None]) -> None:
        """Do it now."""
        action()

    def flush(self) -> None:
        """Nothing waits."""


class RawLineWriter(Unbuffered):
    """Writes rows as finished RECORD lines: nothing of the SDK would change them."""

    def __init__(
        self,
        stream: str,
        version: int | None,
        write_lines: Callable[[bytes], None],
        shape: Callable[[Sequence[Row]], Sequence[Row]] | None = None,
    ) -> None:
        """Write rows under the name of their stream, as `shape` returns them if it is given."""
        super().__init__()
        self._stream = stream
        self._version = version
        self._write_lines = write_lines
        self._shape = shape

    def write(self, rows: Sequence[Row]) -> None:
        """Write rows at once."""
        if not rows:
            return
        shaped = rows if self._shape is None else self._shape(rows)
        now = utc_now().isoformat()
        self._write_lines(record_lines(self._stream, shaped, now, self._version))
        self.on_rows(len(rows))


class SdkMessageWriter(Unbuffered):
    """Writes the RECORD messages that the SDK makes of a row: maps, flattening, selection."""

    def __init__(
        self,
        messages: Callable[[Row], Iterable[RecordMessage]],
        write_message: Callable[[RecordMessage], None],
    ) -> None:
        """Write what `messages` returns for a row."""
        super().__init__()
        self._messages = messages
        self._write_message = write_message

    def write(self, rows: Sequence[Row]) -> None:
        """Write rows one by one."""
        for row in rows:
            for message in self._messages(row):
                self._write_message(message)
        self.on_rows(len(rows))


class BatchFileWriter:
    """Writes rows into files, and BATCH messages that name them; actions wait for the file."""

    def __init__(
        self,
        files: BatchFiles,
        named: Callable[[Sequence[Row]], Iterable[tuple[str, Sequence[Row]]]],
        write_message: Callable[[SDKBatchMessage], None],
        version: int | None,
    ) -> None:
        """Gather rows; `named` returns them as records, by the names that they go by."""
        self.on_rows: Callable[[int], None] = _ignore
        self._files = files
        self._named = named
        self._write_message = write_message
        self._version = version
        self._actions: list[Callable[[], None]] = []

    def write(self, rows: Sequence[Row]) -> None:
        """Gather rows, and write a file when there are enough for one."""
        for name, records in self._named(rows):
            self._files.add(name, records)
        self.on_rows(len(rows))
        if self._files.is_full:
            self.flush()

    def after_flush(self, action: Callable[[], None]) -> None:
        """Do it when the next file is written."""
        self._actions.append(action)

    @property
    def buffered_rows(self) -> int:
        """How many rows are gathered."""
        return self._files.pending

    def flush(self) -> None:
        """Write what was gathered, and do what waited for that."""
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
