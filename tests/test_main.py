"""The allocator: big blocks go back to the system at once, where that can be asked for."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

from tap_clevertap.__main__ import limit_malloc_retention

PROGRAM = """
import resource
from tap_clevertap.__main__ import limit_malloc_retention
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


def number_of(program: str) -> int:
    """Return the number that a program prints."""
    done = subprocess.run(  # noqa: S603 - a program of our own
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    return int(done.stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc's own setting")
def test_big_blocks_are_given_back() -> None:
    """Blocks of 4 MB are gone from memory when they are free, whatever lies beside them."""
    assert number_of(PROGRAM) < 30_000_000


SMALL = """
import resource
from tap_clevertap.__main__ import limit_malloc_retention
limit_malloc_retention()
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
before = faults()
for _ in range(100):
    blocks = [bytearray(b"x") * 500_000 for _ in range(8)]
    del blocks
print(faults() - before)
"""
"""Takes and frees 4 MB a hundred times; counts the pieces of 4 kB that the system had to clear."""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc's own setting")
def test_a_few_megabytes_are_kept() -> None:
    """What a page needed in small blocks, the next one finds: a hundred would need 100,000."""
    assert number_of(SMALL) < 10_000


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
