"""Writes finished lines to stdout so that no signal cuts one, though the reader hangs.

The system writes up to `PIPE_BUF` bytes to a pipe in one step or not at all. Lines are written in
such steps; a longer line waits until the pipe has space for all of it.
"""

from __future__ import annotations

import io
import os
import select
import stat
import sys
import time
from array import array
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

STEP = getattr(select, "PIPE_BUF", 512)
POLL_SECONDS = 0.02


def write_whole_lines(lines: bytes) -> None:
    """Write lines to stdout, all of them.

    Raises:
        OSError: Stdout is closed or full.
    """
    binary = getattr(sys.stdout, "buffer", None)
    if binary is None:
        sys.stdout.write(lines.decode())
    elif (pipe := _pipe(binary)) is not None:
        binary.flush()
        for step in _steps(lines):
            _write_step(pipe, step)
    else:
        _write_all(binary, lines)
    sys.stdout.flush()


def _pipe(binary: BinaryIO) -> int | None:
    """Return the descriptor of a pipe; None for a file or anything else."""
    try:
        descriptor = binary.fileno()
    except (AttributeError, io.UnsupportedOperation):
        return None
    return descriptor if stat.S_ISFIFO(os.fstat(descriptor).st_mode) else None


def _steps(lines: bytes) -> Iterator[memoryview]:
    """Split lines into steps: as many whole lines as fit into one, or a single longer line."""
    whole, start = memoryview(lines), 0
    while start < len(lines):
        end = lines.rfind(b"\n", start, start + STEP) + 1
        if not end:
            end = lines.find(b"\n", start) + 1 or len(lines)
        yield whole[start:end]
        start = end


def _write_step(pipe: int, step: memoryview) -> None:
    if len(step) > STEP and sys.platform == "linux":
        _wait_for_space(pipe, len(step))
    while step:
        step = step[os.write(pipe, step) :]


def _wait_for_space(pipe: int, size: int) -> None:
    """Wait until a pipe takes so many bytes at once, or is empty."""
    import fcntl  # noqa: PLC0415 - not on every system
    import termios  # noqa: PLC0415 - likewise

    capacity, unread = fcntl.fcntl(pipe, fcntl.F_GETPIPE_SZ), array("i", [0])
    while True:
        fcntl.ioctl(pipe, termios.FIONREAD, unread)
        # Each step may have filled half of a page only.
        if not unread[0] or capacity - 2 * unread[0] >= size + STEP or _is_broken(pipe):
            return
        time.sleep(POLL_SECONDS)


def _is_broken(pipe: int) -> bool:
    """Tell whether nobody reads any more; the write then says so."""
    watch = select.poll()
    watch.register(pipe, select.POLLOUT)
    return any(happened & select.POLLERR for _, happened in watch.poll(0))


def _write_all(binary: BinaryIO, lines: bytes) -> None:
    """Write to the last byte: unbuffered, a write that a signal interrupts ends half-way."""
    left = memoryview(lines)
    while left:
        left = left[binary.write(left) or 0 :]
