"""Whose state it is: the account, region and time zone that bookmarks were made with.

Bookmarks are days of one account in one time zone; with another they would skip or repeat days.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from tap_clevertap import logger
from tap_clevertap.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_clevertap.config.settings import Settings

KEY = "tap_clevertap"
"""Where it stands in the state, beside `bookmarks`."""
STATE_VERSION = 2
HASH_DIGITS = 16


def owner_of(settings: Settings, region: str) -> dict[str, Any]:
    """Return what the state remembers of the settings; the account id is hashed."""
    digest = sha256(f"clevertap account {settings.account_id}".encode()).hexdigest()
    return {
        "version": STATE_VERSION,
        "account": digest[:HASH_DIGITS],
        "region": "eu1" if region == "global" else region,
        "timezone": settings.zone.name,
    }


def check_owner(state: Mapping[str, Any], settings: Settings, region: str) -> None:
    """Accept a state of these settings, and one from before states said whose they are.

    Raises:
        SettingError: It is another account's, or of another time zone or a later version.
    """
    known = state.get(KEY)
    if not isinstance(known, dict):
        return
    version = known.get("version")
    if isinstance(version, int) and version > STATE_VERSION:
        msg = (
            f"state: version {version} was written by a later tap-clevertap (this one writes "
            f"{STATE_VERSION}); upgrade the tap, or start with a new state"
        )
        raise SettingError(msg)
    owner = owner_of(settings, region)
    if known.get("account", owner["account"]) != owner["account"]:
        msg = (
            "state: written for another account_id; give each account a state of its own (with "
            "Meltano: --state-id-suffix, or a plugin that inherits)"
        )
        raise SettingError(msg)
    for name in ("region", "timezone"):
        before = known.get(name, owner[name])
        if before != owner[name]:
            msg = (
                f"state: written with {name} {before!r}, which is now {owner[name]!r}; its days "
                f"would not match. Set {name} back, or start with a new state and load again"
            )
            raise SettingError(msg)


def first_day(state: Mapping[str, Any], settings: Settings) -> str | None:
    """Return the earliest `start_date` that runs of this state have had; warn if it has moved."""
    known = state.get(KEY)
    before = known.get("start_date") if isinstance(known, dict) else None
    if settings.end_date is not None:  # a backfill does not change what live runs read
        return str(before) if before else None
    start = settings.start_date.isoformat() if settings.start_date else None
    if before and start and start < str(before):
        logger.warning(
            "start_date: moved from %s to %s; incremental runs do not read the days between. To "
            "load them, run a backfill with start_date %s and an end_date before %s",
            before,
            start,
            start,
            before,
        )
    return min((one for one in (str(before) if before else None, start) if one), default=None)
