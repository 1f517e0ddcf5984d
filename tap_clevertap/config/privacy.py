"""Rules for hashing, masking and dropping personal data (PII) before a record is written.

A rule names a column, or after a dot a field inside a column: `email`, `event_props.Phone`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from tap_clevertap.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


class MaskingRule(Enum):
    """What happens to a value."""

    HASH = "hash"
    MASK = "mask"
    DROP = "drop"


MaskingRules = dict[str, MaskingRule]

MIN_SALT_LENGTH = 8
NOT_STRINGS = {"integer", "number", "boolean"}
LINKED_COLUMNS = (
    ("identity", "profile_id"),
    ("profile_id", "identity"),
    ("identity", "all_identities"),
    ("email", "all_identities"),
    ("phone", "all_identities"),
    ("object_id", "object_ids"),
    ("object_ids", "object_id"),
    ("object_ids", "profile_id"),
    ("object_ids", "platform_info.objectId"),
    ("platform_info.objectId", "object_ids"),
    ("platform_info.push_token", "profile.push_token"),
    ("profile.push_token", "platform_info.push_token"),
    ("profile.profileData", "profile_data"),
    ("profile_data", "profile.profileData"),
    ("profile.events", "events"),
    ("events", "profile.events"),
    ("event_props.Items", "items"),
    ("items", "event_props.Items"),
    ("event_props", "event_id"),
    ("session_props", "event_id"),
    ("items", "event_id"),
    ("object_id", "event_id"),
)
"""Pairs of columns, of which the second reveals the first.

An `event_id` is computed from properties and device: values can be tried until one matches.
"""
ALL_OR_NOTHING = ("items", "event_props.Items")
"""Columns that CleverTap sends in too many forms to find a field inside them reliably."""

PARTS = (*(rule.value for rule in MaskingRule), "salt")


@dataclass(frozen=True, slots=True)
class PrivacyRules:
    """The rules by column; nested ones by column and field. `salt` is the key of the hashes."""

    plain: Mapping[str, MaskingRule] = field(default_factory=dict)
    nested: Mapping[str, MaskingRules] = field(default_factory=dict)
    salt: str = field(default="", repr=False)

    @classmethod
    def from_config(cls, config: object) -> PrivacyRules:
        """Build the rules from the setting.

        Raises:
            SettingError: The setting is malformed, or a rule would hide nothing.
        """
        if not isinstance(config, dict):
            msg = f"privacy: not an object; expected an object with {', '.join(PARTS)}"
            raise SettingError(msg)
        if config.keys() - set(PARTS):  # not shown: an unknown key may be the salt
            msg = f"privacy: has an unknown key; expected only {', '.join(PARTS)}"
            raise SettingError(msg)
        rules, salt = _rules(config), config.get("salt", "")
        is_short = not isinstance(salt, str) or len(salt.strip()) < MIN_SALT_LENGTH
        if is_short and (salt or MaskingRule.HASH in rules.values()):
            what = f"a secret string of {MIN_SALT_LENGTH} characters or more"
            msg = f"privacy.salt: missing or not valid; expected {what}"
            raise SettingError(msg)
        _check_together(rules)
        plain = {name: rule for name, rule in rules.items() if "." not in name}
        nested: dict[str, MaskingRules] = {}
        for name in rules.keys() - plain.keys():
            column, _, inner = name.partition(".")
            nested.setdefault(column, {})[inner] = rules[name]
        return cls(plain, nested, salt)

    @property
    def columns(self) -> set[str]:
        """The columns that have a rule."""
        return {*self.plain, *self.nested}

    def schema(
        self, schema: Mapping[str, Any], own: Collection[str], keys: Collection[str]
    ) -> dict[str, Any]:
        """Return a stream's schema without its `own` columns that are dropped.

        Raises:
            SettingError: The column is a key and must stay, or its type does not suit the rule.
        """
        columns = dict(schema["properties"])
        for name in sorted(self.columns & set(own)):
            rule, column = self.plain.get(name), columns[name]
            is_text = "format" not in column and not NOT_STRINGS.intersection(column["type"])
            if name in keys and not (rule is MaskingRule.HASH and is_text):
                what = "expected hash" if is_text else "it cannot have a rule"
                msg = f"privacy: {name!r} is a key; {what}"
                raise SettingError(msg)
            if name in self.nested and not _has_members(column):
                msg = f"privacy: {name!r} has no fields; expected the column's name alone"
                raise SettingError(msg)
            if rule is MaskingRule.DROP:
                del columns[name]
            elif rule and not is_text:
                msg = f"privacy.{rule.value}: {name!r} is not a string column; expected drop"
                raise SettingError(msg)
        return {**schema, "properties": columns}


def _has_members(column: Mapping[str, Any]) -> bool:
    return "object" in column["type"] or "object" in column.get("items", {}).get("type", ())


def _rules(config: Mapping[str, Any]) -> MaskingRules:
    """Return the rule of each name.

    Raises:
        SettingError: A rule is not a list of names, or a name has two rules.
    """
    rules: MaskingRules = {}
    for rule in MaskingRule:
        names = config.get(rule.value, [])
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            what = "a list of columns such as email, event_props.Phone"
            msg = f"privacy.{rule.value}: not a list of strings; expected {what}"
            raise SettingError(msg)
        for name in names:
            if rules.setdefault(name, rule) is not rule:
                other = rules[name].value
                msg = f"privacy.{rule.value}: {name!r} is in {other} too; expected one rule"
                raise SettingError(msg)
    return rules


def _check_together(rules: MaskingRules) -> None:
    for name in rules:
        if "" in name.split("."):
            msg = f"privacy: {name!r} is not a valid column; expected no empty part around a dot"
            raise SettingError(msg)
        if any(name.startswith(f"{one}.") for one in ALL_OR_NOTHING):
            both = " and ".join(ALL_OR_NOTHING)
            msg = f"privacy: {name!r} cannot be found reliably; expected {both} as a whole"
            raise SettingError(msg)
        for one, other in LINKED_COLUMNS:
            if not (_is_in(name, one) or _is_in(one, name)):
                continue
            inside = name[len(one) :] if _is_in(name, one) and other != "event_id" else ""
            if not any(_is_in(other + inside, rule) for rule in rules):
                msg = f"privacy: {other + inside} still reveals {name}; expected a rule for it too"
                raise SettingError(msg)


def _is_in(name: str, other: str) -> bool:
    """Return whether a name equals another, or is a field inside it."""
    return f"{name}.".startswith(f"{other}.")
