"""Which exports CleverTap says it has completed: its status alerts, as the receiver stored them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from tap_clevertap.extraction.files.deliveries import read_deliveries, webhook_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import tzinfo

    from tap_clevertap.files.names import ExportName
    from tap_clevertap.files.storage import Folder
    from tap_clevertap.records.webhooks import Delivery

MARK = b"Export Request Id"
COMPLETED = "Completed"
AS_PRINTED = "%d/%m/%Y %I:%M:%S %p"
SECONDS_DIGITS = 10

_BODIES = msgspec.json.Decoder(dict[str, Any])


class CompletedExports:
    """The instant up to which each export request was completed, by its id."""

    def __init__(self, latest: Mapping[str, float]) -> None:
        self._latest = latest

    def has(self, name: ExportName) -> bool:
        """Tell whether the run that a file is of was completed: an alert came after it began."""
        if name.request is None or name.run is None:
            return False
        return self._latest.get(name.request, float("-inf")) >= _seconds(name.run)


def completed_exports(folder: Folder, zone: tzinfo) -> CompletedExports:
    """Return what the alerts in the receiver's folder say; their times are in the account's zone.

    Raises:
        ClevertapError: The folder cannot be listed, or a file of it not be read.
    """
    latest: dict[str, float] = {}
    for file in webhook_files(folder.files()):
        for request, at in _completions(read_deliveries(folder, file, MARK), zone):
            latest[request] = max(at, latest.get(request, at))
    return CompletedExports(latest)


def _completions(deliveries: Iterable[Delivery], zone: tzinfo) -> Iterable[tuple[str, float]]:
    """Yield the request and the instant of each alert that says so."""
    for delivery in deliveries:
        try:
            body = _BODIES.decode(delivery.body)
        except (msgspec.DecodeError, UnicodeError):
            continue
        request = body.get(MARK.decode())
        if request is not None and body.get("Status") == COMPLETED:
            yield str(request), _instant(body.get("Date and Time"), delivery, zone)


def _instant(printed: object, delivery: Delivery, zone: tzinfo) -> float:
    """Return when an export was completed, by its alert, or else when that came."""
    try:
        local = datetime.strptime(str(printed), AS_PRINTED)  # noqa: DTZ007 - zone follows
    except ValueError:
        return delivery.received_at.timestamp()
    return local.replace(tzinfo=zone).timestamp()


def _seconds(run: str) -> float:
    """Return an epoch in seconds; some names have milliseconds."""
    return float(f"{run[:SECONDS_DIGITS]}.{run[SECONDS_DIGITS:] or 0}")
