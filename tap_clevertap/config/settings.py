"""The settings: their JSON schema, and their typed, immutable view."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import pendulum
from singer_sdk import typing as th

from tap_clevertap.config.account import base_url, time_zone
from tap_clevertap.config.export_files import ExportFiles
from tap_clevertap.config.patterns import WILDCARDS, EventPatterns
from tap_clevertap.config.privacy import PrivacyRules
from tap_clevertap.config.queries.count_queries import (
    CountQuery,
    TopQuery,
    count_queries,
    top_queries,
)
from tap_clevertap.config.webhook_folder import WebhookFolder
from tap_clevertap.errors import SettingError
from tap_clevertap.redaction import remember

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

VISIBLE = r"^[!-~]+$(?!\n)"
ISO_DATE = r"^\d{4}-\d{2}-\d{2}([T ].*)?$"

Texts = th.ArrayType(th.StringType)

# One setting, one paragraph.
# fmt: off
SCHEMA: dict[str, Any] = th.PropertiesList(
    th.Property("account_id", th.StringType(pattern=VISIBLE), required=True, title="Account ID",
        description="CleverTap's Account ID, also called Project ID (Settings → Project)."),
    th.Property("passcode", th.StringType(pattern=VISIBLE), required=True, secret=True,
        title="Passcode", description="Account or user passcode (Settings → Passcode). The SDK "
        "account token does not work."),
    th.Property("region", th.StringType(pattern="^[a-z0-9]+$"), default="eu1", title="Region",
        description="Region of the account, the subdomain of the dashboard's address: eu1 (or "
        "global), in1, sg1, us1, aps3 or mec1. Unknown values are accepted with a warning."),
    th.Property("api_url", th.StringType(pattern="^https?://[^/?#@]+/?$"), title="API URL",
        description="Overrides the API host of the region, for a proxy or the sandbox."),
    th.Property("timezone", th.StringType(min_length=1), required=True, title="Time zone",
        description="IANA name of the account's time zone (Settings → Project), such as "
        "Asia/Kolkata. The API returns days and times in it, but not its name."),
    th.Property("start_date", th.StringType(pattern=ISO_DATE), title="Start date",
        description="First day to extract, YYYY-MM-DD, in the account's time zone. Default: 30 "
        "days ago."),
    th.Property("end_date", th.StringType(pattern=ISO_DATE), title="End date",
        description="Last day to extract (inclusive). When set, the run is a bounded backfill: it "
        "extracts `start_date` to `end_date` and does not change the incremental bookmarks."),
    th.Property("events", Texts, default=["*"], title="Events", description="Events to extract: "
        "names or patterns with * ? [], case-sensitive."),
    th.Property("events_exclude", Texts, default=[], title="Excluded events",
        description="Events to exclude from those that `events` selects: names or patterns."),
    th.Property("typed_events", Texts, default=[], title="Typed events",
        description="Events that get a stream of their own beside `events`, with a typed column "
        "for each property: names or patterns. Only events that `events` selects."),
    th.Property("event_profile_data", th.BooleanType, default=False,
        title="Profile properties on events", description="Also request the user's custom profile "
        "properties, with their current values, on each event."),
    th.Property("profile_events", Texts, default=[], title="Events for profiles",
        description="CleverTap exports profiles by event: names or patterns of the events whose "
        "users are exported. Default: App Launched and Web Session Started, where they exist."),
    th.Property("lookback_days", th.IntegerType(minimum=0, maximum=365), default=3,
        title="Lookback days", description="Number of days before the bookmark to re-read on every "
        "run, to pick up late-arriving events."),
    th.Property("include_today", th.BooleanType, default=False, title="Include today",
        description="Also extract the current, incomplete day. It is re-extracted on every run "
        "until it is complete; the days of lookback_days are re-extracted once a day."),
    th.Property("max_concurrency", th.IntegerType(minimum=1, maximum=3), default=3,
        title="Concurrency", description="Maximum number of concurrent requests per endpoint. "
        "CleverTap allows three per account, shared with its other API users."),
    th.Property("batch_size", th.IntegerType(minimum=1, maximum=5000), default=4991,
        title="Page size", description="Maximum number of records per page. CleverTap stores data "
        "in 23 shards: multiples of 23 fit best, and values below 23 have no effect."),
    th.Property("request_timeout", th.IntegerType(minimum=1, maximum=3600), default=300,
        title="Request timeout", description="Read timeout in seconds: a request fails if no data "
        "is received for this long."),
    th.Property("in_progress_timeout", th.IntegerType(minimum=1, maximum=86400), default=900,
        title="In-progress timeout", description="Maximum seconds to wait while CleverTap reports "
        "that a page is still being prepared."),
    th.Property("reconciliation", th.StringType, default="warn",
        allowed_values=["off", "warn", "fail"], title="Reconciliation", description="Check of each "
        "completed day against CleverTap's own event counts. `off`: no check; `warn`: log "
        "differences; `fail`: fail the run and do not advance the bookmark past a mismatched day."),
    th.Property("duplicates", th.StringType, default="reconcile",
        allowed_values=["reconcile", "keep", "drop"], title="Duplicate rows",
        description="Handling of rows that are identical in event, second, device and properties. "
        "`reconcile`: keep or drop them so that the rows match CleverTap's count of the day; "
        "`keep`: keep all; `drop`: keep the first."),
    th.Property("count_queries", th.ArrayType(th.ObjectType()), default=[],
        title="Custom count queries", description="Queries of the `count_queries` stream, which "
        "count the occurrences or the distinct users of an event: a list of {name, event, kind: "
        "events or profiles, period: day, month or total, filters}. `filters` holds "
        "event_properties, session_properties, common_profile_properties and advanced_query of "
        "CleverTap's query language. Give a changed query a new name: earlier counts stay under "
        "the old one."),
    th.Property("top_property_queries", th.ArrayType(th.ObjectType()), default=[],
        title="Top property queries", description="Queries of the `top_properties` stream, which "
        "return the most frequent values of a property: a list of {name, event, property_type, "
        "property, top_n: 1 to 100, order: desc or asc, period: day, month or total}. "
        "property_type is event_properties, session_properties, profile_fields, app_fields, "
        "demographics, technographics, reachability or geo_fields."),
    th.Property("message_reports_lookback_days", th.IntegerType(minimum=0, maximum=365),
        default=30, title="Lookback days of message reports", description="Number of days before "
        "the bookmark whose messages are reported again on every run, because their numbers still "
        "change."),
    th.Property("message_reports_daily", th.BooleanType, default=False,
        title="Daily message reports", description="Also request each message's numbers by day; "
        "they are kept in `extra`."),
    th.Property("privacy", th.ObjectType(), default={}, secret=True, title="Privacy",
        description="Columns to hash, mask or drop before anything is written: {hash: [identity, "
        "…], mask: [email, …], drop: [event_props.Phone, …], salt: a secret}. A field inside a "
        "column is named after a dot."),
    th.Property("nested_values", th.StringType, default="object",
        allowed_values=["object", "text"], title="Nested values",
        description="Form of objects and lists, such as properties, profiles and items: JSON "
        "(`object`), or JSON in a string (`text`) for targets that cannot store objects, such as "
        "target-csv."),
    th.Property("exports", th.ObjectType(), default={}, secret=True, title="CleverTap export "
        "files", description="Location of CleverTap's own export files: {url: s3://, gs://, "
        "abfs:// or a local folder, storage_options: options of fsspec, format: csv, json or "
        "parquet to read only these, min_age_minutes: 60, wait_for: completed, processes: number "
        "of parallel readers}. Without a url there are no export streams."),
    th.Property("webhooks", th.ObjectType(), default={}, secret=True, title="Webhook files",
        description="Location of the files of tap-clevertap-webhooks, as in `exports`: {url: "
        "local folder or copy in a bucket, storage_options}. Needed by the stream `webhooks`."),
    th.Property("max_run_minutes", th.IntegerType(minimum=1, maximum=10080),
        title="Maximum run time",
        description="Minutes after which the run ends by itself: slices that are being read are "
        "completed, no new ones begin, the state is written and the days left are logged. The next "
        "run continues there. Set it lower than the time limit of your orchestrator."),
    th.Property("run_summary_path", th.StringType(min_length=1), title="Run summary",
        description="Path of a file that each run replaces with a JSON summary: outcome, rows, "
        "days that differ, waits."),
    th.Property("skip_failed_streams", th.BooleanType, default=False, title="Skip failed streams",
        description="Continue with the remaining streams when one fails. The run still exits with "
        "a non-zero status."),
).to_dict() | {"additionalProperties": False}
# fmt: on


@dataclass(frozen=True, slots=True)
class Settings:
    """The validated settings, each of its own type."""

    account_id: str
    passcode: str = field(repr=False)
    base_url: str
    zone: pendulum.Timezone
    start_date: date | None
    end_date: date | None
    events: tuple[str, ...]
    events_exclude: tuple[str, ...]
    typed_events: tuple[str, ...]
    event_profile_data: bool
    profile_events: tuple[str, ...]
    lookback_days: int
    include_today: bool
    max_concurrency: int
    batch_size: int
    request_timeout: int
    in_progress_timeout: int
    reconciliation: Literal["off", "warn", "fail"]
    duplicates: Literal["reconcile", "keep", "drop"]
    count_queries: tuple[CountQuery, ...]
    top_property_queries: tuple[TopQuery, ...]
    message_reports_lookback_days: int
    message_reports_daily: bool
    privacy: PrivacyRules
    exports: ExportFiles | None
    webhooks: WebhookFolder | None
    run_summary_path: str | None
    skip_failed_streams: bool
    max_run_minutes: int | None
    nested_values: Literal["object", "text"]

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Settings:
        """Build the settings from a config that is valid against `SCHEMA`.

        Raises:
            SettingError: A time zone or date does not exist, dates contradict each other, or a
                query is one that CleverTap would reject or ignore.
        """
        remember(config["passcode"])
        zone = time_zone(config["timezone"])
        start, end = (_day(config, name, zone) for name in ("start_date", "end_date"))
        if start and end and start > end:
            msg = f"start_date: {start} is after end_date {end}; expected an earlier date"
            raise SettingError(msg)
        derived: dict[str, Any] = {
            "base_url": base_url(config),
            "zone": zone,
            "start_date": start,
            "end_date": end,
            "events": tuple(config["events"]),
            "events_exclude": tuple(config["events_exclude"]),
            "typed_events": tuple(config["typed_events"]),
            "profile_events": tuple(config["profile_events"]),
            "count_queries": count_queries(config["count_queries"]),
            "privacy": PrivacyRules.from_config(config["privacy"]),
            "top_property_queries": top_queries(config["top_property_queries"]),
            "run_summary_path": config.get("run_summary_path"),
            "exports": ExportFiles.from_config(config["exports"]),
            "webhooks": WebhookFolder.from_config(config["webhooks"]),
        }
        derived["max_run_minutes"] = config.get("max_run_minutes")
        plain = {name: config[name] for name in cls.__slots__ if name not in derived}
        return cls(**derived, **plain)

    def wants(self, event: str) -> bool:
        """Return whether `events` selects the event and `events_exclude` does not exclude it."""
        return self.patterns.wants(event)

    @property
    def patterns(self) -> EventPatterns:
        """The patterns of `events` and `events_exclude`."""
        return EventPatterns(self.events, self.events_exclude)

    @property
    def named_events(self) -> list[str]:
        """The entries of `events` that are names, not patterns."""
        return [name for name in self.events if not WILDCARDS.search(name) and self.wants(name)]


def _day(config: Mapping[str, Any], name: str, zone: pendulum.Timezone) -> date | None:
    """Parse a date; of an instant with an offset, it is the account's date at that instant."""
    text = config.get(name)
    if text is None:
        return None
    try:
        parsed = pendulum.parse(text, tz=zone, strict=True)
        if isinstance(parsed, pendulum.DateTime):
            return parsed.in_timezone(zone).date()
    except (ValueError, OverflowError):  # the latter where the zone's day is beyond the calendar
        pass
    msg = f"{name}: {text!r} is not a valid date; expected YYYY-MM-DD"
    raise SettingError(msg)
