"""The running sandbox."""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING

from tap_clevertap.sandbox.behaviour import Behaviour
from tap_clevertap.sandbox.faults import Faults
from tap_clevertap.sandbox.server.http_server import PATIENCE, Listener
from tap_clevertap.sandbox.server.state import ServerState, real_time

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

    from tap_clevertap.sandbox.account.models import World
    from tap_clevertap.sandbox.request_log import RequestLog

ACCOUNT_ID = "TEST-SANDBOX"
PASSCODE = "sandbox-passcode"
POLL_SECONDS = 0.02


class Sandbox:
    """A CleverTap account on a local port, as long as the `with` block lasts.

    Raises:
        OSError: The port is taken.
    """

    def __init__(  # noqa: PLR0913 - one keyword for each thing a test may want otherwise
        self,
        world: World,
        *,
        account_id: str = ACCOUNT_ID,
        passcode: str = PASSCODE,
        behaviour: Behaviour | None = None,
        faults: Faults | None = None,
        now: Callable[[], int] | None = None,
        port: int = 0,
        host: str = "127.0.0.1",
    ) -> None:
        self.account_id = account_id
        self.passcode = passcode
        self._state = ServerState(
            world, behaviour or Behaviour(), faults or Faults(), now or real_time
        )
        self._server = Listener((host, port), self._state, account_id, passcode)
        self._thread = Thread(target=self._server.serve_forever, args=(POLL_SECONDS,), daemon=True)

    @property
    def url(self) -> str:
        """Return the address to give to a client as the API's."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    @property
    def request_log(self) -> RequestLog:
        """Return what the client did so far."""
        return self._state.request_log

    @property
    def world(self) -> World:
        """Return the world that is served."""
        return self._state.world

    @property
    def faults(self) -> Faults:
        """Return the switches; they may be replaced while the sandbox runs."""
        return self._state.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._state.faults = faults

    def now(self) -> int:
        """Return the sandbox's time in epoch seconds."""
        return self._state.now()

    def advance(self, seconds: int) -> None:
        """Let time pass in the sandbox."""
        self._state.advance(seconds)

    def start(self) -> Self:
        """Begin to answer."""
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop answering, hang up on everybody and leave no thread behind."""
        self._state.closing.set()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join(PATIENCE)
        self._server.server_close()
        self._server.hang_up()

    def __enter__(self) -> Self:
        """Begin to answer."""
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        self.close()
