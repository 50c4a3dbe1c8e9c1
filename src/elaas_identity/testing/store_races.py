"""How a store is met by many at once, be it sync or async."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from elaas_identity.change import Budget, Change, Done, Key, Outcome, Snapshot
from elaas_identity.ports import Store
from elaas_identity.testing.at_once import Actor, Awaited, Call, at_once
from elaas_identity.testing.contract import same

CROWD = 64
"""How many commit at once (R9.2)."""


def commit_together(store: Store, changes: Sequence[Change]) -> list[Outcome]:
    """Commit all of them at once."""

    def committed(change: Change) -> Actor[Outcome]:
        outcome: Outcome = yield Call("commit", (change,))
        return outcome

    return at_once(store, [committed(change) for change in changes])


def load_while_committing(
    store: Store, keys: Sequence[Key[Any] | Budget], changes: Sequence[Change], loads: int
) -> list[Snapshot]:
    """Load that often, while the changes are committed one after the other, each of which must be done."""
    if isinstance(store, Awaited):
        awaited = store.awaited

        async def committed() -> None:
            for change in changes:
                same(Done(), await awaited.commit(change))

        async def loaded() -> list[Snapshot]:
            return [await awaited.load(*keys) for _ in range(loads)]

        async def both() -> list[Snapshot]:
            return (await asyncio.gather(loaded(), committed()))[0]

        snapshots: list[Snapshot] = store.runner.run(both())
        return snapshots

    def commit_all() -> None:
        for change in changes:
            same(Done(), store.commit(change))

    with ThreadPoolExecutor(1) as thread:
        committing = thread.submit(commit_all)
        snapshots = [store.load(*keys) for _ in range(loads)]
        committing.result()
    return snapshots
