"""The marts against what really happened, on DuckDB and on PostgreSQL."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING

from tests.transform.warehouses import NEEDS_DBT

if TYPE_CHECKING:
    from tests.transform.conftest import Morning

pytestmark = NEEDS_DBT


def test_every_event_is_there(morning: Morning) -> None:
    """Each with its day."""
    rows = morning.warehouse.rows("events")
    truth = morning.truth
    assert len(rows) == len(truth.events) > 5000
    found = Counter((row["event_name"], row["event_date"]) for row in rows)
    assert found == Counter((event.name, truth.day(event)) for event in truth.events)


def test_revenue_is_what_was_paid(morning: Morning) -> None:
    """By day, to the paisa; days of nothing are zero."""
    rows = morning.warehouse.rows("daily_activity")
    found = {row["event_date"]: Decimal(row["revenue"]) for row in rows}
    truth = morning.truth.revenue
    assert {day: money for day, money in found.items() if money} == truth
    assert len(found) == 30


def test_revenue_belongs_to_the_source_of_its_visit(morning: Morning) -> None:
    """The first source that the visit names, or none."""
    found: dict[str, Decimal] = {}
    for row in morning.warehouse.rows("revenue_daily"):
        source = row["utm_source"]
        found[source] = found.get(source, Decimal()) + Decimal(row["revenue"])
    found.pop("no orders", None)
    assert found == morning.truth.revenue_by_source


def test_people_are_counted_once(morning: Morning) -> None:
    """With all their devices: known ones by identity, anonymous ones too."""
    rows = morning.warehouse.rows("people")
    truth = morning.truth
    known = {row["person_id"] for row in rows if row["is_identified"]}
    assert known == {name for name in truth.people if not name.startswith("#")}
    acting = [row for row in rows if row["events"]]
    assert len(acting) == len(truth.people)
    events = {row["person_id"]: row["events"] for row in acting}
    counted = Counter(truth.person(event) for event in truth.events)
    assert {name: events[name] for name in known} == {name: counted[name] for name in known}


def test_activity_is_counted_over_days_weeks_and_months(morning: Morning) -> None:
    """DAU, seven and 28 days."""
    truth = morning.truth
    for row in morning.warehouse.rows("daily_activity"):
        day = row["event_date"]
        assert row["active_people"] == truth.active_within(day, 1)
        assert row["active_people_7_days"] == truth.active_within(day, 7)
        assert row["active_people_28_days"] == truth.active_within(day, 28)


def test_sessions_are_visits(morning: Morning) -> None:
    """By device, length and number of events."""
    truth = morning.truth
    found = Counter(
        (row["device_id"], row["duration_seconds"], row["events"], row["orders"])
        for row in morning.warehouse.rows("sessions")
    )
    assert found == Counter(
        (
            truth.device(visit[0]),
            visit[-1].at - visit[0].at,
            len(visit),
            sum(event.name == "Charged" for event in visit),
        )
        for visit in truth.sessions
    )


def test_the_funnel_counts_who_goes_on_in_time(morning: Morning) -> None:
    """By day of entry and step."""
    found: Counter[tuple[str, str]] = Counter()
    for row in morning.warehouse.rows("funnel"):
        found[row["event_date"], row["step"]] += row["people"]
    assert {key: people for key, people in found.items() if people} == morning.truth.funnel


def test_retention_counts_who_comes_back(morning: Morning) -> None:
    """By first week and weeks since."""
    rows = morning.warehouse.rows("retention")
    found = {(row["cohort_week"], row["weeks_later"]): row["people"] for row in rows}
    assert {key: people for key, people in found.items() if people} == morning.truth.retention
    assert all(row["people"] == row["cohort_people"] for row in rows if row["weeks_later"] == 0)


def test_orders_belong_to_the_last_message_before_them(morning: Morning) -> None:
    """Within three days."""
    rows = morning.warehouse.rows("message_attribution")
    found = Counter((_plain(row["revenue"]), str(row["message_id"])) for row in rows)
    assert len(rows) > 20
    assert found == morning.truth.attribution


def test_messages_add_up(morning: Morning) -> None:
    """Their clicks are the visits that name them; their revenue is that of their orders."""
    rows = morning.warehouse.rows("message_performance")
    attributed = morning.warehouse.rows("message_attribution")
    assert sum(Decimal(row["revenue"]) for row in rows) == sum(
        Decimal(row["revenue"]) for row in attributed
    )
    reported = [row for row in rows if row["clicked"] is not None and row["visits"]]
    assert reported
    assert all(row["visits"] <= row["clicked"] for row in reported)


def test_order_items_are_what_was_bought(morning: Morning) -> None:
    """From both places where accounts have them."""
    orders = list(morning.truth._named("Charged"))  # noqa: SLF001 - a helper of these tests
    wanted: Counter[tuple[str, int]] = Counter()
    for order in orders:
        listed = order.items or order.props["Items"]
        for item in listed if isinstance(listed, list) else []:
            bare = {key.removeprefix("Items|"): value for key, value in item.items()}
            wanted[str(bare["product"]), int(str(bare["Quantity"]))] += 1
    rows = morning.warehouse.rows("order_items")
    assert Counter((row["product"], int(Decimal(row["quantity"]))) for row in rows) == wanted


def test_days_carry_the_verdict_of_reconciliation(morning: Morning) -> None:
    """Every event on every day: equal, or nothing happened, or CleverTap only counts it."""
    rows = morning.warehouse.rows("daily_events")
    assert {row["verdict"] for row in rows} == {"equal", "counted only", "no events"}
    equal = [row for row in rows if row["verdict"] == "equal"]
    assert sum(row["events"] for row in equal) == len(morning.truth.events)
    assert all(row["events"] == row["reported"] == row["counted"] for row in equal)
    only = [row for row in rows if row["verdict"] == "counted only"]
    assert {row["event_name"] for row in only} >= {"Notification Sent", "Push Impressions"}


def test_the_catalog_knows_every_event_and_property(morning: Morning) -> None:
    """Also those that never happened; a property with values of two kinds has two rows."""
    rows = {row["event_name"]: row for row in morning.warehouse.rows("event_catalog")}
    assert set(rows) == set(morning.sandbox.world.event_types)
    assert rows["Feedback Given"]["events"] == 0
    kinds = {
        (row["event_name"], row["property"], row["kind"])
        for row in morning.warehouse.rows("event_properties")
    }
    assert {("Charged", "Charged ID", "text"), ("Charged", "Charged ID", "number")} <= kinds
    assert ("Charged", "Items", "list") in kinds
    assert ("Added To Cart", "Gift", "boolean") in kinds


def _plain(number: str) -> str:
    text = f"{Decimal(number):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
