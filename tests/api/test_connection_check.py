"""The greeting: what the first contact runs into is told as the setting that explains it."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from tap_clevertap.api.client import Client
from tap_clevertap.api.connection_check import listed_events
from tap_clevertap.errors import SettingError
from tap_clevertap.streams import endpoints

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import MakeSettings, Serve


@pytest.fixture
def secretive() -> Iterator[str]:
    """Give the address of a host that keeps its schema to itself."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(403)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - likewise
            """Keep quiet."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_an_account_may_keep_its_schema_to_itself(
    secretive: str, settings: MakeSettings, caplog: pytest.LogCaptureFixture
) -> None:
    """A refused schema lists nothing, with a warning: named events can still be read."""
    known = settings(api_url=secretive)
    assert listed_events(known, Client(known, endpoints())) == []
    assert "event schema cannot be read (HTTP 403)" in caplog.text


def test_events_are_listed_by_name(sandbox: Serve, settings: MakeSettings) -> None:
    """The order is that of the names."""
    box = sandbox()
    known = settings(account_id=box.account_id, passcode=box.passcode, api_url=box.url)
    assert listed_events(known, Client(known, endpoints())) == ["Notification Sent", "Viewed"]


def test_a_wrong_passcode_names_its_setting(sandbox: Serve, settings: MakeSettings) -> None:
    """So does the region, which would look the same."""
    known = settings(api_url=sandbox().url)
    with pytest.raises(SettingError, match="account_id, passcode, region: "):
        listed_events(known, Client(known, endpoints()))
