"""Records of an export as Parquet, with a union for each value: the member that is set is it."""

from __future__ import annotations

import gzip
import io
from typing import TYPE_CHECKING, Any

from tap_clevertap.sandbox.files.formats import cell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_clevertap.sandbox.account.models import JSON

MAX_INT32 = 2**31
IDENTITIES = {"identity", "all_identities", "objectId"}


def event_bytes(records: Sequence[JSON], epochs: Sequence[int]) -> bytes:
    """Return Parquet; `epochs` are the instants of the records."""
    import pyarrow as pa  # noqa: PLC0415 - heavy, and for this format alone

    rows = [_event(record, epoch) for record, epoch in zip(records, epochs, strict=True)]
    return _written(rows, _event_schema(pa))


def profile_bytes(records: Sequence[JSON]) -> bytes:
    """Return Parquet of profiles."""
    import pyarrow as pa  # noqa: PLC0415 - likewise

    maps = pa.map_(pa.string(), _union(pa))
    names = ("identity", "profileIdentities", "device", "commPrefs", "profileProps")
    schema = pa.schema([(name, maps) for name in names])
    return _written([_profile(record) for record in records], schema)


def gzipped(content: bytes) -> bytes:
    """Return a whole file as gzip, as older exports have Parquet."""
    return gzip.compress(content, 1)


def _written(rows: list[dict[str, Any]], schema: Any) -> bytes:  # noqa: ANN401 - pyarrow has no types
    import pyarrow as pa  # noqa: PLC0415 - likewise
    from pyarrow import parquet  # noqa: PLC0415 - likewise

    out = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(rows, schema=schema), out, compression="snappy")
    return out.getvalue()


def _event_schema(pa: Any) -> Any:  # noqa: ANN401 - likewise
    identity = pa.struct([("member0", pa.string()), ("member1", pa.list_(pa.string()))])
    texts = pa.map_(pa.string(), pa.string())
    return pa.schema(
        [
            ("eventName", pa.string()),
            ("eventTime", pa.string()),
            ("identity", pa.map_(pa.string(), identity)),
            ("eventProps", pa.map_(pa.string(), _union(pa))),
            ("sessionProps", texts),
            ("deviceInfo", texts),
            ("profile", texts),
        ]
    )


def _union(pa: Any) -> Any:  # noqa: ANN401 - likewise
    kinds = (pa.bool_(), pa.int32(), pa.int64(), pa.float32(), pa.float64(), pa.string())
    members = [(f"member{n}", kind) for n, kind in enumerate(kinds)]
    return pa.struct([*members, ("member6", pa.map_(pa.string(), pa.string()))])


def _event(record: JSON, epoch: int) -> dict[str, Any]:
    profile, device = _object(record["profile"]), dict(_object(record["deviceInfo"]))
    device |= _object(device.pop("dimensions", {})) | {"platform": profile["platform"]}
    if "push_token" in profile:
        device["token"] = profile["push_token"]
    props = _object(record["eventProps"])
    if "items" in record:
        props = props | {"Items": record["items"]}
    row = {
        "eventName": record["eventName"],
        "eventTime": str(epoch),
        "identity": _identity(profile),
        "eventProps": _unions(props),
        "deviceInfo": _texts(device),
        "profile": _texts({n: profile[n] for n in ("name", "email", "phone") if n in profile}),
    }
    session = record.get("session_props")
    return row | ({"sessionProps": _texts(_object(session))} if session else {})


def _identity(profile: JSON) -> list[tuple[str, JSON]]:
    found: list[tuple[str, JSON]] = []
    if "objectId" in profile:
        found.append(("clevertapId", {"member0": profile["objectId"]}))
    if "identity" in profile:
        found.append(("identity", {"member0": profile["identity"]}))
        found.append(("all_identities", {"member1": profile["all_identities"]}))
    return found


def _profile(record: JSON) -> dict[str, Any]:
    left = {name: value for name, value in record.items() if value is not None}
    ids = {name: left.pop(name) for name in ("identity", "all_identities") if name in left}
    device = {
        name: left.pop(name) for name in ("clevertapId", "clevertapIds", "token") if name in left
    }
    prefs = {
        n: left.pop(n) for n in list(left) if n.startswith("MSG-") or n == "subscriptionGroups"
    }
    parts = {"profileIdentities": ids, "device": device, "commPrefs": prefs, "profileProps": left}
    return {name: _unions(_object(part)) for name, part in parts.items()}


def _unions(values: JSON) -> list[tuple[str, JSON]]:
    """Return a map's entries; a union has no null, so what is null is left out."""
    return [(name, _member(value)) for name, value in values.items() if value is not None]


def _member(value: object) -> JSON:
    match value:
        case bool():
            return {"member0": value}
        case int():
            return {"member1" if abs(value) < MAX_INT32 else "member2": value}
        case float():
            return {"member4": value}
        case dict() if all(isinstance(one, str) for one in value.values()):
            return {"member6": list(value.items())}
    return {"member5": cell(value)}


def _texts(values: JSON) -> list[tuple[str, str]]:
    return [(name, str(value)) for name, value in values.items() if value is not None]


def _object(value: object) -> JSON:
    return value if isinstance(value, dict) else {}
