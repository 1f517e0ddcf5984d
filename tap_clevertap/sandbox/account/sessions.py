"""What people do in the shop: one visit's events, and what happens around visits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tap_clevertap.sandbox.account import reference_data
from tap_clevertap.sandbox.account.models import Event

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from tap_clevertap.sandbox.account.models import JSON, Person

HOUR = 3600
SEARCHING = 0.35
ADDING = 0.4
BUYING = 0.45
LATE = 0.02
TWIN = 0.02


@dataclass(slots=True)
class Visit:
    """One person on one device, from `at` on."""

    rng: Random
    person: int
    device: int
    platform: str
    at: int

    def events(self) -> Iterator[Event]:
        """Yield what is done, in order; now and then the same thing twice in one second."""
        session = self._session()
        yield self._start(session)
        if session is not None and "utm_source" in session:
            yield self.event(reference_data.UTM, {}, session)
        for _ in range(self.rng.choices((1, 2, 3, 5, 8), (30, 30, 20, 14, 6))[0]):
            yield from self._browse(session)

    def event(self, name: str, props: JSON, session: JSON | None = None) -> Event:
        """Return something done some seconds later; most of it arrives at once, some a day late."""
        self.at += self.rng.randrange(2, 90)
        delay = self.rng.randrange(3 * HOUR, 60 * HOUR) if self.rng.random() < LATE else 1
        return Event(
            name, self.at, self.person, self.device, props, session, arrived_at=self.at + delay
        )

    def _session(self) -> JSON | None:
        fate = self.rng.random()
        if fate < 0.3:  # noqa: PLR2004 - the API leaves the key out of some records
            return None
        if fate < 0.75:  # noqa: PLR2004 - most come by themselves
            return {"session_source": "Direct"}
        source, medium, campaign = self.rng.choice(reference_data.SOURCES)
        utm: JSON = {"utm_source": source, "utm_medium": medium, "utm_campaign": campaign}
        return utm | {"session_source": "Others"}

    def _start(self, session: JSON | None) -> Event:
        if self.platform == "Web":
            return self.event(reference_data.WEB_STARTED, {}, session)
        version = self.rng.choice(("5.2.0", 5.2, "5.1.0"))
        props: JSON = {
            "CT Session Id": self.at,
            "CT App Version": version,
            "CT Connected To WiFi": self.rng.choice(("true", "false")),
            "CT SDK Version": 40300,
            "Trace": 10_000_000_000_000_000 + self.rng.randrange(10**16),
        }
        return self.event(reference_data.LAUNCHED, props, session)

    def _browse(self, session: JSON | None) -> Iterator[Event]:
        product = self.rng.choice(reference_data.PRODUCTS)
        if self.rng.random() < SEARCHING:
            found: JSON = {
                "Query": self.rng.choice(reference_data.SEARCHES),
                "Results": self._results(),
            }
            yield self.event(reference_data.SEARCHED, found, session)
        viewed = self.event(reference_data.VIEWED, self._view(product), session)
        yield viewed
        if self.rng.random() < TWIN:
            yield viewed
        if self.rng.random() < ADDING:
            yield from self._buy(product, session)

    def _results(self) -> object:
        return self.rng.choice((self.rng.randrange(200), str(self.rng.randrange(200)), "many"))

    def _view(self, product: tuple[str, str, float]) -> JSON:
        name, category, price = product
        view: JSON = {"Product": name, "Category": category, "Price": price}
        if self.rng.random() < 0.1:  # noqa: PLR2004 - a few
            view |= {"Rating": 0.30000000000000004, "Coupon": "", "Sale Ends": f"$D_{self.at}"}
        return view

    def _buy(self, product: tuple[str, str, float], session: JSON | None) -> Iterator[Event]:
        name, category, price = product
        number = self.rng.randrange(1, 4)
        cart: JSON = {"Product": name, "Quantity": number, "Gift": self.rng.choice((True, "False"))}
        yield self.event(reference_data.ADDED, cart, session)
        if self.rng.random() < BUYING:
            item: JSON = {"product": name, "Category": category, "Quantity": number}
            yield self._charge(item, price * number, session)

    def _charge(self, item: JSON, amount: float, session: JSON | None) -> Event:
        bill: JSON = {
            "Amount": int(amount) if amount.is_integer() else amount,
            "Currency": "INR",
            "Payment mode": self.rng.choice(reference_data.PAYMENTS),
            "Charged ID": self.rng.choice((self.at, f"order-{self.at}")),
            "Delivery By": f"$D_{self.at + 72 * HOUR}",
        }
        if self.rng.random() < 0.05:  # noqa: PLR2004 - a few accounts' versions of the app
            items: list[JSON] = [{f"Items|{key}": value for key, value in item.items()}]
            return replace(self.event(reference_data.CHARGED, bill, session), items=items)
        return self.event(reference_data.CHARGED, bill | {"Items": [item]}, session)


def notifications(visit: Visit, person: Person) -> Iterator[Event]:
    """Yield a push message's way to a device: sent, shown, seen and perhaps clicked."""
    device = person.devices[visit.device]
    kind = "iOS" if device.platform == "iOS" else "Android"
    props: JSON = {
        "Campaign id": str(1700000000 + visit.at // 86400),
        "Campaign name": "Evening offers",
        "Campaign type": f"Mobile Push - {kind}",
    }
    names = (
        reference_data.SENT,
        reference_data.IMPRESSIONS,
        reference_data.SEEN,
        reference_data.CLICKED,
    )
    for name in names[: visit.rng.choices((1, 2, 3, 4), (30, 30, 28, 12))[0]]:
        yield visit.event(name, props)


def installation(visit: Visit) -> Event:
    """Return the event of a new installation."""
    return visit.event(reference_data.INSTALLED, {"ct_app_version": "5.2.0", "CT Source": "Mobile"})


def removal(visit: Visit, object_id: str) -> Event:
    """Return the event of an app removed; CleverTap learns of it up to a day later."""
    props: JSON = {"clevertapId": object_id, "CT Source": "API", "source": "REALTIME_FIREBASE"}
    return visit.event(reference_data.UNINSTALLED, props)
