"""Streams of campaigns created through the API, and of their reports."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from tap_clevertap import errors, logger
from tap_clevertap.api.endpoints import CAMPAIGN_REPORT, CAMPAIGNS, date_range
from tap_clevertap.extraction.slices.planning import fixed_width, plan
from tap_clevertap.extraction.slices.window import run_window
from tap_clevertap.extraction.worker_pool import JobDone, in_parallel
from tap_clevertap.records.field_reader import FieldReader, read_entries
from tap_clevertap.streams.base.columns import EXTRA, integer, json, schema, text
from tap_clevertap.streams.base.listed import DateRangeStream, warn_of_skipped
from tap_clevertap.streams.base.polled import RequestStream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from tap_clevertap.extraction.run import Run
    from tap_clevertap.extraction.slices.model import Slice
    from tap_clevertap.output.rows import Row


MAX_DAYS = 31
"""CleverTap's documentation asks for no more."""
DAYS_AHEAD = 366
"""Campaigns are filtered by their start date, which may be in the future."""


class CampaignsStream(DateRangeStream):
    """Campaigns created through the API, filtered by start date, up to one year ahead.

    CleverTap has no endpoint that lists campaigns created in the dashboard; see `message_reports`.
    """

    name = "campaigns"
    endpoints = (CAMPAIGNS,)
    window_days = MAX_DAYS
    days_ahead = DAYS_AHEAD
    list_key = "targets"
    primary_keys = ("id",)
    jsonschema: ClassVar = schema(
        integer("id", "CleverTap's id of the campaign.", required=True),
        text("name", "Name given when the campaign was created."),
        text("scheduled_on", "Start of the campaign as sent, in the account's time zone."),
        text("status", "One of pending, scheduled, running, completed, stopped or paused."),
        EXTRA,
    )

    @override
    def record(self, fields: FieldReader) -> Row:
        return {
            "id": fields.key_integer("id"),
            "name": fields.text("name"),
            "scheduled_on": fields.text("scheduled_on"),
            "status": fields.text("status"),
            "extra": fields.rest,
        }


class CampaignReportsStream(RequestStream[int]):
    """Results of each campaign of `campaigns` that has finished.

    The number of unfinished campaigns, by CleverTap's message, is logged at the end.
    """

    name = "campaign_reports"
    prefetches = False
    endpoints = (CAMPAIGN_REPORT, CAMPAIGNS)
    primary_keys = ("id",)
    jsonschema: ClassVar = schema(
        integer("id", "CleverTap's id of the campaign, as in the campaigns stream.", required=True),
        integer("sent", "Number of messages sent."),
        integer("clicked", "Number of messages clicked."),
        json("extra", "The report's other numbers, as sent."),
    )

    @override
    def requests(self) -> Iterable[int]:
        progress = self.run.progress(self.name)
        return campaign_ids(self.run, progress.wait)

    @override
    def fetch(self, request: int) -> Sequence[Row]:
        try:
            fetch = self.run.client.post_and_poll(CAMPAIGN_REPORT, {"id": request})
        except (errors.ReportNotReady, errors.InvalidCampaign) as error:
            return self._without(str(error))
        if not isinstance(fetch.get("result"), dict):
            return self._without("a response without a result")
        fields = FieldReader(fetch["result"])
        sent, clicked = fields.integer("sent"), fields.integer("clicked")
        return [{"id": request, "sent": sent, "clicked": clicked, "extra": fields.rest}]

    @override
    def pages(self) -> Iterator[Sequence[Row]]:
        self._reasons: list[str] = []
        yield from super().pages()
        if self._reasons:
            reasons = ", ".join(f"{n} x {why}" for why, n in sorted(Counter(self._reasons).items()))
            many = len(self._reasons)
            logger.info("%s: %d campaigns have no result yet (%s)", self.name, many, reasons)

    def _without(self, reason: str) -> Sequence[Row]:
        self._reasons.append(reason)
        return []


def campaign_ids(run: Run, on_idle: Callable[[], None]) -> list[int]:
    """Request the ids of the campaigns, also if the `campaigns` stream is deselected.

    `on_idle` is called once a minute while waiting for a response.

    Raises:
        ClevertapError: The campaigns cannot be listed.
    """

    def ids(slice_: Slice) -> Iterator[list[int]]:
        listed = run.client.post_and_poll(CAMPAIGNS, date_range(slice_.first, slice_.last))
        key = CampaignsStream.list_key
        found, skipped = read_entries(listed, key, lambda fields: fields.key_integer("id"))
        warn_of_skipped(f"campaign_reports, {CAMPAIGNS.path}", key, skipped)
        yield found

    lanes = run.settings.max_concurrency
    window = run_window(run.settings, run.now).reaching_ahead(DAYS_AHEAD)
    windows = plan("campaigns", window, None, fixed_width(MAX_DAYS))
    pages = in_parallel(windows, ids, lanes=lanes, on_idle=on_idle)
    return sorted({one for _, page in pages if not isinstance(page, JobDone) for one in page})
