"""Time and chance that a test decides."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest

from elaas_identity.testing import SeededRandom, SteppingClock


def test_the_clock_stands_until_it_is_moved() -> None:
    """A clock that runs by itself makes tests of boundaries depend on the machine."""
    clock = SteppingClock()
    start = clock()
    assert start == clock()
    assert start + timedelta(minutes=10) == clock.shift(minutes=10) == clock()


def test_the_clock_is_in_utc() -> None:
    """A naive time, or one in Bangkok's, would be stored as it is."""
    bangkok = timezone(timedelta(hours=7))
    assert UTC is SteppingClock(datetime(2024, 10, 1, 8, 30, tzinfo=bangkok))().tzinfo
    assert SteppingClock()() == SteppingClock(datetime(2024, 10, 1, 8, 30, tzinfo=bangkok))()
    with pytest.raises(ValueError, match="aware"):
        SteppingClock(datetime(2024, 10, 1))  # noqa: DTZ001


def test_threads_share_a_clock() -> None:
    """Steps of two threads must not overwrite one another."""
    clock = SteppingClock()
    start = clock()

    def step() -> None:
        for _ in range(1000):
            clock.shift(seconds=1)

    threads = [threading.Thread(target=step) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert start + timedelta(seconds=4000) == clock()


def test_the_same_seed_gives_the_same_chance() -> None:
    """A failure that does not repeat cannot be found; two seeds that agree would hide reuse."""
    first, again, other = SeededRandom(7), SeededRandom(7), SeededRandom(8)
    draws = [(random.token_bytes(32), random.below(10**8)) for random in (first, again, other)]
    assert draws[0] == draws[1] != draws[2]
    assert first.token_bytes(32) != draws[0][0]


def test_below_stays_below() -> None:
    """A one-time code of nine digits comes of a bound that is included (R3.1)."""
    random = SeededRandom()
    assert set(range(10)) == {random.below(10) for _ in range(500)}
