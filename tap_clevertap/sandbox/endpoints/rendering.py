"""What the API prints about an event or a person: bytes, rendered once and kept.

The profile in a record is today's profile, however old the event.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_clevertap.sandbox.account.models import JSON, Device, Event, Person, World

FOREVER = 2**62
KEPT_EVENTS = 1_000_000
SECONDS_DIGITS = 10**6
PLAIN = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)
ESCAPED = json.JSONEncoder(separators=(",", ":"))
NOBODY: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Flags:
    """Which optional parts of a profile a client asked for."""

    app: bool = True
    events: bool = True
    profile: bool = True


@dataclass(frozen=True, slots=True)
class Moment:
    """When, and how truthfully, records are read."""

    now: int
    strangers: frozenset[int] = NOBODY
    """People shown as anonymous although they are known."""
    minutes_off: int = 0
    """How far `ts` is from the account's zone."""


class Renderer:
    """Prints a world's events and people as the API does."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._heads: dict[tuple[int, int, Flags, bool, int], bytes] = {}
        self._tails: dict[int, tuple[bytes, int, Event]] = {}
        self._history: dict[int, list[tuple[int, str, int]]] = {}
        self._history_size = -1

    def events(self, events: Iterable[Event], flags: Flags, moment: Moment) -> list[bytes]:
        """Return one JSON object for each event."""
        self._learn_history(flags)
        return [
            self._head(event.person, event.device, flags, moment) + self._tail(event, moment)
            for event in events
        ]

    def day(self, event: Event) -> int:
        """Return the account-local day of an event as `YYYYMMDD`."""
        kept = self._tails.get(id(event))
        return kept[1] if kept else self._world.ts(event.at) // SECONDS_DIGITS

    def people(self, people: Iterable[int], flags: Flags, moment: Moment) -> list[bytes]:
        """Return one JSON object for each person, as Get User Profiles prints them."""
        self._learn_history(flags)
        return [dump(self.person(index, flags, moment)) for index in people]

    def person(self, index: int, flags: Flags, moment: Moment) -> JSON:
        """Return what Get User Profiles says about one person."""
        self._learn_history(flags)
        person = self._world.people[index]
        record = _about(person, is_known=_is_known(person, index, moment))
        if index % 3:  # The API leaves the object id out of some profiles.
            record["objectId"] = person.devices[0].object_id
        record["platformInfo"] = [_installation(device, flags) for device in person.devices]
        record |= self._optional(index, flags, moment.now)
        return record

    def _head(self, index: int, device: int, flags: Flags, moment: Moment) -> bytes:
        person = self._world.people[index]
        is_known = _is_known(person, index, moment)
        arrived = self._arrived(index, moment.now) if flags.events else 0
        key = index, device, flags, is_known, arrived
        head = self._heads.get(key)
        if head is None:
            profile = self._profile(index, device, flags, moment)
            head = self._heads[key] = b'{"profile":' + dump(profile)
        return head

    def _profile(self, index: int, device: int, flags: Flags, moment: Moment) -> JSON:
        person = self._world.people[index]
        used = person.devices[device]
        profile: JSON = {"objectId": used.object_id, "platform": used.platform}
        profile |= _about(person, is_known=_is_known(person, index, moment))
        if used.push_token:
            profile["push_token"] = used.push_token
        if flags.app:
            profile |= used.app
        if used.platform == "Android":
            profile["df"] = {"2": 320, "1": 136, "0": 68}
        if "identity" in profile:
            profile["badKs"] = []
        return profile | self._optional(index, flags, moment.now)

    def _optional(self, index: int, flags: Flags, now: int) -> JSON:
        optional: JSON = {}
        if flags.profile and self._world.people[index].properties:
            optional["profileData"] = self._world.people[index].properties
        if flags.events:
            optional["events"] = self._summary(index, now)
        return optional

    def _tail(self, event: Event, moment: Moment) -> bytes:
        if moment.minutes_off:
            return self._print_tail(event, self._world.ts(event.at + 60 * moment.minutes_off))
        kept = self._tails.get(id(event))
        if kept is None:
            kept = self._keep(event)
        return kept[0]

    def _keep(self, event: Event) -> tuple[bytes, int, Event]:
        """Render and keep; the event is kept too, so that its id stays its own."""
        if len(self._tails) >= KEPT_EVENTS:
            self._tails.clear()
        ts = self._world.ts(event.at)
        kept = self._tails[id(event)] = self._print_tail(event, ts), ts // SECONDS_DIGITS, event
        return kept

    @staticmethod
    def _print_tail(event: Event, ts: int) -> bytes:
        parts = [b',"ts":%d' % ts]
        if event.props or event.at % 2:  # Without properties the key is sometimes absent.
            parts.append(b',"event_props":' + dump(event.props))
        if event.session is not None:
            parts.append(b',"session_props":' + dump(event.session))
        if event.items is not None:
            parts.append(b',"items":' + dump(event.items))
        return b"".join([*parts, b"}"])

    def _learn_history(self, flags: Flags) -> None:
        if flags.events:
            size = sum(
                self._world.count(name, day, FOREVER)
                for name in list(self._world.event_types)
                for day in self._world.days(name)
            )
            if size != self._history_size:
                self._history, self._history_size = _history(self._world), size

    def _arrived(self, index: int, now: int) -> int:
        return bisect_right(self._history.get(index, []), now, key=_arrival)

    def _summary(self, index: int, now: int) -> JSON:
        seen: dict[str, list[int]] = defaultdict(list)
        for _, name, at in self._history.get(index, [])[: self._arrived(index, now)]:
            seen[name].append(at)
        return {
            name: {"count": len(at), "first_seen": min(at), "last_seen": max(at)}
            for name, at in sorted(seen.items())
        }


def dump(value: object) -> bytes:
    """Return JSON as the API prints it: compact, UTF-8; a lone surrogate stays an escape."""
    try:
        return PLAIN.encode(value).encode()
    except UnicodeEncodeError:
        return ESCAPED.encode(value).encode()


def _is_known(person: Person, index: int, moment: Moment) -> bool:
    return index not in moment.strangers and person.is_identified(moment.now)


def _about(person: Person, *, is_known: bool) -> JSON:
    """Return who somebody is; what is not known is left out."""
    if not is_known:
        return {}
    about: JSON = {"identity": person.identity, "all_identities": person.all_identities()}
    about |= {"name": person.name, "email": person.email, "phone": person.phone}
    return {key: value for key, value in about.items() if value is not None}


def _installation(device: Device, flags: Flags) -> JSON:
    entry: JSON = {"platform": device.platform}
    if flags.app:
        entry |= device.app
    if device.push_token:
        entry["push_token"] = device.push_token
    return entry | {"objectId": device.object_id}


def _arrival(entry: tuple[int, str, int]) -> int:
    return entry[0]


def _history(world: World) -> dict[int, list[tuple[int, str, int]]]:
    """Return for each person what arrived when, in order of arrival."""
    history: dict[int, list[tuple[int, str, int]]] = defaultdict(list)
    for event in _everything(world):
        history[event.person].append((event.arrived_at, event.name, event.at))
    for entries in history.values():
        entries.sort()
    return dict(history)


def _everything(world: World) -> Iterator[Event]:
    for name in list(world.event_types):
        yield from world.events(name, date.min, date.max, FOREVER)
