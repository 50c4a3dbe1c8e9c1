"""How long a portal's own session may last. The session is the portal's; the numbers have a source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from elaas_identity.errors import Misconfigured

LONGEST = timedelta(hours=12)
"""มรด. 1-2:2564, AAL2: at most so long, whatever the person does."""

LONGEST_IDLE = timedelta(minutes=30)
"""มรด. 1-2:2564, AAL2: at most so long without the person doing anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionGuidance:
    """When a session is over and the person has to sign in again (R6.5).

    Attributes:
        absolute: after the sign-in, however busy the person is.
        idle: after the last request that the person made; what a page asks for by itself is none.

    Raises:
        Misconfigured: `policy`, for more than มรด. 1-2:2564 allows, or nothing at all.
    """

    absolute: timedelta = LONGEST
    idle: timedelta = LONGEST_IDLE

    def __post_init__(self) -> None:
        rules = (
            (timedelta(0) < self.absolute <= LONGEST, "absolute: at most 12 hours (มรด. 1-2:2564, AAL2)"),
            (timedelta(0) < self.idle <= LONGEST_IDLE, "idle: at most 30 minutes (มรด. 1-2:2564, AAL2)"),
        )
        broken = [rule for holds, rule in rules if not holds]
        if broken:
            raise Misconfigured("policy", detail="SessionGuidance: " + "; ".join(broken))

    def is_over(self, started_at: datetime, last_seen_at: datetime, now: datetime) -> bool:
        """Whether a session that began and was last used then is over (aware UTC, all three)."""
        return now - started_at >= self.absolute or now - last_seen_at >= self.idle
