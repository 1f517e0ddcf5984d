"""Which paths there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tap_clevertap.sandbox.server.routes import ROUTES, is_write
from tests.support.caller import QUERY

if TYPE_CHECKING:
    from tests.support.caller import JSON, Serve

TREND: JSON = QUERY | {"groups": {"days": {"trend_type": "daily"}}}
TOP: JSON = QUERY | {"groups": {"n": {"property_type": "event_properties", "name": "n"}}}
DAYS: JSON = {"from": 20260701, "to": 20260703}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/1/events.json", QUERY),
        ("POST", "/1/profiles.json", QUERY),
        ("GET", "/1/profile.json?identity=user-1", None),
        ("POST", "/1/counts/events.json", QUERY),
        ("POST", "/1/counts/profiles.json", QUERY),
        ("POST", "/1/counts/trends.json", TREND),
        ("POST", "/1/counts/top.json", TOP),
        ("POST", "/1/now.json", {}),
        ("POST", "/1/targets/list.json", DAYS),
        ("POST", "/1/message/report.json", DAYS),
        ("GET", "/getSchema?type=events", None),
        ("POST", "/getSchema?type=events", None),
        ("GET", "/category-groups", None),
        ("GET", "/v1/contentBlock/list", None),
    ],
)
def test_every_endpoint_answers(serve: Serve, method: str, path: str, body: object) -> None:
    """With success, or with a number to poll for."""
    _, call = serve()
    response = call.post(path, body) if method == "POST" else call.get(path)
    assert response.status_code == 200
    assert response.json()["status"] in {"success", "partial"}


def test_counts_are_polled_where_they_were_asked() -> None:
    """The same path takes both verbs."""
    counts = {path for _, path in ROUTES if path.startswith("/1/counts/")}
    assert len(counts) == 4
    assert all((verb, path) in ROUTES for verb in ("GET", "POST") for path in counts)


def test_no_route_is_a_write() -> None:
    """Reading is never taken for writing."""
    assert not any(is_write(path) for _, path in ROUTES)


def test_content_blocks_off(serve: Serve) -> None:
    """As for an account that has not bought them; other endpoints are not touched."""
    _, call = serve(content_blocks_off=1)
    for path in ("/v1/contentBlock/list", "/v1/contentBlock/info?id=1"):
        response = call.get(path)
        assert response.status_code == 403
        assert response.json()["error"] == "Content Blocks isn't enabled on your account"
    assert call.get("/category-groups").status_code == 200
