"""One fetch at a time among the threads of a process. Hand-written: see its twin for tasks."""

from __future__ import annotations

import os
import threading
from types import TracebackType

from elaas_identity.oidc.kept import still_asking


class Lock:
    """A mutex for each process: one that another thread held while the process was forked stays locked for ever.

    Args:
        patience: seconds after which who waits gives up, with `identity_provider_unavailable`.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._locks: dict[int, threading.Lock] = {}

    def __enter__(self) -> None:
        if not self._mine().acquire(timeout=self._patience):
            raise still_asking()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._mine().release()

    def _mine(self) -> threading.Lock:
        return self._locks.setdefault(os.getpid(), threading.Lock())
