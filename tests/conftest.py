"""What all tests share: settings, a small account behind a sandbox, brief waits."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from tap_clevertap import errors, redaction
from tap_clevertap.api.client import Client
from tap_clevertap.config.settings import SCHEMA, Settings
from tap_clevertap.sandbox import Device, Event, EventType, Faults, Person, Sandbox, World
from tap_clevertap.sandbox.account.models import epoch
from tap_clevertap.streams import endpoints
from tests.support.telling import TELLING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_clevertap.sandbox import Behaviour

ZONE = "Asia/Kolkata"
NOW = epoch("2026-07-10T12:00:00", ZONE)
BRIEFLY = 0.01

# No law is about time: a busy machine is no failure.
hypothesis_settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("untimed")


class MakeSettings(Protocol):
    """Returns settings: the defaults and whatever is named."""

    def __call__(self, **overrides: object) -> Settings:
        """Build them."""


class Serve(Protocol):
    """Starts a sandbox with the named faults; it ends with the test."""

    def __call__(
        self, world: World | None = None, behaviour: Behaviour | None = None, **faults: float
    ) -> Sandbox:
        """Start it."""


class Connect(Protocol):
    """Returns a client of a sandbox, with the named settings."""

    def __call__(self, sandbox: Sandbox, **overrides: object) -> Client:
        """Connect it."""


def small_account() -> World:
    """Return an account of 20 people where `Viewed` happened 200 times on 2026-07-01 to 03."""
    world = World(ZONE)
    world.people = [
        Person([Device(f"__g{n:03}", "Android")], f"user-{n}", properties={"VIP": True})
        for n in range(20)
    ]
    opening = epoch("2026-07-01T00:00:00", ZONE)
    for n in range(200):
        world.add(Event("Viewed", opening + n * 1296, n % 20, props={"n": n}))
    world.event_types["Notification Sent"] = EventType("Notification Sent", is_exportable=False)
    return world


def leaves(branch: type[errors.ClevertapError]) -> Iterator[type[errors.ClevertapError]]:
    """Yield the classes at the end of a branch of the error tree."""
    if not branch.__subclasses__():
        yield branch
    for child in branch.__subclasses__():
        yield from leaves(child)


@pytest.fixture(autouse=True)
def _nothing_told(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Search what each test has logged for passcodes, cursors and users: whatever the tap meets."""
    yield
    for record in caplog.get_records("call"):
        told = TELLING.search(record.getMessage())
        assert told is None, f"{record.name} has logged {told[0]!r}"


@pytest.fixture(autouse=True)
def _fresh_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the passcodes of other tests: they would be masked in the lines of this one."""
    monkeypatch.setattr(redaction, "_secrets", set())


@pytest.fixture(autouse=True)
def _fresh_log_level() -> None:
    """Begin each test as a fresh process does: a command line run in this one sets the level."""
    logging.getLogger().setLevel(logging.WARNING)


@pytest.fixture
def config() -> dict[str, Any]:
    """Give a whole config: each default, and what is required."""
    defaults = {
        name: entry["default"] for name, entry in SCHEMA["properties"].items() if "default" in entry
    }
    return defaults | {"account_id": "TEST-ABC", "passcode": "s3cr3t-passcode", "timezone": ZONE}


@pytest.fixture
def settings(config: dict[str, Any]) -> MakeSettings:
    """Give a function that makes settings."""
    return lambda **overrides: Settings.from_config(config | overrides)


@pytest.fixture
def sandbox() -> Iterator[Serve]:
    """Give a function that starts sandboxes."""
    with ExitStack() as stack:

        def serve(
            world: World | None = None, behaviour: Behaviour | None = None, **faults: float
        ) -> Sandbox:
            switches = Faults(1, **faults)
            world = world or small_account()
            return stack.enter_context(
                Sandbox(world, behaviour=behaviour, faults=switches, now=lambda: NOW)
            )

        yield serve


@pytest.fixture
def connect(settings: MakeSettings) -> Connect:
    """Give a function that makes clients."""

    def client(sandbox: Sandbox, **overrides: object) -> Client:
        known: dict[str, object] = {
            "account_id": sandbox.account_id,
            "passcode": sandbox.passcode,
            "api_url": sandbox.url,
        }
        return Client(settings(**(known | overrides)), endpoints())

    return client


@pytest.fixture
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each error that is worth another try wait a hundredth of a second."""
    for leaf in leaves(errors.Transient):
        monkeypatch.setattr(leaf, "first_wait", BRIEFLY)
        monkeypatch.setattr(leaf, "longest_wait", BRIEFLY)


@pytest.fixture(autouse=True)
def _short_waits_where_streams_run(request: pytest.FixtureRequest) -> None:
    """Let no test of these folders wait as long as an account would."""
    if {"streams", "extraction", "output"}.intersection(request.path.parts):
        request.getfixturevalue("short_waits")
