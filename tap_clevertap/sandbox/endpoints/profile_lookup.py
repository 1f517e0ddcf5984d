"""Endpoint of a single profile by e-mail, identity or object id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_clevertap.sandbox.endpoints.rendering import Flags, Moment
from tap_clevertap.sandbox.http_messages import Reply, fail

if TYPE_CHECKING:
    from tap_clevertap.sandbox.account.models import Person
    from tap_clevertap.sandbox.endpoints.context import Context
    from tap_clevertap.sandbox.http_messages import Request

WAYS = ("email", "identity", "objectId")


def find_profile(context: Context, request: Request) -> Reply:
    """Answer `/1/profile.json`; `record` is null where nobody is found."""
    asked = [(way, request.query[way]) for way in WAYS if way in request.query]
    if len(asked) != 1:
        return fail("Exactly one of email, identity and objectId is required", 400, 400)
    way, wanted = asked[0]
    now = context.now()
    found = (
        index
        for index, person in enumerate(context.world.people)
        if wanted in _names(person, now, way)
    )
    index = next(found, None)
    if index is None:
        return Reply({"status": "success", "record": None})
    record = context.renderer.person(index, Flags(), Moment(now))
    return Reply({"status": "success", "record": record})


def _names(person: Person, now: int, way: str) -> list[str | None]:
    if way == "objectId":
        return [device.object_id for device in person.devices]
    if not person.is_identified(now):
        return []
    return [person.email if way == "email" else person.identity]
