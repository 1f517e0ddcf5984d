"""The client against a sandbox: what it sends, how it pages, and what it never says."""

from __future__ import annotations

import json
import logging
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tap_clevertap import errors
from tap_clevertap.api.client import Request
from tap_clevertap.api.endpoints import (
    EVENT_COUNT,
    EVENTS,
    PROFILES,
    SCHEMA,
    Endpoint,
    Export,
)
from tap_clevertap.sandbox import Behaviour, Faults, Sandbox
from tap_clevertap.sandbox.server.routes import WRITES
from tap_clevertap.streams import endpoints
from tests.support.rendezvous import hold_until_in_flight

if TYPE_CHECKING:
    from tap_clevertap.api.client import Client
    from tests.conftest import Connect, Serve

QUERY = {"event_name": "Viewed", "from": 20260701, "to": 20260703}
EVENT_EXPORT = Export(EVENTS)
QUICK = pytest.mark.usefixtures("short_waits")


def numbers(client: Client, **overrides: object) -> list[int]:
    """Return the numbers of the events that an export gives, in order of number."""
    pages = client.export(EVENT_EXPORT, QUERY | overrides)
    records = [record for page in pages for record in json.loads(bytes(page.records))]
    return sorted(record["event_props"]["n"] for record in records)


def failing(
    sandbox: Serve, faults: dict[str, float], behaviour: Behaviour | None = None
) -> Sandbox:
    """Start a sandbox where the named things go wrong."""
    server = sandbox(behaviour=behaviour)
    server.faults = Faults(1, **faults)
    return server


@pytest.mark.parametrize("length", [70, 2000, 6000])
@pytest.mark.parametrize("is_encoded", [True, False])
def test_cursors_arrive_undamaged(
    sandbox: Serve, connect: Connect, length: int, *, is_encoded: bool
) -> None:
    """Cursors of any length, encoded already or not, are encoded once: all pages come."""
    server = sandbox(behaviour=Behaviour(cursor_length=length, cursor_percent_encoded=is_encoded))
    assert numbers(connect(server, batch_size=46)) == list(range(200))
    assert server.request_log.double_encoded_cursors == 0
    assert server.request_log.statuses["events"].keys() == {200}


def test_flags_ask_for_what_is_wanted(sandbox: Serve, connect: Connect) -> None:
    """Summary and custom properties come when they are asked for."""
    client = connect(sandbox())
    for is_wanted in (True, False):
        export = Export(EVENTS, is_wanted, is_wanted, batch_size=5000)
        (page,) = client.export(export, QUERY)
        profile = json.loads(bytes(page.records))[0]["profile"]
        assert ("events" in profile) == is_wanted
        assert ("profileData" in profile) == is_wanted


def test_empty_range_has_one_empty_page(sandbox: Serve, connect: Connect) -> None:
    """An export of days without events ends well, without records."""
    assert numbers(connect(sandbox()), **{"from": 20250101, "to": 20250102}) == []


@pytest.mark.parametrize("path", [*WRITES, "/1/events.json/..", "/1/EVENTS.json"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_nothing_but_reads_can_be_sent(
    sandbox: Serve, connect: Connect, method: str, path: str
) -> None:
    """A path that is not on the list raises before a byte leaves."""
    server = sandbox()
    with pytest.raises(errors.WriteNotAllowed):
        connect(server).send(Request(method, Endpoint(path, (method,))))
    assert not server.request_log.requests
    assert not server.request_log.writes


def test_list_of_reads_has_no_write() -> None:
    """No path on the list begins like one that changes the account."""
    assert not [one.path for one in endpoints() if one.path.startswith(WRITES)]
    assert {method for one in endpoints() for method in one.methods} == {"GET", "POST"}


@pytest.mark.parametrize("fault", ["repeated_cursor", "cursor_cycle"])
def test_cursor_that_comes_back_is_no_end(sandbox: Serve, connect: Connect, fault: str) -> None:
    """A chain that returns to where it was is broken: neither endless nor complete."""
    with pytest.raises(errors.CursorRepeated) as caught:
        numbers(connect(failing(sandbox, {fault: 1.0}), batch_size=46))
    assert re.fullmatch(r"page \d+ returned the cursor of an earlier page", str(caught.value))


@pytest.mark.parametrize("fault", ["expired_cursor", "incorrect_usage"])
def test_dead_cursor_is_lost(sandbox: Serve, connect: Connect, fault: str) -> None:
    """A cursor that is refused makes the chain begin anew, and is not the end of the data."""
    with pytest.raises(errors.CursorLost):
        numbers(connect(failing(sandbox, {fault: 1.0})))


def test_refusal_of_a_page_is_a_lost_cursor(sandbox: Serve, connect: Connect) -> None:
    """Whatever a page is refused for, a new cursor is what helps, but not against a redirect."""
    server = sandbox()
    client = connect(server, batch_size=46)
    pages, others = client.export(EVENT_EXPORT, QUERY), client.export(EVENT_EXPORT, QUERY)
    next(pages)
    next(others)
    server.faults = Faults(1, incorrect_usage=1.0)
    with pytest.raises(errors.CursorLost):
        next(pages)
    server.faults = Faults(1, redirect=1.0)
    with pytest.raises(errors.Redirected, match="302"):
        next(others)


@QUICK
def test_page_in_preparation_is_waited_for(sandbox: Serve, connect: Connect) -> None:
    """Pages that are not ready at first are asked again, with the same cursor."""
    server = sandbox(in_progress=2, in_progress_202=1)
    assert numbers(connect(server, batch_size=46)) == list(range(200))
    assert len(server.request_log.exports) == 1
    assert server.request_log.statuses["events"][202] > 0


@QUICK
def test_page_that_never_comes_ends_with_its_budget(sandbox: Serve, connect: Connect) -> None:
    """A page that stays in preparation ends the patience; it is not the end of the data."""
    server = sandbox(in_progress_forever=1.0)
    with pytest.raises(errors.InProgress):
        numbers(connect(server, in_progress_timeout=1))
    assert server.request_log.requests["events"] > 50


@QUICK
def test_too_many_requests_lower_the_permits(sandbox: Serve, connect: Connect) -> None:
    """After refusals fewer requests are in flight, and the run succeeds all the same."""
    server = sandbox(behaviour=Behaviour(max_in_flight=1, page_latency=0.02))
    hold_until_in_flight(server, 2, "events")
    client = connect(server, batch_size=46)
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda _: numbers(client), range(3)))
    assert found == [list(range(200))] * 3
    statuses = server.request_log.statuses["events"]
    assert 0 < statuses[429] <= 5
    assert statuses[200] >= 18


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_never_more_in_flight_than_allowed(sandbox: Serve, connect: Connect, limit: int) -> None:
    """However many ask, the endpoint sees as many at once as the setting says, and uses them."""
    server = sandbox(behaviour=Behaviour(page_latency=0.01))
    hold_until_in_flight(server, limit, "events")
    client = connect(server, batch_size=46, max_concurrency=limit)
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: numbers(client), range(6)))
    assert server.request_log.most_in_flight["events"] == limit
    assert server.request_log.statuses["events"].keys() == {200}


