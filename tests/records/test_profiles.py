"""Profiles as rows."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_clevertap.api.decoding import read_records
from tap_clevertap.records.profiles import profile_key, profile_row

IOS, WEB = "-1a063854f83a4c6484285039ecff87cb", "a8ffcbc9-a747-4ee3-a791-c5e58ad03097"
DOCUMENTED: dict[str, Any] = {
    "identity": "5555555555",
    "profileData": {"favoriteFood": "pizza"},
    "platformInfo": [
        {"platform": "iOS", "os_version": "10.2", "model": "iPhone7,2", "objectId": IOS},
        {"platform": "Web", "objectId": WEB},
    ],
}


def row_of(record: dict[str, Any] | str) -> dict[str, Any]:
    """Return the row of a record, as JSON tells it."""
    sent = record if isinstance(record, str) else json.dumps(record)
    [split] = read_records(msgspec.Raw(f"[{sent}]".encode()))
    row: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(profile_row(split)))
    return row


def test_the_documented_profile_has_its_columns() -> None:
    """A person with two devices is one row, with both."""
    assert row_of(DOCUMENTED) == {
        "profile_id": "5555555555",
        "identity": "5555555555",
        "object_ids": [IOS, WEB],
        "all_identities": None,
        "name": None,
        "email": None,
        "phone": None,
        "first_seen": None,
        "last_seen": None,
        "platform_info": DOCUMENTED["platformInfo"],
        "profile_data": {"favoriteFood": "pizza"},
        "events": {},
        "extra": None,
    }


@given(st.permutations([WEB, IOS, "__g1"]), st.booleans())
def test_an_anonymous_person_has_one_id_in_any_order(ids: list[str], is_listed: bool) -> None:  # noqa: FBT001 - drawn
    """The smallest device id, whichever comes first or stands beside the list."""
    record: dict[str, Any] = {"platformInfo": [{"objectId": one} for one in ids[not is_listed :]]}
    row = row_of(record | {"objectId": ids[0]})
    assert row["profile_id"] == min(ids)
    assert row["object_ids"] == sorted(ids)


@pytest.mark.parametrize("identity", ["", None])
def test_an_empty_identity_is_none(identity: str | None) -> None:
    """An empty text would make all anonymous people one."""
    assert row_of({"identity": identity, "objectId": "__g1"})["profile_id"] == "__g1"


def test_a_number_as_identity_is_text() -> None:
    """The key is a text for everybody, with all its digits."""
    assert row_of({"identity": 12345678901234567})["profile_id"] == "12345678901234567"


def test_somebody_without_any_id_still_has_a_key() -> None:
    """Two such people are two rows, and each keeps its key."""
    one, other = {"profileData": {"a": 1, "b": 2}}, {"profileData": {"a": 2}}
    assert row_of(one)["profile_id"].startswith("unknown-")
    assert row_of(one)["profile_id"] != row_of(other)["profile_id"]
    assert row_of('{"profileData":{"b":2,"a":1}}')["profile_id"] == row_of(one)["profile_id"]


def test_first_and_last_seen_are_over_all_events() -> None:
    """The summary's extremes as instants; a half-told event does no harm."""
    events = {
        "App Launched": {"count": 10, "first_seen": 1457271567, "last_seen": 1458041215},
        "Charged": {"count": 6, "first_seen": 1457962417, "last_seen": 1458041276},
        "Odd": {"count": 1, "first_seen": "soon"},
        "Odder": 7,
    }
    row = row_of({"identity": "a", "events": events})
    assert (row["first_seen"], row["last_seen"]) == (
        "2016-03-06T13:39:27+00:00",
        "2016-03-15T11:27:56+00:00",
    )
    assert row["events"] == events


def test_numbers_and_unknown_keys_go_through_as_sent() -> None:
    """Nothing is dropped, no digit is rounded, and a phone number is text."""
    row = profile_row(
        read_records(
            msgspec.Raw(
                b'[{"objectId":"x","phone":919930079420,"profileData":{"n":12345678901234567,'
                b'"f":59.990},"ls":1457271567,"new":{"deep":[1e400]}}]'
            )
        )[0]
    )
    assert bytes(row.phone) == b'"919930079420"'
    assert bytes(row.profile_data) == b'{"n":12345678901234567,"f":59.990}'
    assert bytes(row.extra) == b'{"ls":1457271567,"new":{"deep":[1e400]}}'


@pytest.mark.parametrize(
    ("sent", "kept"),
    [(None, []), ({"objectId": "x"}, [{"objectId": "x"}]), (["x"], [{"value": "x"}]), ([], [])],
)
def test_devices_are_always_a_list_of_objects(sent: object, kept: list[Any]) -> None:
    """The column has one type, whatever comes."""
    assert row_of({"identity": "a", "platformInfo": sent})["platform_info"] == kept


def test_people_are_told_apart_by_their_key() -> None:
    """The same person has the same key, whatever changed about them."""
    first, second, other = (
        profile_key(profile_row(record))
        for record in read_records(
            msgspec.Raw(b'[{"identity":"a"},{"identity":"a","name":"B"},{"identity":"b"}]')
        )
    )
    assert first == second != other
