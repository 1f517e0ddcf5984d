"""The settings and streams as the code describes them."""

from __future__ import annotations

import copy
import inspect
import re
from dataclasses import dataclass
from typing import Any

from tap_clevertap.config.settings import SCHEMA
from tap_clevertap.tap import TapClevertap

BUILT_IN = ("stream_maps", "stream_map_config", "flattening_enabled", "flattening_max_depth")
"""Those of the SDK's own settings that Meltano should offer."""
EXAMPLE = {"account_id": "TEST-SANDBOX", "passcode": "sandbox-passcode", "timezone": "UTC"} | {
    name: {"url": "."} for name in ("webhooks", "exports")
}


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting in words; `kind` is Meltano's name of its type."""

    name: str
    kind: str
    label: str
    description: str
    default: object
    options: tuple[str, ...]
    is_required: bool
    is_secret: bool

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return f"TAP_CLEVERTAP_{self.name.upper()}"


def own_settings() -> list[Setting]:
    """Return the tap's own settings in their order."""
    return [_setting(name, SCHEMA) for name in SCHEMA["properties"] if not _is_built_in(name)]


def built_in_settings() -> list[Setting]:
    """Return the settings that the SDK adds and that are of use here."""
    schema = copy.deepcopy(SCHEMA)
    TapClevertap.append_builtin_config(schema)
    return [_setting(name, schema) for name in BUILT_IN if name in schema["properties"]]


def capabilities() -> list[str]:
    """Return what the tap can do, as Meltano calls it."""
    return [str(one.value) for one in TapClevertap.capabilities]


def _is_built_in(name: str) -> bool:
    """Tell the SDK's settings, which it writes into the tap's own schema when it runs."""
    empty: dict[str, Any] = {"properties": {}}
    TapClevertap.append_builtin_config(empty)
    return name in empty["properties"]


def _setting(name: str, schema: dict[str, Any]) -> Setting:
    described = schema["properties"][name]
    return Setting(
        name=name,
        kind=_kind(described),
        label=described.get("title", name.replace("_", " ").capitalize()),
        description=_one_line(described.get("description", "")),
        default=described.get("default"),
        options=tuple(str(value) for value in described.get("enum", ()) if value is not None),
        is_required=name in schema.get("required", ()),
        is_secret=bool(described.get("secret")),
    )


def _kind(described: dict[str, Any]) -> str:
    """Return Meltano's kind of a setting.

    A date is a string to it: of `date_iso8601` it makes a guess where it is none, 13 January of
    `2026-13-01`, and the tap would never see what was written.
    """
    if "enum" in described:
        return "options"
    kinds = described.get("type", "string")
    names = [kinds] if isinstance(kinds, str) else [kind for kind in kinds if kind != "null"]
    return "decimal" if names[0] == "number" else str(names[0])


@dataclass(frozen=True, slots=True)
class ColumnInWords:
    """A column of a stream; `kind` is its JSON type, with its format if it has one."""

    name: str
    kind: str
    description: str


@dataclass(frozen=True, slots=True)
class StreamInWords:
    """A stream as described by its schema and its docstring."""

    name: str
    key: tuple[str, ...]
    replication: str
    description: str
    columns: tuple[ColumnInWords, ...]


def streams() -> list[StreamInWords]:
    """Return what the tap discovers by default, without asking any server."""
    tap = TapClevertap(config=EXAMPLE, parse_env_config=False)
    return [_stream(stream) for stream in tap.discover_streams()]


def _stream(stream: Any) -> StreamInWords:  # noqa: ANN401 - the SDK's streams, whatever their class
    key = stream.replication_key
    return StreamInWords(
        name=stream.name,
        key=tuple(stream.primary_keys or ()),
        replication=f"incremental by `{key}`" if key else "full table",
        description=_one_line((inspect.getdoc(type(stream)) or "").split("\n\n")[0]),
        columns=tuple(_column(*one) for one in stream.schema["properties"].items()),
    )


def _column(name: str, schema: dict[str, Any]) -> ColumnInWords:
    """Return a column in words; the schema's first type is its own, the other is null."""
    kind = schema["type"][0] if isinstance(schema["type"], list) else schema["type"]
    if kind == "array":
        kind = f"array of {schema['items']['type'][0]}s"
    return ColumnInWords(name, str(schema.get("format", kind)), schema.get("description", ""))


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
