"""How a store is met by many at once, be it sync or async."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier
from typing import Any

from elaas_identity.change import Budget, Change, Done, Key, Outcome, Snapshot
from elaas_identity.ports import AsyncStore, Store
from elaas_identity.testing.contract_answers import same

CROWD = 64
"""How many commit at once (R9.2)."""


class Awaited:
    """An async store, driven step by step as if it were a sync one."""

    def __init__(self, store: AsyncStore, runner: asyncio.Runner) -> None:
        self.store = store
        self.runner = runner

    def load(self, *keys: Key[Any] | Budget) -> Snapshot:
        return self.runner.run(self.store.load(*keys))

    def commit(self, change: Change) -> Outcome:
        return self.runner.run(self.store.commit(change))

    def purge(self, before: datetime) -> int:
        return self.runner.run(self.store.purge(before))

    def close(self) -> None:
        self.runner.run(self.store.close())


def commit_together(store: Store, changes: Sequence[Change]) -> list[Outcome]:
    """Commit all of them at once: a task for each on an awaited store, a thread for each on another."""
    if isinstance(store, Awaited):
        awaited = store.store

        async def all_at_once() -> list[Outcome]:
            return await asyncio.gather(*(awaited.commit(change) for change in changes))

        return store.runner.run(all_at_once())
    start = Barrier(len(changes))

    def committed(change: Change) -> Outcome:
        start.wait()
        return store.commit(change)

    with ThreadPoolExecutor(len(changes)) as threads:
        return list(threads.map(committed, changes))


def load_while_committing(
    store: Store, keys: Sequence[Key[Any] | Budget], changes: Sequence[Change], loads: int
) -> list[Snapshot]:
    """Load that often, while the changes are committed one after the other, each of which must be done."""
    if isinstance(store, Awaited):
        awaited = store.store

        async def committed() -> None:
            for change in changes:
                same(Done(), await awaited.commit(change))

        async def loaded() -> list[Snapshot]:
            return [await awaited.load(*keys) for _ in range(loads)]

        async def both() -> list[Snapshot]:
            return (await asyncio.gather(loaded(), committed()))[0]

        return store.runner.run(both())

    def commit_all() -> None:
        for change in changes:
            same(Done(), store.commit(change))

    with ThreadPoolExecutor(1) as thread:
        committing = thread.submit(commit_all)
        snapshots = [store.load(*keys) for _ in range(loads)]
        committing.result()
    return snapshots
