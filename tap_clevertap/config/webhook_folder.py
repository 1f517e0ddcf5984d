"""Where the receiver's files are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tap_clevertap.config.locations import (
    STORAGE_OPTIONS,
    URL,
    checked_object,
    storage_options_of,
    url_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

SETTING = "webhooks"


@dataclass(frozen=True, slots=True)
class WebhookFolder:
    """The setting, checked."""

    url: str
    storage_options: Mapping[str, Any] = field(repr=False)

    @classmethod
    def from_config(cls, config: object) -> WebhookFolder | None:
        """Build the view; None where there is no url, and nothing else either.

        Raises:
            SettingError: Part of it is not of the right form.
        """
        checked = checked_object(SETTING, config, (URL, STORAGE_OPTIONS))
        if not checked:
            return None
        return cls(url_of(SETTING, checked), storage_options_of(SETTING, checked))
