"""What the loopback servers have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

HOST = "127.0.0.1"
"""The one address that these servers listen at."""


class Running(ABC):
    """What is started and stopped, and so may stand in a `with`."""

    @abstractmethod
    def start(self) -> None:
        """Listen, and answer from now on."""

    @abstractmethod
    def stop(self) -> None:
        """Close every connection. Does nothing where nothing runs."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
