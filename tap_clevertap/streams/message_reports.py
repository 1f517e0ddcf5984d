"""The reports of all messages, those of the dashboard included."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, cast

from singer_sdk import typing as th
from typing_extensions import override

from tap_clevertap.api.endpoints import MESSAGE_REPORTS
from tap_clevertap.extraction.slices import CheckpointOrder, fixed_width, plan, run_window
from tap_clevertap.records.field_reader import MAX_INT64, FieldReader
from tap_clevertap.records.message_reports import message_row, number_duplicate_keys
from tap_clevertap.streams.base.listed import DateRangeStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tap_clevertap.extraction.slices import Slice
    from tap_clevertap.output.rows import Row

MOST_DAYS = 14
"""A report takes the longer to come the more days it covers: 26 seconds for 30 days."""

Number = th.IntegerType(maximum=MAX_INT64)


class MessageReportsStream(DateRangeStream):
    """Get Message Reports: the numbers of each message, by the day it started.

    A message that started earlier and still runs is found again within
    `message_reports_lookback_days`: its numbers keep moving.
    """

    name = "message_reports"
    path = MESSAGE_REPORTS
    list_key = "messages"
    primary_keys = ("report_id",)
    replication_key = "start_day"
    # One column, one line or two.
    # fmt: off
    jsonschema: ClassVar = th.PropertiesList(
        th.Property("report_id", th.StringType, required=True, description=""
            "message_id:channel:device:variant, and a number where these are the same."),
        th.Property("message_id", Number, description="CleverTap's id; a wzrk_id on events begins "
            "with it."),
        th.Property("message_name", th.StringType, description="As in the dashboard."),
        th.Property("channel", th.StringType, description="Push, Email, SMS, …"),
        th.Property("device", th.StringType, description="Where the line is of one device only."),
        th.Property("variant", th.StringType, description="Where the line is of one variant only."),
        th.Property("delivery", th.StringType, description="One time, Recurring, Action, …"),
        th.Property("status", th.StringType, description="scheduled, running, completed, …"),
        th.Property("start_date", th.StringType, description="The start as sent, in the account's "
            "time zone."),
        th.Property("start_time", th.DateTimeType, description="The start in UTC."),
        th.Property("start_day", th.DateType, description="The account's day of the start."),
        th.Property("sent", Number, description="Messages sent."),
        th.Property("viewed", Number, description="Messages viewed."),
        th.Property("clicked", Number, description="Messages clicked."),
        th.Property("conversion_event", th.StringType, description="What counts as a conversion."),
        th.Property("labels", th.ArrayType(th.StringType), description="The message's labels."),
        th.Property("extra", th.ObjectType(), description="Parts of the report that nobody has "
            "described yet, such as its split by day where message_reports_daily asks for it."),
    ).to_dict()
    # fmt: on

    @override
    def requests(self) -> Iterable[Slice]:
        source = self.source
        lookback = source.settings.message_reports_lookback_days
        window = replace(run_window(source.settings, source.now), lookback_days=lookback)
        self._order = CheckpointOrder()
        for slice_ in plan(self.name, window, self._last_closed(), fixed_width(MOST_DAYS)):
            self._order.expect(slice_)
            yield slice_

    @override
    def body(self, slice_: Slice) -> dict[str, object]:
        daily = {"daily": True} if self.source.settings.message_reports_daily else {}
        return super().body(slice_) | daily

    @override
    def record(self, fields: FieldReader) -> dict[str, Any]:
        return message_row(fields, self.source.settings.zone)

    @override
    def records(self, fetch: Mapping[str, Any]) -> Sequence[Row]:
        return number_duplicate_keys(cast("Sequence[dict[str, Any]]", super().records(fetch)))

    @override
    def on_done(self, request: Slice) -> None:
        if (closed := self._order.finish(request)) is not None:
            self.move_bookmark(closed.isoformat())
            self.state_manager.is_flushed = False
            self._write_state_message()

    def _last_closed(self) -> date | None:
        """Return the last closed day of an earlier run."""
        return date.fromisoformat(self.bookmark[:10]) if self.bookmark else None
