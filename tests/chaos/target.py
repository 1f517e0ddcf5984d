"""What stands downstream: it keeps what came, and holds the tap to what it promised."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, NoReturn

from tap_clevertap.sandbox.account import ground_truth

if TYPE_CHECKING:
    from tap_clevertap.sandbox import Sandbox

EVENTS, TYPED = re.compile("events$"), re.compile("event_(?!counts$|schema$)")
ROW = ("ts", "object_id", "event_props", "session_props")


@dataclass(slots=True)
class Target:
    """A warehouse: rows by id, the state to resume with, and each event's furthest bookmark.

    It keeps the rows of the streams whose names match `streams`, of the typed ones as one.
    """

    streams: re.Pattern[str] = EVENTS
    rows: dict[str, str] = field(default_factory=dict)
    state: dict[str, Any] = field(default_factory=dict)
    furthest: dict[tuple[str, str], date] = field(default_factory=dict)

    def take(self, output: bytes, yesterday: date, *, keeps_tail: bool = True) -> None:
        """Take the whole lines of a run's output; what follows the last is a line cut by death.

        A target that dies with the tap loses the rows after the last STATE: without `keeps_tail`
        they are looked at, not kept.
        """
        waiting: dict[str, str] = {}
        came: set[str] = set()
        for line in output.split(b"\n")[:-1]:
            message = json.loads(line.decode(), parse_constant=_refuse)
            if message["type"] == "RECORD" and self.streams.match(message["stream"]):
                self._check(message["record"], waiting)
                assert message["record"]["event_id"] not in came, "a run has written a row twice"
                came.add(message["record"]["event_id"])
            elif message["type"] == "STATE":
                self.rows |= waiting
                waiting.clear()
                self._resume_from(message["value"], yesterday)
        if keeps_tail:
            self.rows |= waiting

    def events(self) -> Counter[str]:
        """Return how often each event is there."""
        return Counter(self.rows.values())

    def marks(self, event: str) -> dict[str, str]:
        """Return the bookmarks that the state has of an event, by kind."""
        for partition in self._partitions(self.state):
            if partition["context"]["event_name"] == event:
                return _marks(partition)
        return {}

    def _check(self, record: dict[str, Any], waiting: dict[str, str]) -> None:
        key, event = record["event_id"], printed(record["event_name"], record)
        known = self.rows.get(key, waiting.get(key, event))
        assert known == event, f"{key} is the id of two events: {known} and {event}"
        waiting[key] = event

    def _resume_from(self, state: dict[str, Any], yesterday: date) -> None:
        self.state = state
        names = [name for name, _ in self.furthest]
        for name in names:
            if "backfill" not in self.marks(name):  # it is done, and may be done again
                self.furthest.pop((name, "backfill"), None)
        for partition in self._partitions(state):
            for kind, day in _marks(partition).items():
                self._move((partition["context"]["event_name"], kind), day, yesterday)
        lost = [one for one in self.furthest if one[1] not in self.marks(one[0])]
        assert not lost, f"the bookmarks {lost} are gone"

    def _partitions(self, state: dict[str, Any]) -> list[dict[str, Any]]:
        marks = state.get("bookmarks", {}).items()
        mine = [one for name, one in marks if self.streams.match(name)]
        return [each for one in mine for each in one.get("partitions", [])]

    def _move(self, bookmark: tuple[str, str], printed_day: str, yesterday: date) -> None:
        day = date.fromisoformat(printed_day)
        assert day <= yesterday, f"{bookmark} has moved to {day}, which has not ended"
        before = self.furthest.get(bookmark, day)
        assert day >= before, f"{bookmark} has moved back from {before} to {day}"
        self.furthest[bookmark] = day


def happened(box: Sandbox, first: date, last: date) -> Counter[str]:
    """Return how often each event whose rows may be read has happened and arrived."""
    found: Counter[str] = Counter()
    for name, kind in box.world.event_types.items():
        rows = (
            ground_truth.rows(box.world, name, first, last, box.now()) if kind.is_exportable else []
        )
        found.update(printed(name, row) for row in rows)
    return found


def printed(name: str, row: dict[str, Any]) -> str:
    """Return an event as one text; a visit that had no properties and none at all are the same."""
    parts = [row[part] for part in ROW]
    return json.dumps([name, *parts[:2], *(part or {} for part in parts[2:])], sort_keys=True)


def _marks(partition: dict[str, Any]) -> dict[str, str]:
    live, backfill = partition.get("replication_key_value"), partition.get("backfill")
    marks = {"live": live} if live else {}
    return marks | ({"backfill": backfill["closed"]} if backfill else {})


def _refuse(constant: str) -> NoReturn:
    msg = f"{constant} is no JSON"
    raise ValueError(msg)
