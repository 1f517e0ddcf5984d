"""What the name of an export file says: pure.

Names of events' files are read from both ends, because the event's name in the middle may contain
hyphens; it is not the real name either, in which spaces and slashes were no hyphens.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple, TypeAlias

Kind: TypeAlias = Literal["events", "profiles"]

ENDING = r"\.(?P<format>csv|json|xml|parquet)(?:\.(?:gz|gzip))?"
EVENTS = re.compile(
    r"(?P<request>\d{10,13})-(?P<run>\d{10,13})-(?P<event>.+)-(?P<day>\d{8})-"
    rf"(?P<index>\d+)-(?P<instance>\d+){ENDING}",
    re.DOTALL,
)
PROFILES = re.compile(
    r"(?P<account>[\w-]+?)-(?P<request>\d{10,13})-(?P<run>\d{10,13})-(?P<instance>\d+)"
    rf"(?:{ENDING}|-(?P<legacy>csv|json|xml|parquet)\.(?:gz|gzip))"
)
CUSTOM = re.compile(rf"(?P<prefix>.*?)[-_.]?(?P<run>\d{{10,13}})[-_.](?P<instance>\d+){ENDING}")
PLAIN = re.compile(rf"(?P<prefix>.+?){ENDING}")
FOLDERS: dict[str, Kind] = {
    "event": "events",
    "events": "events",
    "profile": "profiles",
    "profiles": "profiles",
}
LOST = re.compile(r"[\s/\0]")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class ExportName(NamedTuple):
    """The parts of a name that matter.

    `kind` is None where only the content tells it. `event` is the event as names of files have it.
    `lasting` is what stays the same when an export is run again. `request` and `run` are epochs in
    seconds or milliseconds. `is_known` tells names that CleverTap makes.
    """

    kind: Kind | None
    format: str
    lasting: str
    event: str | None = None
    request: str | None = None
    run: str | None = None
    is_known: bool = True


def parse_name(path: str) -> ExportName | None:
    """Return what a path below the exports' folder says; None where it is no file of data."""
    *folders, name = path.split("/")
    if found := EVENTS.fullmatch(name):
        lasting = "-".join(found.group("request", "event", "day", "index", "instance"))
        event, request, run = found.group("event", "request", "run")
        return ExportName("events", found["format"], lasting, event, request, run)
    if found := PROFILES.fullmatch(name):
        lasting = "-".join(found.group("account", "request", "instance"))
        kind = found["format"] or found["legacy"]
        request, run = found.group("request", "run")
        return ExportName("profiles", kind, lasting, None, request, run)
    by_folder = next((FOLDERS[one] for one in reversed(folders) if one in FOLDERS), None)
    if found := CUSTOM.fullmatch(name):
        lasting = "-".join(found.group("prefix", "instance"))
        return ExportName(by_folder, found["format"], lasting, run=found["run"])
    if found := PLAIN.fullmatch(name):
        return ExportName(by_folder, found["format"], found["prefix"], is_known=False)
    return None


def in_file_names(event: str) -> str:
    """Return an event's name as names of files have it."""
    return CONTROL.sub("?", LOST.sub("-", event))
