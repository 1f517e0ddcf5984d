"""A case: one random account, read run by run into one warehouse."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from tap_clevertap.output.writer import Interrupted
from tap_clevertap.sandbox import Behaviour, Faults, Sandbox
from tap_clevertap.streams import STREAMS
from tests.chaos.faults import random_faults
from tests.chaos.runs import FOREVER, Death, run
from tests.chaos.target import TYPED, Target, happened
from tests.support.random_worlds import DAY, Account, random_account
from tests.support.running import tap_at

if TYPE_CHECKING:
    from datetime import date

    from tap_clevertap.extraction.slices.model import Slice

DEATHS = (None, None, Death.SIGKILL, Death.SIGKILL, *Death)
HEAD_BYTES, ROW_BYTES = 8000, 700
"""About how much a run writes, so that deaths come early, late and now and then too late."""


class Case:
    """Draws everything from one seed; `endings` counts how the runs ended."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)  # noqa: S311 - dice, no secret
        self.account = random_account(self.rng)
        self.settings = _random_settings(self.rng, self.account)
        self.target, self.typed = Target(), Target(TYPED)
        self._is_typed = False
        self._catalog: dict[str, Any] = {}
        self.endings: Counter[str] = Counter()
        self._undecided: list[Slice] = []
        self._too_many: list[Slice] = []
        self._doubled: list[Slice] = []
        self._has_repeats = False

    def serve(self) -> Sandbox:
        """Return the account behind a socket."""
        behaviour = Behaviour(
            cursor_length=self.rng.choice((40, 2000)),
            cursor_percent_encoded=self.rng.random() < 0.8,
            gzip=self.rng.random() < 0.5,
        )
        return Sandbox(self.account.world, behaviour=behaviour, now=lambda: self.account.opened)

    def run_rough(self, box: Sandbox) -> None:
        """Run among faults, perhaps to death; some time passes."""
        box.faults = random_faults(self.rng)
        self._is_typed = self.rng.random() < 0.5
        self._has_repeats |= box.faults.value("repeats") > 0
        death = self.rng.choice(DEATHS)
        most = HEAD_BYTES + self._wanted(box).total() * ROW_BYTES
        self._run(box, death, FOREVER if death is None else self.rng.randrange(most))
        box.advance(self.rng.choice((0, 0, 3600, DAY)))

    def run_calmly(self, box: Sandbox) -> None:
        """Run on a good day, to success.

        Runs that read the open day too read the look-back once a day: what came late on the day of
        the last run is read on the next.
        """
        box.faults = Faults()
        self._is_typed = True
        if self.settings["include_today"]:
            box.advance(DAY)
        error = self._run(box, None, FOREVER)
        assert error is None, f"a calm run has failed: {error}"
        self._check_whole(box)

    def missing(self, box: Sandbox) -> Counter[str]:
        """Return what has happened and is not in the warehouse, of typed events where they are."""
        wanted = self._wanted(box)
        return sum((wanted - one.events() for one in self._read), Counter[str]())

    def unexplained(self, box: Sandbox) -> Counter[str]:
        """Return what is in the warehouse beyond what has happened.

        What the API repeated may be there where all is to be kept, and where the tap has warned
        that it could not tell it from what people did.
        """
        wanted = self._wanted(box)
        surplus = sum((one.events() - wanted for one in self._read), Counter[str]())
        return Counter(
            {one: n for one, n in surplus.items() if one not in wanted or not self._is_known(one)}
        )

    def behind(self, box: Sandbox) -> list[str]:
        """Return the events whose bookmark is not at the last day that is over."""
        return [name for one in self._read for name in self._behind(one, box)]

    def _behind(self, target: Target, box: Sandbox) -> list[str]:
        if "end_date" in self.settings:
            return [name for name, _ in target.furthest if target.marks(name)]
        kinds = self.account.world.event_types.values()
        names = [kind.name for kind in kinds if kind.is_exportable]
        return [name for name in names if target.marks(name) != {"live": str(yesterday(box))}]

    @property
    def _read(self) -> list[Target]:
        """What the last run has written to."""
        return [self.target, self.typed] if self._is_typed else [self.target]

    def _is_known(self, event: str) -> bool:
        if self._has_repeats and self.settings["duplicates"] == "keep":
            return True
        return is_of(event, self._undecided)

    def _wanted(self, box: Sandbox) -> Counter[str]:
        first, last = (_day(self.settings.get(key)) for key in ("start_date", "end_date"))
        is_open = self.settings["include_today"]
        latest = yesterday(box) + timedelta(days=is_open)
        wanted = happened(box, first or self.account.first, min(last or latest, latest))
        return Counter(set(wanted)) if self.settings["duplicates"] == "drop" else wanted

    def _run(self, box: Sandbox, death: Death | None, life: int) -> BaseException | None:
        settings = self.settings | {"typed_events": ["*"] if self._is_typed else []}
        settings |= {"account_id": box.account_id, "passcode": box.passcode, "api_url": box.url}
        self._catalog = self._catalog or _discovered(settings, box)
        catalog = self._catalog_of_run()
        ending = run(settings, self.target.state, box.now(), death, life, catalog)
        self._undecided += ending.undecided
        self._too_many += ending.too_many
        self._doubled += ending.doubled
        keeps_tail = ending.error is None or self.rng.random() < 0.5
        for target in (self.target, self.typed):
            target.take(ending.output, yesterday(box), keeps_tail=keeps_tail)
        self.endings[ending.name] += 1
        if isinstance(ending.error, Interrupted):
            assert ending.output[-1:] in {b"", b"\n"}, "a signal has cut a line"
        if ending.error is None and not self.settings["include_today"]:
            self._check_success(box)
        return ending.error

    def _catalog_of_run(self) -> dict[str, Any]:
        """Return the catalog, without the streams that are there with `typed_events` alone."""
        fixed = {str(vars(stream)["name"]) for stream in STREAMS}
        streams = self._catalog["streams"]
        return {"streams": [o for o in streams if self._is_typed or o["tap_stream_id"] in fixed]}

    def _check_success(self, box: Sandbox) -> None:
        self._check_whole(box)

    def _check_whole(self, box: Sandbox) -> None:
        lost = list(self.missing(box))
        assert not lost, f"a run has said success, and rows are missing: {lost[:3]}"


