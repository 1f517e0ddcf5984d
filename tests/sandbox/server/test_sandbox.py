"""The sandbox as a whole: starting, stopping, many clients at once."""

from __future__ import annotations

import http.client
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
import requests

from tap_clevertap.sandbox import Behaviour, Faults, Sandbox
from tests.support.caller import NOW, Caller, account, numbers

HANG_GUARD = 120

if TYPE_CHECKING:
    from tests.support.caller import JSON, Serve


def test_closing_leaves_no_thread() -> None:
    """Not even those of connections that are kept alive."""
    before = set(threading.enumerate())
    with Sandbox(account()) as sandbox, Caller(sandbox) as call:
        assert call.get("/category-groups").status_code == 200
        assert len(set(threading.enumerate()) - before) == 2
        sandbox.close()
        assert set(threading.enumerate()) == before


def test_closing_ends_a_hang() -> None:
    """Whoever still waits is hung up on."""
    sandbox = Sandbox(account(), faults=Faults(hang=1)).start()
    with Caller(sandbox) as call, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(call.get, "/category-groups")
        while not sandbox.request_log.requests:
            time.sleep(0.01)
        sandbox.close()
        with pytest.raises(requests.ConnectionError):
            waiting.result(HANG_GUARD)


def test_closing_does_not_wait_for_slow_answers() -> None:
    """Latency ends with the sandbox."""
    sandbox = Sandbox(account(), behaviour=Behaviour(page_latency=3600)).start()
    with Caller(sandbox) as call, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(call.get, "/category-groups")
        while not sandbox.request_log.requests:
            time.sleep(0.01)
        sandbox.close()
        waiting.exception(HANG_GUARD)  # answered at last, or cut off: not after an hour


def test_a_sandbox_that_never_started_can_be_closed() -> None:
    """And its port is free again."""
    sandbox = Sandbox(account())
    port = int(sandbox.url.rpartition(":")[2])
    with pytest.raises(OSError, match="in use"):
        Sandbox(account(), port=port)
    sandbox.close()
    with Sandbox(account(), port=port):
        pass


def test_a_connection_is_kept_alive() -> None:
    """A hundred requests, one connection."""
    with Sandbox(account()) as sandbox:
        connection = http.client.HTTPConnection(sandbox.url.removeprefix("http://"), timeout=5)
        connection.connect()
        first = connection.sock
        for _ in range(100):
            connection.request("GET", "/sandbox/health")
            assert connection.getresponse().read() == b'{"status":"success"}'
        assert connection.sock is first
        connection.close()


def test_the_clock_can_be_given_and_advanced(serve: Serve) -> None:
    """Time passes when told."""
    sandbox, call = serve()
    assert sandbox.now() == NOW
    sandbox.advance(61)
    assert call.post("/1/now.json", {}).json()["last_processed_ts"] == NOW + 61


def test_credentials_can_be_chosen() -> None:
    """Two accounts, two keys."""
    with (
        Sandbox(account(), account_id="A", passcode="B") as one,
        Sandbox(account()) as other,
        Caller(one) as call,
    ):
        assert call.get("/category-groups").status_code == 200
        call.url = other.url
        assert call.get("/category-groups").status_code == 401


def test_exports_side_by_side_do_not_mix(serve: Serve) -> None:
    """Each cursor goes its own way; three clients read the whole each."""
    sandbox, call = serve()

    def read(_: int) -> list[JSON]:
        with Caller(sandbox) as reader:
            return reader.pages(115)

    with ThreadPoolExecutor(3) as pool:
        exports = list(pool.map(read, range(3)))
    assert all(numbers(pages) == list(range(300)) for pages in exports)
    assert call.get("/category-groups").status_code == 200
    assert sandbox.request_log.most_in_flight["events"] <= 3


def test_faults_strike_alike_whatever_the_threads_do() -> None:
    """The same requests suffer the same, one after another or all at once."""

    def statuses(workers: int) -> list[int]:
        faults = Faults(5, server_error=0.3)
        with Sandbox(account(), faults=faults) as sandbox, ThreadPoolExecutor(workers) as pool:
            return list(pool.map(lambda n: status(sandbox, n), range(60)))

    def status(sandbox: Sandbox, number: int) -> int:
        with Caller(sandbox) as call:
            return call.get(f"/v1/contentBlock/info?id={number}").status_code

    alone = statuses(1)
    assert statuses(3) == alone
    assert set(alone) == {404, 500}
