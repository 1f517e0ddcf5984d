"""Applies privacy rules to JSON rows; untouched values keep their original bytes."""

from __future__ import annotations

import hmac
import re
from typing import TYPE_CHECKING

import msgspec
from msgspec import Raw

from tap_clevertap.config.privacy import MaskingRule
from tap_clevertap.records.json_values import decode_list, decode_object, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from tap_clevertap.config.privacy import MaskingRules, PrivacyRules

HEX_DIGITS = 32
MAX_UNMASKED = 4
"""Characters at the end that a mask leaves, at most; and no more than a quarter of the text."""
TO_MASK = re.compile(r"[^ -/:-@\[-`{-~]")
"""All characters except ASCII spaces and punctuation."""

NULL = Raw(b"null")

_TEXT = msgspec.json.Decoder(str)


def masker(privacy: PrivacyRules, columns: Collection[str]) -> Masker | None:
    """Return a masker for the rules of some columns; None if they have no rules."""
    plain = {name: rule for name, rule in privacy.plain.items() if name in columns}
    nested = {name: rules for name, rules in privacy.nested.items() if name in columns}
    salt = privacy.salt.encode(errors="surrogatepass")
    return Masker(plain, nested, salt) if plain or nested else None


class Masker:
    """Applies privacy rules to rows."""

    def __init__(
        self, plain: Mapping[str, MaskingRule], nested: Mapping[str, MaskingRules], salt: bytes
    ) -> None:
        """Apply `plain` rules by column, `nested` ones by column and field; `salt` keys hashes."""
        self._plain = plain
        self._nested = nested
        self._salt = salt
        self._change: dict[MaskingRule, Callable[[str], str]] = {
            MaskingRule.HASH: self._hashed,
            MaskingRule.MASK: masked,
        }

    def __call__(self, rows: Sequence[bytes]) -> list[bytes]:
        """Return rows of JSON with the rules applied."""
        return [self._masked_row(row) for row in rows]

    def _masked_row(self, row: bytes) -> bytes:
        members = decode_object(row)
        for name, rules in self._nested.items():
            if name in members:
                members[name] = self._apply_safely(members[name], rules)
        for name, rule in self._plain.items():
            if rule is MaskingRule.DROP:
                members.pop(name, None)
            elif name in members:
                members[name] = self._apply_safely(members[name], rule)
        return encode(members)

    def _apply_safely(self, value: Raw, rules: MaskingRule | MaskingRules) -> Raw:
        """Apply the rules of a column; a value nested too deeply to be processed becomes null."""
        try:
            if isinstance(rules, MaskingRule):
                return self._change_values(value, rules)
            return self._apply_inside(value, rules)
        except RecursionError:
            return NULL

    def _apply_inside(self, value: Raw, rules: MaskingRules) -> Raw:
        """Apply rules to the members of an object, or of each object of a list."""
        first = bytes(value)[:1]
        if first == b"[":
            return Raw(encode([self._apply_inside(one, rules) for one in decode_list(value)]))
        if first != b"{":  # not the expected shape: the field may be anywhere in it, so hide all
            return NULL
        return Raw(encode(dict(self._members(decode_object(value), rules))))

    def _members(self, members: dict[str, Raw], rules: MaskingRules) -> Iterator[tuple[str, Raw]]:
        """Yield the members that are kept; a member's name may itself contain dots."""
        for name, value in members.items():
            rule = rules.get(name)
            if rule is MaskingRule.DROP:
                continue
            below = {
                path[len(name) + 1 :]: one
                for path, one in rules.items()
                if path.startswith(f"{name}.")
            }
            kept = self._apply_inside(value, below) if below else value
            yield name, kept if rule is None else self._change_values(kept, rule)

    def _change_values(self, value: Raw, rule: MaskingRule) -> Raw:
        """Change each string and number in a value, at any depth; null stays null."""
        sent = bytes(value)
        match sent[:1]:
            case b"n":
                return value
            case b"[":
                return Raw(encode([self._change_values(one, rule) for one in decode_list(sent)]))
            case b"{":
                members = decode_object(sent).items()
                return Raw(encode({name: self._change_values(one, rule) for name, one in members}))
            case b'"':
                text = _TEXT.decode(sent)
            case _:
                text = sent.decode()
        return Raw(encode(self._change[rule](text)))

    def _hashed(self, text: str) -> str:
        return hmac.digest(self._salt, text.encode(), "sha256").hex()[:HEX_DIGITS]


def masked(text: str) -> str:
    """Return a text with stars for letters and digits, except for a few at its end."""
    end = len(text) - min(MAX_UNMASKED, len(text) // 4)
    return TO_MASK.sub("*", text[:end]) + text[end:]
