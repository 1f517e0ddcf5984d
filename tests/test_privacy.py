"""Privacy: what a rule hides is nowhere, and what no rule touches is as it came."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_clevertap.errors import SettingError
from tap_clevertap.privacy import Privacy, masked

JSON = dict[str, Any]
SALT = "pepper and salt"
SCHEMA: JSON = {
    "type": "object",
    "properties": {
        "id": {"type": ["string"]},
        "email": {"type": ["string", "null"]},
        "ts": {"type": ["integer", "null"]},
        "at": {"type": ["string", "null"], "format": "date-time"},
        "props": {"type": ["object", "null"]},
    },
}


def veiled(row: JSON, salt: str = SALT, **rules: str) -> JSON:
    """Return a row to which rules were applied; `__` in a name stands for a dot."""
    columns = {name.replace("__", "."): rule for name, rule in rules.items()}
    veil = Privacy.from_config({"columns": columns, "salt": salt}).veil(row)
    assert veil is not None
    [line] = veil([json.dumps(row).encode()])
    changed: JSON = json.loads(line)
    return changed


def refusal(config: object) -> str:
    """Return the line that refuses a setting."""
    with pytest.raises(SettingError) as caught:
        Privacy.from_config(config)
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


def test_a_hash_is_the_same_for_the_same_text_and_salt() -> None:
    """It joins rows with one another, and tells nothing to who has no salt."""
    one, other = veiled({"name": "Zoë"}, name="hash"), veiled({"name": "Zoë"}, name="hash")
    assert one == other
    assert one != veiled({"name": "Zoë"}, salt="another salt", name="hash")
    assert one != veiled({"name": "Zoe"}, name="hash")
    assert len(one["name"]) == 32


def test_a_number_is_hashed_like_its_text() -> None:
    """A phone number that comes as a number joins one that comes as text."""
    numbers = veiled({"a": 919800000001, "b": "919800000001"}, a="hash", b="hash")
    assert numbers["a"] == numbers["b"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("asha@example.com", "****@*******.com"),
        ("919800000001", "*********001"),
        ("Zoë", "***"),
        ("", ""),
        ("a-b c", "*-* c"),
    ],
)
def test_a_mask_leaves_the_form_and_an_end(text: str, expected: str) -> None:
    """Letters and digits become stars, but for four at the end and no more than a fourth."""
    assert masked(text) == expected


def test_what_is_dropped_is_not_there() -> None:
    """Neither a column nor what is inside one."""
    row: JSON = {"note": "x", "props": {"Phone": "1", "More": {"Phone": "2", "n": 3}}, "id": "i"}
    left = veiled(row, note="drop", props__Phone="drop", props__More__Phone="drop")
    assert left == {"props": {"More": {"n": 3}}, "id": "i"}


def test_rules_reach_into_lists_and_dotted_names() -> None:
    """Each object of a list, and a property whose own name has a dot."""
    row: JSON = {"devices": [{"id": "a", "os": 1}, {"id": "b"}], "props": {"eventProps.0": "x"}}
    left = veiled(row, devices__id="drop", props__eventProps__0="drop")
    assert left == {"devices": [{"os": 1}, {}], "props": {}}


def test_each_value_of_a_list_or_object_is_changed_alone() -> None:
    """A list of ids stays a list; nulls say nothing and stay."""
    row: JSON = {"ids": ["abcdefgh", None], "props": {"a": "abcdefgh", "b": [True]}}
    left = veiled(row, ids="mask", props="mask")
    assert left == {"ids": ["******gh", None], "props": {"a": "******gh", "b": ["***e"]}}


NUMBERS = '{"big":12345678901234567890,"sum":0.30000000000000004,"price":59.990,"s":"a\\u00e9"}'


def test_what_no_rule_touches_keeps_its_bytes() -> None:
    """Digits and escapes beside a rule, and beneath one's column, go out as they came."""
    veil = Privacy.from_config({"columns": {"props.x": "drop", "y": "drop"}}).veil(["props", "y"])
    assert veil is not None
    sent = f'{{"n":1.50,"props":{{"x":1,"rest":{NUMBERS}}},"y":2}}'.encode()
    assert veil([sent]) == [f'{{"n":1.50,"props":{{"rest":{NUMBERS}}}}}'.encode()]


