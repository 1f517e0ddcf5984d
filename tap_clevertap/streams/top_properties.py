"""Stream of the values of the setting `top_property_queries`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from tap_clevertap.api.counts import top_values
from tap_clevertap.api.endpoints import TOP_PROPERTIES
from tap_clevertap.streams.base.columns import instant, integer, schema, text
from tap_clevertap.streams.base.queried import PERIOD_COLUMNS, QueryStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_clevertap.config.queries.count_queries import TopQuery
    from tap_clevertap.extraction.slices.model import Slice
    from tap_clevertap.output.rows import Row


class TopPropertiesStream(QueryStream["TopQuery"]):
    """Most or least frequent values of a property, by day, month or total.

    A period that is counted again may have other values: use its rows with the latest
    `counted_at`.
    """

    name = "top_properties"
    endpoints = (TOP_PROPERTIES,)
    setting = "top_property_queries"
    primary_keys = ("query", "period_start", "value_type", "value")
    jsonschema: ClassVar = schema(
        *PERIOD_COLUMNS,
        text("property_type", "Type of the property, such as event_properties."),
        text("property", "Name of the property."),
        text("value_type", "CleverTap's data type of the value: STR, NUMBER, …", required=True),
        text("value", "The value as sent; for numbers a range such as 0-100.", required=True),
        integer("count", "Number of occurrences of the value."),
        instant("counted_at", "Start time of the run, in UTC."),
    )

    @override
    def queries(self) -> Iterable[TopQuery]:
        return self.run.settings.top_property_queries

    @override
    def query_rows(self, query: TopQuery, period: Slice) -> Iterator[Row]:
        asked = {"property_type": query.property_type, "property": query.property}
        counted_at = self.run.now.isoformat()
        for kind, value, number in top_values(self.run.client, query, period.first, period.last):
            ranked = {"value_type": kind, "value": value, "count": number, "counted_at": counted_at}
            yield self.row(query, period.first, period.last) | asked | ranked
