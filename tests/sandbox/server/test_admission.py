"""Credentials, slots, latency, and the faults that any request may meet."""

from __future__ import annotations

import http.client
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
import requests

from tap_clevertap.sandbox import Behaviour, Faults
from tests.support.caller import EVENTS, Caller
from tests.support.rendezvous import hold_until_in_flight

if TYPE_CHECKING:
    from tests.support.caller import Serve

GROUPS = "/category-groups"
BROKEN = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)
HANG_GUARD = 120


@pytest.mark.parametrize("header", ["X-CleverTap-Account-Id", "X-CleverTap-Passcode"])
@pytest.mark.parametrize("value", [None, "wrong"])
def test_wrong_credentials_are_401(serve: Serve, header: str, value: str | None) -> None:
    """In the API's words; the request log counts them."""
    sandbox, call = serve()
    response = call.get(GROUPS, headers={header: value})
    assert response.status_code == 401
    assert response.json() == {"status": "fail", "error": "Invalid Credentials", "code": 401}
    assert sandbox.request_log.bad_credentials == 1


def test_an_unknown_path_is_an_empty_success(serve: Serve) -> None:
    """200 proves nothing; the request log knows."""
    sandbox, call = serve()
    response = call.get("/1/journeys.json")
    assert (response.status_code, response.content) == (200, b"")
    assert sandbox.request_log.unknown_paths == [("GET", "/1/journeys.json")]


def test_a_wrong_verb_is_405(serve: Serve) -> None:
    """On a path that exists."""
    _, call = serve()
    response = call.get("/1/now.json")
    assert response.status_code == 405
    assert response.json()["error"] == "Method Not Allowed"


@pytest.mark.parametrize(
    "path", ["/1/upload", "/1/targets/create.json", "/1/delete/profiles.json", "/1/send/push.json"]
)
def test_a_write_is_answered_and_remembered(serve: Serve, path: str) -> None:
    """A passcode can do such things; a tap must not."""
    sandbox, call = serve()
    assert call.post(path, {"d": []}).json()["status"] == "success"
    assert sandbox.request_log.writes == [("POST", path)]


def test_a_fourth_request_at_once_is_too_many(serve: Serve) -> None:
    """Three are in flight for one endpoint; another endpoint has slots of its own."""
    sandbox, call = serve()
    hold_until_in_flight(sandbox, 4, "category_groups")
    with ThreadPoolExecutor(5) as pool:
        paths = [GROUPS] * 4 + ["/getSchema?type=events"]
        answers = list(pool.map(lambda path: _status(call, path), paths))
    assert sorted(answers) == [200, 200, 200, 200, 429]
    assert answers[4] == 200
    assert sandbox.request_log.most_in_flight["category_groups"] == 4
    assert _status(call, GROUPS) == 200


def test_three_at_a_time_are_never_too_many(serve: Serve) -> None:
    """A slot is free again when its answer is there."""
    sandbox, call = serve(behaviour=Behaviour(page_latency=0.001))
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: _status(call, GROUPS), range(150)))
    assert set(answers) == {200}
    assert sandbox.request_log.most_in_flight["category_groups"] <= 3


def _status(call: Caller, path: str) -> int:
    headers = dict(call.session.headers)
    return requests.get(call.url + path, headers=headers, timeout=10).status_code


def test_latency_is_waited_for(serve: Serve) -> None:
    """By every answer."""
    _, call = serve(behaviour=Behaviour(page_latency=0.15))
    began = time.monotonic()
    call.get(GROUPS)
    assert time.monotonic() - began >= 0.15


def test_too_many_requests(serve: Serve) -> None:
    """429 out of the blue, without Retry-After."""
    _, call = serve(too_many_requests=1)
    response = call.get(GROUPS)
    assert response.status_code == 429
    assert response.json() == {
        "status": "fail",
        "error": "Too many concurrent requests",
        "code": 429,
    }
    assert "Retry-After" not in response.headers


def test_server_error(serve: Serve) -> None:
    """500 in the API's words."""
    _, call = serve(server_error=1)
    response = call.get(GROUPS)
    assert response.status_code == 500
    assert response.json() == {"status": "fail", "error": "An unknown error occurred", "code": 500}


def test_unavailable(serve: Serve) -> None:
    """503 by a gateway that does not speak JSON."""
    _, call = serve(unavailable=1)
    response = call.get(GROUPS)
    assert response.status_code == 503
    assert response.text.startswith("<html>")


def test_html(serve: Serve) -> None:
    """A page for people, with status 200."""
    _, call = serve(html=1)
    response = call.get(GROUPS)
    assert (response.status_code, response.headers["Content-Type"][:9]) == (200, "text/html")


def test_empty_body(serve: Serve) -> None:
    """200 and nothing."""
    _, call = serve(empty_body=1)
    response = call.get(GROUPS)
    assert (response.status_code, response.content) == (200, b"")


def test_redirect(serve: Serve) -> None:
    """To another name; whoever follows is seen there, credentials in hand."""
    sandbox, call = serve(redirect=1)
    response = call.get(GROUPS, allow_redirects=False)
    assert response.status_code == 302
    assert response.headers["Location"].startswith("http://localhost:")
    call.get(GROUPS)
    assert sandbox.request_log.unknown_paths == [("GET", "/elsewhere")]


def test_slow(serve: Serve) -> None:
    """Seconds are added."""
    _, call = serve(slow=0.15)
    began = time.monotonic()
    assert call.get(GROUPS).status_code == 200
    assert time.monotonic() - began >= 0.15


def test_hang(serve: Serve) -> None:
    """No answer; when the client leaves, its slot is free."""
    sandbox, call = serve(behaviour=Behaviour(max_in_flight=1), hang=1)
    with pytest.raises(requests.ReadTimeout):
        requests.get(call.url + GROUPS, headers=dict(call.session.headers), timeout=0.2)
    sandbox.faults = Faults()
    deadline = time.monotonic() + HANG_GUARD
    while call.get(GROUPS).status_code != 200 and time.monotonic() < deadline:
        time.sleep(0.01)  # until the server has noticed that the client left
    assert call.get(GROUPS).status_code == 200


def test_reset(serve: Serve) -> None:
    """The connection breaks in mid-body."""
    _, call = serve(reset=1)
    with pytest.raises(BROKEN):
        call.get("/getSchema?type=events")
    connection = http.client.HTTPConnection(call.url.removeprefix("http://"), timeout=5)
    headers = {key: str(value) for key, value in call.session.headers.items()}
    connection.request("GET", "/getSchema?type=events", headers=headers)
    with pytest.raises(ConnectionResetError), closing(connection):
        connection.getresponse().read()


def test_truncated(serve: Serve) -> None:
    """As a response it is whole, as JSON it is not."""
    _, call = serve(truncated=1)
    response = call.get(GROUPS)
    assert len(response.content) == int(response.headers["Content-Length"])
    with pytest.raises(requests.JSONDecodeError):
        response.json()


def test_a_patient_client_gets_through(serve: Serve) -> None:
    """Whatever goes wrong, the fourth try is spared."""
    _, call = serve(server_error=0.9)
    for _ in range(5):
        assert 200 in [call.get(GROUPS).status_code for _ in range(4)]


def test_gzip_is_used_where_it_is_asked_for(serve: Serve) -> None:
    """And where it pays."""
    _, call = serve()
    cursor = call.open()["cursor"]
    page = f"{EVENTS}?cursor={cursor}"
    packed, plain = call.get(page), call.get(page, headers={"Accept-Encoding": "identity"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert packed.content == plain.content
    assert "Content-Encoding" not in call.get(GROUPS).headers
