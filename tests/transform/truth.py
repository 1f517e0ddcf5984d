"""What really happened in a sandbox's world, as the marts should say it; computed without SQL."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_clevertap.sandbox import Event, World

GAP, DAY = 20 * 60, 86400
PASSIVE = {"App Uninstalled"}
STEPS = ("Product Viewed", "Added To Cart", "Checkout Started", "Charged")
ATTRIBUTION = 72 * 3600


@dataclass
class Truth:
    """A world as it can be known at an instant, up to the day before."""

    world: World
    now: int

    @cached_property
    def yesterday(self) -> date:
        """The last whole day."""
        return self.world.local_day(self.now) - timedelta(days=1)

    @cached_property
    def events(self) -> list[Event]:
        """What CleverTap exports, in order of time."""
        names = [kind.name for kind in self.world.event_types.values() if kind.is_exportable]
        found = [
            event
            for name in names
            for event in self.world.events(name, date.min, self.yesterday, self.now)
        ]
        return sorted(found, key=lambda event: event.at)

    def day(self, event: Event) -> str:
        """Return the account's day of an event."""
        return self.world.local_day(event.at).isoformat()

    def device(self, event: Event) -> str:
        """Return the id of an event's device."""
        return self.world.people[event.person].devices[event.device].object_id

    def person(self, event: Event) -> str:
        """Return the identity, or for anonymous users their place in the world."""
        person = self.world.people[event.person]
        return str(person.identity) if person.is_identified(self.now) else f"#{event.person}"

    @cached_property
    def people(self) -> set[str]:
        """Everybody who did something."""
        return {self.person(event) for event in self.events}

    @cached_property
    def revenue(self) -> dict[str, Decimal]:
        """Revenue by day."""
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for event in self._named("Charged"):
            sums[self.day(event)] += amount(event)
        return dict(sums)

    @cached_property
    def sessions(self) -> list[list[Event]]:
        """Visits: events of a device without a long gap."""
        visits: list[list[Event]] = []
        by_device = sorted(self.events, key=lambda event: (self.device(event), event.at))
        for _, events in groupby(by_device, key=self.device):
            visit: list[Event] = []
            for event in events:
                if visit and event.at - visit[-1].at > GAP:
                    visits.append(visit)
                    visit = []
                visit.append(event)
            visits.append(visit)
        return visits

    @cached_property
    def revenue_by_source(self) -> dict[str, Decimal]:
        """Revenue by the first source that a visit names."""
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for visit in self.sessions:
            named = [(event.session or {}).get("utm_source") for event in visit]
            source = str(next(filter(None, named), "direct"))
            for event in visit:
                if event.name == "Charged":
                    sums[source] += amount(event)
        return dict(sums)

    @cached_property
    def active(self) -> dict[str, set[str]]:
        """People by the days on which they were active."""
        days: dict[str, set[str]] = defaultdict(set)
        for event in self.events:
            if event.name not in PASSIVE:
                days[self.day(event)].add(self.person(event))
        return dict(days)

    def active_within(self, day: str, days: int) -> int:
        """Return how many were active on a day or the days before it, so many days in all."""
        last = date.fromisoformat(day)
        wanted = [(last - timedelta(days=number)).isoformat() for number in range(days)]
        return len(set().union(*(self.active.get(one, set()) for one in wanted)))

    @cached_property
    def retention(self) -> dict[tuple[str, int], int]:
        """People by their first week and the weeks since in which they were active."""
        weeks: dict[str, set[date]] = defaultdict(set)
        for day, people in self.active.items():
            for person in people:
                weeks[person].add(monday(date.fromisoformat(day)))
        counted = Counter(
            (min(active).isoformat(), (week - min(active)).days // 7)
            for active in weeks.values()
            for week in active
        )
        return dict(counted)

    @cached_property
    def funnel(self) -> dict[tuple[str, str], int]:
        """People by the day of their entry and the step that they reached."""
        reached: Counter[tuple[str, str]] = Counter()
        times: dict[tuple[str, str], list[int]] = defaultdict(list)
        for event in self.events:
            times[self.person(event), event.name].append(event.at)
        for (person, day), entered in self._entries().items():
            at = entered
            reached[day, STEPS[0]] += 1
            for step in STEPS[1:]:
                later = [one for one in times[person, step] if at <= one <= entered + DAY]
                if not later:
                    break
                at = min(later)
                reached[day, step] += 1
        return dict(reached)

    @cached_property
    def attribution(self) -> Counter[tuple[str, str]]:
        """Orders by their amount and the message that came last before them."""
        visits = [event for event in self._named("UTM Visited") if "wzrk_id" in event.props]
        found: Counter[tuple[str, str]] = Counter()
        for order in self._named("Charged"):
            before = [
                visit
                for visit in visits
                if self.person(visit) == self.person(order)
                and 0 <= order.at - visit.at <= ATTRIBUTION
            ]
            if before:
                last = max(before, key=lambda visit: visit.at)
                found[str(amount(order)), str(last.props["Campaign id"])] += 1
        return found

    def _entries(self) -> dict[tuple[str, str], int]:
        entries: dict[tuple[str, str], int] = {}
        for event in self._named(STEPS[0]):
            entries.setdefault((self.person(event), self.day(event)), event.at)
        return entries

    def _named(self, name: str) -> Iterator[Event]:
        return (event for event in self.events if event.name == name)


def amount(event: Event) -> Decimal:
    """Return what a purchase brought."""
    return Decimal(str(event.props["Amount"]))


def monday(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())
