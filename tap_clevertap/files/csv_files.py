"""CSV into rows of texts, a row at a time: whatever the cells look like, they stay text."""

from __future__ import annotations

import csv
import io
from contextlib import suppress
from typing import IO, TYPE_CHECKING

from tap_clevertap.errors import FileFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_CELL = 1 << 30
"""Characters of a cell; the library's own limit is 131,072."""
CHUNK = 1 << 18


def read_csv(binary: IO[bytes]) -> Iterator[list[str]]:
    """Yield the header, then the rows; an empty file has neither.

    Raises:
        FileFailed: Quotes do not match, or a row has more or fewer cells than the header.
    """
    csv.field_size_limit(MAX_CELL)
    text = io.TextIOWrapper(binary, "utf-8-sig", errors="replace", newline="")
    text._CHUNK_SIZE = CHUNK  # type: ignore[attr-defined] # noqa: SLF001 - eight kilobytes a call are slow
    reader = csv.reader(text, strict=True)
    try:
        yield from _checked(reader)
    except csv.Error as error:
        msg = f"is not valid CSV, line {reader.line_num:,}: {error}"
        raise FileFailed(msg) from None
    finally:
        with suppress(ValueError):  # whoever opened the file may have closed it
            text.detach()


def _checked(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    """Yield rows as wide as the first; lines with nothing in them are none."""
    header = next(reader, None)
    if header is None:
        return
    yield header
    width = len(header)
    for number, row in enumerate(reader, 1):
        if len(row) == width:
            yield row
        elif row:
            msg = f"record {number:,} has {len(row)} cells, the header has {width}"
            raise FileFailed(msg)
