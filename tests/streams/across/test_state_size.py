"""STATE messages: they grow with what has changed, and a killed run repeats little."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import pytest

from tap_clevertap.output.writer import BYTES_PER_STATE_BYTE
from tap_clevertap.sandbox import Behaviour
from tests.support.running import run
from tests.support.worlds import daily_world

if TYPE_CHECKING:
    from tests.conftest import Serve
    from tests.support.running import Run

LAST, START = "2026-07-09", "2026-07-02"
LANES = 3
STATE = b'{"type":"STATE"'


def first_run(sandbox: Serve, events: int) -> Run:
    """Read a week of many quiet events."""
    names = [f"Event {n:03}" for n in range(events)]
    box = sandbox(daily_world(*names, days=8), Behaviour(partial_share=0))
    finished = run(box, start_date=START)
    assert finished.bookmarks == dict.fromkeys(names, LAST)
    return finished


def size(lines: list[bytes]) -> int:
    """Return the bytes of some lines."""
    return sum(len(line) + 1 for line in lines)


def states(finished: Run) -> list[bytes]:
    """Return the STATE lines of a run."""
    return [line for line in finished.lines if line.startswith(STATE)]


@pytest.mark.parametrize("events", [40, 160])
def test_states_are_a_fraction_of_the_records(sandbox: Serve, events: int) -> None:
    """Less than a fifth of their bytes, however many events there are."""
    finished = first_run(sandbox, events)
    assert size(states(finished)) < (size(finished.lines) - size(states(finished))) / 5


def test_a_killed_run_repeats_little(sandbox: Serve) -> None:
    """Between two states are no more bytes than ten for each of a state, and the open slices."""
    finished = first_run(sandbox, 60)
    a_slice = size(finished.lines) / 60
    last = 0
    for is_state, group in groupby(finished.lines, lambda line: line.startswith(STATE)):
        lines = list(group)
        if not is_state:
            assert size(lines) <= BYTES_PER_STATE_BYTE * last + (LANES + 1) * a_slice
        last = size(lines[-1:]) if is_state else last
