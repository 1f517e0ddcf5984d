"""Serve a sandbox, or write its export files: `python -m tap_clevertap.sandbox [export]`."""

from __future__ import annotations

import argparse
import signal
import sys
from datetime import date, datetime, timedelta
from queue import SimpleQueue
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tap_clevertap.sandbox.account.generator import shop
from tap_clevertap.sandbox.behaviour import Behaviour
from tap_clevertap.sandbox.faults import Faults
from tap_clevertap.sandbox.files import command
from tap_clevertap.sandbox.server.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

    from tap_clevertap.sandbox.account.models import World

PORT = 8321
HIGHEST_PORT = 65535


class OneLineParser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        """Leave with status 2."""
        self.exit(2, f"sandbox: {message}\n")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    args = OneLineParser("python -m tap_clevertap.sandbox", description=__doc__)
    args.add_argument("--host", default="127.0.0.1")
    args.add_argument("--port", type=_port, default=PORT, help="0 takes any free one")
    _add_account(args)
    args.add_argument("--latency", type=_seconds, default=0.0, help="seconds an answer takes")
    args.add_argument("--fault", action="append", type=_fault, default=[], metavar="NAME=VALUE")
    args.add_argument("--list-faults", action="store_true", help="say what can go wrong")
    return args


def export_parser() -> argparse.ArgumentParser:
    """Return the parser of the command that writes export files."""
    args = OneLineParser("python -m tap_clevertap.sandbox export", description=command.__doc__)
    _add_account(args)
    command.add_options(args)
    return args


def _add_account(args: argparse.ArgumentParser) -> None:
    args.add_argument("--seed", type=int, default=7, help="the same seed gives the same world")
    args.add_argument("--timezone", type=_zone, default="Asia/Kolkata", help="of the account")
    args.add_argument("--days", type=_positive, default=30)
    args.add_argument("--people", type=_positive, default=2000)
    args.add_argument("--events-per-day", type=_positive, default=2000)
    args.add_argument("--last-day", type=_day, help="last whole day; default yesterday")


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until a signal comes, or export; return the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["export"]:
        export_args = export_parser().parse_args(words[1:])
        return command.export(export_args, *_world(export_args))
    args = parser().parse_args(words)
    if args.list_faults:
        sys.stdout.writelines(f"{name}: {text}\n" for name, text in sorted(Faults.NAMES.items()))
        return 0
    stops = stop_requests()
    try:
        sandbox = _sandbox(args)
    except OSError as error:
        sys.stderr.write(f"sandbox: cannot listen on {args.host}:{args.port}: {error.strerror}\n")
        return 1
    _serve(sandbox, stops)
    return 0


def _sandbox(args: argparse.Namespace) -> Sandbox:
    world, _ = _world(args)
    faults = Faults(args.seed, **dict(args.fault))
    behaviour = Behaviour(page_latency=args.latency)
    return Sandbox(world, behaviour=behaviour, faults=faults, host=args.host, port=args.port)


def _world(args: argparse.Namespace) -> tuple[World, date]:
    """Return the account that was asked for, and its last whole day."""
    yesterday = datetime.now(ZoneInfo(args.timezone)).date() - timedelta(days=1)
    last = args.last_day or yesterday
    world = shop(args.seed, args.timezone, last, args.days, args.people, args.events_per_day)
    return world, last


def stop_requests() -> SimpleQueue[int]:
    """Return what gets the number of each signal that asks the process to stop.

    No `threading.Event`: its lock is held for a moment when the wait for it begins, and a signal
    that comes then would wait in its handler for that lock, for ever.
    """
    requests: SimpleQueue[int] = SimpleQueue()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _: requests.put(received))
    return requests


def _serve(sandbox: Sandbox, stops: SimpleQueue[int]) -> None:
    with sandbox:
        sys.stdout.write(
            f"sandbox listening on {sandbox.url} "
            f"account_id={sandbox.account_id} passcode={sandbox.passcode}\n"
        )
        sys.stdout.flush()
        stops.get()


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > HIGHEST_PORT:
        raise _wrong(text, "no port")
    return int(text)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise _wrong(text, "no positive number")
    return int(text)


def _seconds(text: str) -> float:
    if not text.replace(".", "", 1).isdecimal():
        raise _wrong(text, "no number of seconds")
    return float(text)


def _wrong(text: str, what: str) -> argparse.ArgumentTypeError:
    return argparse.ArgumentTypeError(f"{text!r} is {what}")


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise _wrong(text, "no time zone; one is Asia/Kolkata") from None
    return text


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _wrong(text, "no day; one is 2026-07-31") from None


def _fault(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        Faults().update({name: float(value or "nan")})
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return name, float(value)


if __name__ == "__main__":
    sys.exit(main())
