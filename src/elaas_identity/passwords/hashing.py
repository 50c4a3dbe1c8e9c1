"""Password hashes: Argon2id by argon2-cffi, with its parameters in the hash (PHC string), and older hashes to leave.

Pure and slow: callers run it in workers, as many at once as there are cores. `cryptography` has an Argon2id too, which
deadlocks with several lanes from two threads.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import VerifyMismatchError

from elaas_identity._discreet import discreet
from elaas_identity.errors import Misconfigured
from elaas_identity.passwords.stored import (
    USUAL_BOUNDS,
    HashBounds,
    problem_with_argon2,
    problem_with_foreign,
)

SALT_BYTES = 16
"""RFC 9106 §3.1 recommends 16 bytes for password hashing."""

_TAG_BYTES = 32
_MOST_MEMORY_KIB = 1024 * 1024
_MOST_PASSES = 32
_MOST_LANES = 64
_LEGACY_REFUSED_AFTER = 1.0
"""Seconds after which a refusal comes where there are legacy verifiers: what theirs cost is not known before. Our
choice: bcrypt at its usual costs takes half of that."""


def _is_bounded(memory_kib: int, passes: int, lanes: int) -> bool:
    return (
        1 <= lanes <= _MOST_LANES
        and 1 <= passes <= _MOST_PASSES
        and 8 * lanes <= memory_kib <= _MOST_MEMORY_KIB
    )


@discreet
@dataclass(frozen=True, slots=True)
class Argon2Profile:
    """What one hash costs.

    Attributes:
        memory_kib: memory in KiB.
        passes: passes over it.
        lanes: how many lanes it is worked on in.
        for_tests_only: lifts the lower bound. Only for testing!

    Raises:
        Misconfigured: `policy`, when weaker than OWASP's minimum, or dearer than what `verify` would run.
    """

    memory_kib: int
    passes: int
    lanes: int
    for_tests_only: bool = False

    def __post_init__(self) -> None:
        if not self.for_tests_only and (self.memory_kib < 19456 or self.passes < 2):
            raise Misconfigured(
                "policy", detail="Argon2id: at least m=19456 KiB, t=2, p=1 (OWASP, ASVS 11.4.2)"
            )
        if not _is_bounded(self.memory_kib, self.passes, self.lanes):
            raise Misconfigured(
                "policy",
                detail=f"Argon2id: at most {_MOST_MEMORY_KIB} KiB, {_MOST_PASSES} passes, {_MOST_LANES} lanes, "
                "and 8 KiB for each lane",
            )


OWASP = Argon2Profile(memory_kib=19456, passes=2, lanes=1)
"""OWASP password storage cheat sheet: 19 MiB, 2 passes. The default: 22,000 agencies begin in one week."""
RFC9106_LOW_MEMORY = Argon2Profile(memory_kib=65536, passes=3, lanes=4)
"""RFC 9106 §4, second recommended option: 64 MiB, 3 passes, 4 lanes. Some nine times as dear."""
CHEAPEST_FOR_TESTS = Argon2Profile(memory_kib=8, passes=1, lanes=1, for_tests_only=True)
"""Protects nothing. Only for testing!"""


@dataclass(frozen=True, slots=True)
class Verified:
    """What became of verifying a password.

    Attributes:
        matches: the password is the one that was hashed.
        is_outdated: it matches, and its hash should be replaced by one of today's profile.
        rest: how long a refusal still waits, so that its time does not tell what was stored.
        problem: what kept the stored hash from being verified, for whoever runs the portal.
    """

    matches: bool
    is_outdated: bool = False
    rest: timedelta = timedelta(0)
    problem: str | None = None


class LegacyVerifier(Protocol):
    """Checks hashes that a portal brings from elsewhere (bcrypt, …), until each is replaced at its first sign-in.

    `verify` gets the prepared password, and answers False for a hash that it cannot read. A verifier may also have
    `problem_with(stored) -> str | None`: why a hash can never match, or costs too much; None for a good one. It is
    asked when a hash is provisioned and before each guess. Where a verifier raises, the password does not match, and
    the log says so.
    """

    def recognises(self, stored: str) -> bool: ...
    def verify(self, stored: str, password: str) -> bool: ...


class LegacyVerifierFailed(Exception):
    """A legacy verifier raised an exception; of that type."""


class PasswordHashing:
    """Hashes by one profile; verifies by whatever parameters the stored hash names, within bounds.

    Args:
        profile: what new hashes cost.
        legacy_verifiers: asked in order about stored hashes that are not Argon2.
        bounds: what one guess at a stored hash may cost.
        timer: seconds that have passed, from any start; without one no refusal waits.
    """

    def __init__(
        self,
        profile: Argon2Profile = OWASP,
        legacy_verifiers: Sequence[LegacyVerifier] = (),
        bounds: HashBounds = USUAL_BOUNDS,
        *,
        timer: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._timer = timer
        self._took: dict[str, tuple[float, ...]] = {}
        """By kind of hash: what the latest verifications took, in seconds."""
        self._profile = profile
        self._bounds = bounds
        self._hasher = PasswordHasher(
            time_cost=profile.passes,
            memory_cost=profile.memory_kib,
            parallelism=profile.lanes,
            hash_len=_TAG_BYTES,
            salt_len=SALT_BYTES,
        )
        self._legacy_verifiers = tuple(legacy_verifiers)
        self.decoy = (
            f"$argon2id$v=19$m={profile.memory_kib},t={profile.passes},p={profile.lanes}"
            f"${_unpadded(bytes(SALT_BYTES))}${_unpadded(bytes(_TAG_BYTES))}"
        )
        """A hash that no password has, and that costs as much to verify: for usernames that do not exist (R4.2)."""

    def hash(self, prepared: str, salt: bytes) -> str:
        """The PHC string of a prepared password under 16 fresh random bytes.

        Raises:
            ValueError: the salt is not 16 bytes.
        """
        if len(salt) != SALT_BYTES:
            raise ValueError(f"a salt is {SALT_BYTES} random bytes")
        return self._hasher.hash(prepared, salt=salt)

    def problem_with(self, stored: str) -> str | None:
        """Why a stored hash is not run: no password would match it, or a guess would cost too much. None: it is run.

        A legacy verifier may say so for its own scheme by a method of this name; bcrypt, PBKDF2 and SHA-crypt are read
        here.
        """
        if stored.startswith("$argon2"):
            return problem_with_argon2(stored, self._bounds)
        verifier = self._verifier_of(stored)
        if verifier is None:
            return "no legacy verifier recognises it"
        own: Callable[[str], str | None] = getattr(verifier, "problem_with", lambda _: None)
        return problem_with_foreign(stored, self._bounds) or own(stored)

    def verify(self, stored: str, prepared: str) -> bool:
        """Whether the prepared password is the one that was hashed. False, without work, for a hash that is not run.

        Raises:
            argon2.exceptions.VerificationError, MemoryError: it could not be computed, for want of memory for example.
            LegacyVerifierFailed: a legacy verifier raised something else.
        """
        try:
            if self.problem_with(stored) is not None:
                return False
            if (verifier := self._verifier_of(stored)) is not None:
                return verifier.verify(stored, prepared)
        except MemoryError:
            raise
        except Exception as problem:
            raise LegacyVerifierFailed(type(problem).__name__) from None
        try:
            return self._hasher.verify(stored, prepared)
        except VerifyMismatchError:
            return False

    def verified(self, stored: str | None, prepared: str) -> Verified:
        """Verify against a stored hash; None: against the decoy, which no password matches.

        Whoever is refused has cost a verification at today's profile at least.

        Raises:
            argon2.exceptions.VerificationError, MemoryError: as `verify`.
        """
        started = self._timer()
        problem: str | None
        try:
            matches = self.verify(self.decoy if stored is None else stored, prepared) and stored is not None
        except LegacyVerifierFailed as failed:
            matches, problem = False, str(failed)
        else:
            problem = None if matches or stored is None else self.problem_with(stored)
        today, kind = _cost_in(self.decoy), self._kind_of(stored)
        if matches and stored is not None:
            self._remember(kind, self._timer() - started)
            return Verified(True, is_outdated=self.is_outdated(stored))
        if kind != today:
            since = self._timer()
            self.verify(self.decoy, prepared)
            self._remember(today, self._timer() - since)
        took = self._timer() - started
        if kind == today:
            self._remember(kind, took)
        rest = timedelta(seconds=max(0.0, self._refused_after() - took))
        if kind != today:  # what this one took moves those after it, and not itself
            self._remember(kind, took)
        return Verified(False, rest=rest, problem=problem)

    def _remember(self, kind: str, took: float) -> None:
        self._took[kind] = (*self._took.get(kind, ())[-7:], took)

    def _refused_after(self) -> float:
        """After how many seconds every refusal comes: later than what it costs to verify any kind of hash.

        What disturbs a measurement makes it longer, so the shortest of the latest ones is what the work costs. Hashes
        that are not Argon2 differ among themselves: of those it is the longest.
        """
        costs = {kind: min(took) if kind else max(took) for kind, took in self._took.items()}
        after = max(2 * costs[_cost_in(self.decoy)], _LEGACY_REFUSED_AFTER if self._legacy_verifiers else 0.0)
        return max([after, *(2 * cost for cost in costs.values() if 1.5 * cost > after)])

    def is_outdated(self, stored: str) -> bool:
        """Whether a hash that has just been verified should be replaced by one of today's profile (R2.5).

        It should where it is another kind of hash, or costs less in memory or passes; one that costs more is kept.
        """
        if not stored.startswith("$argon2id$v=19$"):
            return True
        cost = extract_parameters(stored)
        return cost.memory_cost < self._profile.memory_kib or cost.time_cost < self._profile.passes

    def _kind_of(self, stored: str | None) -> str:
        """Argon2's parameters; empty for all that is not Argon2, or is not run. None: the decoy."""
        if stored is None:
            return _cost_in(self.decoy)
        is_run = stored.startswith("$argon2") and self.problem_with(stored) is None
        return _cost_in(stored) if is_run else ""

    def _verifier_of(self, stored: str) -> LegacyVerifier | None:
        if stored.startswith("$argon2"):
            return None
        return next((each for each in self._legacy_verifiers if each.recognises(stored)), None)


def _cost_in(argon2_hash: str) -> str:
    return argon2_hash.rsplit("$", 2)[0]


def _unpadded(raw: bytes) -> str:
    return base64.b64encode(raw).rstrip(b"=").decode()
