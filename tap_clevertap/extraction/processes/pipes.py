"""A process that is sent frames on stdin and answers with frames on stdout.

A frame is a letter for its kind, the length of what follows as four bytes, and that.
"""

from __future__ import annotations

import gc
import signal
import subprocess
import sys
from contextlib import suppress
from struct import Struct
from typing import IO, NamedTuple

HEAD = Struct("<cI")
GC_THRESHOLD = 50_000
"""Objects between two collections of garbage: records are many objects without cycles."""
PIPE_BYTES = 1 << 20
"""What one side may be ahead of the other; the system's default wakes both too often."""


class Frame(NamedTuple):
    """What is sent at once: a letter that says what it is, and its bytes."""

    kind: bytes
    content: bytes


class PipedProcess:
    """A module of the tap that runs as a process of its own."""

    def __init__(self, module: str, *arguments: str) -> None:
        """Start it.

        Raises:
            OSError: The system lets no more processes begin.
        """
        self._process = subprocess.Popen(  # noqa: S603 - a module of our own
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pipesize=PIPE_BYTES,
        )

    def send(self, frame: Frame) -> None:
        """Send a frame.

        Raises:
            BrokenPipeError: The process has ended.
        """
        if self._process.stdin is not None:  # always: it is a pipe
            write_frame(self._process.stdin, frame)

    def receive(self) -> Frame:
        """Wait for a frame.

        Raises:
            EOFError: The process has ended.
        """
        if self._process.stdout is None or (frame := read_frame(self._process.stdout)) is None:
            raise EOFError
        return frame

    def wait(self) -> int:
        """Wait for the end of the process, and return its exit code."""
        return self._process.wait()

    def end(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):  # of what was not sent
                    pipe.close()


def begin_work() -> None:
    """Set up a process that is sent frames: it ends with its pipes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the whole group has it: the tap says when to end
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    gc.set_threshold(GC_THRESHOLD)
    gc.freeze()


def read_frame(source: IO[bytes]) -> Frame | None:
    """Return the next frame; None where the other side has ended.

    Raises:
        EOFError: It ended within a frame.
    """
    head = source.read(HEAD.size)
    if not head:
        return None
    kind, length = HEAD.unpack(_exactly(head, HEAD.size))
    return Frame(kind, _exactly(source.read(length), length))


def write_frame(out: IO[bytes], frame: Frame) -> None:
    """Write a frame at once."""
    out.write(HEAD.pack(frame.kind, len(frame.content)))
    out.write(frame.content)
    out.flush()


def _exactly(content: bytes, length: int) -> bytes:
    if len(content) < length:
        raise EOFError
    return content
