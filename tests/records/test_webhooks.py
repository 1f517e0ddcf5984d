"""The bodies of section 14 and others become the rows one expects."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_clevertap.output.rows import as_json
from tap_clevertap.records.webhooks import Delivery, read_line, stored_line, webhook_rows

JSON = dict[str, Any]
NOON = datetime(2026, 7, 1, 12, 0, 0, 5, tzinfo=UTC)
BROADCAST: JSON = {
    "targetId": 1659684581,
    "key_values": {"SomeKey1": "SomeValue1"},
    "profiles": [
        {
            "key_values": {"SomeKey1": "SomeValue1"},
            "email": "x@y.com",
            "identity": "x@y.com",
            "all_identities": ["x@y.com"],
            "objectId": "__Webhook227",
            "phone": "+917872483227",
            "systemProfileData": {"webPushSubscription": "Unsubscribed", "latitude": 19.16},
            "profileData": {
                "customer type": "gold",
                "customer id": 11384938,
                "multi": ["foo", "bar"],
            },
            "name": "Nick",
            "event_properties": {"Product Id": 1, "date": "$D_1664890781", "v": 6.55},
            "session_props": {},
        }
    ],
}
TEST_BODY: JSON = {
    "is_test": True,
    "targetId": 1234,
    "key_values": {"key": "value"},
    "profiles": [
        {"Identity": f"user-{n}", "Email": f"{n}@y.com", "push_token": "t"} for n in range(5)
    ],
}
ALERT: JSON = {
    "Export Request Id": 1690283492,
    "Partner": "Google Cloud Storage",
    "Type": "Events",
    "Status": "Completed",
    "Frequency": "One Time",
    "Date and Time": "25/07/2023 4:50:52 PM",
}


def rows(body: object) -> list[JSON]:
    """Return the rows of a body, which may be a text."""
    text = body if isinstance(body, str) else json.dumps(body)
    delivery = Delivery(received_at=NOON, body=text)
    return [json.loads(as_json(row)) for row in webhook_rows(delivery)]


def row(body: object) -> JSON:
    """Return the only row of a body."""
    [found] = rows(body)
    return found


def capitalised(value: JSON) -> JSON:
    """Return a profile with the other documented spelling of its keys."""
    return {name[:1].upper() + name[1:]: member for name, member in value.items()}


def test_a_broadcast_is_a_row_a_profile() -> None:
    """The documented sample, cell by cell."""
    assert rows(BROADCAST) == [
        {
            "webhook_id": "54e16d7d78aa59a7ad2f56e433684e27",
            "received_at": "2026-07-01T12:00:00.000005+00:00",
            "kind": "campaign",
            "is_test": False,
            "target_id": "1659684581",
            "identity": "x@y.com",
            "all_identities": ["x@y.com"],
            "email": "x@y.com",
            "phone": "+917872483227",
            "name": "Nick",
            "object_id": "__Webhook227",
            "key_values": {"SomeKey1": "SomeValue1"},
            "event_properties": {"Product Id": 1, "date": "$D_1664890781", "v": 6.55},
            "session_props": {},
            "profile": {
                "systemProfileData": {"webPushSubscription": "Unsubscribed", "latitude": 19.16},
                "profileData": {
                    "customer type": "gold",
                    "customer id": 11384938,
                    "multi": ["foo", "bar"],
                },
            },
            "body": {},
        }
    ]


def test_a_single_profile_is_an_object() -> None:
    """As bodies that are not broadcast have it: the same row but for its id."""
    [profile] = BROADCAST["profiles"]
    single, listed = row({**BROADCAST, "profiles": profile}), row(BROADCAST)
    assert single.pop("webhook_id") != listed.pop("webhook_id")
    assert single == listed


def test_both_spellings_of_the_keys_are_one() -> None:
    """`email` or `Email`, `profileData` or `ProfileData`: columns and nested rules find both."""
    [profile] = BROADCAST["profiles"]
    other, one = row({**BROADCAST, "profiles": [capitalised(profile)]}), row(BROADCAST)
    assert other.pop("webhook_id") != one.pop("webhook_id")
    assert other == one


def test_the_test_body_is_marked() -> None:
    """What the template editor sends has five profiles."""
    found = rows(TEST_BODY)
    assert [one["is_test"] for one in found] == [True] * 5
    assert [one["identity"] for one in found] == [f"user-{n}" for n in range(5)]
    assert [one["email"] for one in found] == [f"{n}@y.com" for n in range(5)]
    assert {one["target_id"] for one in found} == {"1234"}
    assert [one["key_values"] for one in found] == [{"key": "value"}] * 5
    assert [one["profile"] for one in found] == [{"push_token": "t"}] * 5
    assert len({one["webhook_id"] for one in found}) == 5


@pytest.mark.parametrize("value", [True, "true", "True"], ids=range(3))
def test_a_mark_may_be_a_text(value: object) -> None:
    """CleverTap writes booleans as texts in places."""
    assert row({"is_test": value, "profiles": []})["is_test"]


@pytest.mark.parametrize("value", [False, "false", None, 0, "", {}], ids=range(6))
def test_no_mark_is_no_test(value: object) -> None:
    """Nor is a false one."""
    assert not row({"is_test": value, "profiles": []})["is_test"]


def test_a_status_alert_is_a_row() -> None:
    """Its six fields are in the body, as sent."""
    found = row(ALERT)
    assert (found["kind"], found["body"]) == ("export_alert", ALERT)
    assert found["identity"] is None


def test_key_values_of_the_body_hold_for_profiles_without() -> None:
    """Where both have some and they differ, none is lost."""
    body = {"key_values": {"a": 1}, "profiles": [{"key_values": {"a": 2}}, {"identity": "u"}]}
    own, shared = rows(body)
    assert (own["key_values"], own["body"]) == ({"a": 2}, {"key_values": {"a": 1}})
    assert (shared["key_values"], shared["body"]) == ({"a": 1}, {})


def test_what_a_marketer_typed_has_its_columns_where_they_are_known() -> None:
    """An object without `profiles` is the one profile; all else is the body."""
    found = row({"Email": "x@y.com", "identity": 7, "text": "High value", "n": [1, 2]})
    assert (found["kind"], found["email"], found["identity"]) == ("custom", "x@y.com", "7")
    assert (found["body"], found["profile"]) == ({"text": "High value", "n": [1, 2]}, {})


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("High value purchase by Jané\r\n", "High value purchase by Jané\r\n"),
        ("nonsense", "nonsense"),
        ("true story", "true story"),
        ("NaN", "NaN"),
        ('{"broken": ', '{"broken": '),
        ("a=1&b=2", "a=1&b=2"),
        ('"a text"', "a text"),
        ("[1, 2]", [1, 2]),
        ("17", 17),
        ("null", None),
        ("[" * 100_000, "[" * 100_000),
        ("[" * 5_000 + "]" * 5_000, "[" * 5_000 + "]" * 5_000),
    ],
    ids=range(12),
)
def test_a_body_that_is_no_object_is_a_value(body: str, value: object) -> None:
    """Whatever was typed: text, JSON, or something that was to be JSON."""
    found = row(body)
    assert (found["kind"], found["body"]) == ("custom", {"value": value})


def test_half_an_emoji_costs_itself_alone() -> None:
    """As do a NaN and bare control characters; the rest of the body is read."""
    body = (
        '{"identity": "u", "text": "cut \\ud83d", "n": NaN, "t": "a\tb", "i": 12345678901234567890}'
    )
    found = row(body)
    assert found["identity"] == "u"
    assert found["body"] == {
        "text": "cut \N{REPLACEMENT CHARACTER}",
        "n": None,
        "t": "a\tb",
        "i": 12345678901234567890,
    }


def test_line_breaks_do_not_break_a_row() -> None:
    """A body that is printed over several lines is one line of output."""
    delivery = Delivery(received_at=NOON, body=json.dumps(BROADCAST, indent=2))
    assert all(b"\n" not in as_json(one) for one in webhook_rows(delivery))
    assert row(json.dumps(BROADCAST, indent=2))["key_values"] == {"SomeKey1": "SomeValue1"}


@pytest.mark.parametrize(
    "profiles", [None, [], [None], [17, "text"], "text", [[]], {"identity": None}], ids=range(7)
)
def test_odd_profiles_are_kept(profiles: object) -> None:
    """Something that should be a profile and is not is no reason to lose the body."""
    found = rows({"targetId": "7", "profiles": profiles, "more": 1})
    assert {one["target_id"] for one in found} == {"7"}
    assert {one["body"]["more"] for one in found} == {1}


def test_ids_are_frozen() -> None:
    """They change with a major version only: of a text, of places in a list."""
    assert row("a text")["webhook_id"] == "82bd48d36ec67fccf7085754c4a24cc3"
    first, second = rows({"profiles": [{"identity": "a"}, {"identity": "a"}]})
    assert first["webhook_id"] == "07e68822c9faba045a9d05752566cfb9"
    assert second["webhook_id"] == "9a99d609a14eb1589dc62b45f82ea194"


@given(st.text(min_size=1), st.text(min_size=1))
def test_ids_are_those_of_the_body(one: str, other: str) -> None:
    """Equal bodies are one, different ones are not."""
    assert (row(one)["webhook_id"] == row(other)["webhook_id"]) == (one == other)


@given(st.text(), st.text() | st.none())
def test_a_line_is_read_as_it_was_stored(body: str, content_type: str | None) -> None:
    """One line, whatever is in it."""
    line = stored_line(NOON, content_type, body)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert read_line(line) == Delivery(received_at=NOON, content_type=content_type, body=body)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    )
)
def test_any_json_becomes_rows(body: object) -> None:
    """No body is too odd, and its id is the same each time."""
    first, second = rows(body), rows(body)
    assert first
    assert first == second


@pytest.mark.parametrize(
    "line",
    [b"", b"\n", b"{}\n", b"[]", b'{"received_at": "x", "body": "y"}', b"\xff", b"[" * 9999],
    ids=range(7),
)
def test_a_line_of_nobodys_is_none(line: bytes) -> None:
    """No receiver has written it."""
    assert read_line(line) is None
