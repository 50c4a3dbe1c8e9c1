"""How an implementation is called by many at once, be it sync or async."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from inspect import iscoroutinefunction
from threading import Barrier
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")


class Awaited:
    """An async implementation, driven step by step as if it were a sync one."""

    def __init__(self, awaited: Any, runner: asyncio.Runner) -> None:
        self.awaited = awaited
        self.runner = runner

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.awaited, name)
        if not iscoroutinefunction(found):
            return found

        def stepped(*args: Any, **kwargs: Any) -> Any:
            return self.runner.run(found(*args, **kwargs))

        return stepped

    def __repr__(self) -> str:
        return repr(self.awaited)


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a method."""

    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any] = field(default_factory=dict)


Actor: TypeAlias = Generator[Call, Any, T]
"""Yields the calls that it wants made, and receives what each answered or raised."""


def at_once(called: Any, actors: Sequence[Actor[T]]) -> list[T]:
    """What each actor returns: a task for each on an awaited implementation, a thread for each on another."""
    if isinstance(called, Awaited):
        awaited = called.awaited

        async def all_of_them() -> list[T]:
            return await asyncio.gather(*(_awaited(awaited, actor) for actor in actors))

        return called.runner.run(all_of_them())
    start = Barrier(len(actors))

    def acted(actor: Actor[T]) -> T:
        start.wait()
        return _driven(called, actor)

    with ThreadPoolExecutor(len(actors)) as threads:
        return list(threads.map(acted, actors))


def _driven(called: Any, actor: Actor[T]) -> T:
    try:
        call = next(actor)
        while True:
            try:
                answer = getattr(called, call.name)(*call.args, **call.kwargs)
            except Exception as raised:  # it is the actor's to judge
                call = actor.throw(raised)
            else:
                call = actor.send(answer)
    except StopIteration as returned:
        value: T = returned.value
        return value


async def _awaited(called: Any, actor: Actor[T]) -> T:
    try:
        call = next(actor)
        while True:
            try:
                answer = await getattr(called, call.name)(*call.args, **call.kwargs)
            except Exception as raised:  # it is the actor's to judge
                call = actor.throw(raised)
            else:
                call = actor.send(answer)
    except StopIteration as returned:
        value: T = returned.value
        return value
