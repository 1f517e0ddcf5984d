"""The charts of the dashboard, as Vega-Lite: what is drawn, on which axes and in which units.

Each takes rows of numbers and returns an Altair chart. Colours that depend on light and dark are
the page's.
"""

from __future__ import annotations

from typing import Any

import altair as alt

Rows = list[dict[str, Any]]

HEIGHT = 240
STEP = 30
ROW, BAR = 44, 14
"""Pixels of a labelled bar with its label, and of the bar."""
VERDICTS = {
    "equal": "#2a9d6f",
    "late": "#8fbf6a",
    "not checked": "#9aa5b1",
    "undecided": "#e0a526",
    "missing": "#d1495b",
    "surplus": "#b0508f",
}
"""Colours of the verdicts of reconciliation; others of the tap's verdicts get a grey."""
PLATFORMS = ("Android", "iOS", "Web")


def _chart(rows: Rows) -> alt.Chart:
    return alt.Chart(alt.Data(values=rows)).properties(width="container", height=HEIGHT)


def _day(title: str = "Day") -> alt.X:
    return alt.X("event_date:T", title=title).axis(format="%-d %b", labelOverlap=True, tickCount=8)


def days(rows: Rows, column: str, title: str) -> alt.Chart:
    """Return bars of a measure by day; the last day stands out."""
    last = max((row["event_date"] for row in rows), default="")
    marked = [row | {"is_last": row["event_date"] == last} for row in rows]
    return (
        _chart(marked)
        .mark_bar(width={"band": 0.8})
        .encode(
            x=alt.X("event_date:T", timeUnit="yearmonthdate", title="Day").axis(
                format="%-d %b", labelOverlap=True, tickCount=8
            ),
            y=alt.Y(f"{column}:Q", title=title),
            color=alt.Color("is_last:N", legend=None).scale(
                domain=[False, True], range=["#5b8def", "#e4572e"]
            ),
            tooltip=[_day_tip(), alt.Tooltip(f"{column}:Q", title=title, format=",.0f")],
        )
    )


def _day_tip() -> alt.Tooltip:
    return alt.Tooltip("event_date:T", title="Day", format="%a %-d %b %Y")


def users(rows: Rows) -> alt.LayerChart:
    """Return lines of active and new users by day."""
    names = {"active_people": "Active on the day", "new_people": "First seen on the day"}
    long = [
        {"event_date": row["event_date"], "what": name, "people": row[column]}
        for row in rows
        for column, name in names.items()
    ]
    lines = (
        _chart(long)
        .mark_line(point=True)
        .encode(
            x=_day(),
            y=alt.Y("people:Q", title="Users"),
            color=alt.Color("what:N", title=None).legend(orient="top"),
            tooltip=[_day_tip(), alt.Tooltip("what:N", title="Users"), "people:Q"],
        )
    )
    return alt.layer(lines).properties(width="container", height=HEIGHT)


def sources(rows: Rows) -> alt.LayerChart:
    """Return bars of buyers by source, each with the share of its users who bought."""
    return _labelled(rows, "buyers", "Buyers (users)")


def _labelled(rows: Rows, value: str, title: str) -> alt.LayerChart:
    """Return a bar for each row, its `label` above it, so that no width cuts it off."""
    placed = [row | {"place": place} for place, row in enumerate(rows)]
    base = _chart(placed).encode(y=alt.Y("place:O", axis=None))
    bars = base.mark_bar(size=BAR, yOffset=BAR * 2 // 3).encode(
        x=alt.X(f"{value}:Q", title=title).axis(tickCount=4),
        tooltip=[
            alt.Tooltip("label:N", title="What"),
            alt.Tooltip(f"{value}:Q", title=title, format=",.0f"),
        ],
    )
    text = base.mark_text(align="left", baseline="middle", dy=-BAR * 2 // 3, fontSize=13).encode(
        x=alt.value(2), text="label:N"
    )
    return alt.layer(bars, text).properties(width="container", height=ROW * max(len(rows), 1))


