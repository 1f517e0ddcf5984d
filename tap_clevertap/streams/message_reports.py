"""Stream of the reports of all messages, including those created in the dashboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from typing_extensions import override

from tap_clevertap.api.endpoints import MESSAGE_REPORTS
from tap_clevertap.records.field_reader import FieldReader
from tap_clevertap.records.message_reports import message_row, number_duplicate_keys
from tap_clevertap.streams.base.columns import day, instant, integer, json, schema, text, texts
from tap_clevertap.streams.base.listed import DateRangeStream

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tap_clevertap.extraction.slices.model import Slice
    from tap_clevertap.output.rows import Row
    from tap_clevertap.records.field_reader import FieldReader

MAX_DAYS = 14
"""The more days a report covers, the longer it takes: 26 seconds for 30 days."""


class MessageReportsStream(DateRangeStream):
    """Reports of all messages, those of the dashboard included, by the date they started.

    Messages are reported again for `message_reports_lookback_days` after their start, because
    their numbers still change.
    """

    name = "message_reports"
    endpoints = (MESSAGE_REPORTS,)
    window_days = MAX_DAYS
    list_key = "messages"
    primary_keys = ("report_id",)
    replication_key = "start_day"
    jsonschema: ClassVar = schema(
        text(
            "report_id",
            "message_id:channel:device:variant, and a number where several rows share these.",
            required=True,
        ),
        integer("message_id", "CleverTap's id of the message; wzrk_id on events starts with it."),
        text("message_name", "Name of the message, as in the CleverTap dashboard."),
        text("channel", "Channel: Push, Email, SMS, …"),
        text("device", "Device, for rows that cover one device only."),
        text("variant", "Variant, for rows that cover one variant only."),
        text("delivery", "Kind of delivery: One time, Recurring, Action, …"),
        text("status", "Status: scheduled, running, completed, …"),
        text("start_date", "Start of the message as sent, in the account's time zone."),
        instant("start_time", "Start of the message, in UTC."),
        day("start_day", "Date of the start, in the account's time zone."),
        integer("sent", "Number of messages sent."),
        integer("viewed", "Number of messages viewed."),
        integer("clicked", "Number of messages clicked."),
        text("conversion_event", "The event that counts as a conversion."),
        texts("labels", "Labels of the message."),
        json(
            "extra",
            "Fields returned by the API that have no column of their own, such as the daily split "
            "with message_reports_daily.",
        ),
    )

    @property
    @override
    def lookback_days(self) -> int:
        return self.run.settings.message_reports_lookback_days

    @override
    def body(self, slice_: Slice) -> dict[str, object]:
        daily = {"daily": True} if self.run.settings.message_reports_daily else {}
        return super().body(slice_) | daily

    @override
    def record(self, fields: FieldReader) -> dict[str, Any]:
        return message_row(fields, self.run.settings.zone)

    @override
    def records(self, fetch: Mapping[str, Any]) -> Sequence[Row]:
        return number_duplicate_keys(cast("Sequence[dict[str, Any]]", super().records(fetch)))
