"""Which days a run may read: today is an argument."""

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

    `today` is the account-local day on which the run began. With `end` the run is a bounded
    back-fill: exactly `start` to `end`, whatever the bookmarks say. A start that nobody has set
    (`is_start_set`) is for events without a bookmark alone.
    """

    start: date
    today: date
    end: date | None = None
    lookback_days: int = 0
    include_today: bool = False
    is_start_set: bool = True

    @property
    def last_closed(self) -> date:
        """The last day that is over and wanted."""
        yesterday = self.today - ONE_DAY
        return yesterday if self.end is None else min(self.end, yesterday)

    def first_wanted(self, bookmark: date | None) -> date:
        """Return the first day to read of an event whose last closed day is `bookmark`.

        The look-back re-reads days below the bookmark, but never walks before a start that was
        set; a back-fill that goes on has none. A bookmark beyond the last closed day, which
        another clock has made, counts as that day.
        """
        if bookmark is None:
            return self.start
        lookback = 0 if self.end else self.lookback_days
        first = min(bookmark, self.last_closed) + ONE_DAY - timedelta(days=lookback)
        return max(self.start, first) if self.is_start_set or self.end else first

    def is_read_again(self, day: date) -> bool:
        """Tell whether the next night's look-back covers a closed day."""
        return self.end is None and day > self.last_closed - timedelta(days=self.lookback_days)

    @property
    def wants_open_day(self) -> bool:
        """Whether today is read too."""
        return self.include_today and self.start <= self.today <= (self.end or self.today)

    def reaching_ahead(self, days: int) -> Window:
        """Return a window that ends some days after today, for what is listed before it starts."""
        return replace(self, today=self.today + timedelta(days=days), include_today=False)


def run_window(settings: Settings, now: datetime) -> Window:
    """Return the days that a run starting at the instant `now` may read.

    Raises:
        SettingError: The first day wanted lies after the last.
    """
    today = cast("date", pendulum.instance(now).in_timezone(settings.zone).date())
    start = settings.start_date or (settings.end_date or today) - pendulum.duration(
        days=DEFAULT_DAYS
    )
    if start > today:
        msg = f"start_date: {start} is in the future (today is {today} in {settings.zone.name})"
        raise SettingError(msg)
    return Window(
        start,
        today,
        end=settings.end_date,
        lookback_days=settings.lookback_days,
        include_today=settings.include_today,
        is_start_set=settings.start_date is not None,
    )
