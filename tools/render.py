"""The same settings and streams in the forms that the files want."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tools.described import Setting, StreamInWords

WIDTH = 96


def settings_table(settings: Iterable[Setting]) -> str:
    """Return a Markdown table of settings."""
    rows = [
        f"| `{one.name}` | {one.kind.removesuffix('_iso8601')} | {_default(one)} "
        f"| {_cell(one.description)}{_options(one)} |"
        for one in settings
    ]
    return "\n".join(["| setting | type | default | description |", "|---|---|---|---|", *rows])


def streams_table(streams: Iterable[StreamInWords]) -> str:
    """Return a Markdown table of streams."""
    rows = [
        f"| `{one.name}` | {_names(one.key)} | {one.replication} | {_cell(one.description)} |"
        for one in streams
    ]
    head = "| stream | primary key | replication | description |"
    return "\n".join([head, "|---|---|---|---|", *rows])


def columns_tables(streams: Iterable[StreamInWords]) -> str:
    """Return a heading, the description and a Markdown table of columns for each stream."""
    return "\n\n".join(_columns(one) for one in streams)


def _columns(stream: StreamInWords) -> str:
    rows = [f"| `{one.name}` | {one.kind} | {_cell(one.description)} |" for one in stream.columns]
    table = "\n".join(["| column | type | description |", "|---|---|---|", *rows])
    about = f"{stream.description} Key: {_names(stream.key)}; {stream.replication}."
    return f"### `{stream.name}`\n\n{about}\n\n{table}"


def bullets(names: Iterable[str]) -> str:
    """Return names as a Markdown list."""
    return "\n".join(f"- `{name}`" for name in names)


def meltano_settings(settings: Iterable[Setting]) -> str:
    """Return the `settings:` of the extractor in meltano.yml, indented as they stand there."""
    text = yaml.safe_dump(
        [_meltano(one) for one in settings], sort_keys=False, allow_unicode=True, width=WIDTH - 6
    )
    return "\n".join(f"    {line}".rstrip() for line in text.splitlines())


def meltano_list(names: Iterable[str]) -> str:
    """Return plain names as a list in the extractor of meltano.yml."""
    return "\n".join(f"    - {name}" for name in names)


def environment(settings: Iterable[Setting]) -> str:
    """Return a .env with a comment and a line for each setting, all of them commented out."""
    return "\n\n".join(_variable(one) for one in settings)


def _variable(one: Setting) -> str:
    note = "Required. " if one.is_required else ""
    line = f"{one.variable}={_plain(one.default)}"
    return f"# {note}{one.description}\n# {line}"


def _meltano(one: Setting) -> dict[str, Any]:
    described: dict[str, Any] = {"name": one.name, "kind": one.kind, "label": one.label}
    if one.description:
        described["description"] = one.description
    if one.options:
        described["options"] = [{"label": name, "value": name} for name in one.options]
    if one.default is not None:
        described["value"] = one.default
    return described | ({"sensitive": True} if one.is_secret else {})


def _default(one: Setting) -> str:
    if one.is_required:
        return "required"
    return "" if one.default is None else f"`{_plain(one.default)}`"


def _plain(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def _options(one: Setting) -> str:
    return f" One of {_names(one.options)}." if one.options else ""


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _cell(text: str) -> str:
    """Return text that Markdown leaves alone inside a table."""
    return text.replace("|", "\\|").replace("*", "\\*")
