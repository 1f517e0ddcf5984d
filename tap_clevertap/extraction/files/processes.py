"""Files read by other processes: one core unpacks and types some fifty thousand rows a second."""

from __future__ import annotations

import subprocess
import sys
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, NoReturn

import msgspec

from tap_clevertap import errors
from tap_clevertap.extraction.files.job import FileSummary
from tap_clevertap.extraction.files.worker import FAILURE, HEAD, ROWS, Failure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_clevertap.extraction.files.job import FileJob

PIPE_BYTES = 1 << 20
"""What a process may be ahead of who takes its rows; the system's default wakes both too often."""
MODULE = "tap_clevertap.extraction.files.worker"
KINDS = {kind.__name__: kind for kind in (errors.SettingError, errors.StorageFailed)}

_ENCODE = msgspec.json.Encoder().encode


class FileProcesses:
    """Processes that are started when they are needed, and read one file after the other."""

    def __init__(self) -> None:
        """Begin with none."""
        self._idle: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()

    def read(self, job: FileJob) -> Iterator[list[bytes] | FileSummary]:
        """Yield what reading a file yields; may be called on several threads.

        Raises:
            ClevertapError: What the process could not read, or that it has ended.
        """
        process = self._take()
        is_whole = False
        try:
            for kind, content in _frames(process, job):
                is_whole = kind != ROWS
                if kind == FAILURE:
                    _raise(msgspec.json.decode(content, type=Failure))
                yield content.split(b"\n") if kind == ROWS else _summary(content)
        finally:
            if is_whole:
                self._idle.put(process)
            else:
                _end(process)

    def close(self) -> None:
        """End the processes that have nothing to read."""
        while True:
            try:
                _end(self._idle.get_nowait())
            except Empty:
                return

    def _take(self) -> subprocess.Popen[bytes]:
        try:
            return self._idle.get_nowait()
        except Empty:
            return subprocess.Popen(  # noqa: S603 - a module of our own
                [sys.executable, "-m", MODULE],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                pipesize=PIPE_BYTES,
            )


def _frames(process: subprocess.Popen[bytes], job: FileJob) -> Iterator[tuple[bytes, bytes]]:
    """Yield the frames of a file, the last of which are not rows.

    Raises:
        FileFailed: The process has ended.
    """
    stdin, stdout = process.stdin, process.stdout
    if stdin is None or stdout is None:  # never: both are pipes
        return
    try:
        stdin.write(_ENCODE(job) + b"\n")
        stdin.flush()
        kind = ROWS
        while kind == ROWS:
            kind, length = HEAD.unpack(_exactly(stdout.read(HEAD.size), HEAD.size))
            yield kind, _exactly(stdout.read(length), length)
    except (BrokenPipeError, EOFError):
        msg = f"{job.file.name}: the process that read it has ended ({process.wait()})"
        raise errors.FileFailed(msg) from None


def _exactly(content: bytes, length: int) -> bytes:
    if len(content) < length:
        raise EOFError
    return content


def _summary(content: bytes) -> FileSummary:
    return msgspec.json.decode(content, type=FileSummary)


def _raise(failure: Failure) -> NoReturn:
    raise KINDS.get(failure.kind, errors.FileFailed)(failure.text)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
