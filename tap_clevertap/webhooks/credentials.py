"""Who may send: a secret in a header, or Basic; compared in constant time."""

from __future__ import annotations

import hmac
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from tap_clevertap.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Iterable

SHORTEST_SECRET = 16
BASIC = b"Basic "


@dataclass(frozen=True, slots=True)
class Credentials:
    """Digests of the header values that are accepted; several of a kind, so that one can change.

    `header` is the lower-case name of the secret's header.
    """

    header: bytes
    secrets: tuple[bytes, ...]
    logins: tuple[bytes, ...]

    @classmethod
    def from_texts(cls, header: str, secrets: Iterable[str], logins: Iterable[str]) -> Credentials:
        """Build them from secrets and from logins of the form `user:password`.

        Raises:
            SettingError: There is none, or one is too weak or cannot be sent in a header.
        """
        secrets, logins = tuple(secrets), tuple(logins)
        if not secrets and not logins:
            msg = "secret: missing; expected a secret, or a login for Basic, that senders must know"
            raise SettingError(msg)
        for secret in secrets:
            _check("secret", secret, secret)
        for login in logins:
            user, colon, password = login.partition(":")
            if not user or not colon:
                msg = "basic: what was given is not a valid login; expected user:password"
                raise SettingError(msg)
            _check("basic", login, password)
        encoded = tuple(_digest(BASIC + b64encode(login.encode())) for login in logins)
        return cls(
            header.lower().encode(), tuple(_digest(one.encode()) for one in secrets), encoded
        )

    def accept(self, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        """Tell whether a request's headers hold a credential; one that is sent twice is none."""
        sent = list(headers)
        by_secret = _is_among(_only(sent, self.header), self.secrets)
        by_login = _is_among(_only(sent, b"authorization"), self.logins)
        return by_secret or by_login


def _check(name: str, value: str, secret: str) -> None:
    """Raise unless a value can go on the wire and is hard to guess; it stays out of the error."""
    if not value.isascii() or not value.isprintable() or value != value.strip():
        msg = f"{name}: what was given cannot be sent in a header; expected printable ASCII"
        raise SettingError(msg)
    if len(secret) < SHORTEST_SECRET:
        msg = (
            f"{name}: what was given is too short; expected {SHORTEST_SECRET} characters or more, "
            "such as the output of: openssl rand -hex 24"
        )
        raise SettingError(msg)


def _only(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> bytes:
    """Return the value of a header that is there once; empty otherwise."""
    values = [value for key, value in headers if key == name]
    return values[0] if len(values) == 1 else b""


def _is_among(value: bytes, accepted: Iterable[bytes]) -> bool:
    """Compare digests, which are all of one length, with each that is accepted."""
    digest = _digest(value)
    found = [hmac.compare_digest(digest, one) for one in accepted]  # each, whichever fits
    return any(found)


def _digest(value: bytes) -> bytes:
    return sha256(value).digest()
