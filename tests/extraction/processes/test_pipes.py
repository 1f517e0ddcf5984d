"""Frames over pipes: whole, or not at all."""

from __future__ import annotations

import io

import pytest

from tap_clevertap.extraction.processes.pipes import (
    Frame,
    PipedProcess,
    read_frame,
    write_frame,
)
from tap_clevertap.extraction.processes.rows_ahead import MODULE

FRAMES = [Frame(b"A", b"one"), Frame(b"B", b""), Frame(b"A", b"\n\0" * 100_000)]


def written() -> bytes:
    """Return the frames as they are written."""
    out = io.BytesIO()
    for frame in FRAMES:
        write_frame(out, frame)
    return out.getvalue()


def test_frames_come_as_they_were_sent() -> None:
    """Whatever bytes they hold, in their order, and then the end."""
    source = io.BytesIO(written())
    assert [read_frame(source) for _ in FRAMES] == FRAMES
    assert read_frame(source) is None


@pytest.mark.parametrize("lost", [1, 100, 200_001, 200_004])
def test_a_part_of_a_frame_is_none(lost: int) -> None:
    """An end within the content or the head of a frame is an error."""
    source = io.BytesIO(written()[:-lost])
    assert [read_frame(source) for _ in FRAMES[1:]] == FRAMES[:2]
    with pytest.raises(EOFError):
        read_frame(source)


def test_a_process_that_has_ended() -> None:
    """What is sent to it fails, and so does what is awaited; to end it again is no error."""
    process = PipedProcess("tap_clevertap.extraction.processes.nothing")
    assert process.wait() == 1
    with pytest.raises(EOFError):
        process.receive()
    with pytest.raises(BrokenPipeError):
        process.send(Frame(b"A", b"one"))
    process.end()
    process.end()


def test_a_process_ends_with_its_pipes() -> None:
    """Who sends no more need not kill it."""
    process = PipedProcess(MODULE, "Asia/Kolkata")
    assert process._process.stdin is not None  # noqa: SLF001 - to close it alone
    process._process.stdin.close()  # noqa: SLF001
    assert process.wait() == 0
    process.end()
