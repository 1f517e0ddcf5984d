"""The stock tap's one stream."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo

from singer_sdk import typing as th
from singer_sdk.pagination import JSONPathPaginator
from singer_sdk.streams import RESTStream
from typing_extensions import override

if TYPE_CHECKING:
    import requests
    from singer_sdk.helpers.types import Context, Record
    from singer_sdk.streams.rest import HTTPRequest, PageContext

TEXTS = ("identity", "email", "phone", "name", "platform", "app_version", "os_version")
DEVICE = ("make", "model")


class CursorPaginator(JSONPathPaginator):
    """Follows cursors; the answer that has the first one has no records."""

    def __init__(self) -> None:
        super().__init__("$['next_cursor','cursor']")

    @override
    def continue_if_empty(self, response: requests.Response) -> bool:
        return response.request.method == "POST"


class EventsStream(RESTStream[str]):
    """Get Events."""

    name = "events"
    path = "/1/events.json"
    records_jsonpath = "$.records[*]"
    primary_keys = ("event_id",)
    schema: ClassVar = th.PropertiesList(
        th.Property("event_id", th.StringType, required=True),
        th.Property("event_name", th.StringType, required=True),
        th.Property("event_time", th.DateTimeType),
        th.Property("event_date", th.DateType),
        th.Property("ts", th.IntegerType),
        th.Property("object_id", th.StringType),
        th.Property("identity", th.StringType),
        th.Property("all_identities", th.ArrayType(th.StringType)),
        *(th.Property(name, th.StringType) for name in TEXTS[1:] + DEVICE),
        th.Property("profile", th.ObjectType()),
        th.Property("event_props", th.ObjectType()),
        th.Property("session_props", th.ObjectType()),
        th.Property("items", th.ArrayType(th.ObjectType())),
        th.Property("extra", th.ObjectType()),
    ).to_dict()

    @property
    @override
    def url_base(self) -> str:
        return str(self.config["api_url"])

    @property
    @override
    def http_headers(self) -> dict[str, str]:
        return {
            "X-CleverTap-Account-Id": self.config["account_id"],
            "X-CleverTap-Passcode": self.config["passcode"],
        }

    @property
    @override
    def partitions(self) -> list[dict[str, Any]]:
        return [{"event_name": event} for event in self.config["events"]]

    @override
    def get_new_paginator(self) -> CursorPaginator:
        self.zone = ZoneInfo(self.config["timezone"])
        return CursorPaginator()

    @override
    def get_http_request(self, *, page: PageContext[str]) -> HTTPRequest:
        request = super().get_http_request(page=page)
        if page.next_page_token is not None:
            request.params = {"cursor": page.next_page_token}
            request.safe_query_chars = "%"
            return request
        request.method = "POST"
        request.params = {"batch_size": 5000, "app": "true", "events": "false", "profile": "false"}
        request.data = {
            "event_name": (page.stream_context or {})["event_name"],
            "from": int(self.config["start_date"].replace("-", "")),
            "to": int(self.config["end_date"].replace("-", "")),
        }
        return request

    @override
    def post_process(self, row: Record, context: Context | None = None) -> Record | None:
        profile = row.pop("profile", {})
        ts, props = row.pop("ts"), row.pop("event_props", {})
        session, items = row.pop("session_props", {}), row.pop("items", None)
        event = (context or {})["event_name"]
        local = datetime.strptime(str(ts), "%Y%m%d%H%M%S").replace(tzinfo=self.zone)
        device = profile.pop("objectId", None)
        return {
            "event_id": _identify(event, ts, device, props, session),
            "event_name": event,
            "event_time": local.astimezone(UTC).isoformat(),
            "event_date": local.date().isoformat(),
            "ts": ts,
            "object_id": device,
            "all_identities": profile.pop("all_identities", None),
            **{name: _text(profile.pop(name, None)) for name in TEXTS + DEVICE},
            "profile": profile,
            "event_props": props,
            "session_props": session,
            "items": items or props.get("Items"),
            "extra": row or None,
        }


def _identify(event: str, *parts: object) -> str:
    text = json.dumps([event, *parts], sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _text(value: object) -> str | None:
    return None if value is None else str(value)
