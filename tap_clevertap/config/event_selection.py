"""Selects the events of a run from those of the account, before anything is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_clevertap import errors, logger
from tap_clevertap.config.patterns import WILDCARDS, matches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_clevertap.config.settings import Settings


MAX_LISTED = 8
DEFAULT_PROFILE_EVENTS = ("App Launched", "Web Session Started")
"""Events that every user of an app or a website raises."""


def chosen_events(
    settings: Settings, listed: Sequence[str], read_before: Sequence[str] = ()
) -> list[str]:
    """Return the names of the account's events that the settings select.

    A plain name that is not in the account's event schema is kept, with a warning: the schema is
    not always complete. So is an event that was `read_before` and that the settings still select.

    Raises:
        SettingError: No event is selected, or patterns cannot be resolved without a schema.
    """
    _check_patterns(settings, listed)
    chosen = [name for name in listed if settings.wants(name)]
    unlisted = _unlisted("events", settings.named_events, listed)
    for pattern in settings.events:
        if WILDCARDS.search(pattern) and not any(matches(name, pattern) for name in listed):
            logger.warning("events: no event of the account matches the pattern %r", pattern)
    if not chosen and not unlisted:
        raise errors.SettingError(_nothing_chosen(settings, listed))
    hidden = [name for name in read_before if name not in listed and settings.wants(name)]
    for name in hidden:
        if name not in unlisted:
            logger.warning(
                "events: %r has a bookmark but is not in the account's event schema; requesting it "
                "anyway",
                name,
            )
    return list(dict.fromkeys(chosen + unlisted + hidden))


def _check_patterns(settings: Settings, listed: Sequence[str]) -> None:
    """Refuse patterns where there is no schema to resolve them: events would be left out.

    Raises:
        SettingError: The schema is empty or cannot be read.
    """
    patterns = [one for one in settings.events if WILDCARDS.search(one)]
    if not patterns or listed:
        return
    if not settings.named_events:
        raise errors.SettingError(_nothing_chosen(settings, listed))
    msg = (
        f"events: the pattern {patterns[0]!r} cannot be resolved, because the account's event "
        "schema is empty or cannot be read; expected event names only"
    )
    raise errors.SettingError(msg)


def typed_events(settings: Settings, chosen: Sequence[str]) -> list[str]:
    """Return the names of the events that get a typed stream, of those in `chosen`.

    Raises:
        SettingError: A plain name is not one of them.
    """
    for pattern in settings.typed_events:
        if any(matches(name, pattern) for name in chosen):
            continue
        if not WILDCARDS.search(pattern):
            msg = f"typed_events: {pattern!r} is not an event that `events` selects; "
            raise errors.SettingError(msg + f"expected one of {_some(chosen)}")
        logger.warning("typed_events: no selected event matches the pattern %r", pattern)
    return [name for name in chosen if any(matches(name, one) for one in settings.typed_events)]


def profile_events(settings: Settings, listed: Sequence[str]) -> list[str]:
    """Return the names of the events whose users are exported.

    With the default there may be none, with a warning: not every account has an app.

    Raises:
        SettingError: No event matches those that the user has set.
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
            f"profile_events: {list(patterns)} matches no event of the account; expected one of "
            f"{_some(listed)}"
        )
        raise errors.SettingError(msg)
    if not chosen and not unlisted:
        logger.warning(
            "profile_events: the account has neither %s, so no profiles can be exported; expected "
            "events that its users raise, such as %s",
            " nor ".join(DEFAULT_PROFILE_EVENTS),
            _some(listed),
        )
    return chosen + unlisted


def _unlisted(setting: str, named: Sequence[str], listed: Sequence[str]) -> list[str]:
    """Return the events named in a setting that the account's schema does not have."""
    unlisted = [name for name in dict.fromkeys(named) if name not in listed]
    for name in unlisted:
        logger.warning(
            "%s: %r is not in the account's event schema; requesting it anyway", setting, name
        )
    return unlisted


def _some(listed: Sequence[str]) -> str:
    return ", ".join(map(repr, listed[:MAX_LISTED])) + (", …" if len(listed) > MAX_LISTED else "")


def _nothing_chosen(settings: Settings, listed: Sequence[str]) -> str:
    if not listed:
        return (
            f"region: the account has no events at {settings.base_url}; check the region, or list "
            "the events in `events`"
        )
    return (
        f"events: none of the account's {len(listed)} events matches {list(settings.events)} "
        f"without {list(settings.events_exclude)}; expected one of {_some(listed)}"
    )