def is_of(event: str, slices: list[Slice]) -> bool:
    """Tell whether an event is of a day of one of these slices."""
    name, ts, *_ = json.loads(event)
    day = datetime.strptime(str(ts)[:8], "%Y%m%d").date()  # noqa: DTZ007 - a day has no zone
    return any(one.event == name and one.first <= day <= one.last for one in slices)


def _discovered(settings: dict[str, Any], box: Sandbox) -> dict[str, Any]:
    """Return the catalog that a calm day gives, with a typed stream for each event."""
    faults, box.faults = box.faults, Faults()
    tap = tap_at(box.now())(config=settings | {"typed_events": ["*"]})
    box.faults = faults
    return tap.catalog_dict


def yesterday(box: Sandbox) -> date:
    """Return the account's last day that is over."""
    today = datetime.fromtimestamp(box.now(), UTC).astimezone(box.world.zone).date()
    return today - timedelta(days=1)


def _random_settings(rng: Random, account: Account) -> dict[str, Any]:
    start = account.first + timedelta(days=rng.choice((-40, 0, 0, 1)))
    settings: dict[str, Any] = {
        "timezone": account.world.timezone,
        "start_date": str(min(start, account.last)),
        "lookback_days": rng.randint(1 if account.latest else 0, 3),
        "include_today": rng.random() < 0.3,
        "max_concurrency": rng.randint(1, 3),
        "batch_size": rng.choice((1, 22, 23, 23, 46, 4991)),
        "event_profile_data": rng.choice((True, False)),
        "reconciliation": rng.choice(("off", "warn", "fail")),
        "duplicates": rng.choice(("reconcile", "reconcile", "keep", "drop")),
    }
    if not account.latest and rng.random() < 0.25:
        settings["end_date"] = str(account.last)
    if rng.random() < 0.2:
        settings["stream_maps"] = {"events": {"__alias__": "events"}}
    return settings


def _day(text: str | None) -> date | None:
    return datetime.fromisoformat(text).date() if text else None
