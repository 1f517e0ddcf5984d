"""A refusal waits for what is still being sent, within bounds: else its sender may not get it.

Whoever closes a connection with bytes unread resets it, and the answer that was under way is lost.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

DISCARDED_BYTES = 8 << 20
DISCARDING_SECONDS = 1.0


class IncomingBody:
    """What a request brings, of which the rest can be thrown away."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        """Begin with all of it; who waits to be asked for it has nothing to throw away."""
        self._receive = receive
        self._is_over = any(name == b"expect" for name, _ in scope["headers"])

    async def receive(self) -> Message:
        """Return the next part."""
        message = await self._receive()
        self._is_over = not message.get("more_body")
        return message

    async def discard(self) -> None:
        """Read what is left, as far as it comes soon and is not too much."""
        seen = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(DISCARDING_SECONDS):
                while not self._is_over and seen < DISCARDED_BYTES:
                    seen += len((await self.receive()).get("body", b""))


def draining(app: ASGIApp) -> ASGIApp:
    """Return an application that reads the rest of a body before it refuses."""

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        body = IncomingBody(scope, receive)

        async def answer(message: Message) -> None:
            status = message.get("status", HTTPStatus.OK)
            if status not in {HTTPStatus.OK, HTTPStatus.REQUEST_TIMEOUT}:
                await body.discard()
            await send(message)

        await app(scope, body.receive, answer)

    return call
