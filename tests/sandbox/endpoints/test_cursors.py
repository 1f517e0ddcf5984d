"""Cursor texts."""

from __future__ import annotations

from urllib.parse import quote, unquote

from hypothesis import given
from hypothesis import strategies as st

from tap_clevertap.sandbox.endpoints.cursors import (
    cursor_text,
    is_encoded_twice,
    print_cursor,
    read_cursor,
)


@given(st.text(), st.integers(0, 99), st.integers(50, 3000))
def test_a_cursor_always_shows_a_second_encoding(export: str, page: int, length: int) -> None:
    """Encoded once it is read as it was made; encoded twice it is recognised."""
    text = cursor_text(export, page, length)
    printed = print_cursor(text, is_encoded=True)
    assert unquote(printed) == text
    assert not is_encoded_twice(unquote(printed))
    assert is_encoded_twice(unquote(quote(printed)))


@given(st.integers(100, 3000))
def test_a_cursor_is_about_as_long_as_asked(length: int) -> None:
    """2 kB cursors are 2 kB."""
    assert length - 3 <= len(cursor_text("export", 0, length)) <= length


def test_cursors_differ_by_export_and_page() -> None:
    """And are the same for the same."""
    texts = {cursor_text(export, page, 100) for export in "ab" for page in (0, 1)}
    assert len(texts) == 4
    assert cursor_text("a", 0, 100) in texts


def test_a_plus_that_nobody_encoded_is_still_a_plus() -> None:
    """URL parsers make it a space."""
    assert read_cursor("a b/c==") == "a+b/c=="
