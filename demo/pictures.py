"""Tables and bars for a terminal."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

EIGHTHS = "▏▎▍▌▋▊▉█"
BAR = 48


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return rows under their column names, numbers to the right."""
    shown = [[_cell(value) for value in row] for row in rows]
    widths = [max(map(_width, column)) for column in zip(columns, *shown, strict=True)]
    rule = ["─" * width for width in widths]
    return "\n".join(_line(row, widths) for row in [list(columns), rule, *shown])


def bars(values: Iterable[tuple[str, int]]) -> str:
    """Return a bar for each labelled number, the longest of a fixed width."""
    pairs = list(values)
    most = max((number for _, number in pairs), default=0) or 1
    return "\n".join(f"{label}  {_bar(number / most)} {number:,}" for label, number in pairs)


def _bar(share: float) -> str:
    whole, eighth = divmod(round(share * BAR * len(EIGHTHS)), len(EIGHTHS))
    return EIGHTHS[-1] * whole + (EIGHTHS[eighth - 1] if eighth else "")


def _cell(value: object) -> str:
    if isinstance(value, int | float):
        return f"{value:,}"
    return "" if value is None else str(value)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    """Pad each cell; one that begins with a digit and is no date stands right."""
    padded = []
    for cell, width in zip(cells, widths, strict=True):
        space = " " * (width - _width(cell))
        is_number = cell.replace(",", "").replace(".", "").isdecimal()
        padded.append(space + cell if is_number else cell + space)
    return "  ".join(padded).rstrip()


def _width(text: str) -> int:
    """Return the columns that a terminal gives to a text: marks stand on their letter."""
    return sum(unicodedata.category(letter) not in {"Mn", "Me"} for letter in text)
