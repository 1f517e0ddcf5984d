"""Values of export files in the form that the API gives them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Raw

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PLAIN_LIST = re.compile(r"\[[^\[\]]*\]", re.DOTALL)
BETWEEN = ", "
APP_FIELDS = {
    "osVersion": "os_version",
    "appVersion": "app_version",
    "make": "make",
    "model": "model",
}
"""Of `deviceInfo`, by their names in the API's profile."""
DIMENSIONS = ("width", "height", "unit")

_ENCODE = msgspec.json.Encoder().encode
_DECODE = msgspec.json.Decoder().decode


def listed(cell: str) -> object:
    """Return a cell that prints a list, as `[a, b]` or as JSON, as that list; others as they are.

    The texts of a plain list, joined again, are the cell.
    """
    if cell[:1] != "[" or cell[-1:] != "]":
        return cell
    if cell[1:2] in {"{", '"'}:
        return _json_list(cell)
    if not PLAIN_LIST.fullmatch(cell):
        return cell
    return cell[1:-1].split(BETWEEN) if len(cell) > len("[]") else []


def _json_list(cell: str) -> object:
    try:
        _DECODE(cell)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return cell
    return Raw(cell.replace("\n", " ").replace("\r", " ").encode())


def with_lists(cells: dict[str, str]) -> Raw:
    """Return an object of cells of CSV, those that print lists as lists."""
    sent = _ENCODE(cells)
    if b'":"[' in sent:
        sent = _ENCODE({name: listed(cell) for name, cell in cells.items()})
    return Raw(sent)


def picker(indices: Sequence[int]) -> Callable[[Sequence[str]], tuple[str, ...]]:
    """Return what takes the cells of some columns out of a row."""
    if indices and list(indices) == list(range(indices[0], indices[-1] + 1)):
        part = slice(indices[0], indices[-1] + 1)
        return lambda row: tuple(row[part])
    return lambda row: tuple([row[index] for index in indices])


def api_profile(profile: Mapping[str, Any], device: Mapping[str, Any]) -> dict[str, Any]:
    """Return the API's profile; what of the device that has no place for stays in `deviceInfo`."""
    found = {name: value for name, value in profile.items() if not is_missing(value)}
    left = {name: value for name, value in device.items() if not is_missing(value)}
    sizes = {name: left.pop(name) for name in DIMENSIONS if name in left}
    if sizes:
        left["dimensions"] = sizes
    for name, api_name in APP_FIELDS.items():
        if name in left:
            found[api_name] = left.pop(name)
    return found | {"deviceInfo": left} if left else found


def is_missing(value: object) -> bool:
    """Tell whether a value, plain or raw JSON, says nothing."""
    if isinstance(value, Raw):
        return bytes(value) in {b'""', b"null"}
    return value is None or value == ""
