"""What bodies are refused for, in the API's words."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_clevertap.sandbox.account.models import EventType, World
from tap_clevertap.sandbox.http_messages import Reply, Request, fail
from tap_clevertap.sandbox.query.request_body import (
    Period,
    RefusedError,
    read_day,
    read_event_name,
    read_groups,
    read_object,
    read_period,
    refusable,
)


@given(st.dates(min_value=date(1000, 1, 1)))
def test_eight_digits_are_a_day(day: date) -> None:
    """Every day there is can be asked for."""
    assert read_day(int(f"{day:%Y%m%d}")) == day


@pytest.mark.parametrize(
    "value", [None, True, 2015, 20150230, 20151301, -2015081, 20150810.0, "20150810", [20150810]]
)
def test_anything_else_is_no_day(value: object) -> None:
    """Days that do not exist, texts and fractions are refused."""
    assert read_day(value) is None


def test_a_period_includes_both_ends() -> None:
    """`from` and `to` are both whole days of the answer."""
    period = read_period({"from": 20150810, "to": 20150811})
    assert period == Period(date(2015, 8, 10), date(2015, 8, 11))
    assert [date(2015, 8, day) in period for day in (9, 10, 11, 12)] == [False, True, True, False]


def test_a_period_may_be_one_day() -> None:
    """`from` and `to` may be the same."""
    day = date(2015, 8, 10)
    assert read_period({"from": 20150810, "to": 20150810}) == Period(day, day)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"from": 20150810}, "Invalid date : to"),
        ({"from": 20150832, "to": 20150810}, "Invalid date : from"),
        ({"from": 20150811, "to": 20150810}, "Invalid date range : from greater than to"),
    ],
)
def test_bad_dates_have_a_code_of_their_own(body: dict[str, object], error: str) -> None:
    """The code is 4002, which is no HTTP status."""
    with pytest.raises(RefusedError) as refused:
        read_period(body)
    expected = {"status": "fail", "error": error, "code": 4002}
    assert refused.value.reply == Reply(expected, 400)


def test_an_unknown_event_is_named_in_a_list_in_a_text() -> None:
    """The verbatim body, with the HTTP status of a success."""
    world = World("UTC", event_types={"Charged": EventType("Charged")})
    assert read_event_name(world, {"event_name": "Charged"}) == "Charged"
    with pytest.raises(RefusedError) as refused:
        read_event_name(world, {"event_name": "Uninstalled"})
    assert refused.value.reply.status == 200
    assert json.loads(refused.value.reply.encode()) == json.loads(
        r'{"status":"fail","error":"[\"Invalid event : Uninstalled\"]","code":400}'
    )


def test_an_unknown_event_is_named_in_its_own_script() -> None:
    """Letters beyond ASCII are not escaped inside the text."""
    with pytest.raises(RefusedError) as refused:
        read_event_name(World("UTC"), {"event_name": "उत्सव"})
    assert refused.value.reply.body == {
        "status": "fail",
        "error": '["Invalid event : उत्सव"]',
        "code": 400,
    }


@pytest.mark.parametrize("name", [None, 7, ""])
def test_an_event_name_is_a_text(name: object) -> None:
    """A missing or odd name is a wrong parameter, no unknown event."""
    with pytest.raises(RefusedError) as refused:
        read_event_name(World("UTC"), {"event_name": name})
    assert refused.value.reply == fail("event_name is required", 400, 400)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff"])
def test_a_body_is_an_object(body: bytes) -> None:
    """Everything else is a wrong parameter."""
    with pytest.raises(RefusedError) as refused:
        read_object(Request("POST", "/1/now.json", body=body))
    assert refused.value.reply == fail("Invalid request body", 400, 400)


def test_groups_keep_the_askers_keys() -> None:
    """They are returned as they came."""
    groups = {"foo": {"trend_type": "daily"}, "bar": {}}
    assert read_groups({"groups": groups}) == groups


@pytest.mark.parametrize("groups", [None, [], {}, {"foo": "daily"}])
def test_groups_are_objects(groups: object) -> None:
    """The message is the one that connectors look for."""
    with pytest.raises(RefusedError) as refused:
        read_groups({"groups": groups})
    body = refused.value.reply.body
    assert isinstance(body, dict)
    assert body["error"].startswith("Invalid group : ")
    assert body["code"] == 400


def test_a_refusal_becomes_the_reply() -> None:
    """Handlers may raise where they refuse."""

    @refusable
    def handler(_world: World, _now: int, request: Request) -> Reply:
        return Reply(read_object(request))

    world = World("UTC")
    assert handler(world, 0, Request("POST", "/", body=b"[]")).status == 400
    assert handler(world, 0, Request("POST", "/", body=b"{}")) == Reply({})
