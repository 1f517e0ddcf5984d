"""Helpers for stream schemas, so that a schema reads as one line a column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_sdk import typing as th

from tap_clevertap.records.field_reader import MAX_INT64

if TYPE_CHECKING:
    from collections.abc import Callable

    Column = Callable[..., th.Property[Any]]


def schema(*columns: th.Property[Any]) -> dict[str, Any]:
    """Return the JSON schema of a stream with these columns."""
    return th.PropertiesList(*columns).to_dict()


def integer(
    name: str, description: str, *, required: bool = False, maximum: int = MAX_INT64
) -> th.Property[Any]:
    """Return a column of integers.

    Without a maximum, target-duckdb makes a HUGEINT of it.
    """
    kind = th.IntegerType(maximum=maximum)
    return th.Property(name, kind, required=required, description=description)


def _of(kind: Any) -> Column:  # noqa: ANN401 - the SDK takes types and instances alike
    def column(name: str, description: str, *, required: bool = False) -> th.Property[Any]:
        return th.Property(name, kind, required=required, description=description)

    return column


text = _of(th.StringType)
texts = _of(th.ArrayType(th.StringType))
number = _of(th.NumberType)
boolean = _of(th.BooleanType)
day = _of(th.DateType)
instant = _of(th.DateTimeType)
json = _of(th.ObjectType())
jsons = _of(th.ArrayType(th.ObjectType()))

EXTRA = json("extra", "Fields returned by the API that have no column of their own.")
EVENT_NAME = text("event_name", "Name of the event, as in the CleverTap dashboard.", required=True)
