"""The settings: their JSON schema, and their typed, frozen view."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import available_timezones

import pendulum
from pendulum.tz.exceptions import InvalidTimezone
from singer_sdk import typing as th

from tap_clevertap import logger
from tap_clevertap.config.count_queries import CountQuery, TopQuery, count_queries, top_queries
from tap_clevertap.config.export_files import ExportFiles
from tap_clevertap.config.patterns import WILDCARDS, EventPatterns
from tap_clevertap.config.privacy import PrivacyRules
from tap_clevertap.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

REGIONS = ("eu1", "in1", "sg1", "us1", "aps3", "mec1")
VISIBLE = r"^[!-~]+$(?!\n)"
ISO_DATE = r"^\d{4}-\d{2}-\d{2}([T ].*)?$"

Texts = th.ArrayType(th.StringType)

# One setting, one paragraph.
# fmt: off
SCHEMA: dict[str, Any] = th.PropertiesList(
    th.Property("account_id", th.StringType(pattern=VISIBLE), required=True, title="Account ID",
        description="CleverTap's Account ID, also called Project ID (Settings → Project)."),
    th.Property("passcode", th.StringType(pattern=VISIBLE), required=True, secret=True,
        title="Passcode", description="An account or user passcode (Settings → Passcode); the SDK "
        "token is no use."),
    th.Property("region", th.StringType(pattern="^[a-z0-9]+$"), default="eu1", title="Region",
        description="The sub-domain of your dashboard's address: eu1 (or global), in1, sg1, us1, "
        "aps3 or mec1. Another one is taken with a warning."),
    th.Property("api_url", th.StringType(pattern="^https?://[^/?#@]+/?$"), title="API URL",
        description="Replaces the host that the region picks: for a proxy or the sandbox."),
    th.Property("timezone", th.StringType(min_length=1), required=True, title="Time zone",
        description="IANA name of the account's time zone (Settings → Project), such as "
        "Asia/Kolkata. Days and times of the API are in it, and the API never says which."),
    th.Property("start_date", th.StringType(pattern=ISO_DATE), title="Start date",
        description="First day wanted, YYYY-MM-DD, in the account's time zone; 30 days ago unless "
        "given."),
    th.Property("end_date", th.StringType(pattern=ISO_DATE), title="End date",
        description="Last day wanted, included. With it the run is a bounded back-fill: it reads "
        "exactly these days and leaves the bookmarks of the nightly run alone."),
    th.Property("events", Texts, default=["*"], title="Events", description="Which events to read: "
        "names or patterns with * ? [], case-sensitive."),
    th.Property("events_exclude", Texts, default=[], title="Events to leave out",
        description="Names or patterns of events not to read, though `events` asks for them."),
    th.Property("typed_events", Texts, default=[], title="Events with columns of their own",
        description="Names or patterns of events that get a stream of their own beside `events`, "
        "with a typed column for each property. Those that `events` leaves out get none."),
    th.Property("event_profile_data", th.BooleanType, default=False,
        title="Profile properties on events", description="Ask for the person's custom properties, "
        "as they are today, on each event."),
    th.Property("profile_events", Texts, default=[], title="Events that lead to profiles",
        description="CleverTap gives out the profiles of those who raised an event: names or "
        "patterns of the events to ask for. Unless given, App Launched and Web Session Started, "
        "those of them that the account has."),
    th.Property("lookback_days", th.IntegerType(minimum=0, maximum=365), default=3,
        title="Look-back", description="Days before the bookmark to read again, because late "
        "events come."),
    th.Property("include_today", th.BooleanType, default=False, title="Include today",
        description="Read the day that has not ended too; it is read again until it has."),
    th.Property("max_concurrency", th.IntegerType(minimum=1, maximum=3), default=3,
        title="Concurrency", description="Requests in flight per endpoint. CleverTap allows an "
        "account three, shared with its other users."),
    th.Property("batch_size", th.IntegerType(minimum=1, maximum=5000), default=4991,
        title="Page size", description="Records a page, a maximum; multiples of 23 fit CleverTap's "
        "storage, and below 23 it ignores the number."),
    th.Property("request_timeout", th.IntegerType(minimum=1, maximum=3600), default=300,
        title="Request timeout", description="Seconds without a byte after which a request fails."),
    th.Property("in_progress_timeout", th.IntegerType(minimum=1, maximum=86400), default=900,
        title="Patience", description="Seconds to wait for one page that is being prepared."),
    th.Property("reconciliation", th.StringType, default="warn",
        allowed_values=["off", "warn", "fail"], title="Reconciliation", description="Check each "
        "closed day against CleverTap's own count of it: not at all, warning of a difference, or "
        "failing and leaving the bookmark before it."),
    th.Property("duplicates", th.StringType, default="reconcile",
        allowed_values=["reconcile", "keep", "drop"], title="Identical rows",
        description="What to do with rows that are identical in event, second, device and "
        "properties: let CleverTap's count of the day tell people's repetitions from the API's, "
        "keep all, or drop all but the first."),
    th.Property("count_queries", th.ArrayType(th.ObjectType()), default=[],
        title="Questions of your own", description="A list of {name, event, kind: events or "
        "profiles, period: day, month or total, filters}: how often an event happened, or to how "
        "many people. `filters` holds event_properties, session_properties, "
        "common_profile_properties and advanced_query of CleverTap's query language. A question "
        "that changes needs a new name: what was counted under the old one stays."),
    th.Property("top_property_queries", th.ArrayType(th.ObjectType()), default=[],
        title="Most frequent values", description="A list of {name, event, property_type, "
        "property, top_n: 1 to 100, order: desc or asc, period: day, month or total}: which values "
        "a property has most often. property_type is event_properties, session_properties, "
        "profile_fields, app_fields, demographics, technographics, reachability or geo_fields."),
    th.Property("message_reports_lookback_days", th.IntegerType(minimum=0, maximum=365),
        default=30, title="Look-back of message reports", description="Days before the bookmark on "
        "which messages started that are reported again, because their numbers keep moving."),
    th.Property("message_reports_daily", th.BooleanType, default=False,
        title="Message reports by day", description="Ask for each message's numbers day by day; "
        "what comes is kept in `extra`."),
    th.Property("privacy", th.ObjectType(), default={}, secret=True, title="Privacy",
        description="What is hashed, masked or dropped before anything is written: lists of "
        "columns {hash: [identity, …], mask: [email, …], drop: [event_props.Phone, …], salt: a "
        "secret}. What is inside a column is named after a dot."),
    th.Property("nested_values", th.StringType, default="object",
        allowed_values=["object", "text"], title="Nested values",
        description="How properties, profiles, items and other objects and lists are sent: as "
        "JSON (`object`), or as JSON text (`text`) for targets that cannot hold objects or print "
        "them differently, such as target-csv."),
    th.Property("exports", th.ObjectType(), default={}, secret=True, title="CleverTap's export "
        "files", description="Where CleverTap's own exports are: {url: s3://, gs://, abfs:// or a "
        "local folder, storage_options: what fsspec takes for it, format: csv, json or parquet "
        "where only files of one are wanted, min_age_minutes: 60, wait_for: completed, processes: "
        "how many read at once}. Without a url there are no exported streams."),
    th.Property("skip_failed_streams", th.BooleanType, default=False, title="Skip failed streams",
        description="Go on with the other streams when one fails; the run still ends red."),
).to_dict() | {"additionalProperties": False}
# fmt: on


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings as the rooms below use them: checked, and of the right types."""

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
    skip_failed_streams: bool
    nested_values: Literal["object", "text"]

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Settings:
        """Build the view from a config that the schema has passed.

        Raises:
            SettingError: A zone or date does not exist, dates contradict each other, or a query
                is one that CleverTap would not understand.
        """
        zone = _zone(config["timezone"])
        start, end = (_day(config, name, zone) for name in ("start_date", "end_date"))
        if start and end and start > end:
            msg = f"start_date: {start} is after end_date {end}; give an earlier day"
            raise SettingError(msg)
        derived: dict[str, Any] = {
            "base_url": _base_url(config),
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
            "exports": ExportFiles.from_config(config["exports"]),
        }
        plain = {name: config[name] for name in cls.__slots__ if name not in derived}
        return cls(**derived, **plain)

    def wants(self, event: str) -> bool:
        """Tell whether the patterns ask for an event of that name."""
        return self.patterns.wants(event)

    @property
    def patterns(self) -> EventPatterns:
        """What `events` and `events_exclude` ask for."""
        return EventPatterns(self.events, self.events_exclude)

    @property
    def named_events(self) -> list[str]:
        """The entries of `events` that are plain names, not patterns."""
        return [name for name in self.events if not WILDCARDS.search(name) and self.wants(name)]


