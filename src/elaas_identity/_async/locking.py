"""One fetch at a time among the tasks of an event loop. Hand-written: see its twin for threads."""

from __future__ import annotations

import asyncio
from types import TracebackType
from weakref import WeakKeyDictionary

from elaas_identity.oidc.kept import still_asking


class AsyncLock:
    """A mutex for each event loop: an `asyncio.Lock` serves one loop only, and portals run several.

    Args:
        patience: seconds after which who waits gives up, with `identity_provider_unavailable`.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._locks: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()

    async def __aenter__(self) -> None:
        try:
            async with asyncio.timeout(self._patience):
                await self._mine().acquire()
        except TimeoutError:
            raise still_asking() from None

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._mine().release()

    def _mine(self) -> asyncio.Lock:
        return self._locks.setdefault(asyncio.get_running_loop(), asyncio.Lock())
