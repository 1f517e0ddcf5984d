"""What is remembered of a client."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tap_clevertap.sandbox.request_log import RequestLog


def test_requests_in_flight_are_counted_at_their_most() -> None:
    """Five at once, then one alone: five."""
    request_log, together = RequestLog(), Barrier(5)

    def visit(_: int) -> None:
        with request_log.visit("events"):
            together.wait(5)

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(visit, range(5)))
    with request_log.visit("events"):
        pass
    assert request_log.requests == {"events": 6}
    assert request_log.most_in_flight == {"events": 5}


def test_a_visit_ends_even_by_an_error() -> None:
    """Otherwise every later request would seem one too many."""
    request_log = RequestLog()
    for _ in range(2):
        with pytest.raises(RuntimeError), request_log.visit("events"):
            raise RuntimeError
    assert request_log.most_in_flight == {"events": 1}


def test_threads_lose_no_count() -> None:
    """Eight of them, all at once."""
    request_log = RequestLog()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: request_log.served("Viewed", {20260701 + n % 2: 3}), range(400)))
    assert request_log.records == {"Viewed": {20260701: 600, 20260702: 600}}


def test_it_can_be_told_as_json() -> None:
    """Everything that happened is in it."""
    request_log = RequestLog()
    with request_log.visit("events"):
        request_log.answered("events", 200)
    request_log.refused_credentials()
    request_log.encoded_twice()
    request_log.attempted_write("POST", "/1/upload")
    request_log.strayed("GET", "/x")
    request_log.opened("Viewed", 20260701, 20260702)
    request_log.served("Viewed", {20260701: 2})
    request_log.served_profiles("Viewed", 4)
    assert json.loads(json.dumps(request_log.as_dict())) == {
        "requests": {"events": 1},
        "most_in_flight": {"events": 1},
        "statuses": {"events": {"200": 1}},
        "double_encoded_cursors": 1,
        "bad_credentials": 1,
        "writes": [["POST", "/1/upload"]],
        "unknown_paths": [["GET", "/x"]],
        "exports": [["Viewed", 20260701, 20260702]],
        "records": {"Viewed": {"20260701": 2}},
        "profiles": {"Viewed": 4},
    }
