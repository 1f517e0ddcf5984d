"""Canonical forms of many properties at once: those of a dictionary each, whatever comes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw

from tap_clevertap.records import forms as forms_module
from tap_clevertap.records.forms import PropertyForms, SessionForms, made_together
from tap_clevertap.records.json_values import canonical
from tap_clevertap.records.target_safe import TargetSafe

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMES = st.sampled_from(["Price", "price", "City", "Ünï ✓", "", "a b", "Items", "z", "\x7f", "_x"])
ODD_NAMES = st.sampled_from(['quo"te', "back\\slash", "line\nbreak", "\u2028"])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**66), 2**66)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(NAMES | ODD_NAMES, VALUES, max_size=5)
PAGES = st.lists(st.lists(OBJECTS | VALUES, min_size=1, max_size=4), min_size=1, max_size=12)


@pytest.fixture(autouse=True)
def _structs_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the second batch be read by a struct."""
    monkeypatch.setattr(forms_module, "ROWS_BEFORE_STRUCT", 1)


@pytest.fixture
def structs(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Give the names of each struct that is made."""
    made: list[list[str]] = []
    real = msgspec.defstruct

    def defstruct(name: str, fields: Sequence[Any], **options: Any) -> type[msgspec.Struct]:  # noqa: ANN401 - as in msgspec
        made.append(list(options["rename"].values()))
        return real(name, fields, **options)

    monkeypatch.setattr(msgspec, "defstruct", defstruct)
    return made


def raws(*values: object) -> list[Raw]:
    """Return values as they are sent, their members in the order of the dictionaries."""
    return [Raw(json.dumps(value).encode()) for value in values]


@settings(max_examples=300)
@given(PAGES)
def test_forms_are_those_of_dictionaries(pages: list[list[object]]) -> None:
    """Of what targets can hold, each object with members has the form that its id is made of."""
    forms = PropertyForms()
    for page in pages:
        sent = raws(*page)
        for value, form in zip(sent, forms.of(sent), strict=True):
            if form is not None and form.startswith(b'{"'):
                assert form == canonical(value)
            else:
                assert bytes(value)[:2] in {b"{}", *not_objects(value)} or form is None


def not_objects(value: Raw) -> set[bytes]:
    """Return the beginning of a value that is no object."""
    head = bytes(value)[:2]
    return set() if head[:1] == b"{" else {head}


def test_names_come_in_any_order_and_some_are_missing(structs: list[list[str]]) -> None:
    """One struct reads them all; a name that comes twice has its last value."""
    forms = PropertyForms()
    forms.of(raws({"b": 1, "a": {"y": 1, "x": 2}}))
    assert structs == [["a", "b"]]
    sent = [*raws({"a": None}, {"b": 2.50, "a": [1]}, {}), Raw(b'{"a":1,"b":0,"\\u0061":1e2}')]
    assert forms.of(sent) == [b'{"a":null}', b'{"a":[1],"b":2.5}', b"{}", b'{"a":100.0,"b":0}']
    assert len(structs) == 1


def test_a_new_name_makes_another_struct(structs: list[list[str]]) -> None:
    """It and the names before are read from then on."""
    forms = PropertyForms()
    forms.of(raws({"a": 1}))
    assert forms.of(raws({"c": 1}, {"b": 2})) == [b'{"c":1}', b'{"b":2}']
    assert forms.of(raws({"c": 1, "a": 2})) == [b'{"a":2,"c":1}']
    assert structs == [["a"], ["a", "b", "c"]]


def test_a_value_that_needs_a_change_costs_its_batch_alone(structs: list[list[str]]) -> None:
    """The struct remains, and the others have their forms."""
    forms = PropertyForms()
    forms.of(raws({"a": 1}))
    assert forms.of(raws({"a": 2**70}, {"a": 2})) == [None, b'{"a":2}']
    assert forms.of(raws({"a": 3})) == [b'{"a":3}']
    assert structs == [["a"]]


@pytest.mark.parametrize("is_known", [True, False], ids=["struct", "dictionaries"])
def test_a_value_that_needs_a_change_leaves_the_others_together(
    monkeypatch: pytest.MonkeyPatch, *, is_known: bool
) -> None:
    """Its batch is halved down to it, not read one by one."""
    forms, calls = PropertyForms(), 0
    if is_known:
        forms.of(raws({"a": 1}))
    real = forms_module.split_lines

    def counted(text: bytes) -> list[bytes]:
        nonlocal calls
        calls += 1
        return real(text)

    monkeypatch.setattr(forms_module, "split_lines", counted)
    values = [{"a": n} for n in range(128)]
    values[77] = {"a": 2**70}
    made = forms.of(raws(*values))
    assert made.pop(77) is None
    assert made == [b'{"a":%d}' % n for n in range(128) if n != 77]
    assert calls <= 8


def test_names_without_end_are_left_to_dictionaries(structs: list[list[str]]) -> None:
    """Users' own words as names make a few structs and no more, and hold no memory."""
    forms = PropertyForms()
    for n in range(5 * forms_module.MAX_MISSES):
        assert forms.of(raws({f"name {n}": n})) == [b'{"name %d":%d}' % (n, n)]
    assert len(structs) == forms_module.MAX_MISSES


def test_too_many_names_are_left_to_dictionaries(structs: list[list[str]]) -> None:
    """A struct of hundreds of names would take long to make."""
    many = {f"n{n:04}": 1 for n in range(forms_module.MAX_NAMES + 1)}
    forms = PropertyForms()
    assert forms.of(raws(many)) == forms.of(raws(many)) == [canonical(raws(many)[0])]
    assert structs == []


def test_a_few_new_names_among_many_batches_are_followed(structs: list[list[str]]) -> None:
    """What a struct reads makes up for what it could not."""
    forms = PropertyForms()
    for n in range(3 * forms_module.MAX_MISSES):
        for _ in range(3):
            assert forms.of(raws({f"name {n}": n})) == [b'{"name %d":%d}' % (n, n)]
    assert len(structs) == 3 * forms_module.MAX_MISSES


@pytest.mark.parametrize("name", ['quo"te', "back\\slash", "line\nbreak"])
def test_a_name_that_no_struct_can_have(name: str, structs: list[list[str]]) -> None:
    """Its event is left to dictionaries, and none is tried again."""
    forms = PropertyForms()
    for n in range(3):
        sent = raws({name: n, "a": 1})
        assert forms.of(sent) == [canonical(sent[0])]
    assert len(structs) == 1


def test_few_rows_make_no_struct(structs: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """It would take longer to make than it saves."""
    monkeypatch.setattr(forms_module, "ROWS_BEFORE_STRUCT", 10)
    forms = PropertyForms()
    forms.of(raws(*[{"a": 1}] * 9))
    assert not structs
    forms.of(raws({"a": 1}))
    assert structs == [["a"]]


@given(st.lists(OBJECTS | VALUES, min_size=1, max_size=12))
def test_sessions_together_are_those_of_one_by_one(sessions: list[object]) -> None:
    """Whatever is among them, each has the form and the object that it has alone."""
    sent = [bytes(one) for one in raws(*sessions)]
    forms = SessionForms(TargetSafe())
    assert forms.of(sent) == [SessionForms(TargetSafe()).of([one])[0] for one in sent]
    for one, (form, _) in zip(sent, forms.of(sent), strict=True):
        assert form == canonical(Raw(one))


def test_a_session_as_targets_can_hold_it() -> None:
    """Its form is of what was sent, and its object of what targets take."""
    safe = TargetSafe()
    sent = [b'{"a":1}', b'{"n":%d}' % 2**70, b'{"t":"\\u0000"}', b"[1]", b"null", b"{}"]
    forms = SessionForms(safe).of(sent)
    assert [form for form, _ in forms] == [canonical(Raw(one)) for one in sent]
    texts = [b'{"n":"%d"}' % 2**70, b'{"t":"\\ufffd"}', b'{"value":[1]}', b"{}", b"{}"]
    assert [row for _, row in forms] == [sent[0], *texts]
    assert sum(safe.changed.values()) == 2


@given(st.lists(st.integers(0, 40), max_size=40))
def test_values_are_made_together(values: list[int]) -> None:
    """In their order, each alone that cannot be made with others, and hardly any other."""
    calls: list[Sequence[int]] = []

    def together(some: Sequence[int]) -> list[str]:
        calls.append(some)
        if 13 in some:
            raise ValueError
        return [f"one of {len(some)}: {value}" for value in some]

    made = made_together(values, together, "alone: {}".format)
    assert [int(one.rpartition(" ")[2]) for one in made] == values
    assert all(one == "alone: 13" for one in made if one.endswith(": 13"))
    if 13 not in values and len(values) > 1:
        assert len(calls) == 1
        assert not [one for one in made if one.startswith("alone")]
    assert len(calls) <= 2 * values.count(13) * max(1, len(values).bit_length()) + 1


def test_what_is_nested_too_deep_for_many_is_made_alone() -> None:
    """A parser that reaches its limit leaves the values to be made one by one."""

    def together(_: Sequence[int]) -> list[int]:
        raise RecursionError

    assert made_together([1, 2, 3], together, lambda value: -value) == [-1, -2, -3]
