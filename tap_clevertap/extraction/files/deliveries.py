"""The bodies in a file of the receiver of webhooks."""

from __future__ import annotations

import zlib
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from tap_clevertap import logger
from tap_clevertap.errors import FileFailed
from tap_clevertap.files.compression import decompressed
from tap_clevertap.records.webhooks import read_line

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from tap_clevertap.files.listing import StoredFile
    from tap_clevertap.files.storage import Folder
    from tap_clevertap.records.webhooks import Delivery

SUFFIXES = (".jsonl", ".jsonl.gz")
"""Of the receiver's files, and of copies that somebody has compressed."""


def webhook_files(files: Collection[StoredFile]) -> list[StoredFile]:
    """Return those that the receiver has published: one that it still writes to is another's."""
    return [file for file in files if file.name.endswith(SUFFIXES)]


def read_deliveries(folder: Folder, file: StoredFile, mark: bytes = b"") -> Iterator[Delivery]:
    """Yield the bodies of a file, of those lines alone that hold the mark, where one is given.

    Raises:
        FileFailed: It is cut off, or cannot be read to its end.
    """
    unreadable = 0
    with folder.open(file) as opened, _named(file):
        for line in _whole_lines(decompressed(opened)):
            if mark and mark not in line:
                continue
            if delivery := read_line(line):
                yield delivery
            else:
                unreadable += 1
    if unreadable:
        logger.warning("%s: %d lines are not of a receiver of webhooks", file.name, unreadable)


def _whole_lines(opened: IO[bytes]) -> Iterator[bytes]:
    """Yield lines with their ends.

    Raises:
        FileFailed: The last has none: whoever copied the file has not finished.
    """
    for line in opened:
        if not line.endswith(b"\n"):
            msg = "is cut off in its last line"
            raise FileFailed(msg)
        yield line


@contextmanager
def _named(file: StoredFile) -> Iterator[None]:
    """Let a failure to read name the file."""
    try:
        yield
    except FileFailed as error:
        msg = f"{file.name}: {error}"
        raise FileFailed(msg) from None
    except (OSError, EOFError, zlib.error) as error:
        msg = f"{file.name}: cannot be read to its end ({type(error).__name__})"
        raise FileFailed(msg) from None
