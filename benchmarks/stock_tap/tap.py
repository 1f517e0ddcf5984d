"""The stock tap."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from singer_sdk import Tap
from singer_sdk import typing as th
from typing_extensions import override

from benchmarks.stock_tap.streams import EventsStream

if TYPE_CHECKING:
    from singer_sdk import Stream


class TapStock(Tap):
    """Reads CleverTap's events the way the SDK's template would."""

    name = "tap-stock"
    config_jsonschema: ClassVar = th.PropertiesList(
        th.Property("account_id", th.StringType, required=True),
        th.Property("passcode", th.StringType, required=True, secret=True),
        th.Property("api_url", th.StringType, required=True),
        th.Property("timezone", th.StringType, required=True),
        th.Property("start_date", th.StringType, required=True),
        th.Property("end_date", th.StringType, required=True),
        th.Property("events", th.ArrayType(th.StringType), required=True),
    ).to_dict()

    @override
    def discover_streams(self) -> list[Stream]:
        return [EventsStream(self)]
