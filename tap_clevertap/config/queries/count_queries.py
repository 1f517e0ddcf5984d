"""Custom count queries: the settings `count_queries` and `top_property_queries`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeVar

from tap_clevertap.config.queries import query_filters as filters
from tap_clevertap.config.queries.query_operators import format_value, suggestion, unknown_keys
from tap_clevertap.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

KINDS = ("events", "profiles")
PERIODS = ("day", "month", "total")
ORDERS = ("asc", "desc")
PROPERTY_TYPES = (
    "event_properties",
    "session_properties",
    "profile_fields",
    "app_fields",
    "demographics",
    "technographics",
    "reachability",
    "geo_fields",
)
MAX_TOP = 100
COUNT, TOP = "count_queries", "top_property_queries"

Period = Literal["day", "month", "total"]


@dataclass(frozen=True, slots=True)
class CountQuery:
    """Counts occurrences or distinct users of an event, per period.

    `filters` holds validated sections of CleverTap's query language.
    """

    name: str
    event: str
    kind: Literal["events", "profiles"] = "events"
    period: Period = "day"
    filters: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TopQuery:
    """The most or least frequent values of an event's property, per period."""

    name: str
    event: str
    property_type: str
    property: str
    top_n: int = 10
    order: Literal["asc", "desc"] = "desc"
    period: Period = "day"


Query = TypeVar("Query", CountQuery, TopQuery)


def count_queries(given: Sequence[Mapping[str, object]]) -> tuple[CountQuery, ...]:
    """Return the queries of the setting `count_queries`.

    Raises:
        SettingError: One line for each part that CleverTap would reject, or ignore.
    """
    choices = {"kind": KINDS, "period": PERIODS}
    wrong = [
        *_problems(COUNT, CountQuery, given, ("name", "event"), choices),
        *(
            line
            for n, query in enumerate(given)
            for line in filters.problems(query.get("filters", {}), f"{COUNT}[{n}].filters")
        ),
    ]
    return _made(CountQuery, given, wrong)


def top_queries(given: Sequence[Mapping[str, object]]) -> tuple[TopQuery, ...]:
    """Return the queries of the setting `top_property_queries`.

    Raises:
        SettingError: One line for each part that CleverTap would reject, or ignore.
    """
    choices = {"property_type": PROPERTY_TYPES, "order": ORDERS, "period": PERIODS}
    required = ("name", "event", "property_type", "property")
    wrong = [*_problems(TOP, TopQuery, given, required, choices), *_top_problems(given)]
    return _made(TopQuery, given, wrong)


def _made(
    make: type[Query], given: Iterable[Mapping[str, object]], wrong: Sequence[str]
) -> tuple[Query, ...]:
    if wrong:
        raise SettingError("\n".join(wrong))
    return tuple(make(**query) for query in given)  # type: ignore[arg-type] # the check was just that


def _problems(
    setting: str,
    made: type[CountQuery | TopQuery],
    given: Sequence[Mapping[str, object]],
    required: Sequence[str],
    choices: Mapping[str, Sequence[str]],
) -> Iterator[str]:
    for n, query in enumerate(given):
        where = f"{setting}[{n}]"
        yield from unknown_keys(query, made.__slots__, where)
        for key in required:
            yield from _text(query.get(key), f"{where}.{key}")
        for key, allowed in choices.items():
            if key in query and query[key] not in allowed:
                hint = suggestion(str(query[key]), allowed)
                yield f"{where}.{key}: {format_value(query[key])} is not valid; {hint}"
    yield from _duplicates(setting, given)


def _text(value: object, where: str) -> Iterator[str]:
    if value is None:
        yield f"{where}: missing; expected a string"
    elif not isinstance(value, str) or not value.strip():
        yield f"{where}: {format_value(value)} is not valid; expected a string"


def _duplicates(setting: str, given: Sequence[Mapping[str, object]]) -> Iterator[str]:
    """Find names used twice: the rows of both queries would have the same keys."""
    names = [query.get("name") for query in given]
    for n, name in enumerate(names):
        if isinstance(name, str) and name in names[:n]:
            taken = f"{format_value(name)} is used twice"
            yield f"{setting}[{n}].name: {taken}; expected a name of its own for each query"


def _top_problems(given: Sequence[Mapping[str, object]]) -> Iterator[str]:
    for n, query in enumerate(given):
        most = query.get("top_n", 1)
        is_whole = isinstance(most, int) and not isinstance(most, bool)
        if not (is_whole and 1 <= most <= MAX_TOP):  # type: ignore[operator] # it is whole
            where = f"{TOP}[{n}].top_n"
            given_value = format_value(most)
            yield f"{where}: {given_value} is not valid; expected an integer from 1 to {MAX_TOP}"
