"""Pending results: the `req_id` protocol of the count endpoints."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING

from tap_clevertap.sandbox.http_messages import Reply, fail

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_clevertap.sandbox.http_messages import Request

SMALLEST_ID = 10**14
"""Request ids have fifteen digits, more than 32 bits hold."""


@dataclass(slots=True)
class _Pending:
    path: str
    reply: Reply
    polls_left: int


class PendingAnswers:
    """Hands out request ids for answers and gives the answers to whoever comes back.

    Any thread may ask and poll.
    """

    def __init__(self, polls: int) -> None:
        """Let each answer be polled for `polls` times in vain."""
        self._polls = polls
        self._waiting: dict[str, _Pending] = {}
        self._asked: Counter[tuple[str, bytes]] = Counter()
        self._lock = Lock()

    def ask(self, request: Request, answer: Callable[[], Reply], *, is_partial: bool) -> Reply:
        """Return the answer, or where `is_partial` a request id to poll for it.

        A refusal always comes at once. The id depends on the request and on how often
        it came, on nothing else.
        """
        reply = answer()
        if not is_partial or _is_refusal(reply):
            return reply
        with self._lock:
            req_id = self._new_id(request)
            self._waiting[str(req_id)] = _Pending(request.path, reply, self._polls)
        return _partial(req_id)

    def poll(self, path: str, req_id: str) -> Reply:
        """Return `partial` or, at last and from then on, the answer.

        An id that was never handed out on this path, or is dead, is invalid.
        """
        with self._lock:
            waiting = self._waiting.get(req_id)
            if waiting is None or waiting.path != path:
                return fail("Invalid request id", 400)
            if waiting.polls_left <= 0:
                return waiting.reply
            waiting.polls_left -= 1
            return _partial(int(req_id))

    def forget(self) -> None:
        """Let every id handed out so far be dead."""
        with self._lock:
            self._waiting.clear()

    def _new_id(self, request: Request) -> int:
        key = (request.path, request.body)
        self._asked[key] += 1
        text = b"\0".join([request.path.encode(), request.body, str(self._asked[key]).encode()])
        number = int.from_bytes(sha256(text).digest()[:8])
        return SMALLEST_ID + number % (9 * SMALLEST_ID)


def _is_refusal(reply: Reply) -> bool:
    return isinstance(reply.body, bytes) or reply.body.get("status") != "success"


def _partial(req_id: int) -> Reply:
    return Reply({"req_id": req_id, "status": "partial"})
