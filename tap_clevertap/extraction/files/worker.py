"""A process that reads files: jobs come in on stdin, what they yield goes out on stdout.

Of a file there are frames of rows, one a line, and as the last one its summary or its failure.
"""

from __future__ import annotations

import sys
from typing import IO

import msgspec

from tap_clevertap.errors import ClevertapError
from tap_clevertap.extraction.files.job import FileJob, FileSummary
from tap_clevertap.extraction.files.reading import read_file
from tap_clevertap.extraction.processes.pipes import Frame, begin_work, read_frame, write_frame

JOB, ROWS, SUMMARY, FAILURE = b"J", b"R", b"S", b"F"

_JOBS = msgspec.json.Decoder(FileJob)
_ENCODE = msgspec.json.Encoder().encode


class Failure(msgspec.Struct):
    """What ended a file: the class of the error and its text."""

    kind: str
    text: str


def main() -> None:
    """Read files until there is no more job, or nobody takes the rows."""
    begin_work()
    while (frame := read_frame(sys.stdin.buffer)) is not None:
        work(_JOBS.decode(frame.content), sys.stdout.buffer)


def work(job: FileJob, out: IO[bytes]) -> None:
    """Write the frames of a file."""
    try:
        for some in read_file(job):
            if isinstance(some, FileSummary):
                write_frame(out, Frame(SUMMARY, _ENCODE(some)))
            elif some:
                write_frame(out, Frame(ROWS, b"\n".join(some)))
    except ClevertapError as error:
        failure = Failure(type(error).__name__, str(error))
        write_frame(out, Frame(FAILURE, _ENCODE(failure)))


if __name__ == "__main__":
    main()
