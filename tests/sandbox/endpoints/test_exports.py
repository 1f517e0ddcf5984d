"""Opening a cursor and reading its pages, with every fault on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

import pytest

from tap_clevertap.sandbox import Behaviour, Event, Faults
from tap_clevertap.sandbox.account.models import epoch
from tests.support.caller import EVENTS, FLAGS, NOW, PROFILES, QUERY, ZONE, account, numbers

if TYPE_CHECKING:
    from tests.support.caller import JSON, Serve

ALL = list(range(300))
INVALIDATED = {"status": "fail", "error": "Invalid cursor", "code": "CURSOR_INVALIDATED"}
IN_PROGRESS = {
    "status": "fail",
    "error": "Request still in progress, please retry later",
    "code": 2,
}
INCORRECT_USAGE = {"status": "fail", "error": "Incorrect Usage", "code": 3}


def test_an_export_gives_every_event_once(serve: Serve) -> None:
    """Over many pages, each with the envelope of the documentation."""
    _, call = serve()
    pages = call.pages(46)
    assert numbers(pages) == ALL
    assert len(pages) > 5
    assert all(
        set(page) == {"status", "previous_cursor", "next_cursor", "records"} for page in pages[:-1]
    )
    assert set(pages[-1]) == {"status", "previous_cursor", "records"}


def test_the_first_answer_is_a_cursor_and_nothing_else(serve: Serve) -> None:
    """It is long and already percent-encoded."""
    _, call = serve()
    answer = call.open()
    assert set(answer) == {"status", "cursor"}
    assert answer["status"] == "success"
    assert len(answer["cursor"]) >= 1990
    assert answer["cursor"].endswith("%3D%3D")


def test_days_are_the_accounts_days_both_included(serve: Serve) -> None:
    """A hundred events on each of three days."""
    _, call = serve()
    assert numbers(call.pages(query={"from": 20260702, "to": 20260702})) == list(range(100, 200))


def test_a_range_without_events_has_no_records_key(serve: Serve) -> None:
    """Its one page says success and nothing else of note."""
    _, call = serve()
    (page,) = call.pages(query={"from": 20260601, "to": 20260602})
    assert "records" not in page
    assert "next_cursor" not in page
    assert page["status"] == "success"


def test_late_events_show_once_they_have_arrived(serve: Serve) -> None:
    """A day that was read can grow."""
    world = account(events=10)
    at = epoch("2026-07-02T10:00:00", ZONE)
    world.add(Event("Viewed", at, 0, props={"n": 10}, arrived_at=NOW + 50))
    sandbox, call = serve(world)
    assert numbers(call.pages()) == list(range(10))
    sandbox.advance(50)
    assert numbers(call.pages()) == list(range(11))


def test_a_cursor_read_again_gives_the_same_page(serve: Serve) -> None:
    """Whoever lost an answer can ask for it again."""
    _, call = serve()
    cursor = call.open(46)["cursor"]
    first = call.page(cursor)
    call.page(first["next_cursor"])
    assert call.page(cursor) == first


def test_a_page_can_be_asked_by_post(serve: Serve) -> None:
    """As some clients do."""
    _, call = serve()
    cursor = call.open()["cursor"]
    assert call.post(f"{EVENTS}?cursor={cursor}").json() == call.page(cursor)


def test_a_cursor_encoded_twice_is_incorrect_usage(serve: Serve) -> None:
    """The ledger remembers it; decoded once it would have been fine."""
    sandbox, call = serve()
    cursor = call.open()["cursor"]
    assert call.page(quote(cursor)) == INCORRECT_USAGE
    assert sandbox.request_log.double_encoded_cursors == 1
    assert call.get(EVENTS, params={"cursor": unquote(cursor)}).json()["status"] == "success"
    assert sandbox.request_log.double_encoded_cursors == 1


def test_cursors_can_be_plain(serve: Serve) -> None:
    """As in the documentation's `previous_cursor`."""
    _, call = serve(behaviour=Behaviour(cursor_percent_encoded=False, cursor_length=70))
    assert call.open()["cursor"].endswith("==")
    assert numbers(call.pages(46)) == ALL


def test_cursors_die_after_four_hours_or_one_of_rest(serve: Serve) -> None:
    """Use keeps them alive, not for ever."""
    sandbox, call = serve()
    cursor = call.open()["cursor"]
    for _ in range(4):
        sandbox.advance(3590)
        assert call.page(cursor)["status"] == "success"
    sandbox.advance(60)
    assert call.page(cursor) == INVALIDATED
    cursor = call.open()["cursor"]
    sandbox.advance(3601)
    assert call.page(cursor) == INVALIDATED


