"""Bodies share the memory: small ones pass, big ones wait for their turn or give up."""

from __future__ import annotations

import asyncio

from tap_clevertap.webhooks.budget import MemoryBudget

HANG = 60.0


def test_who_asks_for_too_much_gives_up() -> None:
    """In time, and without having taken anything."""

    async def go() -> list[bool]:
        budget = MemoryBudget(10)
        return [await budget.take(size, 0.01) for size in (8, 5, 2, 1)]

    assert asyncio.run(go()) == [True, False, True, False]


def test_who_waits_goes_on_when_others_give_back() -> None:
    """Small ones are not kept waiting by a big one."""

    async def go() -> list[bool]:
        budget = MemoryBudget(10)
        assert await budget.take(8, HANG)
        big = asyncio.create_task(budget.take(10, HANG))
        await asyncio.sleep(0)
        small = await budget.take(2, HANG)
        budget.give_back(8)
        await asyncio.sleep(0)
        assert not big.done()
        budget.give_back(2)
        return [small, await big]

    assert asyncio.run(go()) == [True, True]
