"""A client that believes everything, and a small account to ask about."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol, Self

import requests

from tap_clevertap.sandbox import Device, Event, EventType, Person, World
from tap_clevertap.sandbox.account.models import epoch

if TYPE_CHECKING:
    from tap_clevertap.sandbox import Behaviour, Sandbox

JSON = dict[str, Any]

ZONE = "Asia/Kolkata"
NOW = epoch("2026-07-10T12:00:00", ZONE)
EVENTS = "/1/events.json"
PROFILES = "/1/profiles.json"
QUERY: JSON = {"event_name": "Viewed", "from": 20260701, "to": 20260703}
FLAGS = "&app=false&events=false&profile=false"
HANG_GUARD = 120


def account(people: int = 50, events: int = 300) -> World:
    """Return an account where `Viewed` happened on three days; each event has its own number."""
    world = World(ZONE)
    world.people = [
        Person(
            [Device(f"__g{n:03}", "Android")], f"user-{n}", NOW - 86400, email=f"{n}@example.com"
        )
        for n in range(people)
    ]
    opening = epoch("2026-07-01T00:00:00", ZONE)
    for n in range(events):
        world.add(Event("Viewed", opening + n * 259200 // events, n % people, props={"n": n}))
    world.event_types["Notification Sent"] = EventType("Notification Sent", is_exportable=False)
    return world


class Caller:
    """Asks a sandbox with the right credentials."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.url = sandbox.url
        self.session = requests.Session()
        self.session.headers["X-CleverTap-Account-Id"] = sandbox.account_id
        self.session.headers["X-CleverTap-Passcode"] = sandbox.passcode

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up."""
        self.session.close()

    def get(self, path: str, **options: Any) -> requests.Response:  # noqa: ANN401 - as requests has it
        """Return the response to a GET."""
        return self.session.get(self.url + path, timeout=HANG_GUARD, **options)

    def post(self, path: str, body: object = None) -> requests.Response:
        """Return the response to a POST."""
        return self.session.post(self.url + path, data=json.dumps(body), timeout=HANG_GUARD)

    def open(self, batch: int = 4991, path: str = EVENTS, query: JSON | None = None) -> JSON:
        """Return the answer to a question for an export."""
        answer = self.post(f"{path}?batch_size={batch}{FLAGS}", QUERY | (query or {}))
        return dict(answer.json())

    def page(self, cursor: str, path: str = EVENTS) -> JSON:
        """Return the answer to a cursor, which is put into the URL as it is."""
        return dict(self.get(f"{path}?cursor={cursor}").json())

    def pages(self, batch: int = 4991, path: str = EVENTS, query: JSON | None = None) -> list[JSON]:
        """Return all pages of an export, at most a hundred."""
        cursor = self.open(batch, path, query).get("cursor")
        pages: list[JSON] = []
        while cursor and len(pages) < 100:
            pages.append(self.page(cursor, path))
            cursor = pages[-1].get("next_cursor")
        return pages


def numbers(pages: list[JSON]) -> list[int]:
    """Return the numbers of the events on pages, in order of number."""
    return sorted(
        record["event_props"]["n"] for page in pages for record in page.get("records", [])
    )


class Serve(Protocol):
    """Starts a sandbox, of the small account unless told otherwise."""

    def __call__(
        self, world: World | None = None, behaviour: Behaviour | None = None, **faults: float
    ) -> tuple[Sandbox, Caller]:
        """Return the sandbox and somebody to ask it."""
