"""What is hashed, masked or dropped before a record is written anywhere: pure.

Rules name columns, and what is inside one after a dot: `email`, `event_props.Phone`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from tap_clevertap.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


class MaskingRule(Enum):
    """What becomes of a value."""

    HASH = "hash"
    MASK = "mask"
    DROP = "drop"


MaskingRules = dict[str, MaskingRule]

SHORTEST_SALT = 8
UNTEXTUAL = {"integer", "number", "boolean"}
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
"""Pairs, of which the second tells the first to whoever is not to see it.

An `event_id` is made from properties and device: who has it can try values until one fits.
"""
ALL_OR_NOTHING = ("items", "event_props.Items")
"""What comes in so many forms that nothing inside it can be found for certain."""

PARTS = (*(rule.value for rule in MaskingRule), "salt")


@dataclass(frozen=True, slots=True)
class PrivacyRules:
    """The rules by column, nested ones by what follows the dot; `salt` keys the hashes."""

    plain: Mapping[str, MaskingRule] = field(default_factory=dict)
    nested: Mapping[str, MaskingRules] = field(default_factory=dict)
    salt: str = field(default="", repr=False)

    @classmethod
    def from_config(cls, config: object) -> PrivacyRules:
        """Build the rules from the setting.

        Raises:
            SettingError: It is not of the right form, or a rule would hide nothing.
        """
        if not isinstance(config, dict):
            msg = f"privacy: give an object of {', '.join(PARTS)}"
            raise SettingError(msg)
        if config.keys() - set(PARTS):  # whose name may be the salt
            msg = f"privacy: a part of it is none of {', '.join(PARTS)}"
            raise SettingError(msg)
        rules, salt = _rules(config), config.get("salt", "")
        is_short = not isinstance(salt, str) or len(salt.strip()) < SHORTEST_SALT
        if is_short and (salt or MaskingRule.HASH in rules.values()):
            msg = f"privacy.salt: give a secret text of {SHORTEST_SALT} characters or more"
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
        """The columns that there are rules for."""
        return {*self.plain, *self.nested}

    def schema(
        self, schema: Mapping[str, Any], own: Collection[str], keys: Collection[str]
    ) -> dict[str, Any]:
        """Return the schema of a stream's records without those of its `own` columns that go.

        Raises:
            SettingError: A column is a key and has to stay, or its type is not one for the rule.
        """
        columns = dict(schema["properties"])
        for name in sorted(self.columns & set(own)):
            rule, column = self.plain.get(name), columns[name]
            is_text = "format" not in column and not UNTEXTUAL.intersection(column["type"])
            if name in keys and not (rule is MaskingRule.HASH and is_text):
                what = "hash it, or nothing" if is_text else "it has to stay"
                msg = f"privacy: {name!r} is a key; {what}"
                raise SettingError(msg)
            if name in self.nested and not _has_members(column):
                msg = f"privacy: {name!r} has nothing inside; name it as a whole"
                raise SettingError(msg)
            if rule is MaskingRule.DROP:
                del columns[name]
            elif rule and not is_text:
                msg = f"privacy.{rule.value}: {name!r} is no text; drop it, or nothing"
                raise SettingError(msg)
        return {**schema, "properties": columns}


def _has_members(column: Mapping[str, Any]) -> bool:
    return "object" in column["type"] or "object" in column.get("items", {}).get("type", ())


def _rules(config: Mapping[str, Any]) -> MaskingRules:
    """Return the rule of each name.

    Raises:
        SettingError: A rule has no list of names, or a name has two rules.
    """
    rules: MaskingRules = {}
    for rule in MaskingRule:
        names = config.get(rule.value, [])
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            msg = f"privacy.{rule.value}: give a list of columns such as email, event_props.Phone"
            raise SettingError(msg)
        for name in names:
            if rules.setdefault(name, rule) is not rule:
                msg = f"privacy.{rule.value}: {name!r} is in {rules[name].value} too; give one rule"
                raise SettingError(msg)
    return rules


def _check_together(rules: MaskingRules) -> None:
    for name in rules:
        if "" in name.split("."):
            msg = f"privacy: {name!r} has an empty part"
            raise SettingError(msg)
        if any(name.startswith(f"{one}.") for one in ALL_OR_NOTHING):
            both = " and ".join(ALL_OR_NOTHING)
            msg = f"privacy: {name!r} comes in many forms; hide {both} as a whole"
            raise SettingError(msg)
        for one, other in LINKED_COLUMNS:
            if not (_is_in(name, one) or _is_in(one, name)):
                continue
            inside = name[len(one) :] if _is_in(name, one) and other != "event_id" else ""
            if not any(_is_in(other + inside, rule) for rule in rules):
                msg = f"privacy: {other + inside} would tell {name} all the same; hide it too"
                raise SettingError(msg)


def _is_in(name: str, other: str) -> bool:
    """Tell whether a name is another or inside it."""
    return f"{name}.".startswith(f"{other}.")
