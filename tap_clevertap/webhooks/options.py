"""What the receiver is told on its command line and in the environment, checked."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from typing_extensions import override

from tap_clevertap.errors import SettingError
from tap_clevertap.webhooks.credentials import Credentials
from tap_clevertap.webhooks.files import Rotation

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "TAP_CLEVERTAP_WEBHOOKS"
MIB = 1 << 20
PATH = re.compile(r"/[A-Za-z0-9._~-]+(/[A-Za-z0-9._~-]+)*")
HEADER = re.compile(r"[A-Za-z0-9-]+")
RESERVED_HEADERS = {"authorization", "connection", "content-length", "content-type", "host"}


class Number(click.ParamType):  # type: ignore[type-arg] # click 8.1 has none
    """A number within bounds; says what is expected where a text is none."""

    name = "number"

    def __init__(self, read: type[int | float], least: float, most: float) -> None:
        """Take the type and the bounds, both included."""
        self._read, self._least, self._most = read, least, most

    @override
    def convert(self, value: Any, param: object, ctx: click.Context | None) -> float:
        kind = "whole number" if self._read is int else "number"
        try:
            number = self._read(value)
        except ValueError:
            number = math.nan
        if not self._least <= number <= self._most:
            self.fail(
                f"{value!r} is not a valid {kind}; expected one from {self._least} to {self._most}"
            )
        return number


@dataclass(frozen=True, slots=True)
class Options:
    """Where to listen, whom to believe, how much to take and where to put it."""

    folder: Path
    host: str
    port: int
    path: str
    credentials: Credentials
    max_body_bytes: int
    rotation: Rotation
    request_seconds: float
    max_connections: int


def _option(name: str, text: str, kind: Number | None = None, **more: Any) -> click.Option:  # noqa: ANN401 - of click
    return click.Option(
        [f"--{name}"], type=kind, show_default=True, show_envvar=True, help=text, **more
    )


def _whole(least: int, most: int) -> Number:
    return Number(int, least, most)


def _real(least: float, most: float) -> Number:
    return Number(float, least, most)


OPTIONS: list[click.Option] = [
    _option("folder", "Folder to write to; no other receiver may use it.", required=True),
    _option("host", "Address to listen on.", default="127.0.0.1"),
    _option("port", "Port to listen on; 0 takes a free one.", _whole(0, 65535), default=8080),
    _option("path", "The one path that is served.", default="/webhooks"),
    _option(
        "secret-file",
        "File with the secret that senders put into the header; a line each, where there are "
        f"several. Without it the variable {PREFIX}_SECRET is read.",
    ),
    _option("secret-header", "Name of the header with the secret.", default="X-Webhook-Secret"),
    _option(
        "basic-file",
        "File with user:password for Basic authentication, likewise. Without it the variable "
        f"{PREFIX}_BASIC is read.",
    ),
    _option("max-body-bytes", "Longer bodies get 413.", _whole(1, 64 * MIB), default=MIB),
    _option("rotate-mb", "Size in MB at which a file is published.", _whole(1, 10_000), default=64),
    _option(
        "rotate-minutes",
        "Age at which a file is published; at midnight UTC it is in any case.",
        _real(0.01, 24 * 60),
        default=60.0,
    ),
    _option(
        "request-timeout",
        "Seconds for the headers of a request, and again for its body.",
        _real(0.1, 600),
        default=10.0,
    ),
    _option(
        "max-connections",
        "Beyond it the connection that has waited longest is closed.",
        _whole(1, 1_000_000),
        default=4096,
    ),
]


def checked(given: Mapping[str, Any], environment: Mapping[str, str]) -> Options:
    """Return the options of a command line that click has parsed.

    Raises:
        SettingError: A line that names the option, the value and what is expected.
    """
    path, header = given["path"], given["secret_header"]
    if not PATH.fullmatch(path):
        msg = f"path: {path!r} is not a valid path; expected such as /webhooks, without escapes"
        raise SettingError(msg)
    if not HEADER.fullmatch(header) or header.lower() in RESERVED_HEADERS:
        msg = f"secret-header: {header!r} is not a valid name; expected such as X-Webhook-Secret"
        raise SettingError(msg)
    return Options(
        folder=Path(given["folder"]).absolute(),
        host=given["host"],
        port=given["port"],
        path=path,
        credentials=_credentials(given, header, environment),
        max_body_bytes=given["max_body_bytes"],
        rotation=Rotation(given["rotate_mb"] * MIB, given["rotate_minutes"] * 60),
        request_seconds=given["request_timeout"],
        max_connections=given["max_connections"],
    )


def _credentials(
    given: Mapping[str, Any], header: str, environment: Mapping[str, str]
) -> Credentials:
    secrets = _lines("secret-file", given["secret_file"], environment.get(f"{PREFIX}_SECRET"))
    logins = _lines("basic-file", given["basic_file"], environment.get(f"{PREFIX}_BASIC"))
    return Credentials.from_texts(header, secrets, logins)


def _lines(name: str, path: str | None, otherwise: str | None) -> list[str]:
    """Return the lines of a file that is named, or of a text; empty ones are left out."""
    text = otherwise or ""
    if path:
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            msg = f"{name}: {path!r} cannot be read ({why}); expected a text file"
            raise SettingError(msg) from None
    return [line.strip() for line in text.splitlines() if line.strip()]
