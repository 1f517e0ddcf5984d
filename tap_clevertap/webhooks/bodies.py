"""A request's body: read within bounds of size and time, and of a form that can be kept."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, NoReturn

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from tap_clevertap.webhooks.budget import MemoryBudget

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

_CHECK = msgspec.json.Decoder(msgspec.Raw)
BYTE_ORDER_MARK = "\ufeff"
IDENTITY = {"", "identity"}
BODIES_AT_ONCE = 16
"""Bodies of the greatest size that are held together; smaller ones more, by their size."""


class BodyReader:
    """Reads bodies up to a size and within a time, and not too many of them at once."""

    def __init__(self, max_bytes: int, max_seconds: float) -> None:
        """Take the bounds of one body."""
        self._max_bytes = max_bytes
        self._max_seconds = max_seconds
        self._budget = MemoryBudget(max_bytes * BODIES_AT_ONCE)

    @asynccontextmanager
    async def reading(self, request: Request) -> AsyncIterator[str]:
        """Give the body as text, which counts as held until the end of the block.

        Raises:
            HTTPException: 408, 413, 503, or 400 and 415 for what is not a text that can be kept.
        """
        _check_encoding(request)
        size = self._expected_size(request)
        if not await self._budget.take(size, self._max_seconds):
            refuse(HTTPStatus.SERVICE_UNAVAILABLE, "too many bodies at once", close=True)
        try:
            try:
                async with asyncio.timeout(self._max_seconds):
                    body = await self._read(request)
            except TimeoutError:
                refuse(HTTPStatus.REQUEST_TIMEOUT, "the body took too long", close=True)
            yield checked_text(body, request.headers.get("content-type", ""))
        finally:
            self._budget.give_back(size)

    def _expected_size(self, request: Request) -> int:
        """Return the announced size; the greatest that is accepted where none is announced."""
        length = request.headers.get("content-length")
        if length is not None and "transfer-encoding" in request.headers:
            refuse(HTTPStatus.BAD_REQUEST, "the body has two lengths", close=True)
        size = self._max_bytes if length is None else int(length)
        if size > self._max_bytes:
            self._refuse_size()
        return size

    async def _read(self, request: Request) -> bytes:
        body = bytearray()
        try:
            async for chunk in request.stream():
                if len(body) + len(chunk) > self._max_bytes:
                    self._refuse_size()
                body += chunk
        except ClientDisconnect:
            refuse(HTTPStatus.BAD_REQUEST, "the body is cut off")
        return bytes(body)

    def _refuse_size(self) -> NoReturn:
        refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"more than {self._max_bytes} bytes")


def checked_text(body: bytes, content_type: str) -> str:
    """Return a body as text: any text, but JSON where its content type says that it is.

    Raises:
        HTTPException: It is empty, no UTF-8 or broken JSON.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError:
        refuse(HTTPStatus.BAD_REQUEST, "the body is not UTF-8")
    if not text.strip():
        refuse(HTTPStatus.BAD_REQUEST, "the body is empty")
    if _is_json_type(content_type) and not is_json(text):
        refuse(HTTPStatus.BAD_REQUEST, "the body is not the JSON that its content type says")
    return text


def is_json(text: str) -> bool:
    """Tell whether a text is JSON; halves of emoji are, which fast parsers refuse."""
    text = text.removeprefix(BYTE_ORDER_MARK)
    try:
        _CHECK.decode(text)
    except RecursionError:
        return False
    except msgspec.DecodeError:
        return _is_json_by_the_book(text)
    return True


def _is_json_by_the_book(text: str) -> bool:
    try:
        json.loads(text, parse_int=str, parse_float=str, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return False
    return True


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def refuse(status: HTTPStatus, why: str, *, close: bool = False) -> NoReturn:
    """End a request with an answer; `why` says nothing of what was sent.

    Raises:
        HTTPException: Always.
    """
    headers = {"connection": "close"} if close else {}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["retry-after"] = "15"
    raise HTTPException(status, f"{why}\n", headers)


def _check_encoding(request: Request) -> None:
    """Refuse what is packed: it would have to be unpacked to be checked, and CleverTap packs not.

    Raises:
        HTTPException: 415.
    """
    codings = request.headers.getlist("content-encoding")
    if any(one.strip().lower() not in IDENTITY for one in codings):
        headers = {"accept-encoding": "identity"}
        raise HTTPException(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "the body is compressed; send it plain\n", headers
        )


def _is_json_type(content_type: str) -> bool:
    name = content_type.partition(";")[0].strip().lower()
    return name == "application/json" or name.endswith("+json")
