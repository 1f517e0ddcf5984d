"""Validation: one line for each wrong setting, which says what is allowed and keeps secrets."""

from __future__ import annotations

from typing import Any

import pytest
from singer_sdk.plugin_base import JSONSchemaValidator

from tap_clevertap.config.settings import SCHEMA
from tap_clevertap.config.validation import (
    explain,
    from_environment,
    sandbox_hint,
    without_unset,
)
from tap_clevertap.errors import SettingError

Config = dict[str, Any]

REGION = (
    "the region in your dashboard's address: eu1 (or global), in1, sg1, us1, aps3, mec1 or another "
    "such name"
)
HOST = "scheme and host such as https://in1.api.clevertap.com"
TEXTS = 'a list of strings such as ["App Launched", "Charged"]'
DAY = "a date as YYYY-MM-DD"
SIZE = "an integer from 1 to 5000"
LANES = "an integer from 1 to 3"
LOOKBACK = "an integer from 0 to 365"


def lines(config: Config) -> list[str]:
    """Return what is said about a config."""
    return explain(JSONSchemaValidator(SCHEMA).iter_errors(config), SCHEMA)


def test_good_config_has_no_lines(config: Config) -> None:
    """Nothing is said about a config that is right."""
    assert lines(config) == []


@pytest.mark.parametrize(
    ("name", "value", "given", "allowed"),
    [
        ("account_id", 7, "7", "a string without spaces"),
        ("account_id", "", '""', "a string without spaces"),
        ("region", "EU 1", '"EU 1"', REGION),
        ("api_url", "localhost:8321", '"localhost:8321"', HOST),
        ("api_url", "https://x.example/1/", '"https://x.example/1/"', HOST),
        ("start_date", "1 July", '"1 July"', DAY),
        ("end_date", 20260701, "20260701", DAY),
        ("events", "Charged", '"Charged"', TEXTS),
        ("events", ["Charged", 7], "7", TEXTS),
        ("include_today", "yes", '"yes"', "true or false"),
        ("batch_size", 5001, "5001", SIZE),
        ("batch_size", 0, "0", SIZE),
        ("max_concurrency", 4, "4", LANES),
        ("lookback_days", 1.5, "1.5", LOOKBACK),
        ("lookback_days", -1, "-1", LOOKBACK),
    ],
)
def test_wrong_setting_is_one_line(
    config: Config, name: str, value: object, given: str, allowed: str
) -> None:
    """The line names the setting, what was given and what is allowed."""
    said = lines(config | {name: value})
    assert said == [f"{name}: {given} is not valid; expected {allowed}"]


def test_choice_lists_what_there_is(config: Config) -> None:
    """Where a setting is one of a few words, the line has them all."""
    allowed = [word for word in SCHEMA["properties"]["duplicates"]["enum"] if word]
    expected = f'duplicates: "maybe" is not valid; expected one of {", ".join(allowed)}'
    assert lines(config | {"duplicates": "maybe"}) == [expected]


def test_each_setting_takes_its_default(config: Config) -> None:
    """No default is refused, and no setting is without a word on what it takes."""
    assert lines(config) == []
    wrong: Config = dict.fromkeys(SCHEMA["properties"], object())
    said = lines(wrong)
    assert {line.split(":")[0] for line in said} == set(SCHEMA["properties"])
    assert not [line for line in said if "another value" in line]


def test_several_wrong_settings_are_several_lines(config: Config) -> None:
    """All is said at once, so that all can be mended at once."""
    said = lines(config | {"batch_size": 0, "events": "x", "colour": "red"})
    assert sorted(line.split(":")[0] for line in said) == ["batch_size", "colour", "events"]


def test_missing_settings_are_a_line_each() -> None:
    """What is required and absent is named, with the variable that may hold it."""
    said = lines({})
    allowed = "a string without spaces (or the environment variable TAP_CLEVERTAP_PASSCODE)"
    assert f"passcode: missing; expected {allowed}" in said
    assert {line.split(":")[0] for line in said} == set(SCHEMA["required"])
    assert len(said) == len(SCHEMA["required"])


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("time_zone", "time_zone: unknown setting; did you mean timezone?"),
        ("start_dat", "start_dat: unknown setting; did you mean start_date?"),
        ("zzz", "zzz: unknown setting; see --about for all settings"),
    ],
)
def test_unknown_setting_is_named_with_a_suggestion(config: Config, name: str, line: str) -> None:
    """A misspelt setting is not passed over in silence."""
    assert lines(config | {name: "x"}) == [line]


