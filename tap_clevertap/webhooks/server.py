"""The process: a socket, uvicorn on it, and limits of the system that fit."""

from __future__ import annotations

import logging
import resource
import socket
from datetime import UTC, datetime
from math import ceil
from typing import TYPE_CHECKING

from typing_extensions import override
from uvicorn import Config, Server

from tap_clevertap.errors import SettingError
from tap_clevertap.webhooks.app import ANSWER_SECONDS, Receiver, application
from tap_clevertap.webhooks.connections import Connections, guarded
from tap_clevertap.webhooks.files import WebhookFiles
from tap_clevertap.webhooks.journal import Journal
from tap_clevertap.webhooks.tally import Tally

if TYPE_CHECKING:
    from tap_clevertap.webhooks.options import Options

logger = logging.getLogger("tap-clevertap-webhooks")

BACKLOG = 2048
"""Connections that the system accepts for the process, which it takes over all at once."""
BURSTS = 4
"""Backlogs that asyncio may take over before the first of them is counted, refused and closed."""
OTHER_FILES = 64
"""Descriptors for what is not a connection."""
KEEP_ALIVE_SECONDS = 75
"""Longer than nginx keeps an idle connection: who closes first cannot lose a request."""
SLACK_SECONDS = 1.0


class JournalServer(Server):
    """A server that ends when what is sent can no longer be stored."""

    def __init__(self, config: Config, journal: Journal) -> None:
        """Take the journal to watch."""
        super().__init__(config)
        self.journal = journal

    @override
    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or self.journal.has_failed


def serve(options: Options) -> bool:
    """Serve until a signal says to stop; tell whether that is why it ended.

    Raises:
        SettingError: The folder or the address cannot be used.
    """
    files = WebhookFiles(options.folder, options.rotation, _now)
    listener = _listen(options)
    journal = Journal(files)
    server = JournalServer(_config(options, journal), journal)
    logger.info("listening on %s, writing to %s", _url(listener, options.path), options.folder)
    server.run(sockets=[listener])
    return not journal.has_failed


def _config(options: Options, journal: Journal) -> Config:
    tally = Tally()
    receiver = Receiver(options, journal, _now)
    app = application(receiver, journal, options.path, tally)
    backlog, most = _bounds(options.max_connections)
    total_seconds = 2 * options.request_seconds + ANSWER_SECONDS + SLACK_SECONDS
    bounds = Connections(most, options.request_seconds, total_seconds, tally)
    return Config(
        app,
        loop="asyncio",
        http=guarded(bounds),
        ws="none",
        backlog=backlog,
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=ceil(total_seconds),
    )


def _listen(options: Options) -> socket.socket:
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    try:
        return socket.create_server((options.host, options.port), family=family, backlog=BACKLOG)
    except OSError as error:
        why = str(error.strerror).partition(" (while")[0]
        msg = (
            f"host, port: cannot listen on {options.host!r}, {options.port} ({why}); "
            "expected an address of this machine and a free port"
        )
        raise SettingError(msg) from None


def _url(listener: socket.socket, path: str) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}{path}" if ":" in host else f"http://{host}:{port}{path}"


def _bounds(wanted: int) -> tuple[int, int]:
    """Raise the limit of open files as far as is allowed; return the backlog, and connections.

    Connections and bursts fit into the limit: a process that cannot accept stops for a second.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard == resource.RLIM_INFINITY:
        return BACKLOG, wanted
    backlog = min(BACKLOG, max(1, hard // (4 * BURSTS)))
    return backlog, max(1, min(wanted, hard - BURSTS * backlog - OTHER_FILES))


def _now() -> datetime:
    return datetime.now(UTC)