VALUES: Any = st.recursive(
    st.text(min_size=12, max_size=16) | st.integers(10**12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
)


@given(VALUES, st.sampled_from(["hash", "mask", "drop"]))
def test_nothing_of_a_hidden_value_is_left(value: object, rule: str) -> None:
    """However it is nested, no text or number of it comes out whole."""
    left = json.dumps(veiled({"secret": value, "open": 1}, secret=rule), ensure_ascii=False)
    for text in _leaves(value):
        assert not any(one.isalnum() for one in text) or json.dumps(text) not in left
    assert '"open": 1' in left


def _leaves(value: object) -> list[str]:
    match value:
        case dict():
            return [text for one in value.values() for text in _leaves(one)]
        case list():
            return [text for one in value for text in _leaves(one)]
    return [str(value)]


def test_a_stream_without_such_columns_is_left_alone() -> None:
    """There is nothing to apply, and so no cost."""
    assert Privacy.from_config({"columns": {"name": "drop"}}).veil(["other"]) is None
    assert Privacy.from_config({}).veil(["other"]) is None


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("email", "privacy: give an object of columns and salt"),
        ({"column": {}}, "privacy: 'column' is none of columns, salt"),
        ({"columns": ["email"]}, "privacy: give an object for columns and a text for salt"),
        (
            {"columns": {"name": "encrypt"}},
            "privacy.columns.name: 'encrypt' is not allowed; give one of hash, mask, drop",
        ),
        (
            {"columns": {"name": "hash"}, "salt": "short"},
            "privacy.salt: hash needs one; give a secret of 8 characters or more",
        ),
        (
            {"columns": {"email": "drop"}},
            "privacy.columns.email: all_identities would show it all the same; give it a rule too",
        ),
        (
            {"columns": {"identity": "drop"}},
            (
                "privacy.columns.identity: all_identities and profile_id would show it all the "
                "same; give them a rule too"
            ),
        ),
        (
            {"columns": {"event_props.Items.sku": "drop"}},
            (
                "privacy.columns.event_props.Items: items would show it all the same; give it a "
                "rule too"
            ),
        ),
    ],
)
def test_a_wrong_setting_is_one_line(config: object, said: str) -> None:
    """The line names what was given and what is allowed, and not the salt."""
    assert refusal(config) == said


def test_a_rule_for_what_holds_it_or_is_inside_will_do() -> None:
    """`items.sku` hides what `event_props.Items.sku` hides; `platform_info` all of a device."""
    Privacy.from_config({"columns": {"event_props.Items.sku": "drop", "items.sku": "drop"}})
    rules = dict.fromkeys(["object_id", "object_ids", "profile_id"], "hash")
    Privacy.from_config({"columns": rules | {"platform_info": "drop"}, "salt": SALT})
    Privacy.from_config({"columns": {"event_props.Phone": "drop"}})


def schema(**rules: str) -> JSON:
    """Return the columns that rules leave of a schema; `id` is a key."""
    privacy = Privacy.from_config({"columns": rules, "salt": SALT})
    left: JSON = privacy.schema(SCHEMA, {"id"})["properties"]
    return left


def test_a_dropped_column_is_not_in_the_schema() -> None:
    """The others stay, in their order."""
    assert list(schema(ts="drop", id="hash")) == ["id", "email", "at", "props"]


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"id": "drop"}, "privacy.columns.id: 'drop' is not allowed, it is a key; give hash"),
        ({"id": "mask"}, "privacy.columns.id: 'mask' is not allowed, it is a key; give hash"),
        ({"ts": "hash"}, "privacy.columns.ts: 'hash' is for texts; give drop"),
        ({"at": "mask"}, "privacy.columns.at: 'mask' is for texts; give drop"),
    ],
)
def test_a_rule_that_a_column_cannot_bear_is_refused(rules: dict[str, str], said: str) -> None:
    """Keys must stay apart, and a column keeps its type."""
    with pytest.raises(SettingError) as caught:
        schema(**rules)
    assert str(caught.value) == said


def test_the_salt_is_not_in_the_print() -> None:
    """Who prints the rules does not print it."""
    assert SALT not in repr(Privacy.from_config({"columns": {"name": "hash"}, "salt": SALT}))
