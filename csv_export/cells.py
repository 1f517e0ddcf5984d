"""What a spreadsheet makes of a value: formulas, long numbers, times."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from datetime import tzinfo

Cell: TypeAlias = "str | int | float | bool | date | datetime | None"

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""What makes a text a formula in Excel, LibreOffice or Google Sheets."""
MAX_DIGITS = 15
"""Digits of a number that a spreadsheet keeps."""
MAX_TEXT = 32_767
"""Characters that a cell of an .xlsx holds."""


def cell(value: object, form: str | None, zone: tzinfo) -> Cell:
    """Return a value as a cell holds it; instants are in `zone`, without saying so.

    `form` is the format of the column's schema. A number that a spreadsheet would round is text.
    """
    if isinstance(value, str) and form == "date-time":
        return datetime.fromisoformat(value).astimezone(zone).replace(tzinfo=None)
    if isinstance(value, str) and form == "date":
        return date.fromisoformat(value)
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return _number(value)
    return value if isinstance(value, bool) or value is None else str(value)


def as_csv(value: Cell) -> str:
    """Return a cell as CSV has it: a text that would become a formula begins with an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime):
        return value.isoformat(" ", "milliseconds" if value.microsecond else "seconds")
    text = str(value)
    is_formula = isinstance(value, str) and text.startswith(FORMULA_STARTS)
    return f"'{text}" if is_formula else text


def _number(value: int | Decimal) -> Cell:
    digits = Decimal(value).as_tuple().digits
    if len(digits) > MAX_DIGITS:
        return str(value)
    return value if isinstance(value, int) else float(value)
