"""The parts of the dashboard's page, as HTML."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reports import figures

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reports.figures import Rows


@dataclass
class Page:
    """Collects the parts of a page."""

    specs: dict[str, Any] = field(default_factory=dict)
    parts: list[str] = field(default_factory=list)

    def question(self, text: str, answer: str) -> None:
        """Begin a section with its question, and the answer in a sentence."""
        self.parts.append(f"<h2>{_escaped(text)}</h2><p class='answer'>{_escaped(answer)}</p>")

    def chart(self, name: str, title: str, chart: Any, table: Table) -> None:  # noqa: ANN401 - Altair's
        """Add a chart under its title, and its numbers to unfold."""
        self.specs[name] = chart.to_dict()
        self.parts.append(
            f"<figure id='figure-{name}'><figcaption>{_escaped(title)}</figcaption>"
            f"<div class='chart' id='{name}'></div>{table.html()}</figure>"
        )

    def cards(self, headlines: Sequence[figures.Headline], weekday: str) -> None:
        """Add the headline numbers."""
        self.parts.append(
            f"<div class='cards'>{''.join(_card(one, weekday) for one in headlines)}</div>"
        )

    def note(self, text: str) -> None:
        """Add a line of small print."""
        self.parts.append(f"<p class='note'>{_escaped(text)}</p>")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows to unfold under a chart: a column's title by its name in the rows."""

    rows: Rows
    columns: Mapping[str, str]

    def html(self) -> str:
        """Return the table."""
        heads = "".join(f"<th>{_escaped(title)}</th>" for title in self.columns.values())
        body = "".join(f"<tr>{''.join(self._cells(row))}</tr>" for row in self.rows)
        return (
            "<details><summary>Numbers</summary><div class='scroll'>"
            f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div></details>"
        )

    def _cells(self, row: Mapping[str, Any]) -> Iterator[str]:
        for name in self.columns:
            value = row.get(name)
            is_number = isinstance(value, int | float)
            text = _number(value) if is_number else _escaped(str(value or ""))
            yield f"<td{' class=n' if is_number else ''}>{text}</td>"


def _number(value: Any) -> str:  # noqa: ANN401 - a number
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"


def _escaped(text: str) -> str:
    return html.escape(text)


def _card(one: figures.Headline, weekday: str) -> str:
    direction = "none" if one.change is None else ("up" if one.change >= 0 else "down")
    sign = "" if one.change is None else f"{one.change:+d} %"
    return (
        f"<div class='card' data-title='{_escaped(one.title)}'><span>{_escaped(one.title)}</span>"
        f"<strong>{figures.grouped(one.value)}</strong><em class='{direction}'>{sign}</em>"
        f"<small>{_escaped(one.words(weekday))}</small></div>"
    )
