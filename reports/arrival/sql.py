"""The check as SQL, the same for every warehouse but for a few words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TEMPLATE = Path(__file__).with_name("arrival.sql").read_text(encoding="utf-8")
RUN_TEMPLATE = Path(__file__).with_name("last_run.sql").read_text(encoding="utf-8")
COUNTED_BY_DAY = """\
    select
        '{stream}' as stream,
        event_name,
        cast(event_date as {text}) as day,
        count(distinct event_id) as arrived
    from {table}
    group by event_name, event_date"""
COUNTED = """\
    select
        '{stream}' as stream,
        cast(null as {text}) as event_name,
        cast(null as {text}) as day,
        count(*) as arrived
    from {table}"""
NOT_RUN = "-- Parsed, but never run: there was no Snowflake to run it on.\n"
EVENTS = "events"
TYPED_PREFIX = "event_"
NOT_TYPED = frozenset({"event_counts", "event_schema"})


@dataclass(frozen=True, slots=True)
class Dialect:
    """The words that warehouses differ in; `text` is the type of text, `quote` quotes a name."""

    name: str
    text: str
    quote: str = '"'

    def table(self, schema: str, name: str) -> str:
        """Return the name of a table, each part quoted."""
        return ".".join(f"{self.quote}{part}{self.quote}" for part in (*schema.split("."), name))


DUCKDB = Dialect("duckdb", "varchar")
POSTGRES = Dialect("postgres", "varchar")
BIGQUERY = Dialect("bigquery", "string", "`")
SNOWFLAKE = Dialect("snowflake", "varchar", "")
DIALECTS = (DUCKDB, POSTGRES, BIGQUERY, SNOWFLAKE)


def has_days(stream: str) -> bool:
    """Tell whether a stream is one of events, whose rows are counted by event and day."""
    is_typed = stream.startswith(TYPED_PREFIX) and stream not in NOT_TYPED
    return stream == EVENTS or is_typed


def lost_rows(dialect: Dialect, schema: str, streams: Iterable[str]) -> str:
    """Return the query whose rows are what was written and is not in its table.

    Each row has stream, event and day (NULL where the stream is not one of events), the rows
    written by the latest run that wrote any, those in the table, and the start of that run.
    """
    arrived = "\n    union all\n".join(_counted(dialect, schema, one) for one in streams)
    written = dialect.table(schema, "written_rows")
    return TEMPLATE.format(written=written, arrived=arrived, text=dialect.text)


def last_run(dialect: Dialect, schema: str) -> str:
    """Return the query for the last run: its start, the entries it wrote and those in the table."""
    return RUN_TEMPLATE.format(written=dialect.table(schema, "written_rows"))


def _counted(dialect: Dialect, schema: str, stream: str) -> str:
    template = COUNTED_BY_DAY if has_days(stream) else COUNTED
    return template.format(stream=stream, table=dialect.table(schema, stream), text=dialect.text)


def files(streams: Sequence[str]) -> dict[Path, str]:
    """Return the query of each dialect by the file in which it is shipped."""
    folder = Path(__file__).parent
    head = "-- Made by `make docs` from arrival.sql; add a typed stream like `events`.\n"
    return {
        folder / f"{one.name}.sql": head + _not_run(one) + lost_rows(one, "clevertap", streams)
        for one in DIALECTS
    }


def _not_run(dialect: Dialect) -> str:
    return (
        "-- Parsed, but never run: there is no Snowflake to test on.\n"
        if dialect is SNOWFLAKE
        else ""
    )
