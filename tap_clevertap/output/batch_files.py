"""Writes rows to BATCH files: JSON Lines, with or without gzip, and Parquet."""

from __future__ import annotations

import gzip
import os
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit
from uuid import uuid4

import msgspec
from msgspec import Raw
from singer_sdk.helpers._batch import BatchConfig, SDKBatchMessage

from tap_clevertap.errors import OutputClosed, SettingError
from tap_clevertap.output.nested_text import nested_columns
from tap_clevertap.output.rows import as_json

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    import pyarrow as pa

    from tap_clevertap.output.rows import Row

PARQUET = "parquet"
COMPRESSION_LEVEL = 1
PRIVATE = 0o600
"""Readable by the owner alone: rows are personal data."""

_MEMBERS = msgspec.json.Decoder(dict[str, Raw])
_VALUE = msgspec.json.Decoder()


class BatchFiles:
    """Buffers the records of a stream and writes them to files.

    `schemas` has the schema of each name that the stream's records have: stream maps may duplicate
    a stream under several names.
    """

    def __init__(self, config: BatchConfig, schemas: Mapping[str, Mapping[str, Any]]) -> None:
        self._config = config
        self._schemas = schemas
        self._rows: dict[str, list[Row]] = defaultdict(list)

    def add(self, name: str, rows: Iterable[Row]) -> None:
        """Buffer records under a stream's name."""
        self._rows[name] += rows

    @property
    def pending(self) -> int:
        """The number of buffered records."""
        return sum(map(len, self._rows.values()))

    @property
    def is_full(self) -> bool:
        """Whether the records of a name fill a file."""
        return any(len(rows) >= self._config.batch_size for rows in self._rows.values())

    def flush(self) -> list[SDKBatchMessage]:
        """Write the buffered records to files, and return a BATCH message for each.

        Raises:
            OutputClosed: A file cannot be written.
        """
        messages = [
            SDKBatchMessage(
                stream=name,
                encoding=self._config.encoding,
                manifest=[write_file(name, rows, self._schemas[name], self._config)],
            )
            for name, rows in self._rows.items()
            if rows
        ]
        self._rows.clear()
        return messages


def check_batch_config(config: Mapping[str, Any]) -> None:
    """Find what is wrong with `batch_config` before anything is written.

    Raises:
        SettingError: A part is missing or unknown, or the storage needs a library.
    """
    raw = config.get("batch_config")
    if not raw:
        return
    try:
        to = BatchConfig.from_dict(dict(raw))
        root = to.storage.root
    except (AttributeError, KeyError, TypeError, ValueError):
        msg = (
            "batch_config: not valid; expected {encoding: {format: jsonl or parquet, compression: "
            "gzip}, storage: {root: file:///… or s3://…, prefix: optional}}"
        )
        raise SettingError(msg) from None
    try:
        to.storage.get_url("file")
    except ImportError as error:
        raise missing_library(to, error) from None
    except ValueError as error:
        msg = f"batch_config: root {root!r} is not valid ({error}); expected file:///… or s3://…"
        raise SettingError(msg) from None


def write_file(name: str, rows: Sequence[Row], schema: Mapping[str, Any], to: BatchConfig) -> str:
    """Write rows with that `schema` to a new file, and return its URL.

    Raises:
        OutputClosed: The file cannot be written.
        SettingError: The format needs a package that is not installed.
    """
    is_parquet = to.encoding.format == PARQUET
    is_gzipped = to.encoding.compression == "gzip" and not is_parquet
    ending = "parquet" if is_parquet else "jsonl.gz" if is_gzipped else "jsonl"
    filename = f"{to.storage.prefix or ''}{name}-{uuid4()}.{ending}"
    try:
        with _new_file(to, filename) as file:
            if is_parquet:
                _write_parquet(file, rows, schema, to.encoding.compression)
            else:
                lines = b"".join(as_json(row) + b"\n" for row in rows)
                file.write(gzip.compress(lines, COMPRESSION_LEVEL) if is_gzipped else lines)
    except ImportError as error:
        raise missing_library(to, error) from None
    except OSError as error:
        msg = f"batch_config: cannot write to {to.storage.root!r}: {error.strerror or error}"
        raise OutputClosed(msg) from None
    return str(to.storage.get_url(filename))


@contextmanager
def _new_file(to: BatchConfig, filename: str) -> Iterator[IO[bytes]]:
    """Open a new file of the storage; there is none if it cannot be filled.

    On this machine its owner alone can read it. A bucket gets it whole, when it is closed.
    """
    path = _local_path(to, filename)
    if path is None:
        with _uploaded(to, filename) as file:
            yield file
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "wb") as file:
            yield file
    except BaseException:
        path.unlink(missing_ok=True)
        raise


@contextmanager
def _uploaded(to: BatchConfig, filename: str) -> Iterator[IO[bytes]]:
    try:
        with to.storage.open(filename, "wb") as file:
            yield file
    except BaseException:
        to.storage._root_path.fs.transaction.complete(commit=False)  # noqa: SLF001 - the SDK forgets to
        raise


def _local_path(to: BatchConfig, filename: str) -> Path | None:
    """Return the path of a file on this machine; None for one in a bucket."""
    url = urlsplit(str(to.storage.get_url(filename)))
    return Path(unquote(url.path)) if url.scheme == "file" else None


def missing_library(to: BatchConfig, error: Exception) -> SettingError:
    """Return the error of a storage whose library is not installed."""
    return SettingError(
        f"batch_config: {to.storage.root!r} needs a library that is not installed ({error}); "
        "install tap-clevertap[s3], [gcs] or [azure]"
    )


def _write_parquet(
    file: IO[bytes], rows: Sequence[Row], schema: Mapping[str, Any], compression: str | None
) -> None:
    try:
        import pyarrow as pa  # noqa: PLC0415 - optional, and slow to import
        from pyarrow import parquet  # noqa: PLC0415 - optional, and slow to import
    except ImportError:
        msg = "batch_config: parquet needs pyarrow; install tap-clevertap[parquet]"
        raise SettingError(msg) from None
    columns = schema["properties"]
    nested = nested_columns(schema)
    floats = {name for name, column in columns.items() if "number" in column.get("type", [])}
    records = [_flat(_MEMBERS.decode(as_json(row)), nested, floats) for row in rows]
    fields = [(name, _arrow_type(pa, column)) for name, column in columns.items()]
    table = pa.Table.from_pylist(records, schema=pa.schema(fields))
    parquet.write_table(table, file, compression=compression or "none")


def _flat(
    record: Mapping[str, Raw], nested: Collection[str], floats: Collection[str]
) -> dict[str, Any]:
    """Return the values of a record, those of nested columns as strings of JSON.

    Integers in float columns are converted: Arrow rejects one that the float would round.
    """
    flat: dict[str, Any] = {}
    for name, value in record.items():
        if name in nested and bytes(value) != b"null":
            flat[name] = bytes(value).decode()
        else:
            plain = _VALUE.decode(value)
            flat[name] = float(plain) if name in floats and isinstance(plain, int) else plain
    return flat


def _arrow_type(arrow: Any, column: Mapping[str, Any]) -> pa.DataType:  # noqa: ANN401 - the module
    kinds = column.get("type", [])
    types = {"integer": arrow.int64(), "number": arrow.float64(), "boolean": arrow.bool_()}
    return next((types[kind] for kind in kinds if kind in types), arrow.string())
