"""A process that reads files: jobs come in on stdin, a line each, frames go out on stdout.

A frame is a letter, the length of what follows as four bytes, and that: rows, one a line; the
summary of a file, which is its last frame; or, as the last one too, its failure.
"""

from __future__ import annotations

import gc
import signal
import sys
from struct import Struct
from typing import IO

import msgspec

from tap_clevertap.errors import ClevertapError
from tap_clevertap.extraction.files.job import FileJob, FileSummary
from tap_clevertap.extraction.files.reading import read_file

HEAD = Struct("<cI")
ROWS, SUMMARY, FAILURE = b"R", b"S", b"F"
GC_THRESHOLD = 50_000

_JOBS = msgspec.json.Decoder(FileJob)
_ENCODE = msgspec.json.Encoder().encode


class Failure(msgspec.Struct):
    """What ended a file: the class of the error and its text."""

    kind: str
    text: str


def main() -> None:
    """Read files until there is no more job, or nobody takes the rows."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the whole group has it: the tap says when to end
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    gc.set_threshold(GC_THRESHOLD)
    gc.freeze()
    for line in sys.stdin.buffer:
        work(_JOBS.decode(line), sys.stdout.buffer)


def work(job: FileJob, out: IO[bytes]) -> None:
    """Write the frames of a file."""
    try:
        for some in read_file(job):
            if isinstance(some, FileSummary):
                _write(out, SUMMARY, _ENCODE(some))
            elif some:
                _write(out, ROWS, b"\n".join(some))
    except ClevertapError as error:
        _write(out, FAILURE, _ENCODE(Failure(type(error).__name__, str(error))))


def _write(out: IO[bytes], kind: bytes, content: bytes) -> None:
    out.write(HEAD.pack(kind, len(content)))
    out.write(content)
    out.flush()


if __name__ == "__main__":
    main()
