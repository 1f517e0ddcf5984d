"""Files read by other processes: one core unpacks and types some fifty thousand rows a second."""

from __future__ import annotations

from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, NoReturn

import msgspec

from tap_clevertap import errors
from tap_clevertap.extraction.files.job import FileSummary
from tap_clevertap.extraction.files.worker import FAILURE, JOB, ROWS, Failure
from tap_clevertap.extraction.processes.pipes import Frame, PipedProcess

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_clevertap.extraction.files.job import FileJob

MODULE = "tap_clevertap.extraction.files.worker"
KINDS = {kind.__name__: kind for kind in (errors.SettingError, errors.StorageFailed)}

_ENCODE = msgspec.json.Encoder().encode


class FileProcesses:
    """Processes that are started when they are needed, and read one file after the other."""

    def __init__(self) -> None:
        """Begin with none."""
        self._idle: SimpleQueue[PipedProcess] = SimpleQueue()

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
                process.end()

    def close(self) -> None:
        """End the processes that have nothing to read."""
        while True:
            try:
                self._idle.get_nowait().end()
            except Empty:
                return

    def _take(self) -> PipedProcess:
        try:
            return self._idle.get_nowait()
        except Empty:
            return PipedProcess(MODULE)


def _frames(process: PipedProcess, job: FileJob) -> Iterator[Frame]:
    """Yield the frames of a file, the last of which are not rows.

    Raises:
        FileFailed: The process has ended.
    """
    try:
        process.send(Frame(JOB, _ENCODE(job)))
        is_last = False
        while not is_last:
            frame = process.receive()
            is_last = frame.kind != ROWS
            yield frame
    except (BrokenPipeError, EOFError):
        msg = f"{job.file.name}: the process that read it has ended ({process.wait()})"
        raise errors.FileFailed(msg) from None


def _summary(content: bytes) -> FileSummary:
    return msgspec.json.decode(content, type=FileSummary)


def _raise(failure: Failure) -> NoReturn:
    raise KINDS.get(failure.kind, errors.FileFailed)(failure.text)
