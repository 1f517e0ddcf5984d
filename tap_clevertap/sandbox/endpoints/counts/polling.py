"""Returns counts immediately or after polling, correct or with a fault."""

from __future__ import annotations

from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING

from tap_clevertap.sandbox.endpoints.counts.pending_answers import PendingAnswers
from tap_clevertap.sandbox.http_messages import Reply, fail

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_clevertap.sandbox.account.models import World
    from tap_clevertap.sandbox.endpoints.context import Context
    from tap_clevertap.sandbox.http_messages import Request

    Answer = Callable[[World, int, Request], Reply]

INVALID_ID = fail("Invalid request id", 400)


class PolledCounts:
    """Keeps the questions that are being worked on."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._desks: dict[int, PendingAnswers] = {}
        self._asked: dict[str, tuple[PendingAnswers, str]] = {}
        self._dead: set[str] = set()

    def ask(self, context: Context, request: Request, answer: Answer) -> Reply:
        """Answer a question or the poll for one."""
        req_id = request.query.get("req_id")
        if req_id is not None:
            return self._poll(context, request, req_id)
        pending_answers = self._pending_answers(context)
        reply = pending_answers.ask(
            request,
            lambda: _miscounted(context, request, answer(context.world, context.now(), request)),
            is_partial=_is_partial(context, request),
        )
        self._note(pending_answers, request, reply)
        return reply

    def _pending_answers(self, context: Context) -> PendingAnswers:
        polls = int(context.faults.value("partial")) or context.behaviour.partial_polls
        with self._lock:
            return self._desks.setdefault(polls, PendingAnswers(polls))

    def _note(self, pending_answers: PendingAnswers, request: Request, reply: Reply) -> None:
        if not isinstance(reply.body, bytes) and "req_id" in reply.body:
            question = f"{request.path} {request.body!r}"
            self._asked[str(reply.body["req_id"])] = pending_answers, question

    def _poll(self, context: Context, request: Request, req_id: str) -> Reply:
        pending_answers, question = self._asked.get(req_id, (None, ""))
        if pending_answers is None or req_id in self._dead:
            return INVALID_ID
        if context.faults.strikes_once("dead_request_id", question):
            self._dead.add(req_id)
            return INVALID_ID
        return pending_answers.poll(request.path, req_id)


def _is_partial(context: Context, request: Request) -> bool:
    """Tell whether a question is among those that take long; the same question always is."""
    if context.faults.value("partial"):
        return True
    drawn = sha256(request.path.encode() + request.body).digest()[:8]
    return int.from_bytes(drawn) / 2**64 < context.behaviour.partial_share


def _miscounted(context: Context, request: Request, reply: Reply) -> Reply:
    if isinstance(reply.body, bytes) or reply.body.get("status") != "success":
        return reply
    off = int(context.faults.value("miscount"))
    question = f"{request.path} {request.body!r}"
    share = 0.9 if context.faults.strikes_once("lagging_count", question) else 1.0
    if not off and share == 1:
        return reply
    body = {key: _shift(value, off, share) for key, value in reply.body.items()}
    return Reply(body, reply.status)


def _shift(value: object, off: int, share: float) -> object:
    if isinstance(value, dict):
        return {key: _shift(inner, off, share) for key, inner in value.items()}
    return int(value * share) + off if isinstance(value, int | float) else value
