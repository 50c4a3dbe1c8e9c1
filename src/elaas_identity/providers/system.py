"""The operating system's clock and randomness: the defaults of the facade."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from elaas_identity._discreet import discreet

__all__ = ["SystemRandom", "system_clock"]


@discreet
def system_clock() -> datetime:
    """Now, as an aware UTC datetime."""
    return datetime.now(UTC)


@discreet
class SystemRandom:
    """`secrets`: the operating system's generator."""

    def token_bytes(self, count: int) -> bytes:
        """That many random bytes."""
        return secrets.token_bytes(count)

    def below(self, bound: int) -> int:
        """A uniform integer in [0, bound)."""
        return secrets.randbelow(bound)
