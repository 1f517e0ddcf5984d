"""The window of days that a run may read; today is an argument, not the clock."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, cast

import pendulum

from tap_clevertap.errors import SettingError
from tap_clevertap.extraction.slices.model import ONE_DAY

if TYPE_CHECKING:
    from datetime import datetime

    from tap_clevertap.config.settings import Settings

DEFAULT_DAYS = 30


@dataclass(frozen=True, slots=True)
class Window:
    """The days that a run may read.

    `today` is the account-local date on which the run began. With `end` the run is a bounded
    backfill: exactly `start` to `end`, regardless of bookmarks. A default start (not
    `is_start_set`) only applies to events without a bookmark.
    """

    start: date
    today: date
    end: date | None = None
    lookback_days: int = 0
    include_today: bool = False
    is_start_set: bool = True

    @property
    def last_closed(self) -> date:
        """The last completed day of the window."""
        yesterday = self.today - ONE_DAY
        return yesterday if self.end is None else min(self.end, yesterday)

    def first_wanted(self, bookmark: date | None) -> date:
        """Return the first day to read of an event whose last completed day is `bookmark`.

        The lookback re-reads days before the bookmark, but none before `start_date`; a resumed
        backfill has no lookback. A bookmark after the last completed day, which a wrong clock may
        have written, counts as that day.
        """
        if bookmark is None:
            return self.start
        if self._has_been_read(bookmark):
            return self.today
        lookback = 0 if self.end else self.lookback_days
        first = min(bookmark, self.last_closed) + ONE_DAY - timedelta(days=lookback)
        return max(self.start, first) if self.is_start_set or self.end else first

    def _has_been_read(self, bookmark: date) -> bool:
        """Tell whether an earlier run of today has read the closed days.

        Yesterday can only have been closed today, and by a run that read its look-back. Runs by
        the hour, which are for the open day, read the closed ones once a day.
        """
        return self.include_today and self.end is None and bookmark == self.last_closed

    def is_read_again(self, day: date) -> bool:
        """Return whether the lookback of the next daily run covers a completed day."""
        return self.end is None and day > self.last_closed - timedelta(days=self.lookback_days)

    @property
    def wants_open_day(self) -> bool:
        """Whether the current day is read too."""
        return self.include_today and self.start <= self.today <= (self.end or self.today)

    def reaching_ahead(self, days: int) -> Window:
        """Return a window that ends some days after today, for campaigns that start later."""
        return replace(self, today=self.today + timedelta(days=days), include_today=False)


def run_window(settings: Settings, now: datetime) -> Window:
    """Return the days that a run starting at the instant `now` may read.

    Raises:
        SettingError: The first day is after the last.
    """
    today = cast("date", pendulum.instance(now).in_timezone(settings.zone).date())
    start = settings.start_date or (settings.end_date or today) - pendulum.duration(
        days=DEFAULT_DAYS
    )
    if start > today:
        where = f"today is {today} in {settings.zone.name}"
        msg = f"start_date: {start} is in the future ({where}); expected an earlier date"
        raise SettingError(msg)
    return Window(
        start,
        today,
        end=settings.end_date,
        lookback_days=settings.lookback_days,
        include_today=settings.include_today,
        is_start_set=settings.start_date is not None,
    )
