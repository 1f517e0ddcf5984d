"""Who reads an account, how often, and what that came to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.figures import Figure
from benchmarks.measure import in_turns, middle
from benchmarks.venvs import NotInstalled, program

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence

    from benchmarks.accounts import Account, Contender
    from benchmarks.figures import Finding
    from benchmarks.measure import Cost
    from benchmarks.worlds import Plan


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is read, and how often; the first trial reads whole days that are `busy`.

    `webhooks` are those of each sender.
    """

    times: int = 5
    busy: int = 50_000
    day: int = 20_000
    quiet: int = 200
    long: int = 100_000
    hard: int = 20_000
    many: int = 1_000
    piped: int = 50_000
    webhooks: int = 25
    exported: int = 5_000_000


QUICK = Sizes(
    times=1,
    busy=4_000,
    day=4_000,
    quiet=40,
    long=10_000,
    hard=1_000,
    many=50,
    piped=5_000,
    webhooks=2,
    exported=50_000,
)


def with_quickhouse(account: Account) -> Generator[Finding, None, dict[str, Contender]]:
    """Return quickhouse as a contender, or say why it is left out."""
    try:
        return {"quickhouse": account.quickhouse(program("quickhouse") / "python")}
    except NotInstalled as error:
        yield str(error)
    return {}


def one_at_a_time(
    account: Account,
    *,
    is_typed: bool = False,
    is_night: bool = False,
    **settings: Any,  # noqa: ANN401 - of the tap
) -> Contender:
    """Return the tap as it is with one request in flight."""
    name = "typed-alone" if is_typed else "alone"
    return account.tap(name, is_typed=is_typed, is_night=is_night, max_concurrency=1, **settings)


def measured(readers: Mapping[str, Contender], times: int) -> dict[str, list[Cost]]:
    """Run contenders in turns."""
    return in_turns({name: reader.run for name, reader in readers.items()}, times)


def figures(trial: str, plan: Plan, costs: Mapping[str, Sequence[Cost]]) -> Iterator[Finding]:
    """Yield the medians of each contender."""
    for who, runs in costs.items():
        cost = middle(runs)
        yield Figure(trial, who, len(runs), cost, plan.total / cost.wall)
