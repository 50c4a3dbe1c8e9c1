"""Reads a stored hash without running it: whether any password can match it, and what one guess at it costs."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass

from argon2 import extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from argon2.low_level import verify_secret

from elaas_identity._discreet import discreet

_LONGEST = 512
_MOST_PASSES = 32


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class HashBounds:
    """What one guess at a stored hash may cost. Whoever writes the hash chooses the cost, and every guess pays it.

    Each bound is our choice: the usual settings of other systems fit in, and a guess takes about a second at most.

    Attributes:
        memory_kib: Argon2's memory in KiB. 256 MiB: a machine of 1 GiB verifies on two cores.
        memory_passes_kib: Argon2's memory times its passes. 1 GiB takes half a second.
        lanes: Argon2's lanes; each may be a thread.
        bcrypt_cost: bcrypt's cost, the power of two of its rounds. 14 takes about a second.
        iterations: of PBKDF2 and SHA-crypt. OWASP asks for 600,000 of PBKDF2.
    """

    memory_kib: int = 256 * 1024
    memory_passes_kib: int = 1024 * 1024
    lanes: int = 16
    bcrypt_cost: int = 14
    iterations: int = 2_000_000

    def allow_argon2(self, memory_kib: int, passes: int, lanes: int) -> bool:
        """Whether Argon2 may be run at that cost."""
        return (
            1 <= lanes <= self.lanes
            and 1 <= passes <= _MOST_PASSES
            and 8 * lanes <= memory_kib <= self.memory_kib
            and memory_kib * passes <= self.memory_passes_kib
        )


USUAL_BOUNDS = HashBounds()
"""The defaults."""


def problem_with_argon2(stored: str, bounds: HashBounds) -> str | None:
    """Why an Argon2 hash is not run; None for one that is. Nothing of the hash is repeated."""
    if len(stored) > _LONGEST or not stored.isascii():
        return _UNREADABLE
    try:
        cost = extract_parameters(stored)
    except InvalidHashError:
        return _UNREADABLE
    if cost.version not in _VERSIONS:
        return _UNREADABLE
    if not bounds.allow_argon2(cost.memory_cost, cost.time_cost, cost.parallelism):
        return (
            f"Argon2 with m={cost.memory_cost}, t={cost.time_cost}, p={cost.parallelism} "
            "is outside of the policy's bounds"
        )
    # Run once at the least cost, which tells whether Argon2 can read salt and tag.
    cheapest = _ARGON2_COST.sub("$m=8,t=1,p=1$", stored, count=1)
    try:
        with suppress(VerifyMismatchError):
            verify_secret(cheapest.encode(), b"", cost.type)
    except (VerificationError, InvalidHashError):
        return _UNREADABLE
    return None


def problem_with_foreign(stored: str, bounds: HashBounds) -> str | None:
    """The same for bcrypt, PBKDF2 and SHA-crypt; None also for a form that is not known here."""
    for prefix, form in _FOREIGN.items():
        if not re.match(prefix, stored):
            continue
        read = re.fullmatch(form, stored, re.ASCII)
        if read is None:
            return _UNREADABLE
        cost = int(read["cost"] or 0)
        most = bounds.bcrypt_cost if prefix == _BCRYPT else bounds.iterations
        return f"its cost of {cost} is over the policy's bound of {most}" if cost > most else None
    return None


_UNREADABLE = "it cannot be read, so no password would ever match"
_VERSIONS = (16, 19)
_ARGON2_COST = re.compile(r"\$m=\d+,t=\d+,p=\d+\$", re.ASCII)
_BCRYPT = r"\$2"
_FOREIGN = {
    _BCRYPT: r"\$2[abxy]?\$(?P<cost>0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}",
    r"\$?pbkdf2": r"\$?pbkdf2[_-]?[a-z0-9]*\$(?P<cost>[1-9]\d{0,9})\$[^$]{1,256}\$[./+=A-Za-z0-9]{16,256}",
    r"\$5\$": r"\$5\$(?:rounds=(?P<cost>[1-9]\d{0,9})\$)?[^$]{0,16}\$[./A-Za-z0-9]{43}",
    r"\$6\$": r"\$6\$(?:rounds=(?P<cost>[1-9]\d{0,9})\$)?[^$]{0,16}\$[./A-Za-z0-9]{86}",
}
"""How the hashes of other systems begin, and what the whole of one looks like: crypt(5), and Django's PBKDF2."""
