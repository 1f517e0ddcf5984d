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
TELLING = re.compile(r"[^ -/:-@\[-`{-~]")
"""All but spaces and punctuation of ASCII."""
TOGETHER = (
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
"""What tells the second to whoever is not to see the first.

An `event_id` is made from properties and device: who has it can try values until one fits.
"""
WHOLE = ("items", "event_props.Items")
"""What comes in so many forms that nothing inside it can be found for certain."""

NULL = Raw(b"null")

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
        if config.keys() - set(PARTS):  # whose name may be the salt
            msg = f"privacy: a part of it is none of {', '.join(PARTS)}"
            raise SettingError(msg)
        rules, salt = _rules(config), config.get("salt", "")
        is_short = not isinstance(salt, str) or len(salt.strip()) < SHORTEST_SALT
        if is_short and (salt or Rule.HASH in rules.values()):
            msg = f"privacy.salt: give a secret text of {SHORTEST_SALT} characters or more"
            raise SettingError(msg)
        _check_together(rules)
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
            if name in keys and not (rule is Rule.HASH and is_text):
                what = "hash it, or nothing" if is_text else "it has to stay"
                msg = f"privacy: {name!r} is a key; {what}"
                raise SettingError(msg)
            if name in self.nested and not _has_members(column):
                msg = f"privacy: {name!r} has nothing inside; name it as a whole"
                raise SettingError(msg)
            if rule is Rule.DROP:
                del columns[name]
            elif rule and not is_text:
                msg = f"privacy.{rule.value}: {name!r} is no text; drop it, or nothing"
                raise SettingError(msg)
        return {**schema, "properties": columns}

    def veil(self, columns: Collection[str]) -> Veil | None:
        """Return what applies the rules for some columns to rows; None where there are none."""
        plain = {name: rule for name, rule in self.plain.items() if name in columns}
        nested = {name: rules for name, rules in self.nested.items() if name in columns}
        salt = self.salt.encode(errors="surrogatepass")
        return Veil(plain, nested, salt) if plain or nested else None


def _has_members(column: Mapping[str, Any]) -> bool:
    return "object" in column["type"] or "object" in column.get("items", {}).get("type", ())


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


def _check_together(rules: Rules) -> None:
    for name in rules:
        if "" in name.split("."):
            msg = f"privacy: {name!r} has an empty part"
            raise SettingError(msg)
        if any(name.startswith(f"{one}.") for one in WHOLE):
            msg = f"privacy: {name!r} comes in many forms; hide {' and '.join(WHOLE)} as a whole"
            raise SettingError(msg)
        for one, other in TOGETHER:
            if not (_is_in(name, one) or _is_in(one, name)):
                continue
            inside = name[len(one) :] if _is_in(name, one) and other != "event_id" else ""
            if not any(_is_in(other + inside, rule) for rule in rules):
                msg = f"privacy: {other + inside} would tell {name} all the same; hide it too"
                raise SettingError(msg)


def _is_in(name: str, other: str) -> bool:
    """Tell whether a name is another or inside it."""
    return f"{name}.".startswith(f"{other}.")


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
                members[name] = self._guarded(members[name], rules)
        for name, rule in self._plain.items():
            if rule is Rule.DROP:
                members.pop(name, None)
            elif name in members:
                members[name] = self._guarded(members[name], rule)
        return _ENCODE(members)

    def _guarded(self, value: Raw, rules: Rule | Rules) -> Raw:
        """Apply what is for a column; what is nested too deep to be looked at is hidden."""
        try:
            if isinstance(rules, Rule):
                return self._changed(value, rules)
            return self._inside(value, rules)
        except RecursionError:
            return NULL

    def _inside(self, value: Raw, rules: Rules) -> Raw:
        """Apply rules to the members of an object, or of each object of a list."""
        first = bytes(value)[:1]
        if first == b"[":
            return Raw(_ENCODE([self._inside(one, rules) for one in _LIST.decode(value)]))
        if first != b"{":  # of another shape than it should be: nobody knows what it holds
            return NULL
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
    return TELLING.sub("*", text[:end]) + text[end:]
