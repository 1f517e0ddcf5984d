"""Patterns of event names: pure, and light enough for a process that reads files alone."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

import msgspec

WILDCARDS = re.compile(r"[*?\[]")


class EventPatterns(msgspec.Struct, frozen=True):
    """Which events are wanted: those that a pattern of the first asks for, and none of the others.

    Names and patterns with * ? [], case-sensitive.
    """

    events: tuple[str, ...] = ("*",)
    excluded: tuple[str, ...] = ()

    def wants(self, event: str) -> bool:
        """Tell whether the patterns ask for an event of that name."""
        is_wanted = any(matches(event, pattern) for pattern in self.events)
        return is_wanted and not any(matches(event, no) for no in self.excluded)


def matches(event: str, pattern: str) -> bool:
    """Tell whether an event is meant; a name with brackets may stand for itself."""
    return event == pattern or fnmatchcase(event, pattern)
