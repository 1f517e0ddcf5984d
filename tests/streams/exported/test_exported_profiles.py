"""Exported profiles: a row for each user in the files, the newest one last."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from tap_clevertap.sandbox import shop
from tests.support.exports import export, put, read_exports, try_exports
from tests.support.worlds import KOLKATA

if TYPE_CHECKING:
    from pathlib import Path

STREAM = "exported_profiles"
NAME = "profiles/100000000-1761651721-17616517{}-0.csv"


@pytest.mark.parametrize("kind", ["csv", "json", "parquet"])
def test_profiles_are_those_of_the_account(tmp_path: Path, kind: str) -> None:
    """In every format: who they are, their devices and their properties."""
    world = shop(3, KOLKATA, date(2026, 7, 9), days=2, people=40, events_per_day=20)
    export(world, tmp_path, date(2026, 7, 8), date(2026, 7, 9), format=kind)
    found = read_exports(tmp_path, STREAM).records(STREAM)
    told = {tuple(one["object_ids"]): one for one in found}
    for person in world.people:
        row = told[tuple(sorted(device.object_id for device in person.devices))]
        is_known = row["identity"] is not None
        assert row["identity"] == (person.identity if is_known else None)
        assert row["email"] == (person.email if is_known else None)
        city = person.properties.get("City")
        assert row["profile_data"].get("City") == city
        liked: Any = person.properties.get("Favourites", [])
        # CSV does not say which comma ends an element.
        assert ", ".join(row["profile_data"].get("Favourites", [])) == ", ".join(liked)
    assert len(found) == len(world.people)


def test_a_later_file_comes_later(tmp_path: Path) -> None:
    """So that a target that keeps the last row of a key keeps the newest profile."""
    for number in range(10, 20):
        put(tmp_path, NAME.format(number), f"identity,Name\nu1,name {number}\n")
    found = [one["name"] for one in try_exports(tmp_path, STREAM).records(STREAM)]
    assert found == [f"name {number}" for number in range(10, 20)]


def test_files_of_events_are_left_to_the_other_stream(tmp_path: Path) -> None:
    """By their names, or where those say nothing by what is in them."""
    put(tmp_path, "nightly-1761651721-4.csv", "ts,eventName\n20260701120000,A\n")
    put(tmp_path, "nightly-1761651721-5.csv", "identity,Name\nu1,A\n")
    finished = read_exports(tmp_path, STREAM, "exported_events")
    assert [one["line"] for one in finished.records(STREAM)] == [1]
    assert [one["event_name"] for one in finished.records("exported_events")] == ["A"]


def test_privacy_holds(tmp_path: Path) -> None:
    """Rules name the same columns as for the API's profiles."""
    put(tmp_path, NAME.format(10), "identity,Email,Phone\nu1,a@example.com,919800000001\n")
    [row] = read_exports(
        tmp_path, STREAM, privacy={"drop": ["phone", "all_identities"], "mask": ["email"]}
    ).records(STREAM)
    assert "phone" not in row
    assert "example" not in row["email"]
