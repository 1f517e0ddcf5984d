"""Which of the account's events a run is about, before any message is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_clevertap import errors, logger
from tap_clevertap.config.patterns import WILDCARDS, matches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_clevertap.config.settings import Settings


SHOWN_EVENTS = 8
DEFAULT_PROFILE_EVENTS = ("App Launched", "Web Session Started")
"""Events that everybody raises who uses an app or a site."""


def chosen_events(settings: Settings, listed: Sequence[str]) -> list[str]:
    """Return the names of the events to read: those of the account that the patterns ask for.

    A plain name that the account's schema lacks is kept, with a warning: the schema is not always
    complete.

    Raises:
        SettingError: There is nothing to read.
    """
    chosen = [name for name in listed if settings.wants(name)]
    unlisted = _unlisted("events", settings.named_events, listed)
    for pattern in settings.events:
        if WILDCARDS.search(pattern) and not any(matches(name, pattern) for name in listed):
            logger.warning("events: no event of the account matches %r", pattern)
    if not chosen and not unlisted:
        raise errors.SettingError(_nothing_chosen(settings, listed))
    return chosen + unlisted


def typed_events(settings: Settings, chosen: Sequence[str]) -> list[str]:
    """Return the names of the events that get a stream of their own, of those that are read.

    Raises:
        SettingError: A plain name is none of them.
    """
    for pattern in settings.typed_events:
        if any(matches(name, pattern) for name in chosen):
            continue
        if not WILDCARDS.search(pattern):
            msg = f"typed_events: {pattern!r} is none of the events that `events` asks for; "
            raise errors.SettingError(msg + f"there are {_some(chosen)}")
        logger.warning("typed_events: no event that is read matches %r", pattern)
    return [name for name in chosen if any(matches(name, one) for one in settings.typed_events)]


def profile_events(settings: Settings, listed: Sequence[str]) -> list[str]:
    """Return the names of the events by which people are found.

    Unless the user has named some, there may be none, with a warning: not every account has apps.

    Raises:
        SettingError: The first contact fails, or no event is like those that the user has named.
    """
    patterns = settings.profile_events
    chosen = [
        name
        for name in listed
        if any(matches(name, one) for one in patterns or DEFAULT_PROFILE_EVENTS)
    ]
    plain = [name for name in patterns if not WILDCARDS.search(name)]
    unlisted = (
        _unlisted("profile_events", plain, listed)
        if listed or plain
        else list(DEFAULT_PROFILE_EVENTS)
    )
    if patterns and not chosen and not unlisted:
        msg = (
            f"profile_events: none of the account's events matches {list(patterns)}; there are "
            f"{_some(listed)}"
        )
        raise errors.SettingError(msg)
    if not chosen and not unlisted:
        logger.warning(
            "profile_events: the account has neither %s, so no profile can be asked for; name "
            "events that people raise; there are %s",
            " nor ".join(DEFAULT_PROFILE_EVENTS),
            _some(listed),
        )
    return chosen + unlisted


def _unlisted(setting: str, named: Sequence[str], listed: Sequence[str]) -> list[str]:
    """Return the named events that the schema lacks; they are asked for all the same."""
    unlisted = [name for name in dict.fromkeys(named) if name not in listed]
    for name in unlisted:
        logger.warning(
            "%s: %r is not in the account's schema; asking for it all the same", setting, name
        )
    return unlisted


def _some(listed: Sequence[str]) -> str:
    return ", ".join(listed[:SHOWN_EVENTS]) + (", …" if len(listed) > SHOWN_EVENTS else "")


def _nothing_chosen(settings: Settings, listed: Sequence[str]) -> str:
    if not listed:
        return (
            f"region: the account has no events at {settings.base_url}; check the region, or "
            "name the events in `events`"
        )
    return (
        f"events: none of the account's {len(listed)} events matches {list(settings.events)} "
        f"without {list(settings.events_exclude)}; there are {_some(listed)}"
    )
