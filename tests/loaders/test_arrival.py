"""A loss is found by the command of Meltano, and the back-fill that it names brings the rows."""

from __future__ import annotations

import re

import pytest

from reports.arrival.sql import DIALECTS, SNOWFLAKE, Dialect, last_run, lost_rows
from tests.loaders.test_warehouses import Warehouse, warehouse
from tests.support.needs import only_by

pytestmark = only_by("loaders")
__all__ = ["warehouse"]
BATCH = (
    "DELETE FROM clevertap.events WHERE event_id IN"
    " (SELECT event_id FROM clevertap.events ORDER BY event_time LIMIT 150)"
)
SETTING = re.compile(r"TAP_CLEVERTAP_(\w+)='([^']*)'")


def test_a_lost_batch_is_found_and_loaded_again(
    warehouse: Warehouse,
) -> None:
    """The check is green after a load, red once a batch is lost, and green after its back-fill."""
    check = f"{warehouse.pipeline.loader.replace('target', 'arrival')}:check"
    warehouse.pipeline.run(also=check)
    warehouse.ask(BATCH)
    log = warehouse.pipeline.check(check, expected=1)
    assert re.search(r"events 'App Launched' \S+: \d+ rows written, \d+ arrived, \d+ lost", log)
    for command in re.findall(r"to load them: (.*)", log):
        settings = {name.lower(): value for name, value in SETTING.findall(command)}
        warehouse.pipeline.run(**settings)
    warehouse.pipeline.check(check, expected=0)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda one: one.name)
def test_the_query_parses_in_each_dialect(dialect: Dialect) -> None:
    """A parser of each warehouse's SQL takes both queries; there is no Snowflake to run them on."""
    import sqlglot  # noqa: PLC0415 - not on every machine

    streams = ["events", "event_charged", "profiles"]
    for sql in (lost_rows(dialect, "clevertap", streams), last_run(dialect, "clevertap")):
        [tree] = sqlglot.parse(sql, dialect=dialect.name)
        assert tree is not None
        assert tree.sql(dialect=dialect.name)
    assert SNOWFLAKE in DIALECTS