def funnel(rows: Rows) -> alt.LayerChart:
    """Return a bar for each step, with the users left and what was lost since the step before."""
    return _labelled(rows, "people", "Users, counted once a day")


def funnel_by_platform(rows: Rows) -> alt.Chart:
    """Return the share of users that reach each step, by platform."""
    steps = list(dict.fromkeys(row["step"] for row in rows))
    return (
        _chart(rows)
        .mark_line(point=alt.OverlayMarkDef(size=60))
        .encode(
            x=alt.X("step:N", sort=steps, title="Step").axis(labelAngle=-25, labelLimit=110),
            y=alt.Y("share:Q", title="Users of the first step (%)").scale(domainMin=0),
            color=alt.Color("platform:N", title=None).legend(orient="top"),
            tooltip=["step:N", "platform:N", alt.Tooltip("share:Q", format=".1f", title="%")],
        )
    )


def retention(rows: Rows) -> alt.LayerChart:
    """Return a heat map of the users of each week who came back, by weeks since."""
    base = _chart(rows).encode(
        x=alt.X("weeks_later:O", title="Weeks after the first one").axis(labelAngle=0),
        y=alt.Y("cohort:O", sort=None, title="First week, users in it").axis(labelLimit=150),
    )
    heat = base.mark_rect().encode(
        color=alt.Color("percent:Q", title="Back (%)")
        .scale(scheme="blues", domain=[0, 100])
        .legend(orient="top"),
        tooltip=["cohort:N", "weeks_later:O", "people:Q", alt.Tooltip("percent:Q", format=".0f")],
    )
    dark = alt.datum["percent"] > 50  # noqa: PLR2004 - where the blue turns dark
    text = base.mark_text().encode(
        text=alt.Text("percent:Q", format=".0f"),
        color=alt.condition(dark, alt.value("white"), alt.value("#1c2733")),
    )
    return alt.layer(heat, text).properties(
        width="container", height=STEP * len({r["cohort"] for r in rows})
    )


def messages(rows: Rows, unit: str) -> alt.LayerChart:
    """Return bars of the revenue that came after each message."""
    return _labelled(rows, "revenue", f"Revenue attributed ({unit})")


def channels(rows: Rows, unit: str) -> alt.LayerChart:
    """Return bars of the revenue by channel."""
    return _labelled(rows, "revenue", f"Revenue attributed ({unit})")


def events(rows: Rows) -> alt.Chart:
    """Return bars of events by day, with a list to choose an event from."""
    names = sorted({row["event_name"] for row in rows})
    choice = alt.param(
        name="chosen",
        value="All events",
        bind=alt.binding_select(options=["All events", *names], name="Event "),
    )
    return (
        _chart(rows)
        .add_params(choice)
        .transform_filter("chosen == 'All events' || datum.event_name == chosen")
        .mark_bar(width={"band": 0.8})
        .encode(
            x=alt.X("event_date:T", timeUnit="yearmonthdate", title="Day").axis(
                format="%-d %b", labelOverlap=True, tickCount=8
            ),
            y=alt.Y("sum(events):Q", title="Events"),
            tooltip=[_day_tip(), alt.Tooltip("sum(events):Q", title="Events", format=",")],
        )
    )


def completeness(rows: Rows) -> alt.Chart:
    """Return the verdicts of each day's events, stacked."""
    others = sorted({row["verdict"] for row in rows} - set(VERDICTS))
    shades = {
        name: shade for name, shade in VERDICTS.items() if name in {r["verdict"] for r in rows}
    }
    shades |= dict.fromkeys(others, "#9aa5b1")
    return (
        _chart(rows)
        .mark_bar(width={"band": 0.8})
        .encode(
            x=alt.X("event_date:T", timeUnit="yearmonthdate", title="Day").axis(
                format="%-d %b", labelOverlap=True, tickCount=8
            ),
            y=alt.Y("events:Q", title="Event types of the day"),
            color=alt.Color("verdict:N", title=None)
            .scale(domain=list(shades), range=list(shades.values()))
            .legend(orient="top"),
            tooltip=[_day_tip(), "verdict:N", "events:Q"],
        )
    )
