"""The req_id protocol."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from tap_clevertap.sandbox.endpoints.counts.pending_answers import PendingAnswers
from tap_clevertap.sandbox.http_messages import Reply, Request, fail

PATH = "/1/counts/events.json"
ANSWER = Reply({"status": "success", "count": 7138})
INVALID = {"status": "fail", "error": "Invalid request id", "code": 400}


def ask(pending_answers: PendingAnswers, body: bytes = b"{}", path: str = PATH) -> str:
    """Return the request id under which the answer waits."""
    reply = pending_answers.ask(Request("POST", path, body=body), lambda: ANSWER, is_partial=True)
    assert isinstance(reply.body, dict)
    assert reply.body == {"req_id": reply.body["req_id"], "status": "partial"}
    return str(reply.body["req_id"])


def test_a_whole_answer_comes_at_once() -> None:
    """Nothing is partial unless the caller says so."""
    assert PendingAnswers(3).ask(Request("POST", PATH), lambda: ANSWER, is_partial=False) == ANSWER


def test_a_refusal_comes_at_once() -> None:
    """Nobody waits to be told of a wrong date."""
    refusal = fail("Invalid date : from", 4002, 400)
    assert PendingAnswers(3).ask(Request("POST", PATH), lambda: refusal, is_partial=True) == refusal


@given(st.integers(0, 5))
def test_an_answer_is_polled_for_in_vain_as_often_as_said(polls: int) -> None:
    """Then it comes, and comes again to whom it was lost."""
    pending_answers = PendingAnswers(polls)
    req_id = ask(pending_answers)
    for _ in range(polls):
        assert pending_answers.poll(PATH, req_id).body == {
            "req_id": int(req_id),
            "status": "partial",
        }
    assert [pending_answers.poll(PATH, req_id), pending_answers.poll(PATH, req_id)] == [
        ANSWER,
        ANSWER,
    ]


@given(st.binary())
def test_a_request_id_has_fifteen_digits(body: bytes) -> None:
    """It does not fit into 32 bits."""
    assert len(ask(PendingAnswers(1), body)) == 15


def test_ids_depend_on_the_request_and_how_often_it_came() -> None:
    """Two desks hand out the same ids, whatever else is asked in between."""
    one, other = PendingAnswers(1), PendingAnswers(1)
    first, second = ask(one), ask(one)
    assert first != second
    assert ask(other, b"[]") not in {first, second}
    assert [ask(other), ask(other)] == [first, second]


def test_an_id_nobody_handed_out_is_invalid() -> None:
    """Nor is one of another path, or an odd text, valid."""
    pending_answers = PendingAnswers(0)
    req_id = ask(pending_answers)
    for path, wrong in ((PATH, "384649162721759"), ("/1/counts/trends.json", req_id), (PATH, "x")):
        assert pending_answers.poll(path, wrong).body == INVALID
    assert pending_answers.poll(PATH, req_id) == ANSWER


def test_forgotten_ids_are_dead() -> None:
    """A question that is asked again gets a new id, and its answer."""
    pending_answers = PendingAnswers(0)
    dead = ask(pending_answers)
    pending_answers.forget()
    alive = ask(pending_answers)
    assert pending_answers.poll(PATH, dead).body == INVALID
    assert pending_answers.poll(PATH, alive) == ANSWER


def test_threads_get_ids_of_their_own() -> None:
    """Many who ask the same at once are told apart."""
    pending_answers = PendingAnswers(1)
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda _: ask(pending_answers), range(400)))
    assert len(set(ids)) == 400
