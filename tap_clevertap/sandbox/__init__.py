"""A local simulator of the CleverTap API.

It imports nothing of the tap, and nothing of the tap imports it: if both shared a
parser, both would share its bug.
"""

from tap_clevertap.sandbox.account.generator import shop
from tap_clevertap.sandbox.account.models import Device, Event, EventType, Person, World
from tap_clevertap.sandbox.behaviour import Behaviour
from tap_clevertap.sandbox.faults import Faults
from tap_clevertap.sandbox.server.sandbox import Sandbox

__all__ = [
    "Behaviour",
    "Device",
    "Event",
    "EventType",
    "Faults",
    "Person",
    "Sandbox",
    "World",
    "shop",
]