@QUICK
@pytest.mark.parametrize(
    "faults",
    [
        {"server_error": 0.4},
        {"unavailable": 0.4},
        {"reset": 0.4},
        {"truncated": 0.2},
        {"empty_body": 0.1},
        {"html": 0.2},
        {"throttled": 0.5},
        {"too_many_requests": 0.5},
        {"slow": 0.02},
        {"alternate_paging": 1.0},
        {"empty_page": 1.0},
        {"short_page": 1.0},
        {"lone_surrogate": 1.0, "nan": 1.0, "bad_utf8": 1.0},
        {"server_error": 0.2, "reset": 0.2, "in_progress": 1, "too_many_requests": 0.2},
    ],
    ids=str,
)
def test_fault_that_passes_is_survived(
    sandbox: Serve, connect: Connect, faults: dict[str, float]
) -> None:
    """What goes wrong now and then costs no row, and none comes twice."""
    assert numbers(connect(failing(sandbox, faults), batch_size=46)) == list(range(200))


@QUICK
@pytest.mark.parametrize(
    ("fault", "leaf", "tries"),
    [
        ("server_error", errors.ServerError, 7),
        ("unavailable", errors.ServerError, 7),
        ("reset", errors.ConnectionFailed, 7),
        ("truncated", errors.InvalidResponse, 4),
        ("empty_body", errors.EmptyResponse, 3),
        ("html", errors.InvalidResponse, 4),
        ("throttled", errors.Throttled, 10),
        ("too_many_requests", errors.TooManyRequests, 30),
    ],
)
def test_fault_that_stays_ends_in_its_leaf(
    sandbox: Serve, connect: Connect, fault: str, leaf: type[errors.Transient], tries: int
) -> None:
    """After as many tries as the leaf has, the failure is told as what it is."""
    server = failing(sandbox, {fault: 1.0})
    with pytest.raises(leaf):
        numbers(connect(server))
    assert server.request_log.requests["events"] == tries


@QUICK
def test_hanging_request_ends_after_its_timeout(sandbox: Serve, connect: Connect) -> None:
    """A server that never answers costs the timeout, a few times over."""
    server = sandbox(hang=1.0)
    with pytest.raises(errors.TimedOut, match="ReadTimeoutError"):
        numbers(connect(server, request_timeout=1))
    assert server.request_log.requests["events"] == errors.TimedOut.tries


@QUICK
def test_nobody_there_is_a_failed_connection(sandbox: Serve, connect: Connect) -> None:
    """A host that refuses connections is told without its cursor or credentials."""
    server = sandbox()
    client = connect(server)
    server.close()
    with pytest.raises(errors.ConnectionFailed) as caught:
        numbers(client)
    assert str(caught.value) == "POST /1/events.json: NewConnectionError"


def test_redirect_is_not_followed(sandbox: Serve, connect: Connect) -> None:
    """Another host gets neither the request nor the credentials."""
    server = sandbox(redirect=1.0)
    with pytest.raises(errors.Redirected):
        numbers(connect(server))
    assert server.request_log.requests == {"events": 1}
    assert server.request_log.unknown_paths == []
    assert server.request_log.bad_credentials == 0


