"""The commands: dashboard, alerts and forget."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from reports import alerts, forgetting
from reports.dbt import Dbt, DbtError

if TYPE_CHECKING:
    from collections.abc import Sequence

PAGE = Path("output/dashboard.html")
MEMORY = Path("output/alerts.json")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    whole = argparse.ArgumentParser(prog="reports", description=__doc__)
    whole.add_argument("--dbt", help="command of dbt; REPORTS_DBT, Meltano's or that of PATH")
    commands = whole.add_subparsers(dest="command", required=True)
    page = commands.add_parser("dashboard", help="write the dashboard, one HTML file")
    path = os.environ.get("REPORTS_DASHBOARD_PATH") or PAGE
    page.add_argument("--output", type=Path, default=Path(path), help="or REPORTS_DASHBOARD_PATH")
    alert = commands.add_parser("alerts", help="run the alert tests and send what is new")
    alert.add_argument("--memory", type=Path, default=MEMORY, help="what has been sent before")
    alert.add_argument("--dry-run", action="store_true", help="print what is wrong, send nothing")
    forget = commands.add_parser("forget", help="remove a user from every table")
    forget.add_argument("person", help="identity, e-mail, phone or id of a device")
    forget.add_argument("--dry-run", action="store_true", help="count, remove nothing")
    return whole


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; return the exit status."""
    args = parser().parse_args(argv)
    run = {"dashboard": _dashboard, "alerts": _alerts, "forget": _forget}[args.command]
    try:
        return run(args, Dbt.find(args.dbt))
    except (DbtError, LookupError, ValueError) as error:
        sys.stderr.write(f"{args.command}: {error}\n")
        return 1


def _dashboard(args: argparse.Namespace, dbt: Dbt) -> int:
    # Its packages are needed for it alone.
    from reports import dashboard  # noqa: PLC0415

    page = dashboard.page(dbt.tables(dashboard.MODELS))
    args.output.parent.mkdir(parents=True, exist_ok=True)
    args.output.write_text(page, encoding="utf-8")
    _say(f"dashboard: {args.output.resolve()} ({args.output.stat().st_size / 1e6:.1f} MB)")
    return 0


def _alerts(args: argparse.Namespace, dbt: Dbt) -> int:
    addresses = os.environ.get("REPORTS_ALERT_URLS", "").split()
    memory = alerts.Memory.read(args.memory)
    if not args.dry_run:
        _check_addresses(addresses)
    now = alerts.current(dbt)
    for text in now.values():
        _say(f"alert: {text}")
    if not now:
        _say("alerts: nothing is wrong")
    if args.dry_run:
        return 0
    return 0 if _all_told(now, memory, addresses) and not _broken(now) else 1


def _check_addresses(addresses: Sequence[str]) -> None:
    """Refuse what Apprise does not understand, without printing it.

    Raises:
        ValueError: None is given, or one is not an address.
    """
    from reports import delivery  # noqa: PLC0415

    if not addresses:
        msg = "REPORTS_ALERT_URLS: '' is not a list of Apprise URLs; expected at least one"
        raise ValueError(msg)
    for number, address in enumerate(addresses, 1):
        try:
            delivery.target(address)
        except ValueError as error:
            msg = f"REPORTS_ALERT_URLS: number {number} is {error}"
            raise ValueError(msg) from None


def _all_told(now: alerts.Alerts, memory: alerts.Memory, addresses: Sequence[str]) -> bool:
    from reports import delivery  # noqa: PLC0415

    is_well = True
    for number, news, arrived in alerts.tell(now, memory, addresses, delivery.Sender()):
        if not arrived:
            is_well = False
            text = (
                f"destination {number} has not taken {len(news.begun) + len(news.ended)} messages"
            )
            sys.stderr.write(f"alerts: {text}; the next run sends them again\n")
        elif news:
            _say(f"alerts: destination {number}: {news.title()}")
    return is_well


def _broken(now: alerts.Alerts) -> bool:
    return any(key.startswith("check ") for key in now)


def _forget(args: argparse.Namespace, dbt: Dbt) -> int:
    gone = forgetting.forget(dbt, args.person, is_dry_run=args.dry_run)
    _say(f"forget: known by {len(gone.ids)} ids: {', '.join(gone.ids)}")
    for table, rows in sorted(gone.rows.items()):
        _say(f"  {rows:>8,}  {table}")
    _say(f"forget: {gone.total:,} rows {'would be ' if args.dry_run else ''}removed")
    return 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
