"""Where an account is: the address of its API, and its time zone."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import pendulum
from pendulum.tz.exceptions import InvalidTimezone

from tap_clevertap import logger
from tap_clevertap.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Mapping

LOCAL_HOSTS = {"localhost", "127.0.0.1", "::1"}
REGIONS = ("eu1", "in1", "sg1", "us1", "aps3", "mec1")
ABBREVIATIONS = {
    "IST": ("Asia/Kolkata", "Asia/Jerusalem", "Europe/Dublin"),
    "PST": ("America/Los_Angeles", "Asia/Manila"),
    "PDT": ("America/Los_Angeles",),
    "CST": ("America/Chicago", "Asia/Shanghai"),
    "EDT": ("America/New_York",),
    "BST": ("Europe/London",),
    "CEST": ("Europe/Berlin",),
    "SGT": ("Asia/Singapore",),
    "GST": ("Asia/Dubai",),
    "AEST": ("Australia/Sydney",),
    "JST": ("Asia/Tokyo",),
    "WIB": ("Asia/Jakarta",),
}
"""What people call zones; the database's names that look alike are others."""


def time_zone(name: str) -> pendulum.Timezone:
    """Return a zone of the IANA database.

    Raises:
        SettingError: It has none of that name.
    """
    try:
        return pendulum.timezone(name)
    except (InvalidTimezone, ValueError, OSError):
        close = ABBREVIATIONS.get(name.upper()) or difflib.get_close_matches(
            name, available_timezones(), n=3, cutoff=0.5
        )
        hint = f"did you mean {' or '.join(close)}?" if close else "expected one like Asia/Kolkata"
        msg = f"timezone: {name!r} is not a valid IANA time zone; {hint}"
        raise SettingError(msg) from None


def _warn_of_plain_http(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme == "http" and (parts.hostname or "") not in LOCAL_HOSTS:
        logger.warning("api_url: %s is plain http: the passcode is sent unencrypted", url)


def base_url(config: Mapping[str, Any]) -> str:
    """Return the address that requests are sent to, with a warning where it looks wrong."""
    if url := config.get("api_url"):
        _warn_of_plain_http(str(url))
        return str(url).rstrip("/")
    region = "eu1" if config["region"] == "global" else config["region"]
    if region not in REGIONS:
        logger.warning(
            "region: unknown value %r (known: %s); continuing", region, ", ".join(REGIONS)
        )
    return "https://api.clevertap.com" if region == "eu1" else f"https://{region}.api.clevertap.com"
