"""Privacy: what a rule hides is nowhere, and what no rule touches is as it came."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_clevertap.config.privacy import PrivacyRules
from tap_clevertap.errors import SettingError
from tap_clevertap.records.masking import masked, masker

JSON = dict[str, Any]
SALT = "pepper and salt"
NO_LIST = "not a list of strings; expected a list of columns such as email, event_props.Phone"
SCHEMA: JSON = {
    "type": "object",
    "properties": {
        "id": {"type": ["string"]},
        "email": {"type": ["string", "null"]},
        "ts": {"type": ["integer", "null"]},
        "at": {"type": ["string", "null"], "format": "date-time"},
        "props": {"type": ["object", "null"]},
        "note": {"type": ["string", "null"]},
    },
}


def setting(rules: dict[str, str], salt: str = SALT) -> JSON:
    """Return the setting that has a rule for each name."""
    kinds = {rule: [name for name in rules if rules[name] == rule] for rule in rules.values()}
    return {"salt": salt} | kinds


def veiled(row: JSON, salt: str = SALT, **rules: str) -> JSON:
    """Return a row to which rules were applied; `__` in a name stands for a dot."""
    named = {name.replace("__", "."): rule for name, rule in rules.items()}
    apply = masker(PrivacyRules.from_config(setting(named, salt)), row)
    assert apply is not None
    [line] = apply([json.dumps(row).encode()])
    changed: JSON = json.loads(line)
    return changed


def refusal(config: object) -> str:
    """Return the line that refuses a setting."""
    with pytest.raises(SettingError) as caught:
        PrivacyRules.from_config(config)
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
        ("आशा देवी", "*** **वी"),
        ("🦄🦄🦄", "***"),
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
    apply = masker(PrivacyRules.from_config({"drop": ["props.x", "y"]}), ["props", "y"])
    assert apply is not None
    sent = f'{{"n":1.50,"props":{{"x":1,"rest":{NUMBERS}}},"y":2}}'.encode()
    assert apply([sent]) == [f'{{"n":1.50,"props":{{"rest":{NUMBERS}}}}}'.encode()]


VALUES: Any = st.recursive(
    st.text(min_size=12, max_size=16) | st.integers(10**12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
)


@given(VALUES, st.sampled_from(["hash", "mask", "drop"]))
def test_nothing_of_a_hidden_value_is_left(value: object, rule: str) -> None:
    """However it is nested, no text or number of it comes out whole."""
    left = json.dumps(veiled({"secret": value, "open": 1}, secret=rule), ensure_ascii=False)
    for text in _leaves(value):
        is_form_alone = (
            rule == "mask" and masked(text) == text
        )  # punctuation up to the end that stays
        assert is_form_alone or json.dumps(text, ensure_ascii=False) not in left
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
    assert masker(PrivacyRules.from_config({"drop": ["name"]}), ["other"]) is None
    assert masker(PrivacyRules.from_config({}), ["other"]) is None


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("email", "privacy: not an object; expected an object with hash, mask, drop, salt"),
        ({SALT: 1}, "privacy: has an unknown key; expected only hash, mask, drop, salt"),
        (
            {"drop": "email"},
            f"privacy.drop: {NO_LIST}",
        ),
        (
            {"mask": [{"email": 1}]},
            f"privacy.mask: {NO_LIST}",
        ),
        (
            {"mask": ["name"], "drop": ["name"]},
            "privacy.drop: 'name' is in mask too; expected one rule",
        ),
        (
            {"hash": ["name"], "salt": "short"},
            "privacy.salt: missing or not valid; expected a secret string of 8 characters or more",
        ),
        (
            {"hash": ["name"], "salt": " " * 9},
            "privacy.salt: missing or not valid; expected a secret string of 8 characters or more",
        ),
        (
            {"salt": 12345678},
            "privacy.salt: missing or not valid; expected a secret string of 8 characters or more",
        ),
        (
            {"drop": ["email."]},
            "privacy: 'email.' is not a valid column; expected no empty part around a dot",
        ),
        (
            {"drop": ["items.sku"]},
            (
                "privacy: 'items.sku' cannot be found reliably; "
                "expected items and event_props.Items as a whole"
            ),
        ),
    ],
)
def test_a_wrong_setting_is_one_line(config: object, said: str) -> None:
    """The line names what was given and what is allowed, and not the salt."""
    assert refusal(config) == said


@pytest.mark.parametrize(
    ("names", "other"),
    [
        (["email"], "all_identities"),
        (["phone"], "all_identities"),
        (["identity"], "profile_id"),
        (["identity", "profile_id"], "all_identities"),
        (["profile_id"], "identity"),
        (["object_id"], "object_ids"),
        (["object_ids", "object_id", "profile_id", "identity", "all_identities"], "platform_info."),
        (["platform_info.push_token"], "profile.push_token"),
        (["platform_info"], "object_ids"),
        (["profile"], "platform_info.push_token"),
        (["profile.profileData.Birthday"], "profile_data.Birthday"),
        (["profile_data"], "profile.profileData"),
        (["profile_data.Birthday"], "profile.profileData.Birthday"),
        (["events"], "profile.events"),
        (["items"], "event_props.Items"),
        (["event_props.Items"], "items"),
        (["event_props.Phone"], "event_id"),
        (["session_props"], "event_id"),
        (["email", "all_identities.x"], "all_identities"),
    ],
)
def test_what_stands_elsewhere_is_to_be_hidden_there_too(names: list[str], other: str) -> None:
    """A rule that leaves the same to be seen in a second place is refused, and the place named."""
    said = refusal({"hash": names, "salt": SALT})
    assert said.startswith(f"privacy: {other}")
    assert said.endswith("expected a rule for it too")


def test_a_rule_for_what_holds_it_will_do() -> None:
    """To hide `platform_info` hides the devices and their tokens in it."""
    hashed = ["object_id", "object_ids", "profile_id", "identity", "event_id"]
    dropped = ["platform_info", "profile.push_token", "all_identities"]
    rules = PrivacyRules.from_config({"hash": hashed, "drop": dropped, "salt": SALT})
    assert rules.columns == {*hashed, "platform_info", "profile", "all_identities"}
    inside = {"hash": ["event_id"], "drop": ["event_props.Phone"], "salt": SALT}
    assert PrivacyRules.from_config(inside).columns == {"event_id", "event_props"}


def test_what_is_no_object_or_nested_too_deep_is_hidden() -> None:
    """Where a rule looks for something inside, nobody knows what another shape holds."""
    apply = masker(PrivacyRules.from_config({"mask": ["a"], "drop": ["b.c.d"]}), ["a", "b"])
    assert apply is not None
    row = b'{"a":%b,"b":{"c":"secret","e":1}}' % (b"[" * 600 + b"1" + b"]" * 600)
    [line] = apply([row])  # how deep is too deep depends on Python
    assert b"[1]" not in line
    assert line.endswith(b',"b":{"c":null,"e":1}}')


def schema(**rules: str) -> JSON:
    """Return the columns that rules leave of a schema; `id` is a key."""
    privacy = PrivacyRules.from_config(setting({k.replace("__", "."): v for k, v in rules.items()}))
    left: JSON = privacy.schema(SCHEMA, SCHEMA["properties"], {"id", "at"})["properties"]
    return left


def test_a_dropped_column_is_not_in_the_schema() -> None:
    """The others stay, in their order."""
    assert list(schema(ts="drop", id="hash")) == ["id", "email", "at", "props", "note"]


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"id": "drop"}, "privacy: 'id' is a key; expected hash"),
        ({"id": "mask"}, "privacy: 'id' is a key; expected hash"),
        ({"at": "hash"}, "privacy: 'at' is a key; it cannot have a rule"),
        ({"note__x": "drop"}, "privacy: 'note' has no fields; expected the column's name alone"),
        ({"ts": "hash"}, "privacy.hash: 'ts' is not a string column; expected drop"),
    ],
)
def test_a_rule_that_a_column_cannot_bear_is_refused(rules: dict[str, str], said: str) -> None:
    """Keys must stay apart, and a column keeps its type."""
    with pytest.raises(SettingError) as caught:
        schema(**rules)
    assert str(caught.value) == said


def test_the_salt_is_not_in_the_print() -> None:
    """Who prints the rules does not print it."""
    assert SALT not in repr(PrivacyRules.from_config({"hash": ["name"], "salt": SALT}))
