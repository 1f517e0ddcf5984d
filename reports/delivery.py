"""Sends messages with Apprise: Slack, Teams, e-mail, webhooks and what else it knows."""

from __future__ import annotations

import logging
import time
from typing import Any

import apprise

ATTEMPTS = 3
PAUSE_SECONDS = 2.0
SLACK = ("slack://", "https://hooks.slack.com/")


class Sender:
    """Sends a message to an address, several times if need be: Apprise itself tries once."""

    def __init__(self, pause: float = PAUSE_SECONDS) -> None:
        self._pause = pause
        # Apprise writes addresses into its log, and an address is a secret.
        logger = logging.getLogger("apprise")
        logger.handlers = [logging.NullHandler()]
        logger.propagate = False

    def __call__(self, address: str, title: str, body: str) -> bool:
        """Return whether the message has arrived."""
        for attempt in range(ATTEMPTS):
            if attempt:
                time.sleep(self._pause * attempt)
            if target(address).notify(title=title, body=body):
                return True
        return False


def target(address: str) -> Any:  # noqa: ANN401 - Apprise is untyped here
    """Return what sends to an address.

    Raises:
        ValueError: Apprise does not understand it.
    """
    # Without an address of the app and a footer no message links to anybody else.
    asset = apprise.AppriseAsset(app_id="tap-clevertap", app_desc="CleverTap alerts", app_url="")
    one = apprise.Apprise(asset=asset)
    if not one.add(_without_footer(address)):
        msg = "not a valid Apprise URL; expected for example slack://… or json://host/path"
        raise ValueError(msg)
    return one


def _without_footer(address: str) -> str:
    if not address.startswith(SLACK) or "footer=" in address:
        return address
    return f"{address}{'&' if '?' in address else '?'}footer=no"
