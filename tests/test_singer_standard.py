"""The SDK's own standard tests of a tap, against a sandbox, and what they forget to look at."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from tap_clevertap.sandbox import Behaviour, Sandbox, shop
from tap_clevertap.tap import TapClevertap
from tests.support.running import config_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk.testing.runners import TapTestRunner

ZONE = "Asia/Kolkata"
DAYS = 3
YESTERDAY = datetime.now(ZoneInfo(ZONE)).date() - timedelta(days=1)
FIRST_DAY = YESTERDAY - timedelta(days=DAYS - 1)
# The suite asks for its config while tests are collected, so the port is taken then.
ACCOUNT = Sandbox(
    shop(11, ZONE, YESTERDAY, days=DAYS, people=40, events_per_day=90),
    behaviour=Behaviour(partial_share=0),
)
CONFIG = config_for(ACCOUNT, start_date=FIRST_DAY.isoformat())
MAY_BE_EMPTY = ["count_queries", "top_properties"]
SUITE = SuiteConfig(max_records_limit=None, ignore_no_records_for_streams=MAY_BE_EMPTY)


def all_selected() -> dict[str, Any]:
    """Return a catalog with every stream, those too that are off unless asked for."""
    catalog = TapClevertap(validate_config=False).catalog_dict
    for stream in catalog["streams"]:
        stream["selected"] = True
        for entry in stream["metadata"]:
            if not entry["breadcrumb"]:
                entry["metadata"]["selected"] = True
    return catalog


@pytest.fixture(scope="module", autouse=True)
def _account() -> Iterator[None]:
    """Serve while these tests run."""
    with ACCOUNT:
        yield


Standard = get_tap_test_class(
    TapClevertap, config=CONFIG, suite_config=SUITE, catalog=all_selected()
)


@pytest.mark.filterwarnings("ignore:Fields in transformed catalog but not in records:UserWarning")
class TestSingerStandard(Standard):  # type: ignore[valid-type, misc] # made by the SDK at run time
    """The SDK's tests, and their holes filled."""

    def test_events_have_records(self, runner: TapTestRunner) -> None:
        """Streams may be empty in a small account, but not this one."""
        assert len(runner.records["events"]) > DAYS * 50

    def test_primary_keys_are_unique(self, runner: TapTestRunner) -> None:
        """The SDK compares generators, which are always unlike: here their values are compared."""
        for name, stream in runner.new_tap().streams.items():
            rows: list[dict[str, Any]] = runner.records[name]
            keys = [tuple(row[key] for key in stream.primary_keys) for row in rows]
            assert len(set(keys)) == len(keys), name
            assert not any(value is None for key in keys for value in key), name

    def test_the_final_state_is_finished(self, runner: TapTestRunner) -> None:
        """The SDK looks at the top of the state alone: markers would be deep within it."""
        final = runner.state_messages[-1]
        assert "progress_markers" not in str(final)
        assert final["value"]["bookmarks"]["events"]["partitions"]
