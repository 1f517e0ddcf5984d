"""Into PostgreSQL: COPY of the lines as they are, then one upsert a stream."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

from bulk_load.messages import BulkError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bulk_load.messages import Column, Stream

TYPES = {
    "integer": "bigint",
    "number": "numeric",
    "boolean": "boolean",
    "instant": "timestamptz",
    "day": "date",
    "json": "jsonb",
    "texts": "text[]",
    "jsons": "jsonb[]",
}
"""The types of the table: those of target-postgres, but for instants, which keep their zone."""
ELEMENTS = {"texts": "jsonb_array_elements_text", "jsons": "jsonb_array_elements"}
CHUNK = 1 << 20


def load(connection: Any, schema: str, stream: Stream) -> int:  # noqa: ANN401 - psycopg's
    """Load the files of a stream, and return how many rows they have.

    The last record of a key holds. One transaction: a table has all of it, or nothing.

    Raises:
        BulkError: The files cannot be loaded.
    """
    import psycopg  # noqa: PLC0415 - not needed for other warehouses

    if not stream.files:
        return 0
    try:
        with connection.transaction():
            return _load(connection, schema, stream)
    except (psycopg.Error, OSError) as error:
        msg = f"{stream.name}: cannot be loaded: {str(error).partition(chr(10))[0]}"
        raise BulkError(msg) from None


def _load(connection: Any, schema: str, stream: Stream) -> int:  # noqa: ANN401 - psycopg's
    table, key = f'"{schema}"."{stream.name}"', ", ".join(map(_quoted, stream.key))
    connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
    [found] = connection.execute("SELECT to_regclass(%s)", [table]).fetchone()
    _shape(connection, table, stream)
    connection.execute("CREATE TEMP TABLE loading (place bigserial, line jsonb) ON COMMIT DROP")
    with connection.cursor().copy("COPY loading (line) FROM STDIN") as copy:
        for chunk in _lines(stream):
            copy.write(chunk)
    parts = ", ".join(_value(stream.columns[name]) for name in stream.key)
    [rows, keys] = connection.execute(
        f"SELECT count(*), count(DISTINCT ({parts})) FROM loading"
    ).fetchone()
    # Sorting every line to drop repeats takes longer than all the rest, and there are hardly any.
    source = f"SELECT DISTINCT ON ({parts}) * FROM loading ORDER BY {parts}, place DESC"
    connection.execute(_upsert(table, stream, f"({source})" if keys < rows else "loading", found))
    if not found:
        connection.execute(f"ALTER TABLE {table} ADD PRIMARY KEY ({key})")
    return int(rows)


def _shape(connection: Any, table: str, stream: Stream) -> None:  # noqa: ANN401 - psycopg's
    """Make the table, or add the columns that it lacks; its key comes when the rows are in."""
    connection.execute(f"CREATE TABLE IF NOT EXISTS {table} ()")
    added = ", ".join(f"ADD COLUMN IF NOT EXISTS {_typed(one)}" for one in stream.columns.values())
    connection.execute(f"ALTER TABLE {table} {added}")


def _lines(stream: Stream) -> Iterator[bytes]:
    """Yield the lines of the files as COPY reads them: a backslash is written twice."""
    for path in stream.files:
        opened = gzip.open if path.endswith(".gz") else open
        with opened(path, "rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk.replace(b"\\", b"\\\\")


def _upsert(table: str, stream: Stream, source: str, found: str | None) -> str:
    names = ", ".join(map(_quoted, stream.columns))
    values = ", ".join(map(_value, stream.columns.values()))
    insert = f"INSERT INTO {table} ({names}) SELECT {values} FROM {source} AS loading"
    if not found:
        return insert
    others = [_quoted(name) for name in stream.columns if name not in stream.key]
    updates = ", ".join(f"{name} = excluded.{name}" for name in others)
    action = f"UPDATE SET {updates}" if others else "NOTHING"
    return f"{insert} ON CONFLICT ({', '.join(map(_quoted, stream.key))}) DO {action}"


def _value(column: Column) -> str:
    name = column.name.replace("'", "''")
    if column.kind == "json":
        return f"nullif(line -> '{name}', 'null')"
    if column.kind in ELEMENTS:
        elements = f"ARRAY(SELECT {ELEMENTS[column.kind]}(line -> '{name}'))"
        return f"CASE WHEN jsonb_typeof(line -> '{name}') = 'array' THEN {elements} END"
    return f"CAST(line ->> '{name}' AS {TYPES.get(column.kind, 'text')})"


def _typed(column: Column) -> str:
    return f'"{column.name}" {TYPES.get(column.kind, "text")}'


def _quoted(name: str) -> str:
    return f'"{name}"'
