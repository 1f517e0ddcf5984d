"""Which files are to be read next: pure.

Files are read in the order in which they arrived. The position in it is the pair of time and name
of the last file that was read; names decide among files that arrived at the same instant.
"""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - msgspec resolves it
from itertools import takewhile
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class StoredFile(msgspec.Struct, frozen=True):
    """A file; `name` is its path below the folder, with slashes, `path` that of the storage.

    `modified` is when it was last written, `arrived` when it came to be where it is: later than
    `modified` for a file that was copied along with its old time. Both are UTC.
    """

    name: str
    path: str
    size: int
    modified: datetime
    arrived: datetime


class Position(msgspec.Struct, frozen=True, order=True):
    """Everything up to a file was read."""

    arrived: datetime
    name: str


def position_of(file: StoredFile) -> Position:
    """Return the place of a file in the order."""
    return Position(file.arrived, file.name)


def after(files: Iterable[StoredFile], position: Position | None) -> list[StoredFile]:
    """Return the files beyond a position, in order."""
    ordered = sorted(files, key=position_of)
    return [file for file in ordered if position is None or position_of(file) > position]


def first_whole(
    files: Iterable[StoredFile], is_whole: Callable[[StoredFile], bool]
) -> list[StoredFile]:
    """Return the files of a list up to the first that is still being written.

    What follows that one waits too: a position beyond it would lose it.
    """
    return list(takewhile(is_whole, files))
