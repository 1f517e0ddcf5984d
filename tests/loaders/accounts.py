"""An account that ends today, with everything that is hard to carry."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tap_clevertap.sandbox import Event, Sandbox, World, shop
from tap_clevertap.sandbox.account.models import epoch
from tap_clevertap.tap import TapClevertap
from tests.support.running import Run, captured
from tests.support.worlds import HARD_PROPS

if TYPE_CHECKING:
    from collections.abc import Mapping

JSON = dict[str, Any]
DAYS = 4
NOON = 12
HIDDEN = {
    "hash": ["identity", "profile_id", "event_id"],
    "mask": ["email"],
    "drop": ["all_identities", "event_props.Coupon"],
    "salt": "a salt for tests",
}
LATE_EVENTS = 25


def zone_at_noon() -> str:
    """Return a zone in which it is about noon: no run of a test passes midnight."""
    behind = datetime.now(UTC).hour - NOON
    return f"Etc/GMT{behind:+d}" if behind else "Etc/GMT"


class HardAccount:
    """A shop's last days beside events with hard properties, behind a sandbox."""

    def __init__(self, events_per_day: int = 150) -> None:
        """Make it; `with one.box` serves it."""
        self.zone = zone_at_noon()
        self.catalog: JSON | None = None
        self.world = self._world(events_per_day)

    @cached_property
    def box(self) -> Sandbox:
        """The sandbox that serves it."""
        return Sandbox(self.world)

    @cached_property
    def last_day(self) -> date:
        """The last day that is over."""
        return datetime.now(UTC).astimezone(World(self.zone).zone).date() - timedelta(days=1)

    @property
    def first_day(self) -> date:
        """The first day on which anything happened."""
        return self.last_day - timedelta(days=DAYS - 1)

    @property
    def settings(self) -> JSON:
        """The settings of the tap: every stream, a typed one, and hidden columns."""
        return {
            "account_id": self.box.account_id,
            "passcode": self.box.passcode,
            "api_url": self.box.url,
            "timezone": self.zone,
            "start_date": str(self.first_day),
            "typed_events": ["Charged", "Hard"],
            "privacy": HIDDEN,
            "lookback_days": 30,
            "count_queries": [{"name": "buyers", "event": "Charged", "kind": "profiles"}],
            "top_property_queries": [
                {
                    "name": "cities",
                    "event": "Charged",
                    "property_type": "profile_fields",
                    "property": "City",
                    "period": "total",
                }
            ],
        }

    def change(self) -> None:
        """Let late events arrive on days that were read, and people's profiles change."""
        for n in range(LATE_EVENTS):
            self._add("Hard", n + 7, HARD_PROPS[n % len(HARD_PROPS)] | {"memo": "late"})
        for person in self.world.people[::3]:
            person.name = "Renamed 'Zoë' \"Ő\""
            person.properties |= {"Tier": "gold", "Score": 0.1}

    def discover(self) -> JSON:
        """Keep the catalog of this moment for all further runs, and return it."""
        tap = TapClevertap(config=dict(self.settings), parse_env_config=False)
        self.catalog = tap.catalog_dict
        return self.catalog

    def records(self, settings: Mapping[str, Any] | None = None) -> Run:
        """Return what the tap sends of the whole account, in this process."""
        config = dict(settings or self.settings)
        tap = TapClevertap(config=config, catalog=self.catalog, parse_env_config=False)
        finished = captured(tap.sync_all)
        if finished.error:
            raise finished.error
        return finished

    def _world(self, events_per_day: int) -> World:
        world = shop(7, self.zone, self.last_day, DAYS, people=60, events_per_day=events_per_day)
        self.world = world
        for n in range(40):
            self._add("Hard", n, HARD_PROPS[n % len(HARD_PROPS)] | {"memo": "x" * (n % 2)})
        return world

    def _add(self, name: str, n: int, props: JSON) -> None:
        opening = epoch(f"{self.first_day}T00:00:00", self.zone)
        session: JSON | None = {"utm_source": "नया", "n": n} if n % 4 == 0 else None
        at = opening + n * 6000
        self.world.add(Event(name, at, n % 20, props=props, session=session))
