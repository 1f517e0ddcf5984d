"""The output: whole lines, whatever happens while one is written."""

from __future__ import annotations

import io
import json
import os
import signal
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import pytest
from singer_sdk.helpers._batch import BaseBatchFileEncoding, SDKBatchMessage
from singer_sdk.singerlib import StateMessage

from tap_clevertap.errors import OutputClosed
from tap_clevertap.output.writer import (
    AtomicLineWriter,
    ChangedStateWriter,
    Interrupted,
    state_line,
)
from tests.support.running import captured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LINES = b'{"n":1}\n{"n":2}\n'
WORDS = b'{"last":"words"}\n'


class Halting(io.BytesIO):
    """Takes a few bytes at a time, as an unbuffered pipe does when signals come."""

    def __init__(self, on_write: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self.calls = [on_write]

    def write(self, data: object) -> int:
        """Take five bytes at most."""
        written = super().write(bytes(data)[:5])  # type: ignore[call-overload] # a memoryview
        if self.calls:
            self.calls.pop()()
        return written


def writer_on(monkeypatch: pytest.MonkeyPatch, out: IO[str]) -> AtomicLineWriter:
    """Return a writer whose stdout is `out`, and whose last words are a line."""
    monkeypatch.setattr(sys, "stdout", out)
    writer = AtomicLineWriter()
    writer.before_exit = lambda: writer.write_lines(WORDS)
    return writer


def test_lines_and_messages_go_out_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages and messages share one way out."""
    binary = io.BytesIO()
    writer = writer_on(monkeypatch, io.TextIOWrapper(binary))
    writer.write_lines(LINES)
    writer.write_message(StateMessage(value={"é": 1}))
    writer.write_lines(LINES)
    state = b'{"type":"STATE","value":{"\xc3\xa9":1}}\n'
    assert json.loads(binary.getvalue().splitlines()[2]) == json.loads(state)
    assert binary.getvalue().count(b"\n") == 5


def test_a_stdout_of_text_alone_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are no bytes beneath, text is written."""
    out = io.StringIO()
    writer_on(monkeypatch, out).write_lines(LINES)
    assert out.getvalue() == LINES.decode()


def test_a_write_that_ends_half_way_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unbuffered, a write may take fewer bytes than it was given."""
    binary = Halting()
    writer_on(monkeypatch, io.TextIOWrapper(binary)).write_lines(LINES)
    assert binary.getvalue() == LINES


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_interruption_waits_for_the_page(
    monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    """A signal within a page ends the run behind it, after the last words."""
    binary = Halting(lambda: writer.interrupt(number))
    writer = writer_on(monkeypatch, io.TextIOWrapper(binary))
    with pytest.raises(Interrupted) as stop:
        writer.write_lines(LINES)
    assert stop.value.code == 128 + number
    assert binary.getvalue() == LINES + WORDS


def test_an_interruption_between_pages_ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing is being written the last words follow immediately."""
    binary = io.BytesIO()
    with pytest.raises(Interrupted):
        writer_on(monkeypatch, io.TextIOWrapper(binary)).interrupt(signal.SIGTERM)
    assert binary.getvalue() == WORDS


def test_an_interruption_that_was_lost_ends_the_run_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is raised while an object is finalised, Python drops; the end of the run remembers."""
    writer = writer_on(monkeypatch, io.TextIOWrapper(io.BytesIO()))
    writer.raise_if_interrupted()
    with suppress(Interrupted):
        writer.interrupt(signal.SIGTERM)
    with pytest.raises(Interrupted) as stop:
        writer.raise_if_interrupted()
    assert stop.value.code == 143


@contextmanager
def closed_pipe() -> Iterator[IO[str]]:
    """Give a stdout whose reader has gone."""
    reading, writing = os.pipe()
    os.close(reading)
    with io.TextIOWrapper(io.FileIO(writing, "w")) as out:
        yield out


def test_a_closed_pipe_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    """A target that has gone is no traceback."""
    with closed_pipe() as out:
        writer = writer_on(monkeypatch, out)
        with pytest.raises(OutputClosed, match="output: the target closed the pipe"):
            writer.write_lines(LINES)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    """The operating system's own words are in the line."""
    with io.TextIOWrapper(io.FileIO("/dev/full", "w")) as out:
        writer = writer_on(monkeypatch, out)
        with pytest.raises(OutputClosed, match="cannot be written: No space left on device"):
            writer.write_lines(LINES)


def test_a_failed_write_puts_no_interruption_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that failed is over: a signal afterwards ends the run at once."""
    with closed_pipe() as out:
        writer = writer_on(monkeypatch, out)
        with pytest.raises(OutputClosed):
            writer.write_lines(LINES)
        writer.before_exit = lambda: None
        with pytest.raises(Interrupted):
            writer.interrupt(signal.SIGINT)


def test_a_state_is_written_when_it_has_changed() -> None:
    """The same state twice is one line; what was changed in place is seen."""
    writer = AtomicLineWriter()
    states = ChangedStateWriter(writer)
    state: Any = {"bookmarks": {"events": {"partitions": []}}}

    def write() -> None:
        states.write_state(state)
        states.write_state(state)
        state["bookmarks"]["events"]["partitions"].append({"day": "2026-07-01"})
        states.write_state(state)

    assert [one["bookmarks"]["events"]["partitions"] for one in captured(write).states] == [
        [],
        [{"day": "2026-07-01"}],
    ]


class Clock:
    """A clock that stands still unless it is told otherwise."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the present moment, in seconds."""
        return self.now


def states_on(clock: Clock) -> tuple[AtomicLineWriter, ChangedStateWriter]:
    """Return a writer, and what writes the states between its lines."""
    writer = AtomicLineWriter()
    return writer, ChangedStateWriter(writer, clock)


def state_of(events: int) -> Any:  # noqa: ANN401 - JSON
    """Return a state of so many events."""
    partitions = [{"context": {"event_name": f"Event {n:05}"}} for n in range(events)]
    return {"bookmarks": {"events": {"partitions": partitions}}}


def test_a_state_is_due_when_ten_times_its_bytes_are_written() -> None:
    """What a killed run repeats is bounded by what it has written since."""
    writer, states = states_on(Clock())
    due: list[bool] = []

    def write() -> None:
        states.write_state(state_of(10))
        size = len(state_line(state_of(10)))
        for lines in (b" " * (10 * size - 1), b" "):
            writer.write_lines(lines)
            due.append(states.is_due)
        states.write_state(state_of(10))
        due.append(states.is_due)

    captured(write)
    assert due == [False, True, False]


@pytest.mark.parametrize("events", [1, 10, 10_000])
def test_a_state_is_due_after_a_minute(events: int) -> None:
    """A large one later, so that a state of many events does not cost more for each of them."""
    clock, size = Clock(), len(state_line(state_of(events)))
    seconds = 60 * max(1, size / 100_000)
    assert (seconds > 60) is (events == 10_000)
    _, states = states_on(clock)
    captured(lambda: states.write_state(state_of(events)))
    clock.now = seconds - 1
    assert not states.is_due
    clock.now = seconds + 1
    assert states.is_due


def test_a_state_follows_each_batch_file() -> None:
    """Its rows are not among the bytes that are written."""
    writer, states = states_on(Clock())
    captured(lambda: states.write_state(state_of(10)))
    assert not states.is_due
    encoding = BaseBatchFileEncoding(format="jsonl", compression="gzip")
    captured(lambda: writer.write_message(SDKBatchMessage("events", encoding, ["file:///a"])))
    assert states.is_due


def test_the_first_state_is_due_at_once() -> None:
    """Before there is one, a killed run would repeat everything."""
    assert states_on(Clock())[1].is_due
