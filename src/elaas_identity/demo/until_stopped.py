"""Waiting for Ctrl-C, or for the signal by which a service manager ends a program."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType


def until_stopped(announce: Callable[[], None]) -> None:
    """Announce what is up, and wait. Whoever stops it while it announces is heard."""
    stopped = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopped.set()

    handlers = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        announce()
        while not stopped.wait(0.5):  # a wait without an end would not let a signal through on Windows
            pass
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