def test_cursors_over_profiles_live_four_days(serve: Serve) -> None:
    """Rest does not matter."""
    sandbox, call = serve()
    cursor = call.open(path=PROFILES)["cursor"]
    sandbox.advance(96 * 3600)
    assert call.page(cursor, PROFILES)["status"] == "success"
    sandbox.advance(1)
    assert call.page(cursor, PROFILES) == INVALIDATED


def test_an_unknown_cursor_is_invalid(serve: Serve) -> None:
    """So is none at all."""
    _, call = serve()
    assert call.page("ZiZiNwMEBQBkaWZz") == INVALIDATED
    assert call.get(EVENTS).json() == INVALIDATED


@pytest.mark.parametrize(
    ("query", "status", "code", "words"),
    [
        ({"from": 20260703, "to": 20260701}, 400, 4002, "from greater"),
        ({"from": 20260231}, 400, 4002, "Invalid date"),
        ({"from": "20260701"}, 400, 4002, "Invalid date"),
        ({"event_name": "Notification Sent"}, 400, 400, "Export not allowed for this event"),
        ({"event_name": "Viewd"}, 200, 400, '["Invalid event : Viewd"]'),
        ({"event_name": 7}, 400, 400, "event_name"),
    ],
)
@pytest.mark.parametrize("path", [EVENTS, PROFILES])
def test_a_wrong_question_gets_no_cursor(  # noqa: PLR0913, PLR0917 - a table of refusals
    serve: Serve, query: JSON, status: int, code: int, words: str, path: str
) -> None:
    """The refusal has the API's words, code and status."""
    _, call = serve()
    response = call.post(f"{path}?batch_size=500", QUERY | query)
    answer = response.json()
    assert (response.status_code, answer["status"], answer["code"]) == (status, "fail", code)
    assert words in answer["error"]
    assert "cursor" not in answer


@pytest.mark.parametrize("batch", ["0", "5001", "many", "-1", "1.5", ""])
def test_a_batch_size_outside_1_to_5000_is_refused(serve: Serve, batch: str) -> None:
    """The message names it."""
    _, call = serve()
    answer = call.post(f"{EVENTS}?batch_size={batch}", QUERY).json()
    assert answer["status"] == "fail"
    assert "batch_size" in answer["error"]


def test_a_body_that_is_no_object_is_refused(serve: Serve) -> None:
    """Not answered with everything."""
    _, call = serve()
    assert call.post(EVENTS, [QUERY]).json()["status"] == "fail"


def test_throttled(serve: Serve) -> None:
    """Code 1, with status 200, and no cursor."""
    sandbox, call = serve(throttled=1)
    answer = call.open()
    assert (answer["status"], answer["code"]) == ("fail", 1)
    assert sandbox.request_log.exports == []
    sandbox.faults = Faults()
    assert call.open()["status"] == "success"


def test_in_progress(serve: Serve) -> None:
    """Each cursor, not just the first, is a while in preparation."""
    _, call = serve(in_progress=2)
    cursor = call.open(46)["cursor"]
    assert [call.page(cursor) for _ in range(2)] == [IN_PROGRESS, IN_PROGRESS]
    page = call.page(cursor)
    assert page["status"] == "success"
    assert call.page(page["next_cursor"]) == IN_PROGRESS


