"""What arrived, asked of the DuckDB file in SQL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from datetime import datetime

    from demo.account import Counts

QUESTION = Path(__file__).with_name("question.sql").read_text()

Answer = tuple[list[str], list[tuple[Any, ...]]]
"""Column names and rows."""


class Warehouse:
    """Reads the file of one demo."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def ask(self, sql: str, *values: object) -> Answer:
        """Return the answer to a question."""
        with duckdb.connect(str(self._file), read_only=True) as connection:
            cursor = connection.execute(sql, values)
            return [str(column[0]) for column in cursor.description], cursor.fetchall()

    def tables(self) -> Answer:
        """Return the rows of each table that the tap has filled."""
        _, names = self.ask(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = 'clevertap' ORDER BY 1"
        )
        counted = " UNION ALL ".join(
            f'SELECT \'{name}\' AS "table", count(*) AS rows FROM clevertap."{name}"'  # noqa: S608 - names of our own tables
            for (name,) in names
        )
        return self.ask(counted)

    def events(self) -> Answer:
        """Return rows, people and days of each event."""
        return self.ask("""
            SELECT event_name AS event, count(*) AS rows,
                   count(DISTINCT coalesce(identity, object_id)) AS people,
                   min(event_date) AS first_day, max(event_date) AS last_day
            FROM clevertap.events GROUP BY ALL ORDER BY rows DESC""")

    def days(self) -> list[tuple[str, int]]:
        """Return the number of events of each day."""
        return [
            (str(day), int(number))
            for day, number in self.ask(
                "SELECT event_date, count(*) FROM clevertap.events GROUP BY ALL ORDER BY 1"
            )[1]
        ]

    def push_tokens(self) -> int:
        """Return in how many rows a push token has arrived."""
        _, [(number,)] = self.ask(
            "SELECT (SELECT count(*) FROM clevertap.events WHERE profile LIKE '%push_token%')"
            " + (SELECT count(*) FROM clevertap.profiles WHERE platform_info LIKE '%push_token%')"
        )
        return int(number)

    def counts(self) -> Counts:
        """Return rows by event and day, as the sandbox tells its truth."""
        counts: Counts = {}
        for event, day, number in self.ask(
            "SELECT event_name, replace(event_date, '-', ''), count(*)"
            " FROM clevertap.events GROUP BY ALL"
        )[1]:
            counts.setdefault(event, {})[day] = number
        return counts

    def repeats(self) -> int:
        """Return how many rows share their event id with another."""
        _, rows = self.ask("SELECT count(*) - count(DISTINCT event_id) FROM clevertap.events")
        return int(rows[0][0])

    def written_since(self, instant: datetime) -> tuple[int, str]:
        """Return how many rows were written after a UTC instant, and the oldest day of them."""
        _, rows = self.ask(
            "SELECT count(*), min(event_date) FROM clevertap.events WHERE _sdc_extracted_at >= ?",
            instant.replace(tzinfo=None),
        )
        return int(rows[0][0]), str(rows[0][1])

    def revenue(self) -> float:
        """Return what purchases add up to in the tap's own table."""
        return float(self.ask("SELECT sum(amount) FROM clevertap.event_charged")[1][0][0])

    def revenue_of_models(self) -> float:
        """Return what purchases add up to, day by day, in the models."""
        return float(self.ask("SELECT sum(revenue) FROM analytics.revenue_daily")[1][0][0])
