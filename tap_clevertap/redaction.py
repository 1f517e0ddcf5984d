"""What no line may show: secrets, by their value, and characters that would forge a line."""

from __future__ import annotations

import json
import logging
from urllib.parse import quote

from typing_extensions import override

SHORTEST = 6
"""Characters of a secret that is looked for: a shorter one would blank out every word."""
MASK = "***"

_secrets: set[str] = set()


def remember(secret: str) -> None:
    """Mask a secret from now on, also in the forms that JSON and URLs give it."""
    if len(secret) >= SHORTEST:
        _secrets.update((secret, quote(secret, safe=""), json.dumps(secret)[1:-1]))


def masked(text: str) -> str:
    """Return a text without the secrets."""
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text


def one_line(text: str) -> str:
    """Return a text in which control and formatting characters are escapes."""
    if text.isprintable():
        return text
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in text
    )


class SafeRecord(logging.LogRecord):
    """A log record whose message is one line without secrets, whoever has logged it."""

    @override
    def getMessage(self) -> str:
        return one_line(masked(super().getMessage()))


def guard_logs() -> None:
    """Make every log record from now on a safe one."""
    logging.setLogRecordFactory(SafeRecord)
