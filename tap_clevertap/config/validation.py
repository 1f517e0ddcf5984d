"""Validates a config against the schema: one line per wrong setting, without secrets."""

from __future__ import annotations

import difflib
import json
import re
from typing import TYPE_CHECKING, Any

from tap_clevertap.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jsonschema.exceptions import ValidationError

MAX_VALUE_LENGTH = 80
SURROGATE = re.compile("[\ud800-\udfff]")
TRUE, FALSE = ("true", "1", "yes", "on"), ("false", "0", "no", "off")


def explain(errors: Iterable[ValidationError], schema: Mapping[str, Any]) -> list[str]:
    """Return a line for each violation: the setting, its value and what is expected."""
    lines: list[str] = []
    for error in errors:
        lines += _lines(error, schema["properties"])
    return lines


def broken_texts(config: Mapping[str, Any]) -> list[str]:
    """Return a line for each setting with a text that no request can carry."""
    return [
        f"{name}: has a text with half of a surrogate pair; expected valid Unicode"
        for name, value in config.items()
        if SURROGATE.search(json.dumps(value, ensure_ascii=False, default=str))
    ]


def _lines(error: ValidationError, properties: Mapping[str, Any]) -> list[str]:
    if error.validator == "required":
        missing = [name for name in error.validator_value if name not in error.instance]
        return [
            f"{name}: missing; expected {_expected(properties.get(name, {}))} "
            f"(or the environment variable TAP_CLEVERTAP_{name.upper()})"
            for name in missing
            if f"'{name}'" in error.message
        ]
    if error.validator == "additionalProperties" and not error.path:
        return [_unknown(name, properties) for name in error.instance if name not in properties]
    name = str(error.path[0])
    is_secret = bool(properties[name].get("secret")) or "@" in str(error.instance)
    given = _shown(error.instance, is_secret=is_secret)
    return [f"{name}: {given} is not valid; expected {_expected(properties[name])}"]


def _unknown(name: str, properties: Mapping[str, Any]) -> str:
    close = difflib.get_close_matches(name, properties, n=1)
    hint = f"did you mean {close[0]}?" if close else "see --about for all settings"
    return f"{name}: unknown setting; {hint}"


def _shown(value: object, *, is_secret: bool) -> str:
    return "the value" if is_secret else json.dumps(value, default=str)[:MAX_VALUE_LENGTH]


def _expected(schema: Mapping[str, Any]) -> str:
    """Describe the values that a setting's schema accepts."""
    kinds = schema.get("type", [])
    kind = kinds if isinstance(kinds, str) else next((k for k in kinds if k != "null"), "")
    if "enum" in schema:
        return "one of " + ", ".join(str(value) for value in schema["enum"] if value is not None)
    if kind == "integer" and "minimum" in schema:
        return f"an integer from {schema['minimum']} to {schema['maximum']}"
    if kind == "array" and "object" in schema.get("items", {}).get("type", []):
        return "a list of objects; see docs/count-queries.md"
    return _FORMS.get(str(schema.get("pattern")), _KINDS.get(kind, "another value"))


_KINDS = {
    "string": "a string",
    "integer": "an integer",
    "boolean": "true or false",
    "array": 'a list of strings such as ["App Launched", "Charged"]',
    "object": "an object",
}
_FORMS = {
    r"^\d{4}-\d{2}-\d{2}([T ].*)?$": "a date as YYYY-MM-DD",
    "^https?://[^/?#@]+/?$": "scheme and host such as https://in1.api.clevertap.com",
    r"^[!-~]+$(?!\n)": "a string without spaces",
    "^[a-z0-9]+$": "the region in your dashboard's address: eu1 (or global), in1, sg1, us1, aps3, "
    "mec1 or another such name",
}


LOCAL = re.compile(r"https?://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?/?$")
"""An address of this machine."""


def from_environment(texts: Mapping[str, str], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Convert environment variables to the types of their settings; an empty one is not set.

    Raises:
        SettingError: A value cannot be converted.
    """
    properties = schema["properties"]
    return {name: _typed(name, text, properties[name]) for name, text in texts.items() if text}


def without_unset(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that have a value: an empty line of a .env file is not one."""
    return {name: value for name, value in config.items() if value is not None and value != ""}


def sandbox_hint(api_url: str | None) -> str:
    """Return what to add to an error of a run that reads a sandbox; nothing for other runs."""
    if not LOCAL.match(api_url or ""):
        return ""
    return (
        f"; this run reads the sandbox at {api_url}, which `python -m tap_clevertap.sandbox` "
        "starts (for your own account: meltano --environment=prod)"
    )


def _typed(name: str, text: str, schema: Mapping[str, Any]) -> object:
    kinds = schema.get("type", "string")
    try:
        if "integer" in kinds:
            return int(text)
        if "boolean" in kinds:
            return {**dict.fromkeys(TRUE, True), **dict.fromkeys(FALSE, False)}[text.lower()]
        if "array" in kinds or "object" in kinds:
            return json.loads(text)
    except (ValueError, KeyError):
        given = _shown(text, is_secret=bool(schema.get("secret")))
        msg = f"{name}: {given} is not valid; expected {_expected(schema)}"
        raise SettingError(msg) from None
    return text