def _zone(name: str) -> pendulum.Timezone:
    try:
        return pendulum.timezone(name)
    except (InvalidTimezone, ValueError, OSError):
        close = difflib.get_close_matches(name, available_timezones(), n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(close)}?" if close else "such as Asia/Kolkata"
        msg = f"timezone: {name!r} is no IANA time zone name; {hint}"
        raise SettingError(msg) from None


def _day(config: Mapping[str, Any], name: str, zone: pendulum.Timezone) -> date | None:
    """Read a day; an instant with an offset is the account's day at that instant."""
    text = config.get(name)
    if text is None:
        return None
    try:
        parsed = pendulum.parse(text, tz=zone, strict=True)
    except ValueError:
        parsed = None
    if not isinstance(parsed, pendulum.DateTime):
        msg = f"{name}: {text!r} is no day of the calendar; give YYYY-MM-DD"
        raise SettingError(msg)
    return parsed.in_timezone(zone).date()


def _base_url(config: Mapping[str, Any]) -> str:
    if url := config.get("api_url"):
        return str(url).rstrip("/")
    region = "eu1" if config["region"] == "global" else config["region"]
    if region not in REGIONS:
        logger.warning(
            "region: %r is none of %s; trying its host all the same", region, ", ".join(REGIONS)
        )
    return "https://api.clevertap.com" if region == "eu1" else f"https://{region}.api.clevertap.com"