def test_in_progress_202(serve: Serve) -> None:
    """The same, with another status."""
    _, call = serve(in_progress_202=1, in_progress=1)
    cursor = call.open()["cursor"]
    answers = [call.get(f"{EVENTS}?cursor={cursor}") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [202, 200, 200]
    assert [answer.json().get("code") for answer in answers] == [2, 2, None]


def test_in_progress_without_a_fault(serve: Serve) -> None:
    """It is also among the behaviour."""
    _, call = serve(behaviour=Behaviour(in_progress_fetches=1))
    cursor = call.open()["cursor"]
    assert call.page(cursor) == IN_PROGRESS
    assert call.page(cursor)["status"] == "success"


def test_in_progress_forever(serve: Serve) -> None:
    """Patience has to end somewhere."""
    _, call = serve(in_progress_forever=1)
    cursor = call.open()["cursor"]
    assert all(call.page(cursor) == IN_PROGRESS for _ in range(10))


def test_expired_cursor(serve: Serve) -> None:
    """A cursor that died stays dead; a new one can be had."""
    sandbox, call = serve(expired_cursor=1)
    cursor = call.open()["cursor"]
    assert call.page(cursor) == INVALIDATED
    sandbox.faults = Faults()
    assert numbers(call.pages()) == ALL
    assert call.page(cursor) == INVALIDATED


def test_incorrect_usage(serve: Serve) -> None:
    """Once on each page; the request log does not take it for the client's mistake."""
    sandbox, call = serve(incorrect_usage=1)
    cursor = call.open()["cursor"]
    assert call.page(cursor) == INCORRECT_USAGE
    assert call.page(cursor)["status"] == "success"
    assert sandbox.request_log.double_encoded_cursors == 0


def test_reread_refused(serve: Serve) -> None:
    """A cursor can be read once."""
    _, call = serve(reread_refused=1)
    cursor = call.open()["cursor"]
    assert call.page(cursor)["status"] == "success"
    assert call.page(cursor) == INCORRECT_USAGE


def test_empty_page(serve: Serve) -> None:
    """An empty list, and a cursor that leads on."""
    _, call = serve(empty_page=1)
    pages = call.pages()
    assert pages[0]["records"] == []
    assert numbers(pages) == ALL


def test_short_page(serve: Serve) -> None:
    """One record is no sign of the end."""
    _, call = serve(short_page=1)
    pages = call.pages()
    assert len(pages[0]["records"]) == 1
    assert numbers(pages) == ALL


def test_repeated_cursor(serve: Serve) -> None:
    """The next cursor is the one that was asked."""
    _, call = serve(repeated_cursor=1)
    cursor = call.open(46)["cursor"]
    assert call.page(cursor)["next_cursor"] == cursor


def test_cursor_cycle(serve: Serve) -> None:
    """Some later page leads back to the start."""
    _, call = serve(cursor_cycle=1)
    pages = call.pages(115)
    assert len(pages) == 100
    assert len({page["next_cursor"] for page in pages}) < 10


def test_repeats(serve: Serve) -> None:
    """Some records come twice; none is missing."""
    _, call = serve(repeats=0.3)
    found = numbers(call.pages(115))
    assert sorted(set(found)) == ALL
    assert 330 < len(found) < 450


def test_drop_page(serve: Serve) -> None:
    """Records are missing and nothing tells."""
    _, call = serve(drop_page=0.5)
    pages = call.pages(46)
    assert 0 < len(numbers(pages)) < 300
    assert all(page["status"] == "success" for page in pages)


def test_ends_early(serve: Serve) -> None:
    """The same, at the end."""
    _, call = serve(ends_early=1)
    pages = call.pages(46)
    assert 100 < len(numbers(pages)) < 290
    assert "next_cursor" not in pages[-1]


def test_login_between_reads(serve: Serve) -> None:
    """Anonymous on the first page ever read, known on later ones."""
    _, call = serve(login_between_reads=1)
    first, *later = call.pages(46)
    again = call.pages(46)
    assert not any("identity" in record["profile"] for record in first["records"])
    pages = [*later, *again]
    assert all("identity" in record["profile"] for page in pages for record in page["records"])


def test_wrong_zone(serve: Serve) -> None:
    """The digits are off by as many minutes; the day that was asked for is not."""
    _, call = serve(wrong_zone=-330)
    pages = call.pages(query={"from": 20260702, "to": 20260702})
    assert min(record["ts"] for page in pages for record in page["records"]) == 20260701183000
    assert numbers(pages) == list(range(100, 200))


def test_alternate_paging(serve: Serve) -> None:
    """`partial` and `cursor` until the last page says success."""
    _, call = serve(alternate_paging=1)
    cursor = call.open(115)["cursor"]
    pages: list[JSON] = []
    while not pages or pages[-1]["status"] == "partial":
        pages.append(call.page(cursor))
        cursor = pages[-1]["cursor"]
    assert numbers(pages) == ALL
    assert len(pages) > 1
    assert not any("next_cursor" in page for page in pages)


def test_flags_come_from_the_url(serve: Serve) -> None:
    """Unless they say false, everything comes."""
    _, call = serve(account(people=1, events=1))
    for flags, keys in ((FLAGS, {"profile": False}), ("", {"events": True})):
        cursor = call.post(f"{EVENTS}?batch_size=500{flags}", QUERY).json()["cursor"]
        (record,) = call.page(cursor)["records"]
        assert ("events" in record["profile"]) is keys.get("events", False)
