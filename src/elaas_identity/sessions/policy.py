"""How long a session may last, and how many there may be. The defaults are the longest that the standard allows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from elaas_identity._discreet import discreet
from elaas_identity.errors import Misconfigured

LONGEST = timedelta(hours=12)
"""มรด. 1-2:2564, AAL2: at most so long, whatever the person does."""

LONGEST_IDLE = timedelta(minutes=30)
"""มรด. 1-2:2564, AAL2: at most so long without the person doing anything."""

SEEN_EVERY = timedelta(minutes=1)
"""How exactly a session says when it was last seen. Our choice: a page with twenty requests costs one write."""


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPolicy:
    """When a session is over and the person has to sign in again (R6.5), and how many an account has at once.

    Attributes:
        absolute: after the sign-in, however busy the person is.
        idle: after the last request that the person made; what a page asks for by itself is none.
        per_account: sessions of one account at once; one more ends the one that was not used for longest. Our choice:
            the machines of an office, a phone, and those that nobody signed out of.

    Raises:
        Misconfigured: `policy`, for more than มรด. 1-2:2564 allows, or nothing at all.
    """

    absolute: timedelta = LONGEST
    idle: timedelta = LONGEST_IDLE
    per_account: int = 10

    def __post_init__(self) -> None:
        rules = (
            (timedelta(0) < self.absolute <= LONGEST, "absolute: at most 12 hours (มรด. 1-2:2564, AAL2)"),
            (
                SEEN_EVERY < self.idle <= LONGEST_IDLE,
                "idle: more than a minute, at most 30 (มรด. 1-2:2564, AAL2)",
            ),
            (1 <= self.per_account <= 50, "per_account: 1 to 50"),
        )
        broken = [rule for holds, rule in rules if not holds]
        if broken:
            raise Misconfigured("policy", detail="SessionPolicy: " + "; ".join(broken))

    def expires_at(self, started_at: datetime, last_seen_at: datetime) -> datetime:
        """When a session that began and was last used then is over, if it is not used again."""
        return min(started_at + self.absolute, last_seen_at + self.idle)

    def is_over(self, started_at: datetime, last_seen_at: datetime, now: datetime) -> bool:
        """Whether a session that began and was last used then is over (aware UTC, all three)."""
        return now >= self.expires_at(started_at, last_seen_at)
