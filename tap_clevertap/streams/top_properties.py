"""The most frequent values of properties."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from singer_sdk import typing as th
from typing_extensions import override

from tap_clevertap.api.counts import top_values
from tap_clevertap.streams.base.queried import MOST, PERIOD_COLUMNS, QueryStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_clevertap.config.count_queries import TopQuery
    from tap_clevertap.extraction.slices import Slice
    from tap_clevertap.output.rows import Row


class TopPropertiesStream(QueryStream["TopQuery"]):
    """Top Property Counts: the most, or least, frequent values of a property, period by period.

    A period that is counted again may have other values on top: of its rows those with the latest
    `counted_at` are true.
    """

    name = "top_properties"
    setting = "top_property_queries"
    primary_keys = ("query", "period_start", "value_type", "value")
    # One column, one line or two.
    # fmt: off
    jsonschema: ClassVar = th.PropertiesList(
        *PERIOD_COLUMNS,
        th.Property("property_type", th.StringType, description="The kind of property."),
        th.Property("property", th.StringType, description="The property's name."),
        th.Property("value_type", th.StringType, required=True, description="Data type of the "
            "value as CleverTap calls it, such as STR or NUMBER."),
        th.Property("value", th.StringType, required=True, description="The value, or for numbers "
            "a range such as 0-100, as sent."),
        th.Property("count", th.IntegerType(maximum=MOST), description="How often it occurred."),
        th.Property("counted_at", th.DateTimeType, description="When the run began, in UTC."),
    ).to_dict()
    # fmt: on

    @override
    def queries(self) -> Iterable[TopQuery]:
        return self.source.settings.top_property_queries

    @override
    def query_rows(self, query: TopQuery, period: Slice) -> Iterator[Row]:
        asked = {"property_type": query.property_type, "property": query.property}
        counted_at = self.source.now.isoformat()
        for kind, value, number in top_values(self.source.client, query, period.first, period.last):
            ranked = {"value_type": kind, "value": value, "count": number, "counted_at": counted_at}
            yield self.row(query, period.first, period.last) | asked | ranked
