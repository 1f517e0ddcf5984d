"""Converts message reports to rows."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tap_clevertap.errors import EntryWithoutKey

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from tap_clevertap.records.field_reader import FieldReader

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
"""CleverTap prints months in English; the host's locale may have other names."""
START = re.compile(r"(\d{1,2}) ([A-Za-z]{3})[a-z]*,? (\d{4}) (\d{1,2}):(\d{2}):(\d{2})")
KEY_PARTS = ("message_id", "channel", "device", "variant")


def message_row(fields: FieldReader, zone: tzinfo) -> dict[str, Any]:
    """Return the row of one report; `number_duplicate_keys` completes its `report_id`."""
    start = fields.text("start_date")
    time, day = started(start, zone)
    row = {
        "message_id": fields.integer("message id"),
        "message_name": fields.text("message_name"),
        "channel": fields.text("channel"),
        "device": fields.text("device"),
        "variant": fields.text("variant"),
        "delivery": fields.text("delivery"),
        "status": fields.text("status"),
        "start_date": start,
        "start_time": time,
        "start_day": day,
        "sent": fields.integer("sent"),
        "viewed": fields.integer("viewed"),
        "clicked": fields.integer("clicked"),
        "conversion_event": fields.text("conversion_event"),
        "labels": fields.texts("labels"),
        "extra": fields.rest,
    }
    if row["message_id"] is None and not row["message_name"]:
        msg = "a report has neither 'message id' nor 'message_name'"
        raise EntryWithoutKey(msg)
    return {"report_id": _key(row)} | row


def number_duplicate_keys(rows: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
    """Number the reports of a response that have the same message, channel, device and variant.

    No other field is known to distinguish them, so they are numbered in the order sent.
    """
    seen: Counter[str] = Counter()
    for row in rows:
        key = row["report_id"]
        seen[key] += 1
        if seen[key] > 1:
            row["report_id"] = f"{key}#{seen[key]}"
    return rows


def started(text: str | None, zone: tzinfo) -> tuple[str | None, str | None]:
    """Return a start such as `01 Dec, 2017 10:00:00` as UTC instant and as local date.

    Both are None for any other text.
    """
    found = START.fullmatch((text or "").strip())
    if not found or found[2].lower() not in MONTHS:
        return None, None
    month = MONTHS.index(found[2].lower()) + 1
    day, year, hour, minute, second = (int(found[group]) for group in (1, 3, 4, 5, 6))
    try:
        local = datetime(year, month, day, hour, minute, second, tzinfo=zone)
        return local.astimezone(UTC).isoformat(), local.date().isoformat()
    except (ValueError, OverflowError):  # the latter if UTC is outside years 1 to 9999
        return None, None


def _key(row: dict[str, Any]) -> str:
    """Return what identifies a report: its numbers change, and its name may."""
    parts = [row[part] for part in KEY_PARTS]
    if parts[0] is None:
        parts[0] = row["message_name"]
    return ":".join("" if part is None else str(part) for part in parts)
