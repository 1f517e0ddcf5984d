"""How many bytes of bodies are held in memory at once."""

from __future__ import annotations

import asyncio


class MemoryBudget:
    """Hands out bytes: who asks for few need not wait for those who ask for many."""

    def __init__(self, total: int) -> None:
        """Begin with all of them."""
        self._left = total
        self._freed = asyncio.Event()

    async def take(self, size: int, max_seconds: float) -> bool:
        """Wait until there are so many bytes; tell whether that was in time."""
        if self._left < size and not await self._wait_for(size, max_seconds):
            return False
        self._left -= size
        return True

    async def _wait_for(self, size: int, max_seconds: float) -> bool:
        try:
            async with asyncio.timeout(max_seconds):
                while self._left < size:
                    self._freed.clear()
                    await self._freed.wait()
        except TimeoutError:
            return False
        return True

    def give_back(self, size: int) -> None:
        """Let others have bytes that were taken."""
        self._left += size
        self._freed.set()
