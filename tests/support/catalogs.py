"""Catalogs that select some streams, and records held against their schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator, FormatChecker

from tap_clevertap.tap import TapClevertap

if TYPE_CHECKING:
    from collections.abc import Collection

    from tests.support.running import Run

JSON = dict[str, Any]
CONFIG = {"account_id": "TEST-ABC", "passcode": "s3cr3t", "timezone": "UTC"} | {
    name: {"url": "."} for name in ("webhooks", "exports")
}


def catalog_of(*names: str, method: str | None = None, without: Collection[str] = ()) -> JSON:
    """Return a catalog that selects the named streams, but not the columns in `without`."""
    catalog: JSON = TapClevertap(config=CONFIG, parse_env_config=False).catalog_dict
    for stream in catalog["streams"]:
        if method and stream["tap_stream_id"] in names:
            stream["replication_method"] = method
        for entry in stream["metadata"]:
            crumb, metadata = entry["breadcrumb"], entry["metadata"]
            metadata["selected"] = stream["tap_stream_id"] in names and (
                not crumb or crumb[-1] not in without
            )
            if method and not crumb and metadata["selected"]:
                metadata["forced-replication-method"] = method
    return catalog


def assert_conforms(finished: Run, stream: str) -> None:
    """Make sure that each record fits the stream's SCHEMA, has its key, and the key is its own."""
    [schema] = (
        one for one in finished.messages if one["type"] == "SCHEMA" and one["stream"] == stream
    )
    described = schema["schema"]["properties"]
    assert all(column.get("description") for column in described.values())
    check = Draft202012Validator(schema["schema"], format_checker=FormatChecker())
    keys = []
    for record in finished.records(stream):
        check.validate(record)
        assert set(record) <= set(described)
        keys.append(tuple(record[name] for name in schema["key_properties"]))
    assert len(set(keys)) == len(keys)
