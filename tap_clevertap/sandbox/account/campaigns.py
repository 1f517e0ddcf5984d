"""Generates the account's campaigns, content blocks and subscription categories."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

    from tap_clevertap.sandbox.account.models import JSON, World

DAY = 86400
STATUSES = ("completed", "completed", "running", "scheduled", "stopped", "paused", "pending")
"""Of API campaigns, in turn; only completed ones have a report."""


def furnish(world: World, rng: Random, last_day: date) -> None:
    """Give a world what is neither a person nor an event nor a message."""
    noon = noon_of(world, last_day)
    world.campaigns = [_campaign(rng, number, noon) for number in range(12)]
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


def noon_of(world: World, day: date) -> int:
    """Return the epoch seconds of a local day's noon."""
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
