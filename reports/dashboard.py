"""The dashboard: one HTML file that answers five questions and needs nothing but a browser."""

from __future__ import annotations

import json
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

import vl_convert

from reports import charts, figures
from reports.page import Page, Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.dbt import Tables
    from reports.figures import Rows

MODELS = tuple(
    f"dashboard_{name}"
    for name in (
        "headline",
        "days",
        "sources",
        "funnel",
        "retention",
        "messages",
        "events",
        "completeness",
        "freshness",
    )
)
TEMPLATE = Path(__file__).with_name("dashboard.html")
WHOLE, LAST = "Last 28 days", "Last day"


def page(tables: Tables) -> str:
    """Return the page of the rows of `MODELS`."""
    data = {name.removeprefix("dashboard_"): figures.typed(rows) for name, rows in tables.items()}
    built = Page()
    [facts] = data["freshness"]
    currency = facts["currency"] or "account's currency"
    _yesterday(built, data, facts, currency)
    _buyers(built, data["sources"], currency)
    _drop_off(built, data)
    _messages(built, data["messages"], currency)
    _data(built, data, facts)
    return _filled(built, facts)


def _yesterday(
    page: Page, data: Mapping[str, Rows], facts: Mapping[str, Any], currency: str
) -> None:
    weekday = figures.weekday(facts["last_day"])
    headlines = figures.headlines(data["headline"])
    first = headlines[0]
    page.question("How was yesterday?", f"Revenue ({currency}) was {first.words(weekday)}.")
    page.cards(headlines, weekday)
    days = sorted(data["days"], key=lambda row: str(row["event_date"]))
    unit = f"Revenue ({currency})"
    page.chart(
        "revenue",
        "Revenue by day",
        charts.days(days, "revenue", unit),
        Table(days, {"event_date": "Day", "revenue": unit}),
    )
    page.chart(
        "orders",
        "Orders by day",
        charts.days(days, "orders", "Orders"),
        Table(days, {"event_date": "Day", "orders": "Orders", "buyers": "Buyers"}),
    )
    columns = {
        "event_date": "Day",
        "active_people": "Active",
        "new_people": "First seen",
        "active_people_28_days": "Active in 28 days",
    }
    page.chart("users", "Users by day", charts.users(days), Table(days, columns))


def _buyers(page: Page, rows: Rows, currency: str) -> None:
    sources = figures.sources(rows)
    best = sources[0]["source"] if sources else "no source"
    page.question(
        "Where do buyers come from?", f"The largest source of buyers in the last 28 days: {best}."
    )
    columns = {
        "source": "Source",
        "sessions": "Sessions",
        "people": "Users",
        "buyers": "Buyers",
        "orders": "Orders",
        "revenue": f"Revenue ({currency})",
    }
    page.chart(
        "sources",
        "Buyers by the source of their session, last 28 days",
        charts.sources(sources),
        Table(sources, columns),
    )


def _drop_off(page: Page, data: Mapping[str, Rows]) -> None:
    whole, last = (figures.funnel(data["funnel"], period) for period in (WHOLE, LAST))
    worst = max(whole[1:], key=lambda step: step["lost"], default=None)
    answer = "No user has entered the funnel."
    if worst:
        lost = f"{worst['lost']:.0f} % of those at the step before"
        answer = f"Most are lost before {worst['step']}: {lost}."
    page.question("Where do they drop off?", answer)
    columns = {
        "step": "Step",
        "people": "Users",
        "share": "Of the first step (%)",
        "lost": "Lost since the step before (%)",
    }
    page.chart(
        "funnel",
        "From viewing to buying, last 28 days",
        charts.funnel(whole),
        Table(whole, columns),
    )
    page.chart("funnel-last", "The same on the last day", charts.funnel(last), Table(last, columns))
    by_platform = figures.funnel_by_platform(data["funnel"], WHOLE)
    page.chart(
        "platforms",
        "Users that reach each step, by platform, last 28 days",
        charts.funnel_by_platform(by_platform),
        Table(by_platform, {"platform": "Platform"} | columns),
    )
    cohorts = figures.retention(data["retention"])
    page.chart(
        "retention",
        "Users who come back, by the week of their first visit",
        charts.retention(cohorts),
        Table(
            cohorts,
            {
                "cohort_week": "First week",
                "cohort_people": "Users in it",
                "weeks_later": "Weeks later",
                "people": "Back",
                "percent": "Back (%)",
            },
        ),
    )
    page.note(
        "The earliest week holds everybody who was active in it, "
        "also those who came before the data begins."
    )


def _messages(page: Page, rows: Rows, currency: str) -> None:
    best, channels = figures.messages(rows), figures.channels(rows)
    answer = f"{best[0]['message_name']} earned most." if best else "No order followed a message."
    page.question("Which message earned?", answer)
    numbers = {
        "sent": "Sent",
        "viewed": "Viewed",
        "clicked": "Clicked",
        "visits": "Visits",
        "orders": "Orders",
        "revenue": f"Revenue ({currency})",
    }
    page.chart(
        "messages",
        "Revenue after a message, the best messages",
        charts.messages(best, currency),
        Table(best, {"message_name": "Message", "channel": "Channel", **numbers}),
    )
    page.chart(
        "channels",
        "Revenue after a message, by channel",
        charts.channels(channels, currency),
        Table(channels, {"channel": "Channel", **numbers}),
    )


def _data(page: Page, data: Mapping[str, Rows], facts: Mapping[str, Any]) -> None:
    wrong = [row for row in data["completeness"] if row["verdict"] not in {"equal", "late"}]
    state = (
        f"{len({row['event_date'] for row in wrong})} days are not whole"
        if wrong
        else "every day is whole"
    )
    loaded = figures.instant_words(facts["loaded_at"] or facts["checked_at"])
    page.question(
        "Is the data whole, and how old is it?",
        f"Up to {facts['last_day']} {state}. Loaded {loaded}.",
    )
    events = sorted(data["events"], key=lambda row: (row["event_date"], row["event_name"]))
    page.chart(
        "events",
        "Events by day",
        charts.events(events),
        Table(events, {"event_date": "Day", "event_name": "Event", "events": "Events"}),
    )
    days = sorted(data["completeness"], key=lambda row: (row["event_date"], row["verdict"]))
    page.chart(
        "completeness",
        "Event types by the verdict of reconciliation with CleverTap's counts",
        charts.completeness(days),
        Table(
            days,
            {
                "event_date": "Day",
                "verdict": "Verdict",
                "events": "Event types",
                "difference": "Rows more or less",
            },
        ),
    )


def _filled(page: Page, facts: Mapping[str, Any]) -> str:
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        title=f"{figures.weekday(facts['last_day'])}, {figures.day_words(facts['last_day'])}",
        facts=(
            f"{facts['events']:,} events of {facts['people']:,} users, up to {facts['last_day']}; "
            f"loaded {figures.instant_words(facts['loaded_at'] or facts['checked_at'])}"
        ),
        parts="\n".join(page.parts),
        specs=json.dumps(page.specs, ensure_ascii=False).replace("</", "<\\/"),
        vega=vl_convert.javascript_bundle().replace("</script", "<\\/script"),
    )
