"""The allocator: big blocks go back to the system at once, where that can be asked for."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

from tap_clevertap.__main__ import limit_malloc_retention

PROGRAM = """
import resource, sys
from tap_clevertap.__main__ import limit_malloc_retention
if sys.argv[1] == "asked":
    limit_malloc_retention()
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()
bytearray(20_000_000)            # by default glibc now keeps blocks of up to 20 MB to itself
before = resident()
blocks = [bytearray(b"x") * 4_000_000 for _ in range(20)]
pins = []
for block in range(20):
    pins.append(bytes(200_000))  # something that lives on beside them
    blocks[block] = None
print(resident() - before)
"""


def grown(how: str) -> int:
    """Return by how many bytes a process has grown after it let go of 80 MB."""
    done = subprocess.run(  # noqa: S603 - a program of our own
        [sys.executable, "-c", PROGRAM, how], capture_output=True, check=True, text=True
    )
    return int(done.stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc's own setting")
def test_big_blocks_are_given_back() -> None:
    """Blocks of 4 MB are gone from memory when they are free, whatever lies beside them."""
    assert grown("asked") < 30_000_000


def test_another_system_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without glibc nothing is called, and nothing fails."""
    loaded: list[object] = []

    def load(name: object) -> object:
        loaded.append(name)
        return object()

    monkeypatch.setattr(ctypes, "CDLL", load)
    monkeypatch.setattr(sys, "platform", "darwin")
    limit_malloc_retention()
    assert loaded == []
    monkeypatch.setattr(sys, "platform", "linux")
    limit_malloc_retention()
    assert loaded == [None]
