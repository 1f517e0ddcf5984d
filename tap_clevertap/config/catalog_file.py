"""What --catalog may hold: a Singer catalog whose entries can be understood."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from tap_clevertap import logger
from tap_clevertap.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence


def check_catalog(catalog: Mapping[str, Any]) -> None:
    """Refuse a catalog that would end in a traceback or silently select nothing.

    Raises:
        SettingError: A part of it is not of the form that discovery writes.
    """
    streams = catalog.get("streams")
    if not isinstance(streams, list):
        _refuse("streams", streams, "a list; create one with --discover")
    for number, entry in enumerate(streams):
        _check_entry(f"streams[{number}]", entry)


def _check_entry(where: str, entry: object) -> None:
    if not isinstance(entry, dict):
        _refuse(where, entry, "an object")
    stream_id = entry.get("tap_stream_id")
    if not isinstance(stream_id, str):
        _refuse(f"{where}.tap_stream_id", stream_id, "the name of a stream")
    name = entry.get("stream", stream_id)
    if name != stream_id:
        _refuse(f"{where}.stream", name, f"{stream_id!r}, as its tap_stream_id")
    _check_schema(stream_id, entry.get("schema"))
    _check_metadata(stream_id, entry.get("metadata"))
    keys = entry.get("key_properties")
    if keys is not None and not isinstance(keys, list | tuple):
        _refuse(f"{stream_id}.key_properties", keys, "a list of columns")


def _check_schema(stream: str, schema: object) -> None:
    if not isinstance(schema, dict):
        _refuse(f"{stream}.schema", schema, "an object with properties")
    properties = schema.get("properties")
    is_described = properties is None or (
        isinstance(properties, dict) and all(isinstance(one, dict) for one in properties.values())
    )
    if not is_described:
        _refuse(f"{stream}.schema.properties", properties, "an object for each column")


def _check_metadata(stream: str, metadata: object) -> None:
    if not isinstance(metadata, list):
        _refuse(f"{stream}.metadata", metadata, "a list of objects")
    for number, one in enumerate(metadata):
        is_good = (
            isinstance(one, dict)
            and isinstance(one.get("breadcrumb"), list)
            and all(isinstance(part, str) for part in one["breadcrumb"])
            and isinstance(one.get("metadata"), dict)
        )
        if not is_good:
            _refuse(f"{stream}.metadata[{number}]", one, "a breadcrumb and its metadata")
    if not any(one["breadcrumb"] == [] for one in metadata):
        _refuse(f"{stream}.metadata", metadata, "an entry with the breadcrumb [] too")


class Selected(Protocol):
    """A stream that is selected: its own keys, those that the catalog leaves it, its columns."""

    name: str

    @property
    def own_keys(self) -> tuple[str, ...]:
        """The keys that the stream has, whatever a catalog says."""

    @property
    def primary_keys(self) -> Sequence[str]:
        """The keys that it has by the catalog."""

    @property
    def selected_columns(self) -> set[str]:
        """The names of the columns that are written."""


def check_selection(
    catalog: Mapping[str, Any] | None, known: Collection[str], chosen: Sequence[Selected]
) -> None:
    """Find what is selected that cannot be synced, or that leaves nothing to sync.

    Raises:
        SettingError: A stream does not exist, or is selected without its keys.
    """
    if catalog is not None:
        check_names(catalog, known)
    for stream in chosen:
        check_keys(stream.name, stream.own_keys, stream.primary_keys, stream.selected_columns)
    names = [stream.name for stream in chosen]
    if not names:
        logger.warning("no stream is selected: there is nothing to sync")
    if names == ["reconciliation"]:
        logger.warning("reconciliation is empty unless `events` is selected too")


def check_names(catalog: Mapping[str, Any], known: Collection[str]) -> None:
    """Refuse a catalog that selects a stream which does not exist: its rows would be missing.

    Raises:
        SettingError: The streams that are not known.
    """
    selected = [
        entry["tap_stream_id"]
        for entry in catalog["streams"]
        for one in entry["metadata"]
        if one["breadcrumb"] == [] and one["metadata"].get("selected")
    ]
    if unknown := [name for name in selected if name not in known]:
        msg = (
            f"--catalog: selects {', '.join(map(repr, unknown))}, which the tap does not have; run "
            "--discover again (a stream event_… exists while its event is in `typed_events`)"
        )
        raise SettingError(msg)


def check_keys(
    stream: str, keys: Collection[str], catalogued: Collection[str], columns: Collection[str]
) -> None:
    """Refuse a selected stream without its keys; `columns` are those that are selected.

    Raises:
        SettingError: The catalog has other keys, or does not select one.
    """
    if set(catalogued) != set(keys):
        _refuse(f"{stream}.key_properties", str(list(catalogued)), str(list(keys)))
    for key in keys:
        if key not in columns:
            msg = f"--catalog: {stream} is selected without its key {key!r}; select it too"
            raise SettingError(msg)


def _refuse(where: str, value: object, expected: str) -> NoReturn:
    given = repr(value) if isinstance(value, str | int | float | None) else type(value).__name__
    msg = f"--catalog: `{where}` is not valid ({given[:80]}); expected {expected}"
    raise SettingError(msg)
