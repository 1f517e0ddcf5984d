"""Converts the 14 local digits of a `ts` to a UTC instant and to a date of the account.

When clocks go back, digits in the repeated hour mean its first occurrence. When clocks go forward,
digits in the skipped hour mean the instant equally long after the change.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import tzinfo

SECOND_DIGITS = [b"%02d" % second for second in range(60)]
"""The digits that follow a minute's."""
SECONDS = [digits + b"+00:00" for digits in SECOND_DIGITS]
"""The text that follows a minute's `utc`."""
MINUTES = [b"%02d:" % minute for minute in range(60)]
FIRST_HOUR = 10**9
"""The year 1000: fewer digits are not a local time."""
UP_TO_MINUTES = len("2026-07-31T23:")


class Minute(NamedTuple):
    """A local minute: its UTC instant up to the seconds, its local date and its twelve digits.

    The first two are ISO 8601.
    """

    utc: bytes
    date: bytes
    day: str
    digits: bytes


class LocalMinuteCache(dict[int, Minute | None]):
    """The minutes of a time zone by their 12 digits; None for digits that are not a time.

    Each is computed on first use. The time zone is consulted once per hour, and for each minute of
    an hour in which the clocks change: a lookup takes longer than the rest of a row.
    """

    def __init__(self, zone: tzinfo) -> None:
        super().__init__()
        self._zone = zone
        self._regular_hours: dict[int, _RegularHour | None] = {}

    def __missing__(self, digits: int) -> Minute | None:
        """Compute a minute and cache it."""
        hour, minute = divmod(digits, 100)
        if hour not in self._regular_hours:
            self._regular_hours[hour] = self._hour(hour)
        regular = self._regular_hours[hour]
        sent = b"%d" % digits
        if regular is None or minute >= len(MINUTES):
            found = self[digits] = self._minute(hour, minute, sent)
        else:
            found = self[digits] = regular.minute(minute, sent)
        return found

    def _hour(self, hour: int) -> _RegularHour | None:
        """Return an hour; None if the clocks change in it, or if it does not exist."""
        first, last = self._utc(hour, 0), self._utc(hour, len(MINUTES) - 1)
        if first is None or last is None or last - first != timedelta(minutes=len(MINUTES) - 1):
            return None
        early, late = (_printed(at) for at in (first, last))
        return _RegularHour(early, late, first.minute, _day(hour))

    def _minute(self, hour: int, minute: int, digits: bytes) -> Minute | None:
        utc = self._utc(hour, minute)
        if utc is None:
            return None
        day = _day(hour)
        return Minute(_printed(utc) + MINUTES[utc.minute], day.encode(), day, digits)

    def _utc(self, hour: int, minute: int) -> datetime | None:
        """Return the instant of ten digits and a minute; None if they are not a time."""
        if hour < FIRST_HOUR:
            return None
        month, rest = divmod(hour, 10_000)
        try:
            naive = datetime(month // 100, month % 100, rest // 100, rest % 100, minute)  # noqa: DTZ001 - zone follows
            return naive.replace(tzinfo=self._zone).astimezone(UTC)
        except (ValueError, OverflowError):  # the latter if UTC is outside years 1 to 9999
            return None


class _RegularHour:
    """A local hour of sixty consecutive minutes."""

    def __init__(self, early: bytes, late: bytes, offset: int, day: str) -> None:
        """`early` and `late` are the UTC hours of its first and last minute, `offset` the first."""
        self._starts = (early, late)
        self._offset = offset
        self._date, self._day = day.encode(), day

    def minute(self, minute: int, digits: bytes) -> Minute:
        """Return the minute with that number and those digits."""
        hours, minute = divmod(self._offset + minute, len(MINUTES))
        return Minute(self._starts[hours] + MINUTES[minute], self._date, self._day, digits)


def _printed(at: datetime) -> bytes:
    return at.isoformat()[:UP_TO_MINUTES].encode()


def _day(hour: int) -> str:
    """Return the date of ten digits that are a valid time."""
    return f"{hour // 1_000_000:04}-{hour // 10_000 % 100:02}-{hour // 100 % 100:02}"
