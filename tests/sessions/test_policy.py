"""How long a portal's session may last: 12 hours, and 30 minutes idle (R6.5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

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


TWELVE_HOURS = "absolute: at most 12 hours (มรด. 1-2:2564, AAL2)"
HALF_AN_HOUR = "idle: more than a minute, at most 30 (มรด. 1-2:2564, AAL2)"


@pytest.mark.parametrize(
    ("settings", "broken"),
    [
        ({"absolute": timedelta(hours=12) + INSTANT}, TWELVE_HOURS),
        ({"absolute": timedelta(0)}, TWELVE_HOURS),
        ({"idle": timedelta(minutes=30) + INSTANT}, HALF_AN_HOUR),
        ({"idle": timedelta(minutes=1)}, HALF_AN_HOUR),
        ({"idle": timedelta(0)}, HALF_AN_HOUR),
        ({"per_account": 0}, "per_account: 1 to 50"),
        ({"per_account": 51}, "per_account: 1 to 50"),
        ({"absolute": timedelta(0), "idle": timedelta(0)}, f"{TWELVE_HOURS}; {HALF_AN_HOUR}"),
    ],
)
def test_what_the_standard_does_not_allow_is_refused(settings: dict[str, Any], broken: str) -> None:
    """A portal would believe that it follows มรด. 1-2:2564 and not do so (R6.5)."""
    with pytest.raises(Misconfigured) as problem:
        SessionPolicy(**settings)
    assert ("policy", f"SessionPolicy: {broken}") == (problem.value.code, problem.value.detail)


@pytest.mark.parametrize(
    "settings",
    [
        {"absolute": INSTANT},
        {"absolute": timedelta(hours=12), "idle": timedelta(minutes=30)},
        {"idle": timedelta(minutes=1) + INSTANT},
        {"per_account": 1},
        {"per_account": 50},
    ],
)
def test_what_the_standard_allows_is_taken(settings: dict[str, Any]) -> None:
    """A bound that is one off is not the one that is said (R6.5)."""
    policy = SessionPolicy(**settings)
    assert settings == {name: getattr(policy, name) for name in settings}
