"""The project itself: described columns, and the warehouses that are only parsed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.transform.warehouses import NEEDS_DBT, ROOT, Warehouse

if TYPE_CHECKING:
    from pathlib import Path

    from tests.transform.conftest import Morning

pytestmark = NEEDS_DBT

OTHERS = {
    "bigquery": {"TARGET_BIGQUERY_PROJECT": "nobody"},
    "snowflake": {"SNOWFLAKE_ACCOUNT": "nobody", "SNOWFLAKE_USER": "x", "SNOWFLAKE_PASSWORD": "x"},
}


def models(folder: Path) -> list[dict[str, Any]]:
    """Return the models of a manifest."""
    manifest = json.loads((folder / "dbt" / "manifest.json").read_text())
    return [one for one in manifest["nodes"].values() if one["resource_type"] == "model"]


def test_every_column_is_described(morning: Morning) -> None:
    """No more and no fewer than the warehouse has."""
    described = models(morning.warehouse.folder)
    assert len(described) > 40
    for model in described:
        columns = morning.warehouse.ask(
            "select column_name from information_schema.columns"  # noqa: S608 - our own names
            f" where table_schema = '{model['schema']}' and table_name = '{model['name']}'"
        )
        assert {name for (name,) in columns} == set(model["columns"]), model["name"]
        assert all(one["description"] for one in model["columns"].values()), model["name"]
        assert model["description"]


def not_asked(sql: str) -> list[list[Any]]:
    """Refuse to answer: nothing is connected."""
    raise AssertionError(sql)


@pytest.mark.parametrize("name", OTHERS)
def test_other_warehouses_parse(name: str, tmp_path: Path) -> None:
    """All of the project, by the warehouse's own adapter; nothing of it is run."""
    other = Warehouse(name, tmp_path, not_asked, OTHERS[name] | {"DBT_TARGET": name}, {})
    with other.entered():
        other.dbt("parse")
    parsed = models(tmp_path)
    assert len(parsed) > 40
    manifest = json.loads((tmp_path / "dbt" / "manifest.json").read_text())
    assert manifest["metadata"]["adapter_type"] == name


def test_days_are_partitions_on_bigquery(tmp_path: Path) -> None:
    """Of every mart that has them; events replace whole days."""
    environment = OTHERS["bigquery"] | {"DBT_TARGET": "bigquery"}
    other = Warehouse("bigquery", tmp_path, not_asked, environment, {})
    with other.entered():
        other.dbt("parse")
    marts = {one["name"]: one for one in models(tmp_path) if one["path"].startswith("marts/")}
    by_day = [one for one in marts.values() if "event_date" in one["columns"]]
    assert len(by_day) > 7
    for mart in by_day:
        assert mart["config"]["partition_by"] == {"field": "event_date", "data_type": "date"}
    assert marts["events"]["config"]["incremental_strategy"] == "insert_overwrite"


def test_alerts_are_warnings_whose_rows_are_kept() -> None:
    """A failing test inside `dbt build` would skip what comes after it."""
    text = (ROOT / "transform" / "dbt_project.yml").read_text()
    assert "+store_failures: true" in text
    assert "+severity: warn" in text
    assert "--exclude tag:alert" in (ROOT / "meltano.yml").read_text()
