"""Hostile and heavy load: `make check-webhooks` runs it, as it needs thousands of connections."""

from __future__ import annotations

import asyncio
import json
import resource
import signal
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from tests.support.needs import PROMISED
from tests.support.receiver import (
    JSON_TYPE,
    KNOWN,
    Receiver,
    exchange,
    post,
    receiving,
    request,
    status_of,
    stored,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

pytestmark = pytest.mark.skipif(
    "webhooks" not in PROMISED, reason="takes a minute; `make check-webhooks` runs it"
)

CONNECTIONS = 2000
FLAT_KB = 8 * 1024
"""What memory may grow by under a load that sends ten times as much or more."""
ROUNDS = 3
"""Loads whose mean counts where one that has more in flight than any before leaves more once."""
WHOLE = request(json.dumps({"targetId": 1}))
BEGINNINGS = [
    b"",
    b"POST /webhooks HTTP/1.1\r\n",
    request("x", ["X-Filler: " + "y" * 8000])[:7000],
    request('"' + "x" * 300_000 + '"', ["X-Webhook-Secret: wrong"])[:200_000],
    request('"' + "x" * 300_000 + '"')[:100_000],
]
"""What a connection may send before it stops: nothing, half a header, half a body."""


@pytest.fixture(autouse=True)
def _many_files() -> None:
    """Let this process have its ends of the connections."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard < CONNECTIONS + 200:
        pytest.skip(f"needs {CONNECTIONS} open files and may have {hard}")


def grown_kb(receiver: Receiver, load: Callable[[], object]) -> int:
    """Put a load on a receiver and return by how much its memory has grown."""
    before = receiver.memory_kb()
    load()
    return receiver.memory_kb() - before


@asynccontextmanager
async def held_open(port: int, count: int) -> AsyncIterator[list[asyncio.StreamReader]]:
    """Hold many connections open that have sent a beginning."""
    opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(count)]
    for n, (_, writer) in enumerate(opened):
        writer.write(BEGINNINGS[n % len(BEGINNINGS)])
    try:
        yield [reader for reader, _ in opened]
    finally:
        for _, writer in opened:
            writer.close()


async def ends(readers: list[asyncio.StreamReader]) -> list[bytes]:
    """Wait until the other side has closed each connection; return what it said."""
    answers = await asyncio.gather(*(one.read() for one in readers), return_exceptions=True)
    return [one for one in answers if isinstance(one, bytes)]


async def wave(port: int, *, until_closed: bool = True) -> list[bytes]:
    """Hold the connections open, have others send meanwhile, and return how they were answered."""
    async with held_open(port, CONNECTIONS) as readers:
        statuses = await asyncio.gather(*(post(port, WHOLE) for _ in range(20)))
        assert set(statuses) == {200}
        return await ends(readers) if until_closed else []


def test_open_connections_do_not_keep_others_out(tmp_path: Path) -> None:
    """Two thousand that never finish: others are served, all are closed in time, memory is flat."""
    with receiving(tmp_path, "--request-timeout=2") as receiver:
        answers: list[bytes] = []

        def two_waves(times: int) -> None:
            for _ in range(2 * times):
                answers.extend(asyncio.run(wave(receiver.port)))

        two_waves(1)
        grown = grown_kb(receiver, lambda: two_waves(ROUNDS)) / ROUNDS
    statuses = {status_of(one) for one in answers}
    assert {408, 401} <= statuses <= {0, 401, 408, 503}  # 503: long bodies wait for one another
    assert grown < FLAT_KB
    assert set(stored(tmp_path)) == {'{"targetId": 1}'}
    assert len(stored(tmp_path)) == (1 + ROUNDS) * 2 * 20
    assert "Traceback" not in "".join(receiver.log)


def test_more_connections_than_allowed(tmp_path: Path) -> None:
    """Those that wait longest make place, so that who sends at once is served."""
    options = ("--max-connections=100", "--request-timeout=600")
    with receiving(tmp_path, *options) as receiver:
        asyncio.run(wave(receiver.port, until_closed=False))
        receiver.stop(signal.SIGKILL)


def test_few_open_files_are_enough(tmp_path: Path) -> None:
    """The limit of the system bounds the connections: it does not end the receiver."""

    def few_files() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (512, 512))

    options = ("--request-timeout=600",)
    with receiving(tmp_path, *options, preexec_fn=few_files) as receiver:
        asyncio.run(wave(receiver.port, until_closed=False))
        receiver.stop(signal.SIGKILL)
    assert "Traceback" not in "".join(receiver.log)
    assert "Too many open files" not in "".join(receiver.log)


def test_a_stop_does_not_wait_for_those_who_never_finish(tmp_path: Path) -> None:
    """A thousand odd connections are open; what was stored is published, and nothing is odd."""
    odd = [
        *BEGINNINGS,
        b"nonsense\r\n\r\n",
        WHOLE,
        WHOLE + WHOLE[:50],
        WHOLE.replace(b"POST", b"GET"),
    ]

    async def stop_while_open(receiver: Receiver) -> None:
        opened = [await asyncio.open_connection("127.0.0.1", receiver.port) for _ in range(1000)]
        for n, (_, writer) in enumerate(opened):
            writer.write(odd[n % len(odd)])
        assert await post(receiver.port, WHOLE) == 200
        receiver.process.send_signal(signal.SIGTERM)
        await asyncio.gather(*(reader.read() for reader, _ in opened), return_exceptions=True)
        for _, writer in opened:
            writer.close()

    with receiving(tmp_path, "--request-timeout=2") as receiver:
        asyncio.run(stop_while_open(receiver))
    assert "Traceback" not in "".join(receiver.log)
    assert list(tmp_path.glob("*.open")) == []
    assert set(stored(tmp_path)) == {'{"targetId": 1}'}


async def send_many(port: int, bodies: list[str], lanes: int) -> set[int]:
    """Send bodies, so many at a time, each on a connection of its own."""
    turn = asyncio.Semaphore(lanes)

    async def send(body: str) -> int:
        async with turn:
            return await post(port, request(body))

    return set(await asyncio.gather(*(send(one) for one in bodies)))


def test_memory_is_flat_under_concurrent_senders(tmp_path: Path) -> None:
    """The six thousandth body costs no more than the first, whatever is written."""
    bodies = [json.dumps({"n": n, "filler": "x" * 20_000}) for n in range(1000)]
    statuses: set[int] = set()
    with receiving(tmp_path, "--rotate-mb=1") as receiver:

        def send(times: int) -> None:
            statuses.update(asyncio.run(send_many(receiver.port, times * bodies, 200)))

        send(2)
        grown = grown_kb(receiver, lambda: send(4))
    assert statuses == {200}
    assert grown < FLAT_KB
    assert len(stored(tmp_path)) == 6000


def test_the_longest_bodies_at_once_are_bounded(tmp_path: Path) -> None:
    """Two hundred of a megabyte wait for one another instead of filling the memory."""
    bodies = ['"' + str(n % 10) * ((1 << 20) - 2) + '"' for n in range(200)]
    with receiving(tmp_path, "--request-timeout=60") as receiver:
        before = receiver.memory_kb()
        statuses = asyncio.run(send_many(receiver.port, bodies, 200))
        peak = receiver.memory_kb("VmHWM") - before
    assert statuses <= {200, 503}
    assert peak < 200 * 1024


def test_refusals_cost_no_memory(tmp_path: Path) -> None:
    """Endless bodies, headers and packed bodies, refused by the thousand."""
    bomb = request(b"\x1f\x8b" + bytes(50_000), [KNOWN, "Content-Encoding: gzip"])
    raws = [
        bomb,
        request(b"x" * 50_000, ["X-Webhook-Secret: wrong"]),
        request(b"[" * 50_000, [KNOWN, JSON_TYPE]),
        request(b"x" * (1 << 20) + b"y", [KNOWN]),
        b"POST /" + b"x" * 70_000,
    ]

    async def refuse_all(receiver: Receiver) -> set[int]:
        statuses = set()
        for n in range(1000):
            raw = raws[n % len(raws)].replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
            statuses.add(status_of(await exchange(receiver.port, raw)))
        return statuses

    with receiving(tmp_path) as receiver:
        assert asyncio.run(refuse_all(receiver)) == {400, 401, 413, 415}
        assert grown_kb(receiver, lambda: asyncio.run(refuse_all(receiver))) < FLAT_KB
    assert stored(tmp_path) == []
