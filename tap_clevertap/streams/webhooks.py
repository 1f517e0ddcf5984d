"""Stream of the webhooks that the receiver has stored."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from tap_clevertap.config.locations import STORAGES
from tap_clevertap.config.privacy import MaskingRule
from tap_clevertap.errors import SettingError
from tap_clevertap.extraction.files.deliveries import read_deliveries, webhook_files
from tap_clevertap.extraction.files.recent_ids import RecentIds
from tap_clevertap.files.storage import Folder
from tap_clevertap.output.rows import as_json
from tap_clevertap.records.webhooks import webhook_rows
from tap_clevertap.streams.base.columns import boolean, instant, json, schema, text, texts
from tap_clevertap.streams.base.filed import FileStream

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from tap_clevertap.files.listing import StoredFile
    from tap_clevertap.output.rows import Row
    from tap_clevertap.records.webhooks import Delivery

SETTING = "webhooks.url"
ID = "webhook_id"
SETTLING = timedelta(minutes=1)
"""Buckets date files by the second, and a copy may take a moment: what is younger waits."""
ROWS, BYTES = 1000, 1 << 20
"""What is written together at most: a body of many profiles may repeat a lot."""


class WebhooksStream(FileStream):
    """Webhooks stored by `tap-clevertap-webhooks`: a row per profile, and export status alerts.

    Equal bodies are one: CleverTap repeats deliveries and sends nothing to tell them apart.
    """

    name = "webhooks"
    needs_setting = "webhooks"
    primary_keys = (ID,)
    replication_key = "received_at"
    has_personal_data = True
    jsonschema: ClassVar = schema(
        text(ID, "Hash of the body and of the profile's place in it.", required=True),
        instant("received_at", "Time at which the receiver had the body, in UTC."),
        text("kind", "campaign, export_alert, or custom for any other body."),
        boolean("is_test", "Whether it is the test that CleverTap sends to save a template."),
        text("target_id", "CleverTap's id of the campaign."),
        text("identity", "Your id of the user. Joins events and profiles."),
        texts("all_identities", "All ids, e-mail addresses and phone numbers of the user."),
        text("email", "E-mail address of the user."),
        text("phone", "Phone number of the user."),
        text("name", "Name of the user."),
        text("object_id", "CleverTap's id of the device. Joins events."),
        json("key_values", "Key-value pairs of the template."),
        json("event_properties", "Properties of the event that triggered a live campaign."),
        json("session_props", "Properties of the session."),
        json("profile", "Other fields of the profile: profileData, systemProfileData, …"),
        json("body", "Fields of the body beside the profiles; all of it for other bodies."),
    )

    @property
    @override
    def folder(self) -> Folder:
        webhooks = self.run.settings.webhooks
        if webhooks is None:
            msg = f"{SETTING}: missing; expected {STORAGES}"
            raise SettingError(msg)
        return Folder(webhooks.url, webhooks.storage_options, SETTING)

    @override
    def prepare(self) -> None:
        settings = self.run.settings
        self._check_privacy()
        self._recent = RecentIds()
        self._first = settings.start_date and datetime.combine(
            settings.start_date, time(), settings.zone
        )
        self._end = settings.end_date and datetime.combine(
            settings.end_date + timedelta(days=1), time(), settings.zone
        )
        super().prepare()

    @override
    def wanted(self, files: Collection[StoredFile]) -> Collection[StoredFile]:
        return webhook_files(files)

    @override
    def is_whole(self, file: StoredFile) -> bool:
        return self.folder.is_local or file.arrived <= self.run.now - SETTLING

    @override
    def read(self, file: StoredFile) -> Iterator[Sequence[Row]]:
        rows: list[bytes] = []
        size = 0
        for row in self._rows(file):
            rows.append(row)
            size += len(row)
            if len(rows) >= ROWS or size >= BYTES:
                yield rows
                rows, size = [], 0
        if rows:
            yield rows

    def _rows(self, file: StoredFile) -> Iterator[bytes]:
        """Yield the rows of a file that did not come lately, as JSON."""
        for delivery in read_deliveries(self.folder, file):
            if self._is_wanted(delivery):
                for row in webhook_rows(delivery):
                    if self._recent.is_new(row.webhook_id):
                        yield as_json(row)

    def _is_wanted(self, delivery: Delivery) -> bool:
        """Tell whether a body came on a day that the settings ask for."""
        at = delivery.received_at
        return (not self._first or at >= self._first) and (not self._end or at < self._end)

    def _check_privacy(self) -> None:
        """Refuse an id that whoever knows the rest of a body could try values against.

        Raises:
            SettingError: A column has a rule, and the id has none.
        """
        rules = self.run.settings.privacy
        columns = rules.columns & self.jsonschema["properties"].keys()
        if columns and rules.plain.get(ID) is not MaskingRule.HASH:
            some = ", ".join(sorted(columns))
            msg = f"privacy: {ID} still reveals {some} of {self.name}; expected it in privacy.hash"
            raise SettingError(msg)
