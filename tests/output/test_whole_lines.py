"""Lines to a pipe: whole, in steps that a signal cannot cut."""

from __future__ import annotations

import os
import select
import sys
import time
from contextlib import contextmanager, redirect_stdout
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_clevertap.output.whole_lines import STEP, _is_broken, _steps, write_whole_lines

if TYPE_CHECKING:
    from collections.abc import Iterator


@given(st.lists(st.integers(1, 3 * STEP), min_size=1))
def test_steps_are_whole_lines(lengths: list[int]) -> None:
    """Each step is as many lines as fit into what the system writes at once, or one longer line."""
    lines = b"".join(b"x" * (length - 1) + b"\n" for length in lengths)
    steps = [bytes(step) for step in _steps(lines)]
    assert b"".join(steps) == lines
    for step, following in zip(steps, [*steps[1:], b""], strict=True):
        assert step.endswith(b"\n")
        assert len(step) <= STEP or step.count(b"\n") == 1
        first = following.partition(b"\n")[0]
        assert not following or len(step) + len(first) + 1 > STEP


@contextmanager
def pipe() -> Iterator[int]:
    """Give the end to read of a pipe that stdout is."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "w", encoding="utf-8") as stdout, redirect_stdout(stdout):
        yield reading
    os.close(reading)


def test_a_pipe_gets_every_line() -> None:
    """Short lines, and lines longer than the pipe holds, as its reader takes them."""
    sent = b"a\n" * 5000 + b"b" * 300_000 + b"\n" + b"c" * 20_000 + b"\n" + b"d\n"
    with pipe() as reading:
        writing = Thread(target=write_whole_lines, args=(sent,), daemon=True)
        writing.start()
        got = b""
        while len(got) < len(sent):
            got += os.read(reading, 10_000)
        writing.join()
    assert got == sent


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says how full a pipe is")
def test_a_long_line_waits_for_space(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of it is written while the pipe could take a part only."""
    short = b"x" * 4000 + b"\n" + b"y" * 4000 + b"\n"

    def stop(_: float) -> None:
        raise KeyboardInterrupt

    with pipe() as reading:
        write_whole_lines(short)
        monkeypatch.setattr(time, "sleep", stop)
        with pytest.raises(KeyboardInterrupt):
            write_whole_lines(b"z" * 60_000 + b"\n")
        assert os.read(reading, 100_000) == short


def test_a_reader_that_has_gone_is_seen() -> None:
    """A wait for space would never end."""
    reading, writing = os.pipe()
    assert not _is_broken(writing)
    os.close(reading)
    assert _is_broken(writing)
    os.close(writing)
    assert select.PIPE_BUF >= 512
