"""What the sections of a query see of people and events."""

from __future__ import annotations

import pytest

from tap_clevertap.sandbox.account.models import Device, Event, Person
from tap_clevertap.sandbox.query.property_values import (
    event_values,
    form_factor,
    is_reachable,
    person_values,
)

NOW = 1_000
PHONE = Device(
    "__g1", "Android", {"make": "Apple Inc", "os_version": "14", "app_version": "5.2"}, "fcm:x"
)
LAPTOP = Device("a8ffcbc9", "Web", {"browser": "Chrome", "os": "Mac"})
ANA = Person(
    [PHONE, LAPTOP],
    identity="user-1001",
    identified_at=500,
    name="Ana",
    email="ana@example.com",
    phone=584120000000,
    properties={"Customer Type": "gold", "Tags": ["a", "b"], "Gender": "Female"},
)


@pytest.mark.parametrize(
    ("section", "name", "expected"),
    [
        ("profile_fields", "Customer Type", ["gold"]),
        ("profile_fields", "Tags", ["a", "b"]),
        ("profile_fields", "Email", ["ana@example.com"]),
        ("profile_fields", "Phone", ["+584120000000"]),
        ("profile_fields", "Name", ["Ana"]),
        ("profile_fields", "identity", []),
        ("profile_fields", "objectId", []),
        ("demographics", "Gender", ["Female"]),
        ("app_fields", "Make", ["Apple Inc"]),
        ("app_fields", "App Version", ["5.2"]),
        ("technographics", "Platform", ["Android", "AndroidApp", "Web", "WebApp"]),
        ("technographics", "OS", ["Android", "Mac"]),
        ("technographics", "Device", ["Mobile", "Desktop"]),
        ("technographics", "Browser", ["Chrome"]),
        ("reachability", "has_token", [True]),
    ],
)
def test_a_section_sees_its_part_of_a_person(
    section: str, name: str, expected: list[object]
) -> None:
    """Profile, devices and reachability are told apart; nobody is found by id."""
    assert person_values(ANA, NOW, section, name) == expected


def test_contacts_are_unknown_before_the_login() -> None:
    """Who has not logged in yet cannot be found by e-mail, nor be written to."""
    assert person_values(ANA, 499, "profile_fields", "Email") == []
    assert not is_reachable(ANA, 499, "has_email")
    assert is_reachable(ANA, 500, "has_email")


def test_reachability_names_each_way() -> None:
    """A push token, an e-mail and a phone are three ways."""
    bare = Person([LAPTOP], identity="user-2", email="b@example.com")
    assert not is_reachable(bare, NOW, "has_token")
    assert is_reachable(bare, NOW, "has_email")
    assert not is_reachable(bare, NOW, "has_phone")
    assert is_reachable(ANA, NOW, "has_phone")


def test_a_tablet_is_what_says_so() -> None:
    """Apps run on mobiles and sites on desktops unless the device tells otherwise."""
    tablet = Device("-1", "iOS", {"device": "Tablet"})
    assert [form_factor(one) for one in (PHONE, LAPTOP, tablet)] == ["Mobile", "Desktop", "Tablet"]


def test_items_are_seen_wherever_the_account_sends_them() -> None:
    """Inside the properties or beside them, with bare keys or prefixed ones."""
    within = Event("Charged", 0, 0, props={"Items": [{"Category": "books"}, {"Category": "toys"}]})
    beside = Event("Charged", 0, 0, items=[{"Items|Category": "books"}, {"Items|Price": 3}])
    section = "event_properties"
    assert event_values(within, section, "Items|Category") == ["books", "toys"]
    assert event_values(within, section, "Items") == ["books", "toys"]
    assert event_values(beside, section, "Items|Category") == ["books"]
    assert event_values(beside, section, "Items") == ["books", 3]
    assert event_values(beside, section, "Category") == []


def test_session_properties_are_apart_from_event_properties() -> None:
    """A name is looked up in the section that was asked for."""
    event = Event("UTM Visited", 0, 0, props={"Install": "y"}, session={"utm_source": "google"})
    assert event_values(event, "session_properties", "utm_source") == ["google"]
    assert event_values(event, "event_properties", "utm_source") == []
    assert event_values(event, "session_properties", "Install") == []
