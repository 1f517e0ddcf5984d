"""What an export says about an event or a person, before it takes the form of a format."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tap_clevertap.sandbox.account.models import JSON, Device, Event, Person, World

BROWSERS = {"Web": "Chrome"}
ANDROID_SCREEN: JSON = {"width": 68, "height": 136, "unit": "mm"}


def event_record(world: World, event: Event, now: int, *, has_object_id: bool) -> JSON:
    """Return an event: `ts`, `eventName`, `profile`, `deviceInfo`, `eventProps`, `session_props`.

    The device's id is left out unless it is asked for, as CleverTap does by default.
    """
    person = world.people[event.person]
    device = person.devices[event.device]
    record: JSON = {
        "ts": world.ts(event.at),
        "eventName": event.name,
        "profile": _profile(person, device, now, has_object_id=has_object_id),
        "deviceInfo": _device_info(device),
        "eventProps": event.props,
    }
    if event.session is not None:
        record["session_props"] = event.session
    if event.items is not None:
        record["items"] = event.items
    return record


def profile_record(person: Person, now: int) -> JSON:
    """Return a person by the columns of an export of profiles, in their order."""
    known = person.is_identified(now)
    device_ids = [device.object_id for device in person.devices]
    record: JSON = {
        "identity": person.identity if known else None,
        "all_identities": _printed(person.all_identities()) if known else None,
        "clevertapId": device_ids[0],
        "clevertapIds": device_ids,
        "token": person.devices[0].push_token,
        "subscriptionGroups": {"Offers": "Subscribed"} if known else None,
        "MSG-push": True,
        "MSG-email": person.email is not None,
    }
    if known:
        record |= {"Email": person.email, "Phone": person.phone, "Name": person.name}
    return record | person.properties


def _profile(person: Person, device: Device, now: int, *, has_object_id: bool) -> JSON:
    profile: JSON = {"platform": device.platform, "push_token": device.push_token}
    if has_object_id:
        profile["objectId"] = device.object_id
    if person.is_identified(now):
        profile |= {"identity": person.identity, "all_identities": person.all_identities()}
        profile |= {"name": person.name, "email": person.email, "phone": person.phone}
    return {name: value for name, value in profile.items() if value is not None}


def _device_info(device: Device) -> JSON:
    names = {"osVersion": "os_version", "appVersion": "app_version", "make": "make"}
    names["model"] = "model"
    info: JSON = {ours: device.app[app] for ours, app in names.items() if app in device.app}
    info["browser"] = BROWSERS.get(device.platform, "MobileApp")
    if device.platform == "Android":
        info |= {"sdkVersion": "40300", "dpi": 320, "dimensions": ANDROID_SCREEN}
    return info


def _printed(texts: list[str]) -> str:
    """Return a list as exports print it, which is not JSON."""
    return f"[{', '.join(texts)}]"
