"""What CleverTap counts in a period: one number, or the most frequent values of a property."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_clevertap.api.endpoints import EVENT_COUNT, PROFILE_COUNT, TOP_PROPERTIES
from tap_clevertap.errors import BrokenAnswer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_clevertap.api.client import Client
    from tap_clevertap.config.count_queries import CountQuery, TopQuery
    from tap_clevertap.extraction.slices import Slice

GROUP = "values"
PATHS = {"events": EVENT_COUNT, "profiles": PROFILE_COUNT}

Ranked = tuple[str, str, int]
"""A value's data type and text as sent, and how often it occurs."""


def count(client: Client, query: CountQuery, period: Slice) -> int:
    """Return how often a query's event happened in a period, or to how many people.

    Raises:
        ClevertapError: CleverTap does not tell.
    """
    question = {"event_name": query.event, **_days(period), **query.filters}
    return read_count(client.ask(PATHS[query.kind], question))


def top_values(client: Client, query: TopQuery, period: Slice) -> list[Ranked]:
    """Return the most, or least, frequent values of a property in a period.

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
    question = {"event_name": query.event, **_days(period), "groups": {GROUP: group}}
    return list(read_ranked(client.ask(TOP_PROPERTIES, question).get(GROUP, {})))


def _days(period: Slice) -> dict[str, object]:
    return {"from": int(f"{period.first:%Y%m%d}"), "to": int(f"{period.last:%Y%m%d}")}


def read_count(answer: Mapping[str, object]) -> int:
    """Return the number in an answer.

    Raises:
        BrokenAnswer: There is none.
    """
    number = answer.get("count")
    if not isinstance(number, int):
        msg = "a count without a number"
        raise BrokenAnswer(msg)
    return number


def read_ranked(group: object) -> Iterator[Ranked]:
    """Take apart a table of tables: by data type, by value.

    Raises:
        BrokenAnswer: It is none.
    """
    if not isinstance(group, dict):
        msg = "most frequent values that are no table"
        raise BrokenAnswer(msg)
    for kind, values in group.items():
        yield from _of_kind(kind, values)


def _of_kind(kind: str, values: object) -> Iterator[Ranked]:
    if not isinstance(values, dict) or not all(isinstance(n, int) for n in values.values()):
        msg = f"most frequent {kind} values that are no table of numbers"
        raise BrokenAnswer(msg)
    yield from ((kind, value, number) for value, number in values.items())
