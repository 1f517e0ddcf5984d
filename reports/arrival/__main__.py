"""Check what arrived: `python -m reports.arrival duckdb`, or as a command of Meltano.

Settings come from the variables of the loader, such as TARGET_DUCKDB_FILEPATH.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from reports.arrival.check import backfills, check
from reports.arrival.warehouses import BigQuery, DuckDB, Postgres, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reports.arrival.check import Result
    from reports.arrival.warehouses import Warehouse

Variables = "Mapping[str, str]"
MAX_LISTED = 20
USAGE = "usage: python -m reports.arrival duckdb|postgres|bigquery"


def duckdb(variables: Mapping[str, str]) -> Warehouse:
    """Return the warehouse of target-duckdb."""
    file = variables.get("TARGET_DUCKDB_FILEPATH") or "output/warehouse.duckdb"
    return DuckDB(file, variables.get("TARGET_DUCKDB_DEFAULT_TARGET_SCHEMA") or "clevertap")


def postgres(variables: Mapping[str, str]) -> Warehouse:
    """Return the warehouse of target-postgres."""
    names = {"HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password"}
    names["DATABASE"] = "dbname"
    given = {
        keyword: value
        for name, keyword in names.items()
        if (value := variables.get(f"TARGET_POSTGRES_{name}"))
    }
    schema = variables.get("TARGET_POSTGRES_DEFAULT_TARGET_SCHEMA") or "clevertap"
    return Postgres({"host": "localhost", **given}, schema)


def bigquery(variables: Mapping[str, str]) -> Warehouse:
    """Return the warehouse of target-bigquery."""
    return BigQuery(
        variables.get("TARGET_BIGQUERY_PROJECT") or "",
        variables.get("TARGET_BIGQUERY_DATASET") or "clevertap",
        variables.get("TARGET_BIGQUERY_CREDENTIALS_PATH") or None,
    )


WAREHOUSES: dict[str, Callable[[Mapping[str, str]], Warehouse]] = {
    "duckdb": duckdb,
    "postgres": postgres,
    "bigquery": bigquery,
}


def main(arguments: list[str] | None = None) -> int:
    """Check one warehouse; return 0 only if all that was written is there."""
    names = sys.argv[1:] if arguments is None else arguments
    if len(names) != 1 or names[0] not in WAREHOUSES:
        sys.stderr.write(f"{USAGE}\n")
        return 2
    [name] = names
    try:
        result = check(WAREHOUSES[name](os.environ))
    except Unreachable as error:
        sys.stderr.write(f"arrival: {error}\n")
        return 1
    for line in lines(result, f"meltano run tap-clevertap target-{name}"):
        sys.stdout.write(f"arrival: {line}\n")
    return 0 if result.is_good else 1


def lines(result: Result, command: str) -> list[str]:
    """Return what was found in lines for a log."""
    if result.problem is not None:
        return [result.problem]
    if result.is_good:
        return [f"all rows of {len(result.streams)} streams are there: {', '.join(result.streams)}"]
    listed = [str(loss) for loss in result.losses[:MAX_LISTED]]
    more = len(result.losses) - len(listed)
    listed += [f"… and {more} more"] if more else []
    commands = [f"to load them: {one}" for one in backfills(result.losses, command)]
    return [*listed, *commands]


if __name__ == "__main__":
    sys.exit(main())
