"""Stored hashes are read before they are run: what can never match, or costs too much, is not run (F12)."""

from __future__ import annotations

import bcrypt
import pytest

from elaas_identity import FlowPolicy, PasswordPolicy
from elaas_identity.errors import Misconfigured
from elaas_identity.passwords.hashing import CHEAPEST_FOR_TESTS, Argon2Profile, PasswordHashing
from elaas_identity.passwords.stored import HashBounds
from tests.passwords.test_hashing import PHRASE, SALT, with_cost

GOOD = PasswordHashing(CHEAPEST_FOR_TESTS).hash(PHRASE, SALT)
BCRYPT = bcrypt.hashpw(b"invented", b"$2b$04$EK61yKo4ZA7QQDpdM.1use").decode()
PBKDF2 = "pbkdf2_sha256$600000$inventedsalt$" + "A" * 43 + "="
SHA_512 = "$6$rounds=5000$inventedsalt$" + "A" * 86


class Any:
    """A verifier for every scheme, as a portal writes it over a library."""

    def recognises(self, stored: str) -> bool:
        return stored.startswith(("$2", "pbkdf2", "$pbkdf2", "$5$", "$6$", "mine:"))

    def verify(self, stored: str, password: str) -> bool:
        raise AssertionError("it was run")

    def problem_with(self, stored: str) -> str | None:
        return "too old" if stored == "mine:old" else None


hashing = PasswordHashing(CHEAPEST_FOR_TESTS, legacy_verifiers=[Any()])


@pytest.mark.parametrize(
    "stored",
    [
        GOOD,
        with_cost("m=262144,t=4,p=4"),
        with_cost("m=102400,t=2,p=8"),  # Django, and argon2-cffi before 2021
        with_cost("m=65536,t=4,p=1"),  # PHP
        with_cost("m=19456,t=32,p=1"),
        BCRYPT,
        BCRYPT.replace("$04$", "$14$"),
        BCRYPT.replace("$2b$", "$2y$"),
        PBKDF2,
        "$pbkdf2-sha256$29000$c2FsdA$" + "A" * 43,
        SHA_512,
        SHA_512.replace("rounds=5000$", ""),
        "$5$inventedsalt$" + "A" * 43,
        "mine:new",
    ],
)
def test_f12_a_usual_hash_is_taken(stored: str) -> None:
    """An office could not bring its accounts along."""
    assert None is hashing.problem_with(stored)


@pytest.mark.parametrize(
    "stored",
    [
        with_cost("m=1048576,t=32,p=1"),
        with_cost("m=1048576,t=1,p=1"),
        with_cost("m=262145,t=1,p=1"),
        with_cost("m=262144,t=5,p=1"),
        with_cost("m=65536,t=17,p=1"),
        with_cost("m=8,t=33,p=1"),
        with_cost("m=65536,t=1,p=17"),
        with_cost("m=8,t=1,p=2"),
        BCRYPT.replace("$04$", "$15$"),
        BCRYPT.replace("$04$", "$31$"),
        PBKDF2.replace("600000", "2000001"),
        "$pbkdf2-sha256$900000000$c2FsdA$" + "A" * 43,
        SHA_512.replace("5000", "999999999"),
        "$5$rounds=2000001$inventedsalt$" + "A" * 43,
    ],
)
def test_f12_a_hash_that_costs_too_much_is_not_run(stored: str) -> None:
    """Whoever wrote the hash would decide how long each guess keeps the server."""
    assert "bound" in str(hashing.problem_with(stored))
    assert not hashing.verify(stored, PHRASE)


@pytest.mark.parametrize(
    "stored",
    [
        "$argon2id$v=19$m=8,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$",
        GOOD.replace("$AAECAwQFBgcICQoLDA0ODw$", "$AAEC$"),
        GOOD[:-2],
        GOOD + "A" * 1000,
        GOOD.replace("v=19", "v=20"),
        GOOD.replace("argon2id", "argon2ix"),
        GOOD.replace("$AAEC", "$!!!!"),
        GOOD.replace("$AAEC", "$กขคง"),
        BCRYPT[:-1],
        BCRYPT + "A",
        BCRYPT.replace("$04$", "$4$"),
        BCRYPT.replace("$04$", "$32$"),
        "$2b$",
        PBKDF2.rpartition("$")[0],
        PBKDF2.replace("600000", "many"),
        SHA_512[:-1],
        "$6$",
    ],
)
def test_f12_a_hash_that_can_never_match_is_told(stored: str) -> None:
    """Its person would be told for ever that the password of the letter is wrong."""
    assert "cannot be read" in str(hashing.problem_with(stored))
    assert not hashing.verify(stored, PHRASE)


def test_f12_a_scheme_of_the_portals_own_is_judged_by_its_verifier() -> None:
    """A scheme that is not known here would have no bound."""
    assert "too old" == hashing.problem_with("mine:old")
    assert not hashing.verify("mine:old", PHRASE)
    assert "no legacy verifier recognises it" == hashing.problem_with("theirs:x")
    assert "no legacy verifier recognises it" == PasswordHashing().problem_with(BCRYPT)


def test_f12_the_bounds_are_the_policys() -> None:
    """A portal with weaker servers could not ask for less, or would lock out what it hashes itself."""
    narrow = HashBounds(memory_kib=19456, memory_passes_kib=2 * 19456, lanes=1, bcrypt_cost=12)
    told = PasswordHashing(CHEAPEST_FOR_TESTS, [Any()], narrow).problem_with
    assert None is told(with_cost("m=19456,t=2,p=1"))
    assert all(
        map(told, [with_cost("m=19457,t=1,p=1"), with_cost("m=19456,t=3,p=1"), BCRYPT.replace("04", "13")])
    )
    assert narrow == FlowPolicy(passwords=PasswordPolicy(stored_hashes=narrow)).passwords.stored_hashes
    with pytest.raises(Misconfigured, match="stored_hashes"):
        PasswordPolicy(hashing=Argon2Profile(memory_kib=65536, passes=3, lanes=4), stored_hashes=narrow)
