"""Stream maps and flattening, as the SDK has them, for schemas as CleverTap's streams have them."""

from __future__ import annotations

import difflib
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from singer_sdk.exceptions import MapExpressionError, StreamMapConfigError
from singer_sdk.mapper import PluginMapper, SameRecordTransform
from typing_extensions import override

from tap_clevertap.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence


class StreamMapper(PluginMapper):
    """Applies maps to what is selected, and flattens no object that declares no members."""

    @override
    def register_raw_stream_schema(
        self, stream_name: str, schema: dict[str, Any], key_properties: Sequence[str] | None
    ) -> None:
        """Register a stream under the columns of it that are selected.

        Raises:
            SettingError: A map cannot be applied to the stream.
        """
        if not schema.get("properties"):
            # Deselected: the SDK would look for its key in it, and a map for "*" would fail.
            self.stream_maps[stream_name] = [
                SameRecordTransform(stream_name, schema, key_properties, flattening_options=None)
            ]
            return
        try:
            super().register_raw_stream_schema(stream_name, _closed(schema), key_properties)
        except (MapExpressionError, StreamMapConfigError) as error:
            msg = f"stream_maps: {stream_name!r}: {error}"
            raise SettingError(msg) from None


def check_maps(maps: Mapping[str, Any], streams: Collection[str]) -> None:
    """Refuse a map for a stream that does not exist: it may be there to mask something.

    Raises:
        SettingError: No stream has that name.
    """
    for name in maps:
        if name.startswith("__") or any(fnmatchcase(one, name) for one in streams):
            continue
        close = difflib.get_close_matches(name, streams, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"expected one of {sorted(streams)}"
        msg = f"stream_maps: no stream is named {name!r}; {hint}"
        raise SettingError(msg)


def unmapped(stream: str, error: MapExpressionError) -> SettingError:
    """Return the error of a map that a record cannot be put through."""
    msg = (
        f"stream_maps: {stream!r}: {error} A column that not every stream or record has is "
        "expected as record.get('name')."
    )
    return SettingError(msg)


def _closed(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema whose objects without declared members say nothing of members.

    The SDK flattens an object with an empty list of members into no column at all, while its
    records get one for each member that they have; without the list both keep one of JSON text.
    """
    return {
        **schema,
        "properties": {name: _without_empty(one) for name, one in schema["properties"].items()},
    }


def _without_empty(column: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in column.items() if (name, value) != ("properties", {})}
