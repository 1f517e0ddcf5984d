"""What is remembered of a client."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tap_clevertap.sandbox.request_log import Ledger


def test_requests_in_flight_are_counted_at_their_most() -> None:
    """Five at once, then one alone: five."""
    ledger, together = Ledger(), Barrier(5)

    def visit(_: int) -> None:
        with ledger.visit("events"):
            together.wait(5)

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(visit, range(5)))
    with ledger.visit("events"):
        pass
    assert ledger.requests == {"events": 6}
    assert ledger.most_in_flight == {"events": 5}


def test_a_visit_ends_even_by_an_error() -> None:
    """Otherwise every later request would seem one too many."""
    ledger = Ledger()
    for _ in range(2):
        with pytest.raises(RuntimeError), ledger.visit("events"):
            raise RuntimeError
    assert ledger.most_in_flight == {"events": 1}


def test_threads_lose_no_count() -> None:
    """Eight of them, all at once."""
    ledger = Ledger()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: ledger.served("Viewed", {20260701 + n % 2: 3}), range(400)))
    assert ledger.records == {"Viewed": {20260701: 600, 20260702: 600}}


def test_it_can_be_told_as_json() -> None:
    """Everything that happened is in it."""
    ledger = Ledger()
    with ledger.visit("events"):
        ledger.answered("events", 200)
    ledger.refused_credentials()
    ledger.encoded_twice()
    ledger.attempted_write("POST", "/1/upload")
    ledger.strayed("GET", "/x")
    ledger.opened("Viewed", 20260701, 20260702)
    ledger.served("Viewed", {20260701: 2})
    ledger.served_profiles("Viewed", 4)
    assert json.loads(json.dumps(ledger.as_dict())) == {
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
