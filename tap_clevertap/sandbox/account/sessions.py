"""Generates the events of a session in the shop, and those around it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tap_clevertap.sandbox.account import reference_data
from tap_clevertap.sandbox.account.models import Event

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from tap_clevertap.sandbox.account.messages import Contact
    from tap_clevertap.sandbox.account.models import JSON

HOUR = 3600
LOOKING = ((0, 1, 2, 3, 5, 8), (12, 27, 26, 17, 13, 5))
"""Products that a visit looks at, and how often each number occurs."""
SEARCHING = 0.35
ADDING = 0.16
PAYING = 0.75
PAYING_IN_OUTAGE = 0.1
LATE = 0.02
TWIN = 0.02

Product = tuple[str, str, float]


@dataclass(slots=True)
class Visit:
    """One person on one device, from `at` on; `contact` is the message that led there."""

    rng: Random
    person: int
    device: int
    platform: str
    at: int
    contact: Contact | None = None
    is_outage: bool = False
    """The shop's payment provider refuses most payments."""

    def events(self) -> Iterator[Event]:
        """Yield what is done, in order; now and then the same thing twice in one second."""
        session, keenness = self._session()
        yield self._start(session)
        if session is not None and "utm_source" in session:
            props = {} if self.contact is None else self.contact.props()
            yield self.event(reference_data.UTM, props, session)
        cart: list[JSON] = []
        total = 0.0
        for _ in range(self.rng.choices(*LOOKING)[0]):
            product = self.rng.choice(reference_data.PRODUCTS)
            yield from self._browse(product, session)
            if self._happens(ADDING):
                item, price = self._pick(product)
                cart.append(item)
                total += price
                yield self._add(item, session)
        if cart and self._happens(reference_data.CHECKING_OUT[self.platform]):
            yield from self._check_out(cart, total, session, keenness)

    def event(self, name: str, props: JSON, session: JSON | None = None) -> Event:
        """Return something done some seconds later; most of it arrives at once, some a day late."""
        self.at += self.rng.randrange(2, 90)
        delay = self.rng.randrange(3 * HOUR, 60 * HOUR) if self._happens(LATE) else 1
        return Event(
            name, self.at, self.person, self.device, props, session, arrived_at=self.at + delay
        )

    def _happens(self, share: float) -> bool:
        return self.rng.random() < share

    def _session(self) -> tuple[JSON | None, float]:
        """Return the session's properties, and how likely it is to end in a payment."""
        if self.contact is not None:
            return self.contact.session(), self.contact.message.theme[1]
        fate = self.rng.random()
        if fate < 0.3:  # noqa: PLR2004 - the API leaves the key out of some records
            return None, 1.0
        if fate < 0.75:  # noqa: PLR2004 - most come by themselves
            return {"session_source": "Direct"}, 1.0
        source, medium, campaign, keenness = self.rng.choice(reference_data.SOURCES)
        utm: JSON = {"utm_source": source, "utm_medium": medium, "utm_campaign": campaign}
        return utm | {"session_source": "Others"}, keenness

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

    def _browse(self, product: Product, session: JSON | None) -> Iterator[Event]:
        if self._happens(SEARCHING):
            found: JSON = {
                "Query": self.rng.choice(reference_data.SEARCHES),
                "Results": self._results(),
            }
            yield self.event(reference_data.SEARCHED, found, session)
        viewed = self.event(reference_data.VIEWED, self._view(product), session)
        yield viewed
        if self._happens(TWIN):
            yield viewed

    def _results(self) -> object:
        return self.rng.choice((self.rng.randrange(200), str(self.rng.randrange(200)), "many"))

    def _view(self, product: Product) -> JSON:
        name, category, price = product
        view: JSON = {"Product": name, "Category": category, "Price": price}
        if self._happens(0.1):
            view |= {"Rating": 0.30000000000000004, "Coupon": "", "Sale Ends": f"$D_{self.at}"}
        return view

    def _pick(self, product: Product) -> tuple[JSON, float]:
        """Return an item for the cart, and what it costs."""
        name, category, price = product
        number = self.rng.randrange(1, 4)
        item: JSON = {"product": name, "Category": category, "Quantity": number, "Price": price}
        return item, price * number

    def _add(self, item: JSON, session: JSON | None) -> Event:
        props: JSON = {
            "Product": item["product"],
            "Quantity": item["Quantity"],
            "Gift": self.rng.choice((True, "False")),
        }
        return self.event(reference_data.ADDED, props, session)

    def _check_out(
        self, cart: list[JSON], total: float, session: JSON | None, keenness: float
    ) -> Iterator[Event]:
        amount = int(total) if total.is_integer() else total
        yield self.event(
            reference_data.CHECKOUT, {"Amount": amount, "Articles": len(cart)}, session
        )
        if self._happens(PAYING_IN_OUTAGE if self.is_outage else PAYING * keenness):
            yield self._charge(cart, amount, session)
        elif self._happens(0.9 if self.is_outage else 0.15):
            reason = "Gateway timeout" if self.is_outage else "Card declined"
            yield self.event(reference_data.PAYMENT_FAILED, {"Reason": reason}, session)

    def _charge(self, cart: list[JSON], amount: float, session: JSON | None) -> Event:
        bill: JSON = {
            "Amount": amount,
            "Currency": "INR",
            "Payment mode": self.rng.choice(reference_data.PAYMENTS),
            "Charged ID": self.rng.choice((self.at, f"order-{self.at}")),
            "Delivery By": f"$D_{self.at + 72 * HOUR}",
        }
        if self._happens(0.05):  # a few accounts' versions of the app
            items: list[JSON] = [
                {f"Items|{key}": value for key, value in item.items()} for item in cart
            ]
            return replace(self.event(reference_data.CHARGED, bill, session), items=items)
        return self.event(reference_data.CHARGED, bill | {"Items": cart}, session)


PUSHED = (
    (reference_data.SENT, "sent"),
    (reference_data.IMPRESSIONS, None),
    (reference_data.SEEN, "viewed"),
    (reference_data.CLICKED, "clicked"),
)
"""A push message's way to a device, and the number of a report that each step adds to."""


def notifications(visit: Visit, contact: Contact, steps: int) -> Iterator[Event]:
    """Yield the first steps of a push message's way: sent, shown, seen and clicked."""
    for name, _ in PUSHED[:steps]:
        yield visit.event(name, contact.props())


def installation(visit: Visit) -> Event:
    """Return the event of a new installation."""
    return visit.event(reference_data.INSTALLED, {"ct_app_version": "5.2.0", "CT Source": "Mobile"})


def removal(visit: Visit, object_id: str) -> Event:
    """Return the event of an app removed; CleverTap learns of it up to a day later."""
    props: JSON = {"clevertapId": object_id, "CT Source": "API", "source": "REALTIME_FIREBASE"}
    return visit.event(reference_data.UNINSTALLED, props)
