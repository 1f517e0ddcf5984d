"""Bytes of a file as they were before compression, told by their first bytes and not by a name."""

from __future__ import annotations

import gzip
import io
from typing import IO

GZIP = b"\x1f\x8b"
BUFFER = 1 << 18
"""Bytes unpacked at a time; Python 3.11 would take 8 kB."""


def decompressed(raw: IO[bytes]) -> IO[bytes]:
    """Return what reads a seekable file's bytes, unpacked where they are gzip.

    Reading raises EOFError, OSError or zlib.error where the file is cut or corrupt.
    """
    first = raw.read(len(GZIP))
    raw.seek(0)
    if first != GZIP:
        return raw
    return io.BufferedReader(gzip.GzipFile(fileobj=raw), BUFFER)
