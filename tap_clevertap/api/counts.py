"""How often CleverTap says that an event happened, day by day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from tap_clevertap.api.endpoints import TRENDS
from tap_clevertap.errors import BrokenAnswer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_clevertap.api.client import Client

MOST_DAYS = 365
GROUP = "days"


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
    for begin, end in years(first, last):
        question = {
            "event_name": event,
            "from": int(f"{begin:%Y%m%d}"),
            "to": int(f"{end:%Y%m%d}"),
            "unique": is_unique,
            "groups": {GROUP: {"trend_type": "daily"}},
            **(filters or {}),
        }
        counts |= _days(client.ask(TRENDS, question).get(GROUP, {}))
    return counts


def years(first: date, last: date) -> Iterator[tuple[date, date]]:
    """Cut a range of days into pieces of a year at most, both ends of each included."""
    while first <= last:
        end = min(first + timedelta(days=MOST_DAYS - 1), last)
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
        raise BrokenAnswer(msg) from None
