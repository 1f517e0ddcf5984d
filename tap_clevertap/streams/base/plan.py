"""`--plan`: what a run would read of the events' export, found out by counts alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tap_clevertap.api.endpoints import EVENTS, Export
from tap_clevertap.extraction.checkpoint import Checkpoint
from tap_clevertap.extraction.fetcher import CountRequest, DailyCounts, Fetcher
from tap_clevertap.extraction.scheduler import Scheduler
from tap_clevertap.extraction.slices.preview import event_plans, plan_lines
from tap_clevertap.extraction.subscribers import partitions_of
from tap_clevertap.extraction.worker_pool import in_parallel
from tap_clevertap.streams.base.sliced import SlicedStream, read_together

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from tap_clevertap.extraction.shared_export import SharedExport
    from tap_clevertap.extraction.slices.model import Partition
    from tap_clevertap.streams.base.stream import ClevertapStream


def print_plan(streams: Sequence[ClevertapStream]) -> None:
    """Print what a run would read for streams of events; nothing but counts is requested.

    Raises:
        ClevertapError: A setting is wrong, or the account is out of reach.
    """
    sliced = [one for one in streams if isinstance(one, SlicedStream)]
    if not sliced:
        click.echo("no stream of events is selected")
        return
    read_together(sliced)
    for line in _lines(sliced[0].shared_export):
        click.echo(line)


def _lines(export: SharedExport) -> Iterator[str]:
    run, window, subscribers = export.run_of_events()
    lanes, page_rows = run.settings.max_concurrency, run.settings.batch_size
    partitions = partitions_of(subscribers)
    scheduler = Scheduler(window, Checkpoint(subscribers), partitions, lanes, page_rows)
    days = ((one, scheduler.days(one)) for one in partitions)
    requests = [CountRequest(one, *wanted) for one, wanted in days if wanted]
    counts: dict[Partition, Mapping[date, int] | None] = {}
    fetcher = Fetcher(run, Export(EVENTS))
    for request, answer in in_parallel(requests, fetcher.counts, lanes=lanes):
        if isinstance(answer, DailyCounts):
            counts[request.partition] = answer.by_day
            scheduler.cut(request.partition, answer.by_day)
    slices_ = list(iter(scheduler.next_slice, None))
    yield from plan_lines(event_plans(slices_, counts, page_rows), export.seconds_a_request)
