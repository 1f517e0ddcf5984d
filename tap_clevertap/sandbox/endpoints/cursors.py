"""Cursors: opaque, long, and percent-encoded in responses."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import shake_256
from urllib.parse import quote

_STILL_ENCODED = re.compile(r"%(?:2[BF]|3D|25)", re.IGNORECASE)


def cursor_text(export: str, page: int, length: int) -> str:
    """Return the cursor of a page, about `length` characters, the same for the same arguments.

    It always ends in `==`, so that encoding it twice shows.
    """
    size = max(1, length // 4 * 3 - 2)
    return b64encode(shake_256(f"{export} {page}".encode()).digest(size)).decode()


def print_cursor(text: str, *, is_encoded: bool) -> str:
    """Return a cursor as a response prints it."""
    return quote(text, safe="") if is_encoded else text


def read_cursor(text: str) -> str:
    """Return a cursor as it came out of a URL; a `+` that nobody encoded came as a space."""
    return text.replace(" ", "+")


def is_encoded_twice(text: str) -> bool:
    """Tell whether escapes are left after the URL was decoded once."""
    return _STILL_ENCODED.search(text) is not None
