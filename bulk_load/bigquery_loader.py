"""Into BigQuery: one load job a stream into a table of its own, then one MERGE."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bulk_load.messages import BulkError

if TYPE_CHECKING:
    from bulk_load.messages import Stream

TYPES = {
    "integer": "INT64",
    "number": "FLOAT64",
    "boolean": "BOOL",
    "instant": "TIMESTAMP",
    "day": "DATE",
    "json": "JSON",
}
"""The types that target-bigquery gives with `denormalized`; lists are repeated."""
REPEATED = {"texts": "STRING", "jsons": "JSON"}


def load(client: Any, dataset: str, stream: Stream) -> int:  # noqa: ANN401 - Google's
    """Load the files of a stream, and return how many rows they have.

    Raises:
        BulkError: The load job or the MERGE failed; the table is as it was.
    """
    from google.api_core.exceptions import GoogleAPIError  # noqa: PLC0415 - not for others

    if not stream.files:
        return 0
    try:
        return _load(client, dataset, stream)
    except (GoogleAPIError, OSError) as error:
        msg = f"{stream.name}: cannot be loaded: {str(error).partition(chr(10))[0]}"
        raise BulkError(msg) from None


def _load(client: Any, dataset: str, stream: Stream) -> int:  # noqa: ANN401 - Google's
    from google.cloud import bigquery  # noqa: PLC0415 - not for other warehouses

    staging, table = f"{dataset}.{stream.name}__bulk", f"{dataset}.{stream.name}"
    config = bigquery.LoadJobConfig(
        schema=[_field(bigquery, one.name, one.kind) for one in stream.columns.values()],
        source_format=bigquery.SourceFormat.NEWLINE_DELIMITED_JSON,
        write_disposition=bigquery.WriteDisposition.WRITE_TRUNCATE,
    )
    rows = 0
    for jobs in _jobs(client, staging, stream, config):
        rows += int(jobs.result().output_rows or 0)
        config.write_disposition = bigquery.WriteDisposition.WRITE_APPEND
    client.query(f"CREATE TABLE IF NOT EXISTS `{table}` LIKE `{staging}`").result()
    client.query(merge(table, staging, stream)).result()
    client.delete_table(staging)
    return rows


def _jobs(client: Any, staging: str, stream: Stream, config: Any) -> Any:  # noqa: ANN401 - Google's
    """Yield the load jobs: one for all files of a bucket, one for each file of this machine."""
    in_bucket = [one for one in stream.files if one.startswith("gs://")]
    if in_bucket:
        yield client.load_table_from_uri(in_bucket, staging, job_config=config)
    for path in stream.files:
        if path not in in_bucket:
            with open(path, "rb") as file:  # noqa: PTH123 - a path or not is the loader's to say
                yield client.load_table_from_file(file, staging, job_config=config)


def merge(table: str, staging: str, stream: Stream) -> str:
    """Return the MERGE that replaces rows by their key."""
    on = " AND ".join(f"t.`{name}` = s.`{name}`" for name in stream.key)
    key = ", ".join(f"`{name}`" for name in stream.key)
    names = ", ".join(f"`{name}`" for name in stream.columns)
    values = ", ".join(f"s.`{name}`" for name in stream.columns)
    others = [name for name in stream.columns if name not in stream.key]
    sets = ", ".join(f"`{name}` = s.`{name}`" for name in others)
    update = f" WHEN MATCHED THEN UPDATE SET {sets}" if others else ""
    return (
        f"MERGE `{table}` t USING (SELECT * FROM `{staging}` WHERE TRUE"
        f" QUALIFY row_number() OVER (PARTITION BY {key}) = 1) s ON {on}{update}"
        f" WHEN NOT MATCHED THEN INSERT ({names}) VALUES ({values})"
    )


def _field(bigquery: Any, name: str, kind: str) -> Any:  # noqa: ANN401 - Google's
    if kind in REPEATED:
        return bigquery.SchemaField(name, REPEATED[kind], mode="REPEATED")
    return bigquery.SchemaField(name, TYPES.get(kind, "STRING"))
