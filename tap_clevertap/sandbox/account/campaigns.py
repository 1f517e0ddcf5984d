"""What the shop's marketing people made: campaigns, messages, content blocks, categories."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

    from tap_clevertap.sandbox.account.models import JSON, World

DAY = 86400
STATUSES = ("completed", "completed", "running", "scheduled", "stopped", "paused", "pending")
"""Of API campaigns, in turn; only completed ones have a report."""
CHANNELS = ("Push", "Email", "SMS", "Browser", "InApp", "WhatsApp", "Web_Pop_Up")
DELIVERIES = ("One time", "Recurring", "Action", "Inaction")
LABELS: tuple[list[str], ...] = (["onboarding"], [], ["दीवाली", "sale"])
VARIANTS = (("Android", None), ("iOS", None), ("Android", "A"), ("Android", "B"))


def furnish(world: World, rng: Random, last_day: date) -> None:
    """Give a world everything that is neither a person nor an event."""
    noon = _noon(world, last_day)
    world.campaigns = [_campaign(rng, number, noon) for number in range(12)]
    world.messages = [part for number in range(40) for part in _message(rng, number, noon)]
    world.content_blocks = [_content_block(number, last_day) for number in range(1, 6)]
    world.category_groups = [_category(key, noon) for key in (1, 2, 3)]
    world.user_properties = [
        {"name": name, "type": kind} for name, kind in _USER_PROPERTIES.items()
    ]


_USER_PROPERTIES = {
    "City": "String",
    "Country": "String",
    "Customer Type": "String",
    "Favourites": "List",
    "Latitude": "Float",
    "Longitude": "Float",
    "Orders": "Mixed",
    "Region": "String",
    "Signup Date": "Date",
    "VIP": "Boolean",
}


def _noon(world: World, day: date) -> int:
    return int(datetime(day.year, day.month, day.day, 12, tzinfo=world.zone).timestamp())


def _campaign(rng: Random, number: int, noon: int) -> JSON:
    status = STATUSES[number % len(STATUSES)]
    ahead = 5 if status in {"scheduled", "pending"} else -2 * number
    sent = rng.randrange(500, 5000)
    at = noon + ahead * DAY
    campaign: JSON = {
        "id": at - 3600 + number,
        "name": f"API campaign {number}",
        "scheduled_at": at,
        "status": status,
        "sent": sent,
        "clicked": rng.randrange(sent // 4),
    }
    return campaign | ({"viewed": sent // 2} if number % 2 else {})


def _message(rng: Random, number: int, noon: int) -> list[JSON]:
    """Return a campaign's lines: one, or one a device or variant under the same id."""
    channel = CHANNELS[number % len(CHANNELS)]
    start = noon - number * DAY + rng.randrange(-4 * 3600, 9 * 3600)
    lines = VARIANTS[: rng.randrange(2, 5)] if channel == "Push" else ((None, None),)
    return [_line(rng, number, channel, start, *line) for line in lines]


def _line(  # noqa: PLR0913, PLR0917 - a report's line has that many columns
    rng: Random, number: int, channel: str, start: int, device: str | None, variant: str | None
) -> JSON:
    sent = rng.randrange(100, 20000)
    viewed = rng.randrange(sent)
    line: JSON = {
        "message id": start - 7200,
        "message_name": f"{channel} message {number} ✉",
        "channel": channel,
        "delivery": DELIVERIES[number % len(DELIVERIES)],
        "start_at": start,
        "status": "running" if number < 3 else "completed",  # noqa: PLR2004 - the newest
        "sent": sent,
        "viewed": viewed,
        "clicked": rng.randrange(viewed + 1),
        "conversion_event": "Charged",
        "labels": LABELS[number % len(LABELS)],
    }
    told = {"device": device, "variant": variant}
    return line | {key: value for key, value in told.items() if value is not None}


def _content_block(number: int, last_day: date) -> JSON:
    made = datetime(last_day.year, last_day.month, last_day.day, 9, tzinfo=UTC)
    created, updated = made - timedelta(days=40 * number), made - timedelta(days=7 * number)
    return {
        "id": number,
        "name": f"Footer {number}",
        "type": "html",
        "content": f"<p>Block {number}, café</p>",
        "createdAt": _iso(created),
        "createdBy": "asha@example.com",
        "updatedAt": _iso(updated),
        "updatedBy": "rohan@example.com",
    }


def _iso(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _category(key: int, noon: int) -> JSON:
    return {
        "name": ("Newsletter", "Offers", "Order updates")[key - 1],
        "key": key,
        "description": f"Category {key}",
        "channels": ["Email", "WhatsApp"][:key],
        "updated_on": noon - key * DAY,
        "created_on": noon - 90 * DAY,
    }
