"""Parquet into plain values: maps become dicts, and of a union the member that is set."""

from __future__ import annotations

import re
import shutil
import struct
import tempfile
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

from tap_clevertap.errors import FileFailed, SettingError
from tap_clevertap.files.compression import decompressed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MEMBER = re.compile(r"member\d+")
FLOAT_MEMBER = "member3"
ROWS = 1024
MAX_IN_MEMORY = 16 << 20


def read_parquet(binary: IO[bytes]) -> Iterator[dict[str, Any]]:
    """Yield the rows; the whole file may be gzip.

    Raises:
        FileFailed: It is cut, corrupt or not Parquet.
        SettingError: pyarrow is not installed.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra, and heavy
        from pyarrow import parquet  # noqa: PLC0415 - likewise
    except ImportError:
        msg = "exports: Parquet files need pyarrow; install tap-clevertap[parquet]"
        raise SettingError(msg) from None
    with _seekable(binary) as file:
        try:
            for batch in parquet.ParquetFile(file).iter_batches(ROWS):
                for row in batch.to_pylist():
                    yield {name: _plain(value) for name, value in row.items()}
        except pa.ArrowException as error:
            msg = f"is not a whole Parquet file ({type(error).__name__})"
            raise FileFailed(msg) from None


@contextmanager
def _seekable(binary: IO[bytes]) -> Iterator[IO[bytes]]:
    """Give a file that can be read from its end: Parquet's index is there."""
    plain = decompressed(binary)
    if plain is binary:
        yield binary
        return
    with tempfile.SpooledTemporaryFile(MAX_IN_MEMORY) as unpacked:
        shutil.copyfileobj(plain, unpacked, 1 << 20)
        unpacked.seek(0)
        yield unpacked


def _plain(value: object) -> object:
    match value:
        case dict():
            if value and all(MEMBER.fullmatch(name) for name in value):
                return _member(value)
            return {name: _plain(one) for name, one in value.items() if one is not None}
        case list() if value and all(isinstance(one, tuple) for one in value):
            return {str(key): plain for key, one in value if (plain := _plain(one)) is not None}
        case list():
            return [_plain(one) for one in value]
    return value


def _member(union: Mapping[str, object]) -> object:
    """Return the member of a union that is set; a float of 32 bits as it was written."""
    for name, value in union.items():
        if value is not None:
            if name == FLOAT_MEMBER and isinstance(value, float):
                return _shortest(value)
            return _plain(value)
    return None


def _shortest(value: float) -> float:
    """Return the number of fewest digits that is this float of 32 bits: 0.1, not 0.10000000149."""
    for digits in range(6, 10):
        candidate = float(f"{value:.{digits}g}")
        if struct.unpack("f", struct.pack("f", candidate))[0] == value:
            return candidate
    return value
