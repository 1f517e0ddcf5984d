"""Replies as bytes."""

from __future__ import annotations

import pytest

from tap_clevertap.sandbox.http_messages import Reply


@pytest.mark.parametrize(
    ("name", "printed"),
    [("café", '{"name":"café"}'), ("half \ud83d", '{"name":"half \\ud83d"}')],
    ids=["whole", "half"],
)
def test_text_is_utf_8_and_half_a_character_an_escape(name: str, printed: str) -> None:
    """What no encoding takes does not break the reply."""
    assert Reply({"name": name}).encode() == printed.encode()


def test_bytes_are_sent_as_they_are() -> None:
    """A body may be anything, be it no JSON."""
    assert Reply(b"<html>\xff").encode() == b"<html>\xff"
