"""What a fork must not share with its parent: connections, threads, locks that may be held."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class PerProcess(Generic[T]):
    """One of something for each process that uses it.

    `dict.setdefault` lets exactly one thread win, without a lock that a fork could copy while it is held.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: dict[int, T] = {}

    def here(self) -> T:
        """This process's, made if it is the first time."""
        made = self._made.get(os.getpid())
        return made if made is not None else self._made.setdefault(os.getpid(), self._make())

    def taken(self) -> T | None:
        """This process's, if there is one, which is thereby forgotten."""
        return self._made.pop(os.getpid(), None)
