"""Generates the users of the shop: with one or more devices, identified, anonymous, or both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_clevertap.sandbox.account import reference_data
from tap_clevertap.sandbox.account.models import Device, Person

if TYPE_CHECKING:
    from random import Random

    from tap_clevertap.sandbox.account.models import JSON

ALWAYS_KNOWN = 0.55
KNOWN_LATER = 0.25
HEX = "0123456789abcdef"


def shoppers(rng: Random, people: int, opening: int, closing: int) -> list[Person]:
    """Return people; those who log in do so between `opening` and `closing`, epoch seconds."""
    return [_shopper(rng, number, opening, closing) for number in range(people)]


def _shopper(rng: Random, number: int, opening: int, closing: int) -> Person:
    devices = [_device(rng) for _ in range(rng.choices((1, 2, 3), (70, 24, 6))[0])]
    fate = rng.random()
    if fate >= ALWAYS_KNOWN + KNOWN_LATER:
        return Person(devices)
    joined = opening - rng.randrange(1, 400 * 86400)
    login = joined if fate < ALWAYS_KNOWN else rng.randrange(opening, closing)
    return _known(rng, number, devices, login)


def _known(rng: Random, number: int, devices: list[Device], login: int) -> Person:
    name = f"{rng.choice(reference_data.FIRST_NAMES)} {rng.choice(reference_data.LAST_NAMES)}"
    digits = 919800000000 + rng.randrange(10**8)
    return Person(
        devices,
        identity=f"user-{1000 + number}",
        identified_at=login,
        name=name,
        email=f"shopper{number}@example.com" if rng.random() < 0.85 else None,  # noqa: PLR2004 - most
        phone=rng.choice((digits, str(digits), None)),
        properties=_properties(rng, login),
    )


def _properties(rng: Random, login: int) -> JSON:
    city, region, latitude, longitude = rng.choice(reference_data.CITIES)
    properties: JSON = {
        "Customer Type": rng.choice(("gold", "silver", "bronze")),
        "Signup Date": f"$D_{login}",
        "VIP": rng.choice(("true", "false")),
        "Orders": rng.choice((rng.randrange(40), str(rng.randrange(40)))),
        "Country": "India",
        "Region": region,
        "City": city,
        "Latitude": latitude,
        "Longitude": longitude,
    }
    if rng.random() < 0.3:  # noqa: PLR2004 - some
        properties["Favourites"] = rng.sample([name for name, _, _ in reference_data.PRODUCTS], 3)
    return properties


def _device(rng: Random) -> Device:
    text = "".join(rng.choices(HEX, k=32))
    token = "".join(rng.choices(HEX, k=48)) if rng.random() < 0.7 else None  # noqa: PLR2004 - most
    version = rng.choice(("5.1.0", "5.2.0", "5.2.1"))
    platform = rng.choices(("Android", "iOS", "Web"), (62, 20, 18))[0]
    if platform == "Web":
        return Device(f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}", platform)
    if platform == "iOS":
        app: JSON = {"os_version": "17.5", "app_version": version, "make": "Apple"}
        return Device(
            f"-{text}", platform, app | {"model": rng.choice(reference_data.IPHONES)}, token
        )
    make, model = rng.choice(reference_data.ANDROIDS)
    app = {"os_version": rng.choice(("10", "13", "14")), "app_version": version}
    push = f"fcm:{token}" if token else None
    return Device(f"__g{text}", platform, app | {"make": make, "model": model}, push)
