"""Time that stands still until a test moves it, and chance that repeats itself. Never in production."""

from __future__ import annotations

import random
import threading
from datetime import UTC, datetime, timedelta

from elaas_identity._discreet import discreet

FIRST_MORNING = datetime(2024, 10, 1, 1, 30, tzinfo=UTC)
"""08:30 in Bangkok on 1 October 2567, when New e-LAAS begins and everybody signs in at once."""


@discreet
class SteppingClock:
    """A clock that only `advance` moves. Satisfies `ports.Clock`; may be shared by threads.

    Raises:
        ValueError: `start` is not an aware datetime.
    """

    def __init__(self, start: datetime = FIRST_MORNING) -> None:
        if start.tzinfo is None:
            raise ValueError("a clock starts at an aware datetime")
        self._now = start.astimezone(UTC)
        self._lock = threading.Lock()

    def __call__(self) -> datetime:
        """The time, as an aware UTC datetime."""
        with self._lock:
            return self._now

    def advance(self, by: timedelta) -> datetime:
        """Move on by a duration (backwards too: clocks are corrected) and answer the new time."""
        with self._lock:
            self._now += by
            return self._now


@discreet
class SeededRandom:
    """The same "randomness" for the same seed, so that a failure repeats. Satisfies `ports.Random`.

    NEVER in production: whoever knows the seed knows every state, code and token. May be shared by threads,
    but then the order in which they draw is theirs.
    """

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)  # noqa: S311  predictable on purpose
        self._lock = threading.Lock()

    def token_bytes(self, count: int) -> bytes:
        """`count` bytes."""
        with self._lock:
            return self._random.randbytes(count)

    def below(self, bound: int) -> int:
        """A uniform integer in [0, bound)."""
        with self._lock:
            return self._random.randrange(bound)
