"""Subscribers: who has had as much of an event is read for together."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from tap_clevertap.extraction.bookmarks import Bookmarks
from tap_clevertap.extraction.slices import Partition, Window
from tap_clevertap.extraction.subscribers import Subscriber, Subscribers

if TYPE_CHECKING:
    from collections.abc import Callable

WINDOW = Window(date(2026, 7, 1), date(2026, 7, 10))
CLOSED = date(2026, 7, 9)


class Stream:
    """A stream that has had some events up to a day, and what becomes of it."""

    def __init__(self, closed: dict[str, str | None], did: list[str]) -> None:
        """Begin with the last closed day of each event that it wants."""
        self.did = did
        self.buffered_rows: list[Callable[[], None]] = []
        self.partitions: list[dict[str, Any]] = [
            {"context": {"event_name": event}, "replication_key_value": day, "rows_a_day": 7}
            for event, day in closed.items()
        ]
        marks = Bookmarks({"partitions": self.partitions}, lambda _: {}, "event_date", WINDOW)
        self.subscriber = Subscriber(
            list(closed), marks, self.buffered_rows.append, self.write_state
        )

    def write_state(self) -> None:
        """Note that a STATE message goes out."""
        self.did.append("state")

    @property
    def marks(self) -> list[str | None]:
        """The bookmarks."""
        return [one["replication_key_value"] for one in self.partitions]


def together(**streams: Stream) -> Subscribers:
    """Put streams together."""
    return Subscribers({name: one.subscriber for name, one in streams.items()})


def test_an_event_is_read_once_for_all_who_are_as_far() -> None:
    """Streams with the same bookmark make one subject; one that is behind makes its own."""
    subscribers = together(
        every=Stream({"A": "2026-07-08", "B": "2026-07-08"}, []),
        old=Stream({"A": "2026-07-08"}, []),
        new=Stream({"B": None}, []),
    )
    assert subscribers.partitions() == [
        Partition("A", ("every", "old")),
        Partition("B", ("every",)),
        Partition("B", ("new",)),
    ]
    assert subscribers.last_closed(Partition("B", ("new",))) is None
    assert subscribers.last_closed(Partition("A", ("every", "old"))) == date(2026, 7, 8)
    assert subscribers.rows_a_day(Partition("A", ("every", "old"))) == 7


def test_a_day_closes_for_each_stream_when_its_own_rows_are_out() -> None:
    """A bookmark moves when its stream says so, and every move comes before the state."""
    one, other = Stream({"A": None}, []), Stream({"A": None}, [])
    together(one=one, other=other).close(Partition("A", ("one", "other")), CLOSED, 5)
    assert (one.marks, other.marks) == ([None], [None])
    for action in one.buffered_rows:
        action()
    assert (one.marks, other.marks) == ([str(CLOSED)], [None])
    assert one.did == ["state"]


def test_streams_that_do_not_want_an_event_are_left_alone() -> None:
    """Only those whose rows were read move on."""
    one, other = Stream({"A": None}, []), Stream({"B": None}, [])
    together(one=one, other=other).close(Partition("A", ("one",)), CLOSED, 5)
    assert len(one.buffered_rows) == 2
    assert other.buffered_rows == []
