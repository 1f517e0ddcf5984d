"""Load BATCH files: `python -m bulk_load duckdb output/bulk/run.jsonl`.

Where to, the variables of the loader say, such as TARGET_DUCKDB_FILEPATH.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bulk_load import bigquery_loader, duckdb_loader, postgres_loader
from bulk_load.messages import BulkError, read

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bulk_load.messages import Stream

READABLE: dict[str, Any] = {"storage_compatibility_version": "v1.0.0"}
"""Makes a new file one that the older DuckDB of target-duckdb reads."""


def duckdb(variables: Mapping[str, str]) -> Callable[[Stream], int]:
    """Return what loads a stream into the file of target-duckdb."""
    import duckdb  # noqa: PLC0415 - each warehouse's driver is in an environment of its own

    file = variables.get("TARGET_DUCKDB_FILEPATH") or "output/warehouse.duckdb"
    schema = variables.get("TARGET_DUCKDB_DEFAULT_TARGET_SCHEMA") or "clevertap"
    try:
        connection = duckdb.connect(file, config=READABLE)
    except duckdb.Error as error:
        msg = f"TARGET_DUCKDB_FILEPATH: {file!r} cannot be opened: {_first_line(error)}"
        raise BulkError(msg) from None
    return lambda stream: duckdb_loader.load(connection, schema, stream)


def postgres(variables: Mapping[str, str]) -> Callable[[Stream], int]:
    """Return what loads a stream into the database of target-postgres."""
    import psycopg  # noqa: PLC0415 - each warehouse's driver is in an environment of its own

    names = {"HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password"}
    names["DATABASE"] = "dbname"
    values = {key: variables.get(f"TARGET_POSTGRES_{name}") for name, key in names.items()}
    given: dict[str, Any] = {key: value for key, value in values.items() if value}
    schema = variables.get("TARGET_POSTGRES_DEFAULT_TARGET_SCHEMA") or "clevertap"
    try:
        connection = psycopg.connect(**{"host": "localhost", **given}, autocommit=True)
    except psycopg.Error as error:
        msg = f"TARGET_POSTGRES_HOST: cannot connect: {_first_line(error)}"
        raise BulkError(msg) from None
    return lambda stream: postgres_loader.load(connection, schema, stream)


def bigquery(variables: Mapping[str, str]) -> Callable[[Stream], int]:
    """Return what loads a stream into the dataset of target-bigquery."""
    from google.cloud import bigquery  # noqa: PLC0415 - as above

    project = variables.get("TARGET_BIGQUERY_PROJECT")
    dataset = variables.get("TARGET_BIGQUERY_DATASET") or "clevertap"
    path = variables.get("TARGET_BIGQUERY_CREDENTIALS_PATH")
    if not project:
        msg = "TARGET_BIGQUERY_PROJECT: not set; expected the id of a project"
        raise BulkError(msg)
    client = (
        bigquery.Client.from_service_account_json(path, project=project)
        if path
        else bigquery.Client(project=project)
    )
    return lambda stream: bigquery_loader.load(client, f"{project}.{dataset}", stream)


WAREHOUSES = {"duckdb": duckdb, "postgres": postgres, "bigquery": bigquery}


def main(arguments: list[str] | None = None) -> int:
    """Load all streams, one transaction each; return 0 only if all of them are in."""
    parser = argparse.ArgumentParser(prog="bulk_load", description=__doc__)
    parser.add_argument("warehouse", choices=sorted(WAREHOUSES))
    parser.add_argument("outputs", nargs="+", type=Path, help="output of the tap, oldest first")
    given = parser.parse_args(arguments)
    try:
        streams = read(given.outputs)
        load = WAREHOUSES[given.warehouse](os.environ)
        for stream in streams:
            _load_one(load, stream)
    except BulkError as error:
        sys.stderr.write(f"bulk_load: {error}\n")
        return 1
    return 0


def _load_one(load: Callable[[Stream], int], stream: Stream) -> None:
    started = time.monotonic()
    rows = load(stream)
    took = time.monotonic() - started
    sys.stdout.write(f"bulk_load: {stream.name}: {rows:,} rows in {took:.1f} s\n")
    sys.stdout.flush()


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


if __name__ == "__main__":
    sys.exit(main())
