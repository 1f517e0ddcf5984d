"""Checkpoints: bookmarks move over contiguous closed days, after the rows before them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from tap_clevertap.extraction.bookmarks import Bookmarks
from tap_clevertap.extraction.checkpoint import Checkpoint
from tap_clevertap.extraction.slices.model import Partition, Slice
from tap_clevertap.extraction.slices.planning import fixed_width, plan
from tap_clevertap.extraction.slices.window import Window
from tap_clevertap.extraction.subscribers import Subscriber

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

TODAY = date(2026, 7, 10)
YESTERDAY = date(2026, 7, 9)
WINDOW = Window(date(2026, 7, 1), TODAY)


def day(number: int) -> date:
    """Return a day of July 2026."""
    return date(2026, 7, number)


class Stream:
    """A stream whose flushes and states are noted."""

    def __init__(self) -> None:
        self.states = 0
        self.waiting: list[Callable[[], None]] = []
        self.entries: dict[str, dict[str, Any]] = {}
        marks = Bookmarks({}, self.entry, "event_date", WINDOW)
        self.subscriber = Subscriber([], marks, self.waiting.append, self.write_state)

    def entry(self, event: str) -> dict[str, Any]:
        """Return the state's entry of an event."""
        return self.entries.setdefault(event, {})

    def write_state(self) -> None:
        """Count a STATE."""
        self.states += 1

    def flush(self) -> None:
        """Write what waits: do what follows."""
        actions, self.waiting[:] = list(self.waiting), []
        for action in actions:
            action()

    @property
    def bookmarks(self) -> dict[str, date]:
        """The bookmarks of the state."""
        return {
            event: date.fromisoformat(entry["replication_key_value"])
            for event, entry in self.entries.items()
            if "replication_key_value" in entry
        }


def checkpoint_of(*slices_: Slice, **streams: Stream) -> Checkpoint:
    """Return a checkpoint of some streams that expects some slices."""
    checkpoint = Checkpoint({name: one.subscriber for name, one in streams.items()})
    for one in slices_:
        checkpoint.expect(one)
    return checkpoint


@st.composite
def planned(draw: st.DrawFn) -> list[Slice]:
    """Draw the contiguous slices of a few events, each perhaps with the open day at its end."""
    slices_: list[Slice] = []
    for event in draw(st.sets(st.sampled_from("abc"))):
        window = Window(day(1), TODAY, None, 0, draw(st.booleans()))
        slices_ += plan(event, window, None, fixed_width(draw(st.integers(1, 12))))
    return slices_


@given(planned(), st.randoms(use_true_random=False))
def test_bookmarks_move_over_contiguous_days(slices_: list[Slice], random: Random) -> None:
    """In whatever order slices close, a bookmark never passes a day that was not read."""
    stream = Stream()
    checkpoint, unread = checkpoint_of(*slices_, events=stream), set(slices_)
    for slice_ in random.sample(slices_, len(slices_)):
        checkpoint.close(slice_)
        stream.flush()
        unread.remove(slice_)
        closed = stream.bookmarks
        assert all(one.first > closed.get(one.event, date.min) for one in unread)
    assert stream.bookmarks == {slice_.event: YESTERDAY for slice_ in slices_}


def test_a_bookmark_waits_for_the_oldest() -> None:
    """Nothing is closed while an older slice is being read; then all that was closed is."""
    stream = Stream()
    first, second, third = (Slice("Viewed", day(n), day(n)) for n in (1, 2, 3))
    checkpoint = checkpoint_of(first, second, third, events=stream)
    checkpoint.close(second)
    assert stream.waiting == []
    for slice_, closed in ((first, 2), (third, 3)):
        checkpoint.close(slice_)
        stream.flush()
        assert stream.bookmarks == {"Viewed": day(closed)}
    assert stream.states == 2


def test_an_open_slice_never_closes() -> None:
    """The day that has not ended moves no bookmark, alone or after closed ones."""
    stream = Stream()
    closed, today = Slice("Viewed", day(9), day(9)), Slice("Viewed", TODAY, TODAY, is_open=True)
    checkpoint = checkpoint_of(closed, today, events=stream)
    checkpoint.close(today)
    assert stream.waiting == []
    checkpoint.close(closed)
    stream.flush()
    assert stream.bookmarks == {"Viewed": day(9)}


def test_halves_of_a_slice_close_as_the_whole_does() -> None:
    """A slice that was planned whole may be read and closed in parts."""
    stream = Stream()
    checkpoint = checkpoint_of(Slice("Viewed", day(1), day(4)), events=stream)
    checkpoint.close(Slice("Viewed", day(3), day(4)))
    assert stream.waiting == []
    checkpoint.close(Slice("Viewed", day(1), day(2)))
    stream.flush()
    assert stream.bookmarks == {"Viewed": day(4)}


def test_a_day_closes_for_each_stream_when_its_own_rows_are_out() -> None:
    """A bookmark moves when its stream has written the rows, and before the state is written."""
    one, other = Stream(), Stream()
    slice_ = Slice("A", day(1), day(9), streams=("one", "other"))
    checkpoint_of(slice_, one=one, other=other).close(slice_, 5)
    assert (one.bookmarks, other.bookmarks) == ({}, {})
    one.flush()
    assert (one.bookmarks, other.bookmarks) == ({"A": day(9)}, {})
    assert one.entries["A"]["rows_a_day"] == 5
    assert (one.states, other.states) == (1, 0)


def test_streams_that_do_not_want_an_event_are_left_alone() -> None:
    """Only those whose rows were read move on; a slice that names none is everybody's."""
    one, other = Stream(), Stream()
    mine, everybodys = Slice("A", day(1), day(1), streams=("one",)), Slice("B", day(1), day(1))
    checkpoint = checkpoint_of(mine, everybodys, one=one, other=other)
    checkpoint.close(mine)
    assert (len(one.waiting), len(other.waiting)) == (2, 0)
    checkpoint.close(everybodys)
    assert (len(one.waiting), len(other.waiting)) == (4, 2)


def test_the_position_of_a_partition_is_that_of_its_streams() -> None:
    """They have read it up to the same day, which is why they read it together."""
    stream = Stream()
    checkpoint = checkpoint_of(events=stream)
    partition = Partition("A", ("events",))
    assert (checkpoint.last_closed(partition), checkpoint.rows_a_day(partition)) == (None, None)
    stream.subscriber.bookmarks.move("A", day(4), 7)
    assert (checkpoint.last_closed(partition), checkpoint.rows_a_day(partition)) == (day(4), 7)
