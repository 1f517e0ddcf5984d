"""Where people are, for the `geo_fields` and `geo_radius` of the query language.

A person's place is in the properties `Country`, `Region`, `City`, `Latitude` and
`Longitude`: this sandbox's choice, as the real API shows no such fields.
"""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt
from typing import TYPE_CHECKING

from tap_clevertap.sandbox.query.operators import is_number
from tap_clevertap.sandbox.query.property_values import person_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_clevertap.sandbox.account.models import Person

EARTH_KM = 6371.0

Point = tuple[float, float]


def is_in_places(rows: object, person: Person, now: int) -> bool:
    """Tell whether a person is in one of the rows `[country, region, city]`, if there are any."""
    places = [row for row in rows if isinstance(row, list)] if isinstance(rows, list) else []
    home = [_values(person, now, name) for name in ("Country", "Region", "City")]
    return not places or any(
        all(part in values for part, values in zip(row, home, strict=False)) for row in places
    )


def is_near(rows: object, person: Person, now: int) -> bool:
    """Tell whether a person is within one of the circles `[lat, lon, km]`, if there are any."""
    circles = list(_circles(rows))
    if not circles:
        return True
    home = _point([_coordinate(person, now, name) for name in ("Latitude", "Longitude")])
    return home is not None and any(_distance(at, home) <= km for at, km in circles)


def _values(person: Person, now: int, name: str) -> list[object]:
    return person_values(person, now, "geo_fields", name)


def _coordinate(person: Person, now: int, name: str) -> object:
    return next(filter(is_number, _values(person, now, name)), None)


def _point(pair: list[object]) -> Point | None:
    match pair:
        case [int() | float() as latitude, int() | float() as longitude]:
            return latitude, longitude
    return None


def _circles(rows: object) -> Iterator[tuple[Point, float]]:
    for row in rows if isinstance(rows, list) else []:
        match row:
            case [int() | float() as lat, int() | float() as lon, int() | float() as km]:
                yield (lat, lon), km


def _distance(one: Point, other: Point) -> float:
    north, east = (radians(a - b) for a, b in zip(one, other, strict=True))
    bend = sin(north / 2) ** 2
    turn = cos(radians(one[0])) * cos(radians(other[0])) * sin(east / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(bend + turn))
