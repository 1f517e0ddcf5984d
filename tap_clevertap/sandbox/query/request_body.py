"""Parses and validates the bodies of requests."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import TYPE_CHECKING, NoReturn

from tap_clevertap.sandbox.http_messages import Reply, fail

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tap_clevertap.sandbox.account.models import JSON, World
    from tap_clevertap.sandbox.http_messages import Request

    Handler = Callable[[World, int, Request], Reply]

DAY_DIGITS = 8
CODE_OF_BAD_DATES = 4002


class RefusedError(Exception):
    """The request cannot be answered; `reply` says so in the API's words."""

    def __init__(self, reply: Reply) -> None:
        super().__init__()
        self.reply = reply


@dataclass(frozen=True, slots=True)
class Period:
    """Whole account-local days, both ends included."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        """Tell whether a day lies within."""
        return self.first <= day <= self.last


def refusable(handler: Handler) -> Handler:
    """Let a handler raise `RefusedError` where it refuses; the reply goes out instead."""

    @wraps(handler)
    def answer(world: World, now: int, request: Request) -> Reply:
        try:
            return handler(world, now, request)
        except RefusedError as refused:
            return refused.reply

    return answer


def read_object(request: Request) -> JSON:
    """Return the body.

    Raises:
        RefusedError: The body is no JSON object.
    """
    try:
        body = request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        refuse("Invalid request body", 400, 400)
    return body


def read_day(value: object) -> date | None:
    """Return the day that eight digits name, as a number; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int) or len(str(value)) != DAY_DIGITS:
        return None
    try:
        return date(value // 10000, value // 100 % 100, value % 100)
    except ValueError:
        return None


def read_period(body: Mapping[str, object]) -> Period:
    """Return the days from `from` to `to`.

    Raises:
        RefusedError: One of them is missing or no date, or they are in the wrong order.
    """
    first, last = read_day(body.get("from")), read_day(body.get("to"))
    if first is None or last is None:
        refuse_dates(f"Invalid date : {'to' if first else 'from'}")
    if first > last:
        refuse_dates("Invalid date range : from greater than to")
    return Period(first, last)


def read_event_name(world: World, body: Mapping[str, object]) -> str:
    """Return the event that is asked about, in the account's spelling.

    Raises:
        RefusedError: There is none, or the account does not know it.
    """
    name = body.get("event_name")
    if not isinstance(name, str) or not name:
        refuse("event_name is required", 400, 400)
    if name not in world.event_types:
        # The API puts a JSON list into the string.
        refuse(json.dumps([f"Invalid event : {name}"], ensure_ascii=False), 400)
    return name


def read_groups(body: Mapping[str, object]) -> dict[str, JSON]:
    """Return the groups that the answer is to be split into, by the asker's own keys.

    Raises:
        RefusedError: There are none, or one is no object.
    """
    groups = body.get("groups")
    if not isinstance(groups, dict) or not groups:
        refuse("Invalid group : groups is required", 400)
    for key, group in groups.items():
        if not isinstance(group, dict):
            refuse_group(key)
    return groups


def refuse_group(key: str) -> NoReturn:
    """Refuse one of the groups."""
    refuse(f"Invalid group : {key}", 400)


def refuse(error: str, code: int, status: int = 200) -> NoReturn:
    """Refuse the request with the API's failure envelope."""
    raise RefusedError(fail(error, code, status))


def refuse_dates(error: str) -> NoReturn:
    """Refuse the days of a request."""
    refuse(error, CODE_OF_BAD_DATES, 400)
