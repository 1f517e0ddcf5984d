"""The command line of the receiver: a failure is a line on stderr and an exit code."""

from __future__ import annotations

import logging
import os
import signal
import sys
from typing import Any

import click

from tap_clevertap.errors import SettingError

NAME = "tap-clevertap-webhooks"
NOT_INSTALLED = (
    f"{NAME}: starlette and uvicorn are not installed; expected the extra that has them: "
    "pip install 'tap-clevertap[webhooks]'"
)
logger = logging.getLogger(NAME)


def main() -> None:
    """Run the receiver and exit: 0 done, 1 failed, 2 wrong usage, 128 + n by signal n."""
    try:
        from tap_clevertap.webhooks import options, server  # noqa: PLC0415 - an extra may lack them
    except ImportError:
        sys.exit(NOT_INSTALLED)

    def run(**given: Any) -> int:  # noqa: ANN401 - click has checked them
        return 0 if server.serve(options.checked(given, os.environ)) else 1

    _log_to_stderr()
    command = click.Command(
        NAME,
        params=[*options.OPTIONS],
        callback=run,
        help="Receive CleverTap's webhooks and append them to files.",
        context_settings={"auto_envvar_prefix": options.PREFIX, "max_content_width": 100},
    )
    sys.exit(_exit_code(click.version_option(package_name="tap-clevertap")(command)))


def _exit_code(command: click.Command) -> int:
    try:
        return command.main(prog_name=NAME, standalone_mode=False) or 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except SettingError as error:
        logger.error(str(error))  # noqa: TRY400 - a traceback says nothing to who must mend it
        return 1
    except click.Abort:  # Ctrl-C: uvicorn raises it again after its orderly end
        return 128 + signal.SIGINT


def _log_to_stderr() -> None:
    logging.basicConfig(
        format="%(asctime)s | %(levelname)-8s | %(name)s | %(message)s", level=logging.INFO
    )
    logging.getLogger("uvicorn").setLevel(logging.ERROR)  # warnings come by the request


if __name__ == "__main__":
    main()
