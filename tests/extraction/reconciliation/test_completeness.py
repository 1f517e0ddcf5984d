"""Answers that look whole and are not: each is read again, or said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tap_clevertap.api.client import Client
from tap_clevertap.api.endpoints import TRENDS
from tap_clevertap.records.fast_decoding import TypedPage
from tests.extraction.reconciliation.test_healing import (
    DAYS,
    FLAT,
    PAGE,
    START,
    Tampered,
    account,
    numbers,
    truth,
    verdicts,
)
from tests.support.running import run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_clevertap.api.decoding import Envelope
    from tap_clevertap.api.endpoints import Endpoint
    from tests.conftest import Serve

NIGHTLY: dict[str, Any] = {"start_date": START, "batch_size": PAGE, "lookback_days": 0}


class EmptyFromTheFourthPageOn(Tampered):
    """Success after success, without rows, to the end."""

    def change(self, pages: list[Envelope]) -> list[Envelope]:
        """Take the rows out of the pages."""
        for page in pages[3:]:
            assert isinstance(page, TypedPage)
            page.records = []
        return pages


class EmptyInTheMiddle(Tampered):
    """One page in mid-export has no rows, and leads on."""

    def change(self, pages: list[Envelope]) -> list[Envelope]:
        """Take the rows out of a page."""
        page = pages[len(pages) // 2]
        assert isinstance(page, TypedPage)
        page.records = []
        return pages


@pytest.mark.parametrize("lie", [EmptyFromTheFourthPageOn, EmptyInTheMiddle])
@pytest.mark.parametrize("mode", ["warn", "fail"])
def test_pages_without_their_rows_are_read_again(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch, lie: type[Tampered], mode: str
) -> None:
    """An empty page may stand in mid-export, and is no proof that nothing was there."""
    tampered = lie(monkeypatch)
    box = sandbox(account(), FLAT)
    finished = run(box, **NIGHTLY, reconciliation=mode)
    assert tampered.left == 0
    assert numbers(finished) == truth(box)
    assert set(verdicts(finished).values()) == {"equal"}


class AnotherDayToo(Tampered):
    """Three rows of 1 June come with the first page, which nobody requested."""

    def change(self, pages: list[Envelope]) -> list[Envelope]:
        """Add copies of rows, dated before."""
        page = pages[0]
        assert isinstance(page, TypedPage)
        page.records += [
            msgspec.structs.replace(one, ts=20260601120000 + n)
            for n, one in enumerate(page.records[:3])
        ]
        return pages


def test_rows_of_other_days_are_counted_under_their_own(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """They go out, the day is told, and the days that were requested stay right."""
    AnotherDayToo(monkeypatch)
    box = sandbox(account(), FLAT)
    finished = run(box, **NIGHTLY)
    found = verdicts(finished)
    assert found.pop("2026-06-01") == "surplus"
    assert len(found) == DAYS
    assert set(found.values()) == {"equal"}
    assert "'Viewed' 2026-06-01: 3 rows extracted, 0 reported (surplus)" in caplog.text


@pytest.mark.parametrize("odd", [{}, {"days": []}, {"days": None}, {"weeks": {}}])
@pytest.mark.parametrize("times", [1, 10_000])
def test_counts_without_their_group_are_no_counts(
    sandbox: Serve,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    odd: dict[str, object],
    times: int,
) -> None:
    """They are requested again; where that does not help, days are not compared, with a warning."""
    left = [times]
    real = Client.post_and_poll

    def odd_at_first(
        client: Client, spec: Endpoint, query: Mapping[str, object], *, is_urgent: bool = True
    ) -> dict[str, Any]:
        answer = real(client, spec, query, is_urgent=is_urgent)
        if spec is TRENDS and left[0]:
            left[0] -= 1
            return {"status": "success", **odd}
        return dict(answer)

    monkeypatch.setattr(Client, "post_and_poll", odd_at_first)
    box = sandbox(account(), FLAT)
    finished = run(box, **NIGHTLY)
    assert numbers(finished) == truth(box)
    assert len(verdicts(finished)) == (DAYS if times == 1 else 0)
    assert ("no counts for 1 events, such as 'Viewed'" in caplog.text) == (times > 1)
