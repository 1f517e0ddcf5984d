"""The paths under /sandbox/."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from tap_clevertap.sandbox.account import ground_truth
from tests.support.caller import NOW

if TYPE_CHECKING:
    from tests.support.caller import Serve


def test_no_credentials_are_needed(serve: Serve) -> None:
    """And asking leaves no trace in the request log."""
    sandbox, _ = serve()
    answer = requests.get(f"{sandbox.url}/sandbox/health", timeout=5)
    assert answer.json() == {"status": "success"}
    assert sandbox.request_log.requests == {}


def test_the_request_log_can_be_read(serve: Serve) -> None:
    """As it is in-process."""
    sandbox, call = serve()
    call.pages()
    told = call.get("/sandbox/requests").json()
    assert told["records"] == {"Viewed": {"20260701": 100, "20260702": 100, "20260703": 100}}
    assert told["requests"] == sandbox.request_log.requests == {"events": 2}


def test_the_truth_can_be_read(serve: Serve) -> None:
    """Counts and rows, as in-process."""
    sandbox, call = serve()
    assert call.get("/sandbox/truth/counts").json() == ground_truth.counts(sandbox.world, NOW)
    rows = call.get("/sandbox/truth/rows?event=Viewed&from=20260701&to=20260702").json()["rows"]
    assert len(rows) == 200
    assert rows[0]["object_id"] == "__g000"


def test_faults_can_be_set(serve: Serve) -> None:
    """They hold from the next request on; 0 is off."""
    _, call = serve()
    assert call.post("/sandbox/faults", {"server_error": 1}).json()["faults"] == {"server_error": 1}
    assert call.get("/category-groups").status_code == 500
    assert call.post("/sandbox/faults", {"server_error": 0}).json() == {"faults": {}}
    assert call.get("/category-groups").status_code == 200


@pytest.mark.parametrize("body", [{"rest": 1}, {"reset": 2}, {"reset": "1"}, [], None])
def test_wrong_faults_are_refused(serve: Serve, body: object) -> None:
    """The reason is told."""
    sandbox, call = serve()
    response = call.post("/sandbox/faults", body)
    assert response.status_code == 400
    assert response.json()["error"]
    assert sandbox.faults.as_dict() == {}


@pytest.mark.parametrize("query", ["", "?event=Viewed", "?event=Viewed&from=20260231&to=20260301"])
def test_wrong_questions_are_refused(serve: Serve, query: str) -> None:
    """With 400, not with a broken connection."""
    _, call = serve()
    assert call.get(f"/sandbox/truth/rows{query}").status_code == 400


def test_other_paths_are_404(serve: Serve) -> None:
    """Unlike the API's."""
    _, call = serve()
    assert call.get("/sandbox/nothing").status_code == 404
