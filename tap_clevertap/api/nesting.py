"""Bounds how deeply the values of an answer are nested, before any parser reaches its limit.

What lies too deep becomes the text of its JSON, so that nothing is lost. The limit does not depend
on the parser or the version of Python, because event ids are made of what is read.
"""

from __future__ import annotations

import re

import msgspec

MAX_READ_LEVELS = 500
"""Levels of a value that are read as they are; parsers give up at about 950."""
KEPT_LEVELS = 98
"""Levels that remain of a value that is deeper; `extra` may be one more around it."""
RECORD_LEVEL = 3
"""Levels around a record's values: the answer, its list of records, the record."""

_TOKENS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.DOTALL)
_OPENING = b"{["
_encode = msgspec.json.Encoder().encode


def brackets(json: bytes) -> int:
    """Return how many objects and lists open in a JSON text: it is no deeper than that."""
    return json.count(b"{") + json.count(b"[")


def bounded(
    json: bytes, level: int, deepest: int = MAX_READ_LEVELS, kept: int = KEPT_LEVELS
) -> bytes:
    """Return JSON in which no value below `level` is nested deeper than `deepest`.

    Of a value that is, the containers below its level `kept` become text.
    """
    if brackets(json) <= deepest:
        return json
    spans = _deep_spans(json, level, deepest, level + kept + 1)
    if not spans:
        return json
    parts, done = [], 0
    for start, end in spans:
        text = _encode(json[start:end].decode(errors="replace"))
        parts += [json[done:start], text]
        done = end
    return b"".join([*parts, json[done:]])


def _deep_spans(json: bytes, level: int, deepest: int, cut: int) -> list[tuple[int, int]]:
    """Return where the containers at the level `cut` are, in values that are too deep."""
    found: list[tuple[int, int]] = []
    inside: list[tuple[int, int]] = []
    depth = reached = start = 0
    for token in _TOKENS.finditer(json):
        sign = token[0][:1]
        if sign == b'"':
            continue
        if sign in _OPENING:
            depth += 1
            reached = max(reached, depth - level)
            if depth == cut:
                start = token.start()
            continue
        if depth == cut:
            inside.append((start, token.end()))
        if depth == level + 1:
            found += inside if reached > deepest else []
            inside, reached = [], 0
        depth -= 1
    return found