def test_unknown_settings_are_a_line_each(config: Config) -> None:
    """Two misspelt settings are two lines."""
    said = lines(config | {"time_zone": "x", "zzz": "y"})
    assert sorted(line.split(":")[0] for line in said) == ["time_zone", "zzz"]


@pytest.mark.parametrize("secret", [12345678, "", ["pa55word"], {"p": "pa55word"}, True])
def test_secret_is_never_repeated(config: Config, secret: object) -> None:
    """A wrong passcode is told as wrong without a letter of it."""
    said = lines(config | {"passcode": secret})
    allowed = "a string without spaces"
    assert said == [f"passcode: the value is not valid; expected {allowed}"]


def test_secret_under_a_misspelt_name_is_never_repeated(config: Config) -> None:
    """Neither is one that was given to a setting which does not exist."""
    assert "pa55word" not in "\n".join(lines(config | {"pass_code": "pa55word"}))


def test_long_value_is_cut(config: Config) -> None:
    """A whole file in the wrong place does not fill the screen."""
    assert len(lines(config | {"batch_size": "x" * 10_000})[0]) < 200


def test_environment_has_the_settings_types() -> None:
    """Texts become numbers, booleans and lists, as the schema has them; texts stay."""
    texts = {
        "passcode": "0123456",
        "batch_size": "500",
        "events": '["Charged", "App*"]',
        "timezone": "Asia/Kolkata",
    }
    expected = texts | {"batch_size": 500, "events": ["Charged", "App*"]}
    assert from_environment(texts, SCHEMA) == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *((word, True) for word in ("true", "TRUE", "1", "yes", "on")),
        *((word, False) for word in ("false", "False", "0", "no", "off")),
    ],
)
def test_boolean_of_the_environment(text: str, *, value: bool) -> None:
    """A boolean may be written in the usual ways."""
    assert from_environment({"include_today": text}, SCHEMA) == {"include_today": value}


@pytest.mark.parametrize(
    ("name", "text", "given", "allowed"),
    [
        ("batch_size", "many", '"many"', SIZE),
        ("include_today", "maybe", '"maybe"', "true or false"),
        ("events", "Charged", '"Charged"', TEXTS),
    ],
)
def test_wrong_environment_is_one_line(name: str, text: str, given: str, allowed: str) -> None:
    """A text that is not of its setting's type is told like any wrong setting."""
    with pytest.raises(SettingError) as caught:
        from_environment({name: text}, SCHEMA)
    assert str(caught.value) == f"{name}: {given} is not valid; expected {allowed}"


def test_secret_of_the_environment_is_never_repeated() -> None:
    """A secret of any type stays out of the line."""
    schema = {"properties": {"key": {"type": ["integer", "null"], "secret": True}}}
    with pytest.raises(SettingError) as caught:
        from_environment({"key": "pa55word"}, schema)
    assert str(caught.value) == "key: the value is not valid; expected an integer"


def test_object_of_the_environment() -> None:
    """An object is written as JSON."""
    schema = {"properties": {"salts": {"type": ["object", "null"]}}}
    assert from_environment({"salts": '{"a": 1}'}, schema) == {"salts": {"a": 1}}


def test_an_empty_variable_is_not_set() -> None:
    """A line of a .env file that was not filled in leaves its setting as it was."""
    texts = {"account_id": "", "lookback_days": "", "events": "", "timezone": "UTC"}
    assert from_environment(texts, SCHEMA) == {"timezone": "UTC"}
    assert without_unset({"account_id": "", "events": [], "lookback_days": 0, "api_url": None}) == {
        "events": [],
        "lookback_days": 0,
    }


@pytest.mark.parametrize(
    ("api_url", "is_sandbox"),
    [
        ("http://127.0.0.1:8321", True),
        ("http://localhost:8321/", True),
        ("https://in1.api.clevertap.com", False),
        ("http://127.0.0.1.example.com", False),
        (None, False),
    ],
)
def test_errors_of_the_sandboxs_runs_say_so(api_url: str | None, is_sandbox: bool) -> None:  # noqa: FBT001 - a fact
    """Who runs against their own machine learns it from the error."""
    assert ("tap_clevertap.sandbox" in sandbox_hint(api_url)) is is_sandbox
