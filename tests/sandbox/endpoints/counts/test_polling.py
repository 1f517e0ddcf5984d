"""Counts: at once, after polling, or wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tap_clevertap.sandbox import Behaviour
from tests.support.caller import QUERY

if TYPE_CHECKING:
    from tests.support.caller import JSON, Caller, Serve

COUNT = "/1/counts/events.json"
TRENDS = "/1/counts/trends.json"
PATIENT = Behaviour(partial_share=0.0)


def poll(call: Caller, req_id: int, path: str = COUNT) -> JSON:
    """Return the answer to one poll."""
    return dict(call.get(f"{path}?req_id={req_id}").json())


def test_a_question_may_be_answered_at_once(serve: Serve) -> None:
    """As documented: status and count."""
    _, call = serve(behaviour=PATIENT)
    assert call.post(COUNT, QUERY).json() == {"status": "success", "count": 300}


def test_a_question_may_take_polls(serve: Serve) -> None:
    """The id is a number of fifteen digits."""
    _, call = serve(behaviour=Behaviour(partial_share=1.0, partial_polls=2))
    answer = call.post(COUNT, QUERY).json()
    assert answer == {"req_id": answer["req_id"], "status": "partial"}
    assert len(str(answer["req_id"])) == 15
    polls = [poll(call, answer["req_id"])["status"] for _ in range(3)]
    assert polls == ["partial", "partial", "success"]
    assert poll(call, answer["req_id"])["count"] == 300


def test_a_share_of_questions_takes_polls(serve: Serve) -> None:
    """Half of them, and always the same ones."""
    _, call = serve()
    bodies = [QUERY | {"from": 20260600 + day} for day in range(1, 31)]
    first, again = ([call.post(COUNT, b).json()["status"] for b in bodies] for _ in range(2))
    assert first == again
    assert 5 < first.count("partial") < 25


def test_polls_can_be_posts(serve: Serve) -> None:
    """As one client does."""
    _, call = serve(behaviour=Behaviour(partial_share=1.0, partial_polls=0))
    req_id = call.post(COUNT, QUERY).json()["req_id"]
    assert call.post(f"{COUNT}?req_id={req_id}").json()["count"] == 300


def test_an_unknown_id_is_invalid(serve: Serve) -> None:
    """In the API's words."""
    _, call = serve()
    assert poll(call, 384649162721759)["error"] == "Invalid request id"


def test_partial(serve: Serve) -> None:
    """Every count is partial as often as told."""
    _, call = serve(behaviour=PATIENT, partial=3)
    req_id = call.post(COUNT, QUERY).json()["req_id"]
    assert [poll(call, req_id)["status"] for _ in range(4)] == ["partial"] * 3 + ["success"]


def test_dead_request_id(serve: Serve) -> None:
    """The first id of a question dies, the second lives."""
    _, call = serve(partial=1, dead_request_id=1)
    first = call.post(COUNT, QUERY).json()["req_id"]
    assert [poll(call, first)["error"] for _ in range(2)] == ["Invalid request id"] * 2
    second = call.post(COUNT, QUERY).json()["req_id"]
    assert second != first
    assert [poll(call, second)["status"] for _ in range(2)] == ["partial", "success"]


@pytest.mark.parametrize("off", [2, -3])
def test_miscount(serve: Serve, off: int) -> None:
    """Every number is off by as much, in counts and in trends."""
    _, call = serve(behaviour=PATIENT, miscount=off)
    assert call.post(COUNT, QUERY).json()["count"] == 300 + off
    groups = {"groups": {"days": {"trend_type": "daily"}}}
    days = call.post(TRENDS, QUERY | groups).json()["days"]
    assert days == dict.fromkeys(("20260701", "20260702", "20260703"), 100 + off)


def test_refusals_are_not_miscounted(serve: Serve) -> None:
    """Their code stays the code."""
    _, call = serve(miscount=5)
    assert call.post(COUNT, QUERY | {"event_name": "Viewd"}).json()["code"] == 400
