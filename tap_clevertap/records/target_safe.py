r"""Values that are legal in JSON and that warehouses cannot hold, by one rule.

| in the API's answer | in the record |
|---|---|
| `\u0000` in a text or a name | U+FFFD, the replacement character |
| half of a surrogate pair, or bytes that are not UTF-8 | U+FFFD |
| an integer beyond 64 bits, signed | a text of its digits |
| a number beyond a double, such as 1e999 | a text of its digits |
| NaN, Infinity | null |
| objects and lists nested more than 100 deep | a text of their JSON, from there on |

PostgreSQL refuses the first, BigQuery the integers, parsers the rest. What the second and the fifth
row say is done where a page is decoded (`api.decoding`): no parser would take it. The others are
done here, after event ids are made, so that the rule changes no id.
"""

from __future__ import annotations

import re
from collections import Counter
from math import isfinite
from typing import Annotated, Any, Union

import msgspec
from msgspec import Raw

from tap_clevertap.api.nesting import bounded

MAX_INTEGER = 2**63 - 1
MAX_INTEGER_DIGITS = 19
MAX_LEVELS = 100
PLAIN_LEVELS = 6
"""Levels that are looked through at a parser's speed; deeper values are looked at one by one."""

_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")
_TOKENS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*', re.DOTALL)
_Integer = Annotated[int, msgspec.Meta(ge=-MAX_INTEGER - 1, le=MAX_INTEGER)]


def plain_type(levels: int) -> Any:  # noqa: ANN401 - a type that is made
    """Return the type of values nested so deep, without an integer beyond 64 bits."""
    scalar = Union[_Integer, float, str, bool, None]  # noqa: UP007 - made at run time
    made: Any = scalar
    for _ in range(levels):
        made = Union[scalar, list[made], dict[str, made]]  # noqa: UP007 - likewise
    return made


decode_plain = msgspec.json.Decoder(plain_type(PLAIN_LEVELS)).decode
"""Decodes what needs no change, NUL apart; refuses what may need one with a ValueError."""


def is_plain(value: bytes) -> bool:
    """Tell at a parser's speed that a JSON value needs no change; a few plain ones are doubted."""
    try:
        decode_plain(value)
    except ValueError:
        return False
    return not has_nul(value)


def has_nul(json: bytes) -> bool:
    """Tell whether an escaped NUL may be in a JSON text."""
    return b"\\" in json and b"u0000" in json


class TargetSafe:
    """Applies the rule; `changed` counts what it has changed, by what that was."""

    def __init__(self) -> None:
        self.changed: Counter[str] = Counter()

    def row(self, row: bytes) -> bytes:
        """Return a row with its columns as targets can hold them."""
        return row if is_plain(row) else self._changed(row, 1)

    def value(self, value: Raw) -> Raw:
        """Return a JSON value as targets can hold it."""
        sent = bytes(value)
        return value if is_plain(sent) else Raw(self._changed(sent, 0))

    def _changed(self, json: bytes, level: int) -> bytes:
        if has_nul(json):
            json, number = _NUL.subn(rb"\1\\ufffd", json)
            self._count("NUL characters (now U+FFFD)", number)
        shallow = bounded(json, level, MAX_LEVELS, MAX_LEVELS)
        self._count("values nested too deep (now JSON text)", int(shallow is not json))
        return _TOKENS.sub(self._number, shallow)

    def _number(self, token: re.Match[bytes]) -> bytes:
        """Return a token as it is, but a number that is too large as text."""
        sent = token[0]
        if sent[:1] == b'"' or _fits(sent):
            return sent
        self._count("numbers beyond 64 bits (now text)", 1)
        return b'"%b"' % sent

    def _count(self, what: str, number: int) -> None:
        if number:
            self.changed[what] += number

    def summary(self) -> str:
        """Say what was changed; nothing where nothing was."""
        return ", ".join(f"{number:,} {what}" for what, number in sorted(self.changed.items()))


def _fits(number: bytes) -> bool:
    digits = number.removeprefix(b"-")
    if not digits.isdigit():
        return isfinite(float(number))
    is_long = len(digits) > MAX_INTEGER_DIGITS
    return not is_long and -MAX_INTEGER - 1 <= int(number) <= MAX_INTEGER
