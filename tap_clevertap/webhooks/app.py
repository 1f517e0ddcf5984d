"""The one path that takes webhooks; whatever else is asked for is refused and counted."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from tap_clevertap.records.webhooks import stored_line
from tap_clevertap.webhooks.bodies import BodyReader, refuse
from tap_clevertap.webhooks.draining import draining

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime

    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from tap_clevertap.webhooks.journal import Journal
    from tap_clevertap.webhooks.options import Options
    from tap_clevertap.webhooks.tally import Tally

ANSWER_SECONDS = 2.5
"""CleverTap waits three seconds or five, by different pages of its documentation."""


class Receiver:
    """Answers requests: 200 once the body is on the disk, and never before."""

    def __init__(self, options: Options, journal: Journal, now: Callable[[], datetime]) -> None:
        """Take where bodies go to, and the clock that dates them."""
        self._path = options.path.encode()
        self._credentials = options.credentials
        self._bodies = BodyReader(options.max_body_bytes, options.request_seconds)
        self._journal = journal
        self._now = now

    async def receive(self, request: Request) -> Response:
        """Store the body of a request.

        Raises:
            HTTPException: It is refused, or could not be stored.
        """
        if request.scope["raw_path"] != self._path:  # what is escaped or absolute is not its own
            refuse(HTTPStatus.NOT_FOUND, "no such path")
        if not self._credentials.accept(request.scope["headers"]):
            self._refuse_sender()
        async with self._bodies.reading(request) as text:
            content_type = request.headers.get("content-type")
            await self._store(stored_line(self._now(), content_type, text))
        return Response()  # without a body it is sent at once, not in two parts

    async def _store(self, line: bytes) -> None:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._journal.append(line)
        except TimeoutError:
            refuse(HTTPStatus.SERVICE_UNAVAILABLE, "the disk is too slow")
        except OSError:
            refuse(HTTPStatus.SERVICE_UNAVAILABLE, "cannot be stored")

    def _refuse_sender(self) -> None:
        """Refuse, naming Basic where that is one way to be accepted.

        Raises:
            HTTPException: 401.
        """
        scheme = 'Basic realm="webhooks"' if self._credentials.logins else "Secret"
        headers = {"www-authenticate": scheme}
        raise HTTPException(HTTPStatus.UNAUTHORIZED, "wrong secret, or none\n", headers)


def application(receiver: Receiver, journal: Journal, path: str, tally: Tally) -> ASGIApp:
    """Return the web application, which has the journal run as long as itself."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(journal.run())
            reports = tasks.create_task(tally.report())
            yield
            reports.cancel()
            tally.log()
            journal.stop()

    app = Starlette(routes=[Route(path, receiver.receive, methods=["POST"])], lifespan=lifespan)
    app.router.redirect_slashes = False
    return _counted(draining(app), tally)


def _counted(app: ASGIApp, tally: Tally) -> ASGIApp:
    """Count the answers by their status."""

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        async def count(message: Message) -> None:
            if message["type"] == "http.response.start":
                tally.add(message["status"])
            await send(message)

        await app(scope, receive, count if scope["type"] == "http" else send)

    return call
