"""Rows of CSV as events: each file has the columns that its own events had."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from tap_clevertap.errors import FileFailed
from tap_clevertap.records.exported.record import ExportedEvent
from tap_clevertap.records.exported.values import api_profile, picker, with_lists
from tap_clevertap.records.fast_decoding import NO_PROPS, EventRecord
from tap_clevertap.records.json_values import encoded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from msgspec import Raw

MAX_CACHED_PROFILES = 10_000
TS_DIGITS = 14
SIZES = "dimensions."

_ENCODE = msgspec.json.Encoder().encode


class CsvEvents:
    """The columns of one file; cells stay text, and empty ones are missing."""

    def __init__(self, header: Sequence[str]) -> None:
        """Take the columns apart.

        Raises:
            FileFailed: They are not those of events.
        """
        groups = _grouped(header)
        if "ts" not in groups or "eventName" not in groups:
            msg = "is not an export of events: its header has no columns ts and eventName"
            raise FileFailed(msg)
        self._ts, self._name = groups.pop("ts")["ts"], groups.pop("eventName")["eventName"]
        self._profile = groups.pop("profile", {})
        device = groups.pop("deviceInfo", {})
        self._device = [name.removeprefix(SIZES) for name in device]
        self._person = picker([*self._profile.values(), *device.values()])
        self._profiles = _Profiles(list(self._profile), self._device)
        self._props = _Cells(groups.pop("eventProps", {}))
        self._session = _Cells(groups.pop("session_props", {}) | groups.pop("sessionProps", {}))
        self._others = {
            name if name == group else f"{group}.{name}": index
            for group, names in groups.items()
            for name, index in names.items()
        }

    def read(self, rows: Iterable[Sequence[str]]) -> Iterator[ExportedEvent]:
        """Yield the events of the rows.

        Raises:
            FileFailed: A row does not say which event it is.
        """
        others = [*self._others.values()]
        person, profiles, props, session = self._person, self._profiles, self._props, self._session
        for line, row in enumerate(rows, 1):
            name, ts = row[self._name], row[self._ts]
            if not name:
                msg = f"record {line:,} has no eventName"
                raise FileFailed(msg)
            parts = profiles.of(person(row)), props.of(row), session.of(row)
            if len(ts) == TS_DIGITS and ts.isdigit() and not any(row[one] for one in others):
                record: EventRecord | Raw = EventRecord(parts[0], int(ts), *parts[1:])
            else:
                record = self._unusual(row, ts, *parts)
            yield ExportedEvent(line, name, record, has_id=False)

    def _unusual(self, row: Sequence[str], ts: str, profile: Raw, props: Raw, session: Raw) -> Raw:
        """Return a record with members that hardly any event has."""
        record: dict[str, Any] = {name: row[one] for name, one in self._others.items() if row[one]}
        record |= {"profile": profile, "event_props": props, "session_props": session}
        return encoded(record | ({"ts": int(ts) if ts.isdigit() else ts} if ts else {}))


class _Cells:
    """Columns that make an object."""

    def __init__(self, columns: Mapping[str, int]) -> None:
        self._names = list(columns)
        self._pick = picker([*columns.values()])

    def of(self, row: Sequence[str]) -> Raw:
        """Return the object of those cells that are not empty."""
        cells = {n: cell for n, cell in zip(self._names, self._pick(row), strict=True) if cell}
        return with_lists(cells) if cells else NO_PROPS


class _Profiles(dict[bytes, "Raw"]):
    """The profiles that came lately, by their cells as JSON: a fourth of what the texts take."""

    def __init__(self, profile: Sequence[str], device: Sequence[str]) -> None:
        super().__init__()
        self._profile, self._device = profile, device

    def of(self, cells: tuple[str, ...]) -> Raw:
        """Return the profile of some cells."""
        key = _ENCODE(cells)
        return self.get(key) or self._add(key, cells)

    def _add(self, key: bytes, cells: tuple[str, ...]) -> Raw:
        if len(self) >= MAX_CACHED_PROFILES:
            self.clear()
        own = dict(zip(self._profile, cells, strict=False))
        device = dict(zip(self._device, cells[len(self._profile) :], strict=True))
        found = self[key] = encoded(api_profile(own, device))
        return found


def _grouped(header: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return the index of each column by what precedes the first dot of its name, and the rest."""
    groups: dict[str, dict[str, int]] = {}
    for index, column in enumerate(header):
        group, _, name = column.strip().partition(".")
        groups.setdefault(group, {})[name or group] = index
    return groups
