"""Validates operators and operands of CleverTap's query language."""

from __future__ import annotations

import difflib
import json
import math
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

NUMERIC = ("greater_than", "greater_than_equals", "less_than", "less_than_equals")
VALUELESS = ("exists", "does_not_exist")
OPERATORS = ("equals", "not_equals", "contains", "does_not_contain", *VALUELESS, *NUMERIC)
FREQUENCY_OPERATORS = ("equals", *NUMERIC)
ALIASES = {
    "gt": "greater_than",
    "gte": "greater_than_equals",
    "lt": "less_than",
    "lte": "less_than_equals",
    "eq": "equals",
    "is": "equals",
    "in": "equals",
    "ne": "not_equals",
    "not_contains": "does_not_contain",
    "not_exists": "does_not_exist",
    "did_not": "did_none",
    "did": "did_all",
}
DATE_PROPERTY = re.compile(r"\$D_\d+")
MAX_VALUE_LENGTH = 80


def unknown_keys(given: Iterable[object], known: Collection[str], where: str) -> Iterator[str]:
    """Yield a line for each unknown key."""
    for key in given:
        if key not in known:
            yield f"{where}: unknown key {format_value(key)}; {suggestion(str(key), known)}"


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return the closest of the known words, or all of them."""
    known = list(known)
    snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", word).lower()
    if snake == "between" and "less_than" in known:
        return "expected two filters, greater_than_equals and less_than_equals"
    if ALIASES.get(snake) in known:
        return f"did you mean {ALIASES[snake]}?"
    if close := difflib.get_close_matches(snake, known, n=1):
        return f"did you mean {close[0]}?"
    return f"expected one of {', '.join(known)}"


def format_value(value: object) -> str:
    """Return a value in the form that messages show."""
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= MAX_VALUE_LENGTH else text[: MAX_VALUE_LENGTH - 1] + "…"


def comparison(value: Mapping[str, object], where: str) -> Iterator[str]:
    """Yield the problems of an operator and its value; without an operator it is `equals`."""
    operator = value.get("operator", "equals")
    if operator not in OPERATORS:
        yield f"{where}.operator: unknown operator {format_value(operator)}; " + suggestion(
            str(operator), OPERATORS
        )
    elif operator in VALUELESS:
        return
    elif "value" not in value:
        yield f"{where}: value is missing; expected the operand of {operator}"
    else:
        yield from _operand(str(operator), value["value"], f"{where}.value")


def _operand(operator: str, value: object, where: str) -> Iterator[str]:
    """Check a plain value or a list of them, any of which may match."""
    is_wanted, what = _OPERANDS.get(operator, (_is_plain, "a string or number"))
    values = value if isinstance(value, list) else [value]
    if any(isinstance(one, bool) for one in values):
        yield f'{where}: {format_value(value)} is not valid; expected "True" or "False" as strings'
    elif not values or not all(map(is_wanted, values)):
        given = format_value(value)
        yield f"{where}: {given} is not valid; expected {what}, or a list of them, for {operator}"


def is_number(value: object) -> bool:
    """Return whether a value is a number that JSON can represent; booleans are not."""
    is_numeric = isinstance(value, int | float) and not isinstance(value, bool)
    return is_numeric and math.isfinite(value)  # type: ignore[arg-type] # checked above


def _is_plain(value: object) -> bool:
    return isinstance(value, str) or is_number(value)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_comparable(value: object) -> bool:
    """Return whether a value is a number, or a date in the form of event properties."""
    is_date = isinstance(value, str) and DATE_PROPERTY.fullmatch(value) is not None
    return is_date or is_number(value)


_OPERANDS = {
    "contains": (_is_text, "a string"),
    "does_not_contain": (_is_text, "a string"),
    **dict.fromkeys(NUMERIC, (_is_comparable, "a number")),
}


def check_frequency(value: Mapping[str, object], where: str) -> Iterator[str]:
    """Yield the problems of a frequency; without `value` once is enough."""
    operator, times = value.get("operator", "equals"), value.get("value")
    if operator not in FREQUENCY_OPERATORS:
        yield f"{where}.operator: unknown operator {format_value(operator)}; " + suggestion(
            str(operator), FREQUENCY_OPERATORS
        )
    if "value" not in value and "operator" in value:
        yield f"{where}: value is missing; expected a number of times"
    if "value" in value and not (is_number(times) and isinstance(times, int) and times >= 0):
        yield f"{where}.value: {format_value(times)} is not valid; expected an integer, 0 or more"
