"""The dashboard's numbers: rows of text from the warehouse as numbers, sums, shares and words."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reports.dbt import Row

Rows = list[dict[str, Any]]
TEXTS = frozenset(
    {"event_date", "event_name", "title", "source", "step", "period", "platform", "verdict"}
    | {"cohort_week", "message_name", "channel", "message_id", "start_day"}
    | {"last_day", "loaded_at", "checked_at", "currency"}
)
TOP_MESSAGES = 12


def typed(rows: Iterable[Row]) -> Rows:
    """Return rows with numbers where the columns hold numbers; days lose their time."""
    return [{name: _value(name, text) for name, text in row.items()} for row in rows]


def _value(name: str, text: str | None) -> Any:  # noqa: ANN401 - text, a number or nothing
    if text is None or name in TEXTS:
        return text[:10] if text and name in {"event_date", "cohort_week", "last_day"} else text
    number = float(text)
    return int(number) if number.is_integer() else number


@dataclass(frozen=True, slots=True)
class Headline:
    """A number of the last day, beside the mean of the same weekday in the weeks before."""

    title: str
    value: float
    usual: float | None
    weeks: int

    @property
    def change(self) -> int | None:
        """Percent above or below the mean."""
        return round(100 * self.value / self.usual - 100) if self.usual else None

    def words(self, weekday: str) -> str:
        """Say the change."""
        if self.change is None or self.usual is None:
            return f"no earlier {weekday} to compare"
        direction = "above" if self.change >= 0 else "below"
        what = f"the mean of the last {self.weeks} {weekday}s"
        return f"{abs(self.change)} % {direction} {what} ({grouped(self.usual)})"


def headlines(rows: Rows) -> list[Headline]:
    """Return the headline numbers in their order."""
    ordered = sorted(rows, key=lambda row: row["place"])
    return [Headline(row["title"], row["value"], row["usual"], row["weeks"]) for row in ordered]


def grouped(number: float) -> str:
    """Return a number for readers: whole, with commas."""
    return f"{round(number):,}"


def share(part: float, whole: float) -> float:
    """Return percent; of nothing, 0."""
    return 100 * part / whole if whole else 0.0


def sources(rows: Rows) -> Rows:
    """Return sources by their buyers, with what to write at each bar."""
    ordered = sorted(rows, key=lambda row: (-row["buyers"], row["source"]))
    return [row | {"label": _bought(row)} for row in ordered]


def _bought(row: dict[str, Any]) -> str:
    percent = share(row["buyers"], row["people"])
    return f"{row['source']}: {row['buyers']:,} buyers, {percent:.0f} % of its users"


def funnel(rows: Rows, period: str) -> Rows:
    """Return the steps of a period over all platforms, with what was lost at each."""
    people: dict[tuple[int, str], int] = defaultdict(int)
    for row in rows:
        if row["period"] == period:
            people[row["step_number"], row["step"]] += row["people"]
    steps = [{"step": step, "people": number} for (_, step), number in sorted(people.items())]
    return [step | _drop(steps, place) for place, step in enumerate(steps)]


def _drop(steps: Sequence[dict[str, Any]], place: int) -> dict[str, Any]:
    step, first = steps[place], steps[0]["people"]
    before = steps[place - 1]["people"] if place else step["people"]
    kept, lost = share(step["people"], first), share(before - step["people"], before)
    label = f"{step['step']}: {step['people']:,}"
    if place:
        label += f" ({kept:.0f} %), {lost:.0f} % lost"
    return {"share": kept, "lost": lost, "label": label}


def funnel_by_platform(rows: Rows, period: str) -> Rows:
    """Return the share of each platform's users that reach each step."""
    chosen = sorted(
        (row for row in rows if row["period"] == period),
        key=lambda row: (row["step_number"], row["platform"]),
    )
    first = {row["platform"]: row["people"] for row in chosen if row["step_number"] == 1}
    return [row | {"share": share(row["people"], first.get(row["platform"], 0))} for row in chosen]


def retention(rows: Rows) -> Rows:
    """Return cohorts named by their week and size, with percent."""
    ordered = sorted(rows, key=lambda row: (row["cohort_week"], row["weeks_later"]))
    return [
        row
        | {
            "cohort": f"{day_words(row['cohort_week'])}: {row['cohort_people']:,}",
            "percent": 100 * row["share"],
        }
        for row in ordered
    ]


def messages(rows: Rows) -> Rows:
    """Return the messages that earned most."""
    ordered = sorted(rows, key=lambda row: (-row["revenue"], row["message_name"]))
    best = [row for row in ordered if row["revenue"]][:TOP_MESSAGES]
    return [row | {"label": _earned(row)} for row in best]


def _earned(row: dict[str, Any]) -> str:
    orders = f"{row['orders']} order{'s' if row['orders'] != 1 else ''}"
    return f"{row['message_name']} ({row['channel']}): {grouped(row['revenue'])}, {orders}"


def channels(rows: Rows) -> Rows:
    """Return revenue by channel, with that of a thousand messages sent."""
    sums: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in rows:
        for column in ("sent", "viewed", "clicked", "visits", "orders", "revenue"):
            sums[row["channel"]][column] += row[column]
    ordered = sorted(sums.items(), key=lambda one: (-one[1]["revenue"], one[0]))
    return [
        {"channel": name, **numbers, "label": f"{name}: {_per_message(numbers)}"}
        for name, numbers in ordered
    ]


def _per_message(numbers: dict[str, float]) -> str:
    if not numbers["sent"]:
        return grouped(numbers["revenue"])
    each = numbers["revenue"] / numbers["sent"]
    return f"{grouped(numbers['revenue'])}, {each:,.1f} for each sent"


def day_words(day: str) -> str:
    """Return a day such as 3 Nov."""
    one = date.fromisoformat(day)
    return f"{one.day} {one:%b}"


def weekday(day: str) -> str:
    """Return the name of a day's weekday."""
    return f"{date.fromisoformat(day):%A}"


def instant_words(text: str | None) -> str:
    """Return an instant in UTC for readers."""
    if not text:
        return "unknown"
    at = datetime.fromisoformat(text)
    return f"{at.day} {at:%b %Y, %H:%M} UTC"