@pytest.mark.parametrize("wrong", ["account_id", "passcode"])
def test_wrong_credentials_are_told_at_once(sandbox: Serve, connect: Connect, wrong: str) -> None:
    """The first answer is enough to know."""
    server = sandbox()
    with pytest.raises(errors.InvalidCredentials):
        connect(server, **{wrong: "other"}).list_event_types()
    assert server.request_log.bad_credentials == 1


@QUICK
def test_credentials_that_end_within_an_export_are_told(sandbox: Serve, connect: Connect) -> None:
    """A passcode that is withdrawn meanwhile is no lost cursor."""
    server = sandbox()
    pages = connect(server, batch_size=46).export(EVENT_EXPORT, QUERY)
    next(pages)
    server.close()
    port = int(server.url.rpartition(":")[2])
    with (
        Sandbox(server.world, passcode="its successor", port=port),
        pytest.raises(errors.InvalidCredentials),
    ):
        next(pages)


def test_refused_event_is_told(sandbox: Serve, connect: Connect) -> None:
    """An event whose rows may not leave, and one that does not exist, are two things."""
    client = connect(sandbox())
    with pytest.raises(errors.ExportNotAllowed):
        numbers(client, event_name="Notification Sent")
    with pytest.raises(errors.InvalidEvent):
        numbers(client, event_name="Nobody Did This")


def test_greeting_lists_the_events(sandbox: Serve, connect: Connect) -> None:
    """One request tells which events the account has."""
    server = sandbox()
    assert any("'Viewed'" in str(event) for event in connect(server).list_event_types())
    assert server.request_log.requests == {"schema": 1}


@QUICK
def test_greeting_is_impatient(sandbox: Serve, connect: Connect) -> None:
    """An address that looks wrong is given up after two tries, an account that is busy is not."""
    server = sandbox(empty_body=1.0)
    with pytest.raises(errors.EmptyResponse):
        connect(server).list_event_types()
    assert server.request_log.requests["schema"] == 2
    busy = sandbox(server_error=1.0)
    with pytest.raises(errors.ServerError):
        connect(busy).list_event_types()
    assert busy.request_log.requests["schema"] == errors.ServerError.tries


@pytest.mark.parametrize("takes_gzip", [True, False])
def test_compression_changes_nothing(sandbox: Serve, connect: Connect, *, takes_gzip: bool) -> None:
    """Compressed or not, the rows are the same."""
    assert numbers(connect(sandbox(behaviour=Behaviour(gzip=takes_gzip)))) == list(range(200))


def test_profiles_are_paged_alike(sandbox: Serve, connect: Connect) -> None:
    """Profiles come by the same protocol from their own path."""
    pages = connect(sandbox()).export(Export(PROFILES, wants_properties=True), QUERY)
    records = [record for page in pages for record in json.loads(bytes(page.records))]
    assert len(records) == 20


@QUICK
@pytest.mark.parametrize("faults", [{}, {"partial": 3}, {"dead_request_id": 1.0}], ids=str)
def test_count_is_polled_to_its_end(
    sandbox: Serve, connect: Connect, faults: dict[str, float]
) -> None:
    """A question is answered whether at once, after polls or after its id was forgotten."""
    server = failing(sandbox, faults, Behaviour(partial_share=1.0 if faults else 0.0))
    assert connect(server).post_and_poll(EVENT_COUNT, QUERY)["count"] == 200


def test_plain_get_gives_the_whole_answer(sandbox: Serve, connect: Connect) -> None:
    """An answer that is there at once comes with all its members."""
    assert connect(sandbox()).get(SCHEMA, "type=userProperties")["status"] == "success"


@QUICK
@pytest.mark.parametrize("fault", ["server_error", "reset", "truncated", "expired_cursor"])
def test_no_secret_in_log_or_error(
    sandbox: Serve, connect: Connect, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    """At DEBUG, urllib3 included, there is neither passcode nor cursor, and none in the error."""
    caplog.set_level(logging.DEBUG)
    server = sandbox()
    client = connect(server, batch_size=46)
    pages = client.export(EVENT_EXPORT, QUERY)
    cursors = [next(pages).next_cursor]
    server.faults = Faults(1, **{fault: 1.0})
    with pytest.raises(errors.ClevertapError) as caught:
        cursors += [page.next_cursor for page in pages]
    said = caplog.text + str(caught.value) + repr(caught.value.__cause__)
    assert server.passcode not in said
    assert server.account_id not in said
    assert not [cursor for cursor in cursors if cursor and cursor[:24] in said]
    assert "cursor=" not in said


def test_session_is_shared_between_threads(sandbox: Serve, connect: Connect) -> None:
    """One client serves several exports at once without mixing them up."""
    server = sandbox()
    client = connect(server, batch_size=46)
    days = [{"from": day, "to": day} for day in (20260701, 20260702, 20260703)]
    before = threading.active_count()
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda one: numbers(client, **one), days))
    assert sorted(n for some in found for n in some) == list(range(200))
    assert threading.active_count() >= before
