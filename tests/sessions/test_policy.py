"""How long a portal's session may last: 12 hours, and 30 minutes idle (R6.5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from elaas_identity.errors import Misconfigured
from elaas_identity.sessions.policy import SessionPolicy

STARTED = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
policy = SessionPolicy()


def test_a_busy_session_ends_after_twelve_hours() -> None:
    """A terminal that is never left would stay signed in for days (R6.5)."""
    end = STARTED + timedelta(hours=12)

    assert not policy.is_over(STARTED, end - INSTANT, end - INSTANT)
    assert policy.is_over(STARTED, end, end)


def test_an_idle_session_ends_after_thirty_minutes() -> None:
    """Whoever sits down at a terminal that was left would be signed in (R6.5)."""
    seen = STARTED + timedelta(hours=3)
    end = seen + timedelta(minutes=30)

    assert not policy.is_over(STARTED, seen, end - INSTANT)
    assert policy.is_over(STARTED, seen, end)


def test_being_used_does_not_prolong_it_beyond_its_end() -> None:
    """The last half hour would begin again with each click (R6.5)."""
    assert policy.is_over(STARTED, STARTED + timedelta(hours=11, minutes=59), STARTED + timedelta(hours=12))


def test_a_stricter_portal_is_heard() -> None:
    """A portal's own shorter times would be ignored (R6.5)."""
    strict = SessionPolicy(absolute=timedelta(hours=1), idle=timedelta(minutes=5))

    assert strict.is_over(STARTED, STARTED, STARTED + timedelta(minutes=5))
    assert strict.is_over(STARTED, STARTED + timedelta(minutes=59), STARTED + timedelta(hours=1))
    assert not strict.is_over(
        STARTED, STARTED + timedelta(minutes=56), STARTED + timedelta(minutes=60) - INSTANT
    )


@pytest.mark.parametrize(
    ("absolute", "idle", "named"),
    [
        (timedelta(hours=12) + INSTANT, timedelta(minutes=30), "absolute"),
        (timedelta(hours=12), timedelta(minutes=30) + INSTANT, "idle"),
        (timedelta(0), timedelta(minutes=30), "absolute"),
        (timedelta(hours=12), timedelta(0), "idle"),
    ],
)
def test_what_the_standard_does_not_allow_is_refused(
    absolute: timedelta, idle: timedelta, named: str
) -> None:
    """A portal would believe that it follows มรด. 1-2:2564 and not do so (R6.5)."""
    with pytest.raises(Misconfigured) as problem:
        SessionPolicy(absolute=absolute, idle=idle)
    assert "policy" == problem.value.code
    assert problem.value.detail.startswith(f"SessionPolicy: {named}: ")
