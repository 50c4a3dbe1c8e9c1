"""What every verifier of older password hashes has to keep, as tests that a portal's own is put to:

    class TestOurVerifier(LegacyVerifierContract):
        @pytest.fixture
        def verifier(self):
            return OurVerifier()

        def hashed(self, password):
            return our_old_hash(password)

A `LegacyVerifier` runs in threads and is synchronous in every portal.
"""

from __future__ import annotations

from abc import abstractmethod

from elaas_identity.passwords.hashing import LegacyVerifier
from elaas_identity.testing.at_once import Actor, Call, at_once
from elaas_identity.testing.contract import Contract, nothing_secret, overheard, same

PASSWORD = "correct-Horse 42"  # noqa: S105 - an invented one
THAI = "ม้า ถูกต้อง ๔๒"
ELSEWHERE = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$aW52ZW50ZWQ"
CROWD = 8


class LegacyVerifierContract(Contract):
    """The promises of `elaas_identity.passwords.LegacyVerifier`, one test each."""

    @abstractmethod
    def hashed(self, password: str) -> str:
        """The stored hash of that password, as the former system made it."""
        raise NotImplementedError

    def test_right_password_matches(self, verifier: LegacyVerifier) -> None:
        """Everybody would be locked out at the first sign-in."""
        for password in (PASSWORD, THAI):
            same(True, verifier.verify(self.hashed(password), password))

    def test_wrong_password_does_not_match(self, verifier: LegacyVerifier) -> None:
        """Anybody could sign in: by another case, a part, more than the password, or nothing."""
        stored = self.hashed(PASSWORD)
        near = (
            PASSWORD.upper(),
            PASSWORD[:-1],
            f"{PASSWORD} ",
            f"{PASSWORD}\0",
            f" {PASSWORD}",
            "",
            "\0",
            stored,
        )
        for wrong in near:
            if verifier.verify(stored, wrong) is not False:
                raise AssertionError(f"{wrong!r} was taken for {PASSWORD!r}")

    def test_answer_is_a_bool(self, verifier: LegacyVerifier) -> None:
        """What only looks like a yes, such as a match object or a coroutine, would let everybody in."""
        stored = self.hashed(PASSWORD)
        for answer in (
            verifier.verify(stored, PASSWORD),
            verifier.verify(stored, ""),
            verifier.recognises(stored),
        ):
            same(bool, type(answer))

    def test_its_own_hashes_are_recognised_and_no_others(self, verifier: LegacyVerifier) -> None:
        """A hash that no verifier recognises is a person who can never sign in; one of another's would be misread."""
        same(True, verifier.recognises(self.hashed(PASSWORD)))
        for other in (ELSEWHERE, "", "$", "plain text", "\ud800"):
            if verifier.recognises(other) is not False:
                raise AssertionError(f"{other!r} was taken for one of its own")

    def test_a_hash_that_cannot_be_read_matches_nothing(self, verifier: LegacyVerifier) -> None:
        """A row that a migration cut off would raise at each sign-in, or match any password."""
        stored = self.hashed(PASSWORD)
        for broken in (stored[:-1], stored[: len(stored) // 2], stored + "x", "", "nonsense", "\ud800"):
            for password in (PASSWORD, "", broken):
                same(False, verifier.verify(broken, password))

    def test_the_stored_hash_is_no_password(self, verifier: LegacyVerifier) -> None:
        """Whoever stole the table would sign in with what is in it."""
        stored = self.hashed(PASSWORD)
        same(
            [False, False], [verifier.verify(stored, stored), verifier.verify(self.hashed(stored), PASSWORD)]
        )

    def test_many_are_verified_at_once(self, verifier: LegacyVerifier) -> None:
        """Verifiers run in several threads: one person's password would be judged by another's hash."""
        passwords = [f"{PASSWORD} {number}" for number in range(CROWD)]
        hashes = [self.hashed(password) for password in passwords]

        def judged(place: int) -> Actor[tuple[int, ...]]:
            matched: tuple[int, ...] = ()
            for number, stored in enumerate(hashes):
                if (yield Call("verify", (stored, passwords[place]))):
                    matched += (number,)
            return matched

        expected = [(place,) for place in range(CROWD)]
        same(expected, at_once(verifier, [judged(place) for place in range(CROWD)]))

    def test_nothing_secret_is_told(self, verifier: LegacyVerifier) -> None:
        """R7.2: passwords and their hashes would stand in the log of every sign-in."""
        stored = self.hashed(PASSWORD)
        with overheard() as lines:
            verifier.verify(stored, PASSWORD)
            verifier.verify(stored, THAI)
            verifier.verify(stored[:-1], PASSWORD)
        secrets = (PASSWORD, THAI, stored, stored[:-1], *self.secrets)
        nothing_secret("the log", "\n".join(lines), secrets)
        nothing_secret("the repr", repr(verifier), secrets)

    def test_problems_are_told_of_bad_hashes_alone(self, verifier: LegacyVerifier) -> None:
        """A list with good hashes would be refused, or the log hold a hash. Holds where there is a `problem_with`."""
        problem_with = getattr(verifier, "problem_with", None)
        if problem_with is None:
            return
        stored = self.hashed(PASSWORD)
        same(None, problem_with(stored))
        for broken in (stored[:-1], stored[: len(stored) // 2]):
            problem = problem_with(broken)
            if not problem:
                raise AssertionError("a hash that is cut off can never match, and no problem was told")
            nothing_secret("the problem", problem, (broken,))
