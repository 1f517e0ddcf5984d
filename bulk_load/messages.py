"""What the tap's output says of its BATCH files: streams, columns, keys, files in order."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlparse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

FORMAT = "jsonl"
NESTED = {"object", "array"}


class BulkError(Exception):
    """The load cannot go on; the message is one line for whoever started it."""


@dataclass
class Stream:
    """A stream of the output: its columns by name, its key, and the files with its records."""

    name: str
    columns: dict[str, Column]
    key: list[str]
    files: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Column:
    """A column as its JSON schema has it, in one word.

    `kind` is text, integer, number, boolean, instant, day, json, or a list: texts, jsons.
    """

    name: str
    kind: str


def read(outputs: Iterable[Path]) -> list[Stream]:
    """Return the streams of some outputs of the tap, in the order of their first message.

    Raises:
        BulkError: An output cannot be read, or holds records that are not in files.
    """
    streams: dict[str, Stream] = {}
    for path in outputs:
        for number, message in _messages(path):
            match message.get("type"):
                case "SCHEMA":
                    _add_schema(streams, message)
                case "BATCH":
                    _add_files(streams[message["stream"]], message)
                case "RECORD":
                    msg = f"{path}, line {number}: a RECORD; expected BATCH (set batch_config)"
                    raise BulkError(msg)
    if not any(stream.files for stream in streams.values()):
        msg = "no BATCH message in the output; expected the output of a run with batch_config"
        raise BulkError(msg)
    return list(streams.values())


def _messages(path: Path) -> Iterable[tuple[int, dict[str, Any]]]:
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror})"
        raise BulkError(msg) from None
    for number, line in enumerate(lines, 1):
        try:
            yield number, json.loads(line)
        except ValueError:
            msg = f"{path}, line {number}: not valid JSON; expected a Singer message"
            raise BulkError(msg) from None


def _add_schema(streams: dict[str, Stream], message: Mapping[str, Any]) -> None:
    columns = {
        name: Column(name, _kind(described))
        for name, described in message["schema"]["properties"].items()
    }
    known = streams.get(message["stream"])
    if known is None:
        name = message["stream"]
        streams[name] = Stream(name, columns, list(message["key_properties"]))
    else:
        known.columns |= columns


def _add_files(stream: Stream, message: Mapping[str, Any]) -> None:
    if message["encoding"]["format"] != FORMAT:
        msg = (
            f"batch_config.encoding.format: {message['encoding']['format']!r}; expected {FORMAT!r}"
        )
        raise BulkError(msg)
    stream.files += [_local(url) for url in message["manifest"]]


def _local(url: str) -> str:
    """Return the path of a file on this machine; what is in a bucket keeps its URL."""
    parts = urlparse(url)
    return unquote(parts.path) if parts.scheme == "file" else url


def _kind(described: Mapping[str, Any]) -> str:
    kinds = described["type"] if isinstance(described["type"], list) else [described["type"]]
    if "array" in kinds:
        inner = described.get("items", {}).get("type", [])
        return "texts" if "string" in inner else "jsons"
    if "object" in kinds:
        return "json"
    by_format = {"date-time": "instant", "date": "day"}
    if (kind := by_format.get(described.get("format", ""))) is not None:
        return kind
    found = (one for one in ("boolean", "integer", "number") if one in kinds)
    return next(found, "text")
