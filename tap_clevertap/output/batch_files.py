"""Writes rows to BATCH files: JSON Lines, with or without gzip, and Parquet."""

from __future__ import annotations

import gzip
from collections import defaultdict
from typing import IO, TYPE_CHECKING, Any
from uuid import uuid4

import msgspec
from msgspec import Raw
from singer_sdk.helpers._batch import SDKBatchMessage

from tap_clevertap.errors import OutputClosed, SettingError
from tap_clevertap.output.nested_text import nested_columns
from tap_clevertap.output.rows import as_json

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    import pyarrow as pa
    from singer_sdk.helpers._batch import BatchConfig

    from tap_clevertap.output.rows import Row

PARQUET = "parquet"
COMPRESSION_LEVEL = 1

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
        with to.storage.open(filename, "wb") as file:
            if is_parquet:
                _write_parquet(file, rows, schema, to.encoding.compression)
            else:
                lines = b"".join(as_json(row) + b"\n" for row in rows)
                file.write(gzip.compress(lines, COMPRESSION_LEVEL) if is_gzipped else lines)
    except OSError as error:
        msg = f"batch_config: cannot write to {to.storage.root!r}: {error.strerror or error}"
        raise OutputClosed(msg) from None
    return str(to.storage.get_url(filename))


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
