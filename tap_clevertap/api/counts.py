"""What CleverTap counts: an event day by day, a number for a period, a property's top values."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from tap_clevertap.api.endpoints import (
    EVENT_COUNT,
    PROFILE_COUNT,
    TOP_PROPERTIES,
    TRENDS,
    date_range,
)
from tap_clevertap.errors import InvalidResponse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_clevertap.api.client import Client
    from tap_clevertap.config.count_queries import CountQuery, TopQuery

MAX_DAYS_PER_REQUEST = 365
GROUP = "days"
VALUES_GROUP = "values"
PATHS = {"events": EVENT_COUNT, "profiles": PROFILE_COUNT}

Ranked = tuple[str, str, int]
"""A value's data type and text as sent, and how often it occurs."""


def daily_counts(  # noqa: PLR0913 - an event and its days; the two dials have defaults
    client: Client,
    event: str,
    first: date,
    last: date,
    *,
    is_unique: bool = False,
    filters: Mapping[str, object] | None = None,
) -> dict[date, int]:
    """Return the account-local days from `first` to `last` on which an event happened.

    One question a year. Days without the event are left out, as CleverTap does. With `is_unique`
    the numbers are people, else occurrences; `filters` are sections of the query language.

    Raises:
        ClevertapError: CleverTap does not tell.
    """
    counts: dict[date, int] = {}
    for begin, end in year_chunks(first, last):
        question = {
            "event_name": event,
            **date_range(begin, end),
            "unique": is_unique,
            "groups": {GROUP: {"trend_type": "daily"}},
            **(filters or {}),
        }
        counts |= _days(client.post_and_poll(TRENDS, question).get(GROUP, {}))
    return counts


def year_chunks(first: date, last: date) -> Iterator[tuple[date, date]]:
    """Cut a range of days into pieces of a year at most, both ends of each included."""
    while first <= last:
        end = min(first + timedelta(days=MAX_DAYS_PER_REQUEST - 1), last)
        yield first, end
        first = end + timedelta(days=1)


def _days(group: object) -> dict[date, int]:
    try:
        return {
            datetime.strptime(day, "%Y%m%d").date(): int(n)  # noqa: DTZ007 - a day has no zone
            for day, n in dict(group).items()  # type: ignore[call-overload]
        }
    except (ValueError, TypeError):
        msg = "a trend that is no table of days and numbers"
        raise InvalidResponse(msg) from None


def count(client: Client, query: CountQuery, first: date, last: date) -> int:
    """Return how often a query's event happened from `first` to `last`, or to how many people.

    Raises:
        ClevertapError: CleverTap does not tell.
    """
    question = {"event_name": query.event, **date_range(first, last), **query.filters}
    return read_count(client.post_and_poll(PATHS[query.kind], question))


def top_values(client: Client, query: TopQuery, first: date, last: date) -> list[Ranked]:
    """Return the most, or least, frequent values of a property from `first` to `last`.

    `top_n` of each data type; none where the property did not occur.

    Raises:
        ClevertapError: CleverTap does not tell.
    """
    group = {
        "property_type": query.property_type,
        "name": query.property,
        "top_n": query.top_n,
        "order": query.order,
    }
    question = {
        "event_name": query.event,
        **date_range(first, last),
        "groups": {VALUES_GROUP: group},
    }
    return list(read_ranked(client.post_and_poll(TOP_PROPERTIES, question).get(VALUES_GROUP, {})))


def read_count(answer: Mapping[str, object]) -> int:
    """Return the number in an answer.

    Raises:
        InvalidResponse: There is none.
    """
    number = answer.get("count")
    if not isinstance(number, int):
        msg = "a count without a number"
        raise InvalidResponse(msg)
    return number


def read_ranked(group: object) -> Iterator[Ranked]:
    """Take apart a table of tables: by data type, by value.

    Raises:
        InvalidResponse: It is none.
    """
    if not isinstance(group, dict):
        msg = "most frequent values that are no table"
        raise InvalidResponse(msg)
    for kind, values in group.items():
        yield from _of_kind(kind, values)


def _of_kind(kind: str, values: object) -> Iterator[Ranked]:
    if not isinstance(values, dict) or not all(isinstance(n, int) for n in values.values()):
        msg = f"most frequent {kind} values that are no table of numbers"
        raise InvalidResponse(msg)
    yield from ((kind, value, number) for value, number in values.items())
