"""How the C library's allocator gives memory back."""

from __future__ import annotations

import ctypes
import sys

M_MMAP_THRESHOLD = -3
BIG_BLOCK = 1 << 20


def hand_big_blocks_back() -> None:
    """Have glibc return each block of a megabyte or more to the system as soon as it is free.

    By default its threshold grows with the first big block that is freed; pages of several
    megabytes then come from the threads' own heaps, which stay as large as they ever were. Does
    nothing where there is another C library.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, BIG_BLOCK)
