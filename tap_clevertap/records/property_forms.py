"""The canonical forms of many event properties at once, as event ids are made of.

Of an event whose properties have the same names again and again a struct is made, with the names
in the order of the form: that takes two thirds of the time that dictionaries take.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Union

import msgspec
from msgspec import UNSET, Raw, UnsetType

from tap_clevertap.records.json_values import encode_sorted_lines
from tap_clevertap.records.target_safe import PLAIN_LEVELS, decode_plain, plain_type

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Decode = Callable[[bytes], list[object]]

ROWS_BEFORE_STRUCT = 1024
"""Rows of an event from which on a struct, which takes a millisecond to make, pays."""
MAX_NAMES = 256
"""Properties that CleverTap lets an event have: more names than that are made by users."""
MAX_MISSES = 8
"""Batches that no struct could read, net of those that one could, before it is left at that."""

_encode_lines = msgspec.json.Encoder(order="deterministic").encode_lines
_Value: Any = Union[plain_type(PLAIN_LEVELS - 2), UnsetType]  # noqa: UP007 - made at run time


class PropertyForms:
    """Makes the canonical forms of one event's properties."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._rows = self._misses = 0
        self._decode: Decode | None = None

    def of(self, sent: Sequence[Raw]) -> list[bytes | None]:
        """Return the form of each of many values, but of objects that have members alone.

        Of anything else it is some text or None; None too for what targets may not be able to hold.
        """
        text = b"[%b]" % b",".join(sent)
        if self._decode is not None:
            try:
                forms = _lines(_encode_lines(self._decode(text)))
            except ValueError:  # a name that is new, or a value that is not plain
                self._misses += 1
            else:
                self._misses = max(0, self._misses - 1)
                return forms
        try:
            plain = decode_plain(text)
        except ValueError:
            return [None] if len(sent) == 1 else [self.of([one])[0] for one in sent]
        self._learn(plain)
        return _lines(encode_sorted_lines(plain))

    def _learn(self, properties: Sequence[object]) -> None:
        """Take note of names; make a struct of them once there were enough rows."""
        if self._misses >= MAX_MISSES:
            self._decode = None
            return
        known = len(self._names)
        for one in properties:
            if isinstance(one, dict):
                self._names.update(one)
        self._rows += len(properties)
        is_new = self._decode is None or len(self._names) > known
        if self._rows >= ROWS_BEFORE_STRUCT and is_new:
            self._decode = _decoder(self._names)
            if self._decode is None:
                self._misses = MAX_MISSES


def _lines(text: bytes) -> list[bytes | None]:
    forms: list[bytes | None] = [*text.split(b"\n")]
    forms.pop()  # what follows the last line
    return forms


def _decoder(names: set[str]) -> Decode | None:
    """Return a decoder of lists of objects that have no other names.

    None for too many names, and for one with a quotation mark, backslash or control character.
    """
    if len(names) > MAX_NAMES:
        return None
    by_field = {f"p{n}": name for n, name in enumerate(sorted(names))}
    fields = [(field, _Value, UNSET) for field in by_field]
    with suppress(ValueError):
        struct = msgspec.defstruct(
            "Properties", fields, rename=by_field, gc=False, forbid_unknown_fields=True
        )
        return msgspec.json.Decoder(list[struct]).decode  # type: ignore[valid-type] # made at run time
    return None
