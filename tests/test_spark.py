"""Spark reads export files into the rows that the tap makes of them."""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from tap_clevertap.sandbox import shop
from tests.support.exports import HEAD, export, put, read_exports, rows
from tests.support.needs import needs
from tests.support.worlds import KOLKATA

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [
    needs("spark", modules=("pyspark",), commands=("java",)),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

JSON = dict[str, Any]
FIRST, LAST = date(2026, 7, 7), date(2026, 7, 9)
NESTED = ("profile", "event_props", "session_props", "items", "extra")
NESTED_OF_PROFILES = ("platform_info", "profile_data", "events", "extra")
AMOUNTS = (10, 20, 30, 40)


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    """Give a session of two cores, with the format registered."""
    from pyspark.sql import SparkSession  # noqa: PLC0415 - only where it is installed

    from tap_clevertap.spark import ClevertapExports  # noqa: PLC0415 - likewise

    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.driver.memory", "1g")
        .getOrCreate()
    )
    session.dataSource.register(ClevertapExports)
    yield session
    session.stop()


def by_spark(spark: Any, folder: Path, **options: str) -> Any:  # noqa: ANN401 - a frame of Spark's
    """Return what Spark reads of a folder."""
    reader = spark.read.format("clevertap").option("timezone", KOLKATA)
    for name, value in ({"min_age_minutes": "0"} | options).items():
        reader = reader.option(name, value)
    return reader.load(str(folder))


def as_rows(frame: Any, *nested: str) -> list[JSON]:  # noqa: ANN401 - likewise
    """Return the rows of a frame as the tap prints them."""
    found = frame.toArrow().to_pylist()
    return [
        {
            name: json.loads(value) if value and name in nested else _printed(value)
            for name, value in row.items()
        }
        for row in found
    ]


def _printed(value: object) -> object:
    """Return a day or an instant as the tap prints it."""
    return value.isoformat() if isinstance(value, date) else value


def in_order(found: list[JSON], key: str) -> list[JSON]:
    """Return rows in the order of a key."""
    return sorted(found, key=lambda row: str(row[key]))


@pytest.mark.parametrize("kind", ["csv", "json", "parquet"])
def test_rows_are_those_of_the_tap(spark: Any, tmp_path: Path, kind: str) -> None:  # noqa: ANN401 - a session
    """The same envelope, the same ids, a partition a file."""
    world = shop(3, KOLKATA, LAST, days=3, people=40, events_per_day=60)
    written = export(world, tmp_path, FIRST, LAST, format=kind, has_object_ids=True)
    frame = by_spark(spark, tmp_path)
    found = in_order(as_rows(frame, *NESTED), "event_id")
    assert found == in_order(rows(read_exports(tmp_path)), "event_id")
    files = [one for one in written if one.parent.name == "events"]
    assert frame.rdd.getNumPartitions() == len(files)
    frame = by_spark(spark, tmp_path, kind="profiles")
    people = in_order(as_rows(frame, *NESTED_OF_PROFILES), "profile_id")
    told = read_exports(tmp_path, "exported_profiles").records("exported_profiles")
    assert people == in_order(told, "profile_id")


def test_options_choose_events_and_days(spark: Any, tmp_path: Path) -> None:  # noqa: ANN401 - likewise
    """As the settings of the tap do."""
    world = shop(3, KOLKATA, LAST, days=3, people=40, events_per_day=60)
    export(world, tmp_path, FIRST, LAST)
    options = {"events": '["Char*"]', "start_date": "2026-07-08", "end_date": "2026-07-08"}
    found = as_rows(by_spark(spark, tmp_path, **options), *NESTED)
    told = read_exports(tmp_path, events=["Char*"], start_date="2026-07-08", end_date="2026-07-08")
    assert in_order(found, "event_id") == in_order(rows(told), "event_id")
    assert found


def test_a_cut_file_fails_the_job_by_name(spark: Any, tmp_path: Path) -> None:  # noqa: ANN401 - likewise
    """Nothing of it is taken for whole."""
    name = f"{HEAD}-Viewed-20260701-0-0.csv.gz"
    whole = put(tmp_path, name, "ts,eventName\n20260701120000,Viewed\n" * 99, is_gzip=True)
    whole.write_bytes(whole.read_bytes()[:-9])
    with pytest.raises(Exception, match=f"{name}: is cut off or corrupt"):
        by_spark(spark, tmp_path).collect()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"timezone": "Nowhere/None"}, "timezone: 'Nowhere/None' is not a valid IANA time zone"),
        ({"kind": "people"}, "kind: 'people' is not valid; expected events or profiles"),
        ({"start_date": "July"}, "start_date: 'July' is not a valid day; expected YYYY-MM-DD"),
    ],
)
def test_a_wrong_option_is_named(spark: Any, tmp_path: Path, options: JSON, said: str) -> None:  # noqa: ANN401 - likewise
    """With what was given and what is expected."""
    with pytest.raises(Exception, match=said):
        by_spark(spark, tmp_path, **options).collect()


def eight_headers(folder: Path) -> None:
    """Write eight files of purchases whose amounts, four in all, stand in other columns."""
    for number in range(8):
        columns = [f"eventProps.P{n}" for n in range(number)]
        columns.insert(number // 2, "eventProps.Amount")
        amount = str(AMOUNTS[number % len(AMOUNTS)])
        cells = [amount if name == "eventProps.Amount" else "x" for name in columns]
        text = f"ts,eventName,{','.join(columns)}\n20260701120000,Charged,{','.join(cells)}\n"
        put(folder, f"{HEAD}-Charged-20260701-{number}-0.csv.gz", text, is_gzip=True)


def test_many_headers_are_read_by_name(spark: Any, tmp_path: Path) -> None:  # noqa: ANN401 - likewise
    """Spark's own reader puts cells by position of one header, without an error: ours does not."""
    eight_headers(tmp_path)
    found = by_spark(spark, tmp_path).selectExpr("get_json_object(event_props, '$.Amount') a")
    assert {row.a for row in found.collect()} == {str(one) for one in AMOUNTS}
    own = spark.read.option("header", "true").csv(str(tmp_path))
    assert {row[0] for row in own.select("`eventProps.Amount`").collect()} != {
        str(one) for one in AMOUNTS
    }


def test_arrow_batches_beside_tuples(
    spark: Any,  # noqa: ANN401 - likewise
    tmp_path: Path,
    record_property: Any,  # noqa: ANN401 - pytest's
) -> None:
    """Both ways give the same rows; how long each took is noted, not judged."""
    world = shop(3, KOLKATA, LAST, days=3, people=40, events_per_day=300)
    export(world, tmp_path, FIRST, LAST)
    from tests.support.spark_tuples import TupleExports  # noqa: PLC0415 - likewise

    spark.dataSource.register(TupleExports)
    seconds, counts = {}, set()
    for name in ("clevertap", "clevertap_tuples") * 2:  # the first round starts Python's workers
        reader = spark.read.format(name).option("timezone", KOLKATA).option("min_age_minutes", "0")
        started = time.perf_counter()
        counts.add(reader.load(str(tmp_path)).selectExpr("sum(length(event_props))").first()[0])
        seconds[name] = time.perf_counter() - started
    record_property("seconds", json.dumps(seconds))
    assert len(counts) == 1
