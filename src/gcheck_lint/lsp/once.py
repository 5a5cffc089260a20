"""Work that is asked for again and again, and done once at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Again:
    """Does something each time it is asked to, but never twice at once: who asks meanwhile shares one more time."""

    def __init__(self, what: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._what = what
        self._running: asyncio.Task[None] | None = None
        self._next: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Does it from the beginning, now or after what is going on."""
        if self._running is None or self._running.done():
            self._running = asyncio.get_running_loop().create_task(self._what())
            await asyncio.shield(self._running)
            return
        if self._next is None or self._next.done():
            self._next = asyncio.get_running_loop().create_task(self._after(self._running))
        await asyncio.shield(self._next)

    async def _after(self, running: asyncio.Task[None]) -> None:
        await asyncio.wait({running})
        self._running, self._next = self._next, None
        await self._what()
