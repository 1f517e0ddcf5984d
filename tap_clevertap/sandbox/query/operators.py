"""The comparisons of CleverTap's query language, on plain values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

Comparison = Callable[[object, Sequence[object]], bool]


def holds(triple: Mapping[str, object], found: Sequence[object]) -> bool:
    """Tell whether any found value stands in the asked relation to any wanted one.

    An omitted operator is `equals`. An operator that nobody knows, or a missing
    value, lets everything through, as at CleverTap: a typo widens the filter.
    Where nothing was found only `does_not_exist` holds.
    """
    operator = triple.get("operator", "equals")
    if operator == "exists":
        return bool(found)
    if operator == "does_not_exist":
        return not found
    comparison = _COMPARISONS.get(operator) if isinstance(operator, str) else None
    if comparison is None or "value" not in triple:
        return True
    wanted = list(leaves(triple["value"]))
    return any(comparison(value, wanted) for value in found)


def leaves(value: object) -> Iterator[object]:
    """Yield the plain values inside lists and objects; nothing for a null."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from leaves(part)
    elif value is not None:
        yield value


def is_number(value: object) -> bool:
    """Tell whether a JSON value is a number; `true` is none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _plain(value: object) -> object:
    # Filters write booleans as "True" and "False"; devices send true, "true" or "True".
    text = str(value).lower()
    return text if text in {"true", "false"} else value


def _equals(value: object, wanted: Sequence[object]) -> bool:
    return any(_plain(value) == _plain(one) for one in wanted)


def _contains(value: object, wanted: Sequence[object]) -> bool:
    return isinstance(value, str) and any(isinstance(one, str) and one in value for one in wanted)


def _not(comparison: Comparison) -> Comparison:
    return lambda value, wanted: not comparison(value, wanted)


def _by_size(relation: Callable[[float, float], bool]) -> Comparison:
    def comparison(value: object, wanted: Sequence[object]) -> bool:
        return any(
            relation(value, one)
            for one in wanted
            if isinstance(value, int | float) and isinstance(one, int | float)
            if is_number(value) and is_number(one)
        )

    return comparison


_COMPARISONS: dict[str, Comparison] = {
    "equals": _equals,
    "not_equals": _not(_equals),
    "contains": _contains,
    "does_not_contain": _not(_contains),
    "greater_than": _by_size(lambda value, one: value > one),
    "greater_than_equals": _by_size(lambda value, one: value >= one),
    "less_than": _by_size(lambda value, one: value < one),
    "less_than_equals": _by_size(lambda value, one: value <= one),
}
