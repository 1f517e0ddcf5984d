"""Message reports."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_clevertap.sandbox.account.models import World, epoch
from tap_clevertap.sandbox.endpoints.campaigns import message_reports
from tap_clevertap.sandbox.http_messages import Request

JULY = {"from": "20170701", "to": "20170731"}


def message(number: int, start: str, **more: object) -> dict[str, object]:
    """Return a message that started at a time in Kolkata."""
    known = {"message id": number, "start_at": epoch(start, "Asia/Kolkata"), "status": "completed"}
    return known | {"sent": 0, "viewed": 0, "clicked": 0} | more


WELCOME = message(
    1457432766,
    "2017-12-01T10:00:00",
    message_name="Welcome",
    channel="Push",
    delivery="One time",
    sent=82,
    viewed=40,
    clicked=28,
    conversion_event="Charged",
    labels=["onboarding"],
    device="Android",
    variant=None,
)


def ask(messages: list[dict[str, object]], **body: object) -> dict[str, Any]:
    """Return the report of an account with these messages."""
    request = Request("POST", "/1/message/report.json", body=json.dumps(body).encode())
    world = World("Asia/Kolkata", messages=messages)
    answer: dict[str, Any] = json.loads(message_reports(world, 0, request).encode())
    return answer


@pytest.mark.parametrize("day", ["20171201", 20171201], ids=["text", "number"])
def test_the_documented_report_is_printed(day: str | int) -> None:
    """Days are asked for as texts or numbers; the start is printed in words, nulls are not."""
    assert ask([WELCOME], **{"from": day, "to": day}) == json.loads(
        """{"status":"success","total_results":1,
        "messages":[{"message id":1457432766,"message_name":"Welcome","channel":"Push",
        "delivery":"One time","start_date":"01 Dec, 2017 10:00:00","status":"completed",
        "sent":82,"viewed":40,"clicked":28,"conversion_event":"Charged",
        "labels":["onboarding"],"device":"Android"}]}"""
    )


def test_messages_are_selected_by_their_local_start_alone() -> None:
    """Neither the day in UTC nor how long a message ran matters."""
    starts = ["2017-06-30T23:59:59", "2017-07-01T00:00:00", "2017-07-31T23:59:59", "2017-08-01"]
    answer = ask([message(number, start) for number, start in enumerate(starts)], **JULY)
    assert [one["message id"] for one in answer["messages"]] == [1, 2]
    assert answer["total_results"] == 2


def test_no_message_is_no_key() -> None:
    """`messages` is absent where there is none."""
    assert ask([WELCOME], **JULY) == {"status": "success", "total_results": 0}


@pytest.mark.parametrize("days", [{}, {"from": "2017-07-01", "to": "20170731"}])
def test_bad_dates_are_refused(days: dict[str, object]) -> None:
    """Dashes are no date."""
    assert ask([WELCOME], **days)["code"] == 4002


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ({"channel": ["push"]}, [1]),
        ({"channel": ["email", "push"]}, [1, 2]),
        ({"channel": "email,push"}, [1, 2]),
        ({"channel": []}, [1, 2, 3]),
        ({"channel": ["sms"]}, []),
        ({"delivery": ["one_time"]}, [1]),
        ({"status": ["running", "stopped"]}, [3]),
        ({"message_type": ["ab"]}, [2]),
        ({"message_type": ["message_on_user_property"]}, [3]),
        ({"label": ["summer"]}, [1, 3]),
        ({"channel": ["push", "web_inbox"], "label": ["summer"]}, [1, 3]),
        ({"colour": ["red"]}, [1, 2, 3]),
    ],
)
def test_lists_of_wishes_select(wish: dict[str, object], expected: list[int]) -> None:
    """Any of a list, all of the lists; the spelling of the answer does not matter."""
    day = "2017-07-04T10:00:00"
    messages = [
        message(1, day, channel="Push", delivery="One time", labels=["summer"]),
        message(2, day, channel="Email", delivery="Recurring", variant="A"),
        message(
            3,
            day,
            channel="Web Inbox",
            status="running",
            labels=["x", "summer"],
            message_type="message_on_user_property",
        ),
    ]
    answer = ask(messages, **JULY, **wish)
    assert [one["message id"] for one in answer.get("messages", [])] == expected


@given(st.integers(0, 10**6), st.integers(0, 999))
def test_the_days_of_a_message_sum_up_to_it(sent: int, clicked: int) -> None:
    """The split starts on the start day and loses nothing."""
    started = message(1, "2017-07-31T23:00:00", sent=sent, clicked=clicked)
    [one] = ask([started], **JULY, daily=True)["messages"]
    assert [part["date"] for part in one["daily"]] == ["20170731", "20170801", "20170802"]
    for metric in ("sent", "viewed", "clicked"):
        assert sum(part[metric] for part in one["daily"]) == one[metric]


def test_most_of_a_message_happens_on_its_first_day() -> None:
    """No day is negative, and the days are not alike."""
    [one] = ask([message(1, "2017-07-04", sent=100)], **JULY, daily=True)["messages"]
    assert [part["sent"] for part in one["daily"]] == [60, 30, 10]


def test_days_are_not_split_unasked() -> None:
    """Without `daily` there is no such key."""
    assert "daily" not in ask([message(1, "2017-07-04")], **JULY)["messages"][0]
