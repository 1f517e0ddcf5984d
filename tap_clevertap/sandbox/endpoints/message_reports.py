"""Endpoint of message reports, including those of campaigns of the dashboard."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tap_clevertap.sandbox.http_messages import Reply
from tap_clevertap.sandbox.query.request_body import read_object, read_period, refusable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_clevertap.sandbox.account.models import JSON, World
    from tap_clevertap.sandbox.http_messages import Request

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""Month names as the API prints them, whatever the machine's locale says."""

METRICS = ("sent", "viewed", "clicked")
DAILY_SHARES = (60, 30, 10)
"""Percent of a message's numbers on its first days, in the day-wise split."""

NOT_PRINTED = {"start_at", "message_type"}


@refusable
def message_reports(world: World, _now: int, request: Request) -> Reply:
    """Answer `/1/message/report.json`: messages that started on the asked local days.

    Where there is none, `messages` is absent. `daily: true` adds a list `daily` to
    each message, of `date`, `sent`, `viewed` and `clicked`, that sums up to the
    message's own numbers; what the real split looks like is unknown.
    """
    body = read_object(request)
    period = read_period(body | {key: _as_number(body.get(key)) for key in ("from", "to")})
    wanted = [
        message
        for message in world.messages
        if _start(world, message).date() in period and _is_wanted(message, body)
    ]
    printed = [_printed(world, message, is_daily=body.get("daily") is True) for message in wanted]
    answer: JSON = {"status": "success", "total_results": len(printed)}
    return Reply(answer | ({"messages": printed} if printed else {}))


def _as_number(day: object) -> object:
    """Return a day's digits as a number: they come as text or as a number here."""
    return int(day) if isinstance(day, str) and re.fullmatch("[0-9]{8}", day) else day


def _start(world: World, message: JSON) -> datetime:
    return datetime.fromtimestamp(int(str(message["start_at"])), world.zone)


def _is_wanted(message: JSON, body: Mapping[str, object]) -> bool:
    labels = message.get("labels")
    accepted = {
        "channel": [message.get("channel")],
        "delivery": [message.get("delivery")],
        "status": [message.get("status")],
        "message_type": [_message_type(message)],
        "label": labels if isinstance(labels, list) else [],
    }
    return all(_is_any_of(values, body.get(key)) for key, values in accepted.items())


def _message_type(message: JSON) -> object:
    return message.get("message_type") or ("ab" if message.get("variant") else "single")


def _is_any_of(values: list[object], wanted: object) -> bool:
    """Tell whether one value is asked for, in a list or with commas; no wish takes all."""
    if isinstance(wanted, str):
        wanted = wanted.split(",")
    if not isinstance(wanted, list) or not wanted:
        return True
    return not {_letters(value) for value in values}.isdisjoint(map(_letters, wanted))


def _letters(value: object) -> str:
    # Filters say one_time and push where the answer prints "One time" and "Push".
    return "".join(filter(str.isalnum, str(value).lower()))


def _printed(world: World, message: JSON, *, is_daily: bool) -> JSON:
    start = _start(world, message)
    report = {
        key: value for key, value in message.items() if key not in NOT_PRINTED and value is not None
    }
    report["start_date"] = f"{start:%d} {MONTHS[start.month - 1]}, {start:%Y %H:%M:%S}"
    return report | ({"daily": _split(message, start)} if is_daily else {})


def _split(message: JSON, start: datetime) -> list[JSON]:
    days = [
        f"{start.date() + timedelta(days=number):%Y%m%d}" for number in range(len(DAILY_SHARES))
    ]
    parts = {metric: _parts(message.get(metric)) for metric in METRICS}
    return [
        {"date": day} | {metric: parts[metric][number] for metric in METRICS}
        for number, day in enumerate(days)
    ]


def _parts(total: object) -> list[int]:
    whole = total if isinstance(total, int) else 0
    later = [whole * share // 100 for share in DAILY_SHARES[1:]]
    return [whole - sum(later), *later]
