"""Requests and responses of the sandbox's routes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came.

    `query` is decoded exactly once, as a web framework does; `raw_query` is what was on the wire.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    raw_query: str = ""
    body: bytes = b""

    def json(self) -> object:
        """Parse the body.

        Raises:
            ValueError: The body is not JSON.
        """
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: a JSON object, or bytes that are sent as they are."""

    body: Mapping[str, object] | bytes
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    def encode(self) -> bytes:
        """Return the bytes of the body; a lone surrogate stays an escape."""
        if isinstance(self.body, bytes):
            return self.body
        try:
            return json.dumps(self.body, separators=(",", ":"), ensure_ascii=False).encode()
        except UnicodeEncodeError:
            return json.dumps(self.body, separators=(",", ":")).encode()


def fail(error: str, code: int | str, status: int = 200) -> Reply:
    """Return the API's failure envelope; many failures come with status 200."""
    return Reply({"status": "fail", "error": error, "code": code}, status)
