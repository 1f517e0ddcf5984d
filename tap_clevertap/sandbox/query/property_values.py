"""Property values of users and events, by the sections of the query language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_clevertap.sandbox.query.operators import leaves

if TYPE_CHECKING:
    from tap_clevertap.sandbox.account.models import JSON, Device, Event, Person

PERSONAL = (
    "app_fields",
    "profile_fields",
    "demographics",
    "technographics",
    "reachability",
    "geo_fields",
)
"""The sections that speak of people; `event_properties` and `session_properties` do not."""


def event_values(event: Event, section: str, name: str) -> list[object]:
    """Return the values of an event's or a session's property, list elements one by one.

    `Items|Category` is the `Category` of every item of a purchase, wherever the
    account sends its items.
    """
    props = event.props if section == "event_properties" else event.session or {}
    if name in props:
        return list(leaves(props[name]))
    if section != "event_properties":
        return []
    return _item_values(event, name)


def person_values(person: Person, now: int, section: str, name: str) -> list[object]:
    """Return what a person's profile or devices say at `now` under a name of a section."""
    if section == "app_fields":
        return [value for device in person.devices for value in _app_values(device, name)]
    if section == "technographics":
        return [value for device in person.devices for value in _technographics(device, name)]
    if section == "reachability":
        return [is_reachable(person, now, name)]
    return _profile_values(person, now, name)


def is_reachable(person: Person, now: int, way: str) -> bool:
    """Tell whether messages can reach a person: `has_token`, `has_email` or `has_phone`."""
    if way == "has_token":
        return any(device.push_token for device in person.devices)
    return bool(_contacts(person, now).get(way.removeprefix("has_")))


def form_factor(device: Device) -> str:
    """Return `Mobile`, `Tablet` or `Desktop`."""
    name = device.app.get("device")
    if isinstance(name, str):
        return name
    return "Mobile" if device.platform in {"Android", "iOS"} else "Desktop"


def _item_values(event: Event, name: str) -> list[object]:
    owner, _, key = name.partition("|")
    if owner != "Items":
        return []
    within = event.props.get("Items")
    items = [*(within if isinstance(within, list) else []), *(event.items or [])]
    if not key:
        return list(leaves(items))
    objects = [item for item in items if isinstance(item, dict)]
    return list(leaves([item.get(name, item.get(key)) for item in objects]))


def _app_values(device: Device, name: str) -> list[object]:
    return list(leaves(device.app.get(name.lower().replace(" ", "_"))))


def _technographics(device: Device, name: str) -> list[object]:
    known: dict[str, list[object]] = {
        "platform": [device.platform, f"{device.platform}App"],
        "os": [device.app.get("os", device.platform)],
        "device": [form_factor(device)],
    }
    return known.get(name.lower()) or _app_values(device, name)


def _profile_values(person: Person, now: int, name: str) -> list[object]:
    if name in person.properties:
        return list(leaves(person.properties[name]))
    return list(leaves(_contacts(person, now).get(name.lower())))


def _contacts(person: Person, now: int) -> JSON:
    if not person.is_identified(now):
        return {}
    phone = None if person.phone is None else f"+{str(person.phone).removeprefix('+')}"
    return {"name": person.name, "email": person.email, "phone": phone}
