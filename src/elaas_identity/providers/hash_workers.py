"""At most as many password hashes at once as there are cores: one more would only make the others slower.

Argon2 releases the GIL, so two cores hash twice as fast; on an event loop it would stop everything else.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import TypeVar

from elaas_identity.errors import Misconfigured
from elaas_identity.providers.per_process import PerProcess

T = TypeVar("T")


class HashWorkers:
    """Runs hashes in the callers' threads, `limit` of them at once (default: the cores this process may use).

    Raises:
        Misconfigured: `policy`, when the limit is less than 1.
    """

    def __init__(self, limit: int | None = None) -> None:
        bound = _bound(limit)
        self._gate = PerProcess(lambda: BoundedSemaphore(bound))

    def run(self, function: Callable[[], T]) -> T:
        """What the function returns or raises, as soon as it is its turn."""
        with self._gate.here():
            return function()

    def close(self) -> None:
        """There is nothing to close."""


class AsyncHashWorkers:
    """Runs hashes in threads of its own, at most `limit` (default: the cores this process may use), made when needed.

    Raises:
        Misconfigured: `policy`, when the limit is less than 1.
    """

    def __init__(self, limit: int | None = None) -> None:
        bound = _bound(limit)
        self._threads = PerProcess(lambda: ThreadPoolExecutor(bound, thread_name_prefix="elaas-hash"))

    async def run(self, function: Callable[[], T]) -> T:
        """What the function returns or raises, without holding up the event loop. Cancelled, it is not waited for."""
        from asyncio import get_running_loop  # here, since a synchronous portal needs none of it

        return await get_running_loop().run_in_executor(self._threads.here(), function)

    async def close(self) -> None:
        """Let the threads end after the work they have. Used again, new ones are made."""
        threads = self._threads.taken()
        if threads is not None:
            threads.shutdown(wait=False)


def _bound(limit: int | None) -> int:
    bound = _cores() if limit is None else limit
    if bound < 1:
        raise Misconfigured("policy", detail="at least one password hash at a time")
    return bound


def _cores() -> int:
    # Which of the machine's cores this process may use, where the system tells (Linux).
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1
