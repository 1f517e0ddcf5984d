"""The events of an account, all types in one stream."""

from __future__ import annotations

from typing import ClassVar

from singer_sdk import typing as th

from tap_clevertap.streams.base.sliced import SlicedStream

BIGGEST_TS = 99_999_999_999_999


class EventsStream(SlicedStream):
    """Get Events: what people did, an event a row."""

    name = "events"
    primary_keys = ("event_id",)
    replication_key = "event_date"
    has_personal_data = True
    # One column, one line or two.
    # fmt: off
    jsonschema: ClassVar = th.PropertiesList(
        th.Property("event_id", th.StringType, required=True, description="Made from the event "
            "itself: 32 hex digits that stay the same on every re-read."),
        th.Property("event_name", th.StringType, required=True, description="As in the dashboard."),
        th.Property("event_time", th.DateTimeType, description="The instant, in UTC."),
        th.Property("event_date", th.DateType, description="The day in the account's time zone."),
        th.Property("ts", th.IntegerType(maximum=BIGGEST_TS), description="The local time as "
            "CleverTap sends it: yyyyMMddHHmmss."),
        th.Property("object_id", th.StringType, description="CleverTap's id of the device."),
        th.Property("identity", th.StringType, description="Your id of the person; empty for "
            "anonymous people, and filled later on old events too. Join profiles on it."),
        th.Property("all_identities", th.ArrayType(th.StringType), description="All ids, e-mails "
            "and phone numbers of the person."),
        th.Property("email", th.StringType, description="The person's e-mail, as of today."),
        th.Property("phone", th.StringType, description="The person's phone number, as of today."),
        th.Property("name", th.StringType, description="The person's name, as of today."),
        th.Property("platform", th.StringType, description="Android, iOS, Web, …"),
        th.Property("app_version", th.StringType, description="Version of your app."),
        th.Property("os_version", th.StringType, description="Version of the operating system."),
        th.Property("make", th.StringType, description="Maker of the device."),
        th.Property("model", th.StringType, description="Model of the device."),
        th.Property("profile", th.ObjectType(), description="What else the person's profile says, "
            "as of today."),
        th.Property("event_props", th.ObjectType(), description="The event's properties as sent."),
        th.Property("session_props", th.ObjectType(), description="The session's properties: "
            "utm_source, session_referrer, …"),
        th.Property("items", th.ArrayType(th.ObjectType()), description="What was bought, for "
            "events that carry items."),
        th.Property("extra", th.ObjectType(), description="Parts of the record that nobody has "
            "described yet."),
    ).to_dict()
    # fmt: on
