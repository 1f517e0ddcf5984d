"""What is hashed, masked or dropped before a record is written anywhere: pure.

Rules name columns, and what is inside one after a dot: `email`, `event_props.Phone`. What a rule
does not touch stays the bytes that came.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Raw

from tap_clevertap.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

SHORTEST_SALT = 8
HEX_DIGITS = 32
SHOWN = 4
"""Characters that a mask leaves, at most; and no more than a fourth of them."""
UNTEXTUAL = {"integer", "number", "boolean"}
WORDLY = re.compile(r"\w")
COMPANIONS = {
    "identity": ("all_identities", "profile_id"),
    "email": ("all_identities",),
    "phone": ("all_identities",),
    "object_id": ("object_ids", "profile_id", "platform_info.objectId"),
    "platform_info.push_token": ("profile.push_token",),
    "profile.push_token": ("platform_info.push_token",),
    "event_props": ("items",),
    "event_props.Items": ("items",),
}
"""Where the same stands again: a rule for the one alone would hide nothing."""

_OBJECT = msgspec.json.Decoder(dict[str, Raw])
_LIST = msgspec.json.Decoder(list[Raw])
_TEXT = msgspec.json.Decoder(str)
_ENCODE = msgspec.json.Encoder().encode


class Rule(Enum):
    """What becomes of a value."""

    HASH = "hash"
    MASK = "mask"
    DROP = "drop"


PARTS = (*(rule.value for rule in Rule), "salt")
Rules = dict[str, Rule]


@dataclass(frozen=True, slots=True)
class Privacy:
    """The rules by column, nested ones by what follows the dot; `salt` keys the hashes."""

    plain: Mapping[str, Rule] = field(default_factory=dict)
    nested: Mapping[str, Rules] = field(default_factory=dict)
    salt: str = field(default="", repr=False)

    @classmethod
    def from_config(cls, config: object) -> Privacy:
        """Build the rules from the setting.

        Raises:
            SettingError: It is not of the right form, or a rule would hide nothing.
        """
        if not isinstance(config, dict):
            msg = f"privacy: give an object of {', '.join(PARTS)}"
            raise SettingError(msg)
        if unknown := sorted(config.keys() - set(PARTS)):
            msg = f"privacy: {unknown[0]!r} is none of {', '.join(PARTS)}"
            raise SettingError(msg)
        rules, salt = _rules(config), config.get("salt", "")
        if not isinstance(salt, str) or (Rule.HASH in rules.values() and len(salt) < SHORTEST_SALT):
            msg = f"privacy.salt: give a secret text of {SHORTEST_SALT} characters or more"
            raise SettingError(msg)
        _check_companions(rules)
        plain = {name: rule for name, rule in rules.items() if "." not in name}
        nested: dict[str, Rules] = {}
        for name in rules.keys() - plain.keys():
            column, _, inner = name.partition(".")
            nested.setdefault(column, {})[inner] = rules[name]
        return cls(plain, nested, salt)

    @property
    def columns(self) -> set[str]:
        """The columns that there are rules for."""
        return {*self.plain, *self.nested}

    def schema(self, schema: Mapping[str, Any], keys: Collection[str]) -> dict[str, Any]:
        """Return the schema of a stream's records without the columns that are dropped.

        Raises:
            SettingError: A column is a key and has to stay, or is no text that can be changed.
        """
        columns = dict(schema["properties"])
        for name in self.plain.keys() & columns.keys():
            rule, column = self.plain[name], columns[name]
            if name in keys and rule is not Rule.HASH:
                msg = f"privacy.{rule.value}: {name!r} is a key; hash it, or nothing"
                raise SettingError(msg)
            if rule is Rule.DROP:
                del columns[name]
            elif "format" in column or UNTEXTUAL.intersection(column["type"]):
                msg = f"privacy.{rule.value}: {name!r} is no text; drop it, or nothing"
                raise SettingError(msg)
        return {**schema, "properties": columns}

    def veil(self, columns: Collection[str]) -> Veil | None:
        """Return what applies the rules for some columns to rows; None where there are none."""
        plain = {name: rule for name, rule in self.plain.items() if name in columns}
        nested = {name: rules for name, rules in self.nested.items() if name in columns}
        return Veil(plain, nested, self.salt.encode()) if plain or nested else None


def _rules(config: Mapping[str, Any]) -> Rules:
    """Return the rule of each name.

    Raises:
        SettingError: A rule has no list of names, or a name has two rules.
    """
    rules: Rules = {}
    for rule in Rule:
        names = config.get(rule.value, [])
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            msg = f"privacy.{rule.value}: give a list of columns such as email, event_props.Phone"
            raise SettingError(msg)
        for name in names:
            if rules.setdefault(name, rule) is not rule:
                msg = f"privacy.{rule.value}: {name!r} is in {rules[name].value} too; give one rule"
                raise SettingError(msg)
    return rules


def _check_companions(rules: Rules) -> None:
    for name, others in COMPANIONS.items():
        is_ruled = any(one == name or ("." in name and one.startswith(f"{name}.")) for one in rules)
        missing = [other for other in others if not _has_rule(other, rules)]
        if is_ruled and missing:
            msg = (
                f"privacy: {' and '.join(missing)} would show {name} all the same; give "
                f"{'them' if len(missing) > 1 else 'it'} a rule too"
            )
            raise SettingError(msg)


def _has_rule(name: str, rules: Rules) -> bool:
    """Tell whether there is a rule for a name, for what it is in, or for something inside it."""
    return any(f"{name}.".startswith(f"{one}.") or one.startswith(f"{name}.") for one in rules)


class Veil:
    """Applies rules to rows."""

    def __init__(self, plain: Mapping[str, Rule], nested: Mapping[str, Rules], salt: bytes) -> None:
        """Apply rules by column, and nested ones; hashes are keyed by `salt`."""
        self._plain = plain
        self._nested = nested
        self._salt = salt
        self._change: dict[Rule, Callable[[str], str]] = {
            Rule.HASH: self._hashed,
            Rule.MASK: masked,
        }

    def __call__(self, rows: Sequence[bytes]) -> list[bytes]:
        """Return rows of JSON as they may be seen."""
        return [self._veiled(row) for row in rows]

    def _veiled(self, row: bytes) -> bytes:
        members = _OBJECT.decode(row)
        for name, rules in self._nested.items():
            if name in members:
                members[name] = self._inside(members[name], rules)
        for name, rule in self._plain.items():
            if rule is Rule.DROP:
                members.pop(name, None)
            elif name in members:
                members[name] = self._changed(members[name], rule)
        return _ENCODE(members)

    def _inside(self, value: Raw, rules: Rules) -> Raw:
        """Apply rules to the members of an object, or of each object of a list."""
        first = bytes(value)[:1]
        if first == b"[":
            return Raw(_ENCODE([self._inside(one, rules) for one in _LIST.decode(value)]))
        if first != b"{":
            return value
        return Raw(_ENCODE(dict(self._members(_OBJECT.decode(value), rules))))

    def _members(self, members: dict[str, Raw], rules: Rules) -> Iterator[tuple[str, Raw]]:
        """Yield the members that stay; a name may have dots of its own."""
        for name, value in members.items():
            rule = rules.get(name)
            if rule is Rule.DROP:
                continue
            below = {
                path[len(name) + 1 :]: one
                for path, one in rules.items()
                if path.startswith(f"{name}.")
            }
            kept = self._inside(value, below) if below else value
            yield name, kept if rule is None else self._changed(kept, rule)

    def _changed(self, value: Raw, rule: Rule) -> Raw:
        """Change each text and number in a value, whatever holds them; null stays null."""
        sent = bytes(value)
        match sent[:1]:
            case b"n":
                return value
            case b"[":
                return Raw(_ENCODE([self._changed(one, rule) for one in _LIST.decode(sent)]))
            case b"{":
                members = _OBJECT.decode(sent).items()
                return Raw(_ENCODE({name: self._changed(one, rule) for name, one in members}))
            case b'"':
                text = _TEXT.decode(sent)
            case _:
                text = sent.decode()
        return Raw(_ENCODE(self._change[rule](text)))

    def _hashed(self, text: str) -> str:
        return hmac.digest(self._salt, text.encode(), "sha256").hex()[:HEX_DIGITS]


def masked(text: str) -> str:
    """Return a text whose letters and digits are stars, but for a few at its end."""
    end = len(text) - min(SHOWN, len(text) // 4)
    return WORDLY.sub("*", text[:end]) + text[end:]
