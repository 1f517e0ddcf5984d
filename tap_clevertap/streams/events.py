"""Stream of all events of an account."""

from __future__ import annotations

from typing import ClassVar

from tap_clevertap.api.endpoints import EVENTS, TRENDS
from tap_clevertap.streams.base.columns import (
    EVENT_NAME,
    EXTRA,
    day,
    instant,
    integer,
    json,
    jsons,
    schema,
    text,
    texts,
)
from tap_clevertap.streams.base.sliced import SlicedStream

MAX_TS = 99_999_999_999_999


class EventsStream(SlicedStream):
    """All selected events, one row per event."""

    name = "events"
    endpoints = (EVENTS, TRENDS)
    primary_keys = ("event_id",)
    replication_key = "event_date"
    has_personal_data = True
    jsonschema: ClassVar = schema(
        text(
            "event_id",
            "32 hex digits computed from the event itself, the same on every re-read.",
            required=True,
        ),
        EVENT_NAME,
        instant("event_time", "Time of the event, in UTC."),
        day("event_date", "Date of the event, in the account's time zone."),
        integer("ts", "Local time as sent by CleverTap: yyyyMMddHHmmss.", maximum=MAX_TS),
        text("object_id", "CleverTap's id of the device."),
        text(
            "identity",
            "Your id of the user; empty for anonymous users, and filled in later on old events "
            "too. Joins profiles.",
        ),
        texts("all_identities", "All ids, e-mail addresses and phone numbers of the user."),
        text("email", "Current e-mail address of the user."),
        text("phone", "Current phone number of the user."),
        text("name", "Current name of the user."),
        text("platform", "Platform of the device: Android, iOS, Web, …"),
        text("app_version", "Version of your app."),
        text("os_version", "Version of the operating system."),
        text("make", "Manufacturer of the device."),
        text("model", "Model of the device."),
        json("profile", "Current values of the other profile fields of the user."),
        json("event_props", "Event properties as sent."),
        json("session_props", "Session properties: utm_source, session_referrer, …"),
        jsons("items", "Purchased items, for events that carry items."),
        EXTRA,
    )
