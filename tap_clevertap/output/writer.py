"""Writes Singer messages to stdout; a signal never leaves a partial line."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec
from singer_sdk.helpers._state import StateWriter
from singer_sdk.singerlib.encoding.simple import SimpleSingerWriter
from typing_extensions import override

from tap_clevertap.errors import ClevertapError, OutputClosed
from tap_clevertap.output.whole_lines import write_whole_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from singer_sdk.helpers.types import TapState
    from singer_sdk.singerlib.encoding.simple import Message

SIGNAL_EXIT = 128
BATCH = "BATCH"
BYTES_PER_STATE_BYTE = 10
"""Bytes of records between two states, for each byte of a state."""
SECONDS_PER_STATE, STATE_BYTES_PER_MINUTE = 60.0, 100_000
"""Seconds after which a change is written in any case: a minute, for a large state longer."""

_ENCODE = msgspec.json.Encoder().encode


class Interrupted(SystemExit):
    """A signal ended the run; the exit code is 128 + the signal's number."""

    def __init__(self, signum: int) -> None:
        super().__init__(SIGNAL_EXIT + signum)


class AtomicLineWriter(SimpleSingerWriter):
    """Writes messages to stdout; an interruption waits until the current lines are written.

    `before_exit` is called before an interruption ends the run.
    """

    def __init__(self) -> None:
        super().__init__()
        self._is_writing = False
        self._pending: int | None = None
        self._interrupted_by: int | None = None
        self.before_exit: Callable[[], None] = lambda: None
        self.bytes_written = 0
        self.batches_written = 0

    def write_message(self, message: Message) -> None:
        """Write one message."""
        self.batches_written += message.type == BATCH
        self.write_lines(f"{self.format_message(message)}\n".encode())

    def write_lines(self, lines: bytes) -> None:
        """Write finished lines."""
        with self._whole():
            write_whole_lines(lines)
        self.bytes_written += len(lines)

    def interrupt(self, signum: int) -> None:
        """End the run now, or as soon as the current lines are written.

        A second signal does not wait for them: whoever reads may never take them.

        Raises:
            Interrupted: Immediately, unless lines are being written at the first signal.
        """
        if self._interrupted_by is not None:
            raise Interrupted(signum)
        self._interrupted_by = signum
        if self._is_writing:
            self._pending = signum
        else:
            self.before_exit()
            raise Interrupted(signum)

    def raise_if_interrupted(self) -> None:
        """End the run if a signal was received but its exception was lost.

        Python discards exceptions that are raised while it finalises an object.

        Raises:
            Interrupted: A signal was received.
        """
        if self._interrupted_by is not None:
            raise Interrupted(self._interrupted_by)

    @contextmanager
    def _whole(self) -> Iterator[None]:
        self._is_writing = True
        try:
            yield
        except BrokenPipeError:
            msg = "output: the target closed the pipe; see the target's own log"
            raise OutputClosed(msg) from None
        except OSError as error:
            msg = f"output: cannot be written: {error.strerror}"
            raise OutputClosed(msg) from None
        finally:
            self._is_writing = False
        pending, self._pending = self._pending, None
        if pending is not None:
            self.before_exit()
            raise Interrupted(pending)


class ChangedStateWriter(StateWriter):
    """Writes the state only if it has changed.

    The SDK copies the state twice for each message, which takes longer than everything else when
    hundreds of events with few rows complete their days.

    A STATE is a whole state, so one after each closed slice would grow with the square of the
    number of events. `is_due` says when enough has been written, or enough time has passed, for
    the next: a run that is killed repeats no more than that, and the slices that were open.
    """

    def __init__(
        self, writer: AtomicLineWriter, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(writer)
        self._writer = writer
        self._last = b""
        self._clock = clock
        self._note()

    @property
    def is_due(self) -> bool:
        """Whether a state that has changed is to be written now, and not with a later change."""
        written = self._writer.bytes_written - self._bytes_before
        seconds = SECONDS_PER_STATE * max(1, len(self._last) / STATE_BYTES_PER_MINUTE)
        return (
            written >= BYTES_PER_STATE_BYTE * len(self._last)
            or self._clock() - self._written_at >= seconds
            or self._writer.batches_written > self._batches_before
        )

    @override
    def write_state(self, state: TapState) -> None:
        if (line := state_line(state)) != self._last:
            self._writer.write_lines(line)
            self._last = line
        self._note()

    def _note(self) -> None:
        self._bytes_before = self._writer.bytes_written
        self._batches_before = self._writer.batches_written
        self._written_at = self._clock()


@contextmanager
def written_on_failure(writer: StateWriter, state: TapState) -> Iterator[None]:
    """Write the state of a run that fails; the SDK does so at the end of a stream only."""
    try:
        yield
    except OutputClosed:
        raise
    except ClevertapError:
        writer.write_state(state)
        raise


def state_line(state: TapState) -> bytes:
    """Return a state as a STATE message."""
    return b'{"type":"STATE","value":%b}\n' % _ENCODE(state)
