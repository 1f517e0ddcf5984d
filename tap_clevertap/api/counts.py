"""CleverTap's count API: daily event counts, counts of a period, top values of a property."""

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
    from tap_clevertap.config.queries.count_queries import CountQuery, TopQuery

MAX_DAYS_PER_REQUEST = 365
GROUP = "days"
VALUES_GROUP = "values"
PATHS = {"events": EVENT_COUNT, "profiles": PROFILE_COUNT}

Ranked = tuple[str, str, int]
"""A value's data type and the value, both as sent, and its number of occurrences."""


def daily_counts(  # noqa: PLR0913 - an event and its dates; the two options have defaults
    client: Client,
    event: str,
    first: date,
    last: date,
    *,
    is_unique: bool = False,
    filters: Mapping[str, object] | None = None,
    is_urgent: bool = True,
) -> dict[date, int]:
    """Return the count of an event for each account-local day from `first` to `last`.

    One request per year. Days without the event are absent, as in CleverTap's response. With
    `is_unique` distinct users are counted, otherwise occurrences; `filters` are sections of
    CleverTap's query language.

    Raises:
        ClevertapError: The counts cannot be read.
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
        counts |= _days(client.post_and_poll(TRENDS, question, is_urgent=is_urgent).get(GROUP))
    return counts


def year_chunks(first: date, last: date) -> Iterator[tuple[date, date]]:
    """Split a date range into ranges of at most a year, both ends of each included."""
    while first <= last:
        end = min(first + timedelta(days=MAX_DAYS_PER_REQUEST - 1), last)
        yield first, end
        first = end + timedelta(days=1)


def _days(group: object) -> dict[date, int]:
    try:
        if not isinstance(group, dict):
            raise TypeError  # noqa: TRY301 - a missing group is no answer, not an answer of zero
        if len(group) > MAX_DAYS_PER_REQUEST + 1:
            msg = f"a trend of {len(group):,} days"
            raise InvalidResponse(msg)
        return {
            datetime.strptime(day, "%Y%m%d").date(): int(n)  # noqa: DTZ007 - a date has no time zone
            for day, n in group.items()
        }
    except (ValueError, TypeError):
        msg = "the trend is not a table of dates and numbers"
        raise InvalidResponse(msg) from None


def count(client: Client, query: CountQuery, first: date, last: date) -> int:
    """Return the occurrences, or distinct users, of a query's event from `first` to `last`.

    Raises:
        ClevertapError: The count cannot be read.
    """
    question = {"event_name": query.event, **date_range(first, last), **query.filters}
    return read_count(client.post_and_poll(PATHS[query.kind], question))


def top_values(client: Client, query: TopQuery, first: date, last: date) -> list[Ranked]:
    """Return the most or least frequent values of a property from `first` to `last`.

    `top_n` values of each data type; none where the property did not occur.

    Raises:
        ClevertapError: The values cannot be read.
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
    """Return the number in a response.

    Raises:
        InvalidResponse: The response has no number.
    """
    number = answer.get("count")
    if not isinstance(number, int):
        msg = "the count has no number"
        raise InvalidResponse(msg)
    return number


def read_ranked(group: object) -> Iterator[Ranked]:
    """Yield the values of a table by data type and value.

    Raises:
        InvalidResponse: The response is not such a table.
    """
    if not isinstance(group, dict):
        msg = "the top values are not a table"
        raise InvalidResponse(msg)
    for kind, values in group.items():
        yield from _of_kind(kind, values)


def _of_kind(kind: str, values: object) -> Iterator[Ranked]:
    if not isinstance(values, dict) or not all(isinstance(n, int) for n in values.values()):
        msg = f"the top values of type {kind} are not a table of numbers"
        raise InvalidResponse(msg)
    yield from ((kind, value, number) for value, number in values.items())
