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
    """A clock that only `shift` moves. Satisfies `ports.Clock`; may be shared by threads.

    Never in production, where no code, session or lock would ever end: a facade refuses it (`test_double`) unless its
    identity provider's issuer cannot be real: on loopback, or under `.test`, `.example`, `.invalid` or `.localhost`.

    Raises:
        ValueError: `start` is not an aware datetime.
    """

    only_for_tests = True

    def __init__(self, start: datetime = FIRST_MORNING) -> None:
        if start.tzinfo is None:
            raise ValueError("a clock starts at an aware datetime")
        self._now = start.astimezone(UTC)
        self._lock = threading.Lock()

    def __call__(self) -> datetime:
        """The time, as an aware UTC datetime."""
        with self._lock:
            return self._now

    def shift(
        self,
        by: timedelta = timedelta(0),
        /,
        *,
        weeks: float = 0,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
        microseconds: float = 0,
    ) -> datetime:
        """Move on, and answer the new time: `clock.shift(minutes=11)`, `clock.shift(policy.flow_lifetime, seconds=1)`.

        Backwards too, as clocks are corrected: `clock.shift(hours=-1)`.

        Raises:
            TypeError: a number without its unit.
        """
        if not isinstance(by, timedelta):  # pyright: ignore[reportUnnecessaryIsInstance]  of who checks no types
            raise TypeError(f"shift(minutes={by!r}), or whichever unit is meant")
        with self._lock:
            self._now += by + timedelta(
                weeks=weeks,
                days=days,
                hours=hours,
                minutes=minutes,
                seconds=seconds,
                microseconds=microseconds,
            )
            return self._now


@discreet
class SeededRandom:
    """The same "randomness" for the same seed, so that a failure repeats. Satisfies `ports.Random`.

    Never in production: whoever knows the seed knows every state, code and token. So a facade and its pages refuse it
    as they do `SteppingClock`. May be shared by threads, but then the order in which they draw is theirs.
    """

    only_for_tests = True

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
