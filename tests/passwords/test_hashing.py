"""Password hashes: Argon2id with its parameters, bounded, and older hashes on their way out (R2.5)."""

from __future__ import annotations

import argon2
import bcrypt
import pytest
from argon2.exceptions import VerificationError

from elaas_identity.errors import Misconfigured
from elaas_identity.passwords.hashing import (
    CHEAPEST_FOR_TESTS,
    OWASP,
    RFC9106_LOW_MEMORY,
    Argon2Profile,
    PasswordHashing,
)
from elaas_identity.passwords.preparation import prepare

SALT = bytes(range(16))
PHRASE = "สมมติว่านี่เป็นรหัสผ่าน"

cheap = PasswordHashing(CHEAPEST_FOR_TESTS)


class Bcrypt:
    """What a portal passes for hashes of its former system."""

    def __init__(self) -> None:
        self.asked = 0

    def recognises(self, stored: str) -> bool:
        return stored.startswith("$2b$")

    def verify(self, stored: str, password: str) -> bool:
        self.asked += 1
        return bcrypt.checkpw(password.encode()[:72], stored.encode())


def test_a_hash_names_its_parameters() -> None:
    """A later policy could not verify what an earlier one hashed (R2.5)."""
    assert cheap.hash(PHRASE, SALT).startswith("$argon2id$v=19$m=8,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$")
    assert PasswordHashing().hash(PHRASE, SALT).startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    cost = argon2.extract_parameters(cheap.hash(PHRASE, SALT))
    assert (16, 32) == (cost.salt_len, cost.hash_len)


def test_only_the_same_password_verifies() -> None:
    """Another password would sign in, or the right one would not."""
    stored = cheap.hash(PHRASE, SALT)

    assert cheap.verify(stored, PHRASE)
    assert not cheap.verify(stored, PHRASE + " ")
    assert not cheap.verify(stored, PHRASE.replace("า", "ะ", 1))
    assert not cheap.verify(stored, "")


def test_the_salt_makes_the_hash_another() -> None:
    """Equal passwords would have equal hashes."""
    assert cheap.hash(PHRASE, SALT) == cheap.hash(PHRASE, SALT)
    assert cheap.hash(PHRASE, SALT) != cheap.hash(PHRASE, SALT[::-1])


@pytest.mark.parametrize("size", [0, 15, 17])
def test_a_salt_is_16_bytes(size: int) -> None:
    """argon2-cffi takes an empty salt for "make one": randomness that no test could seed."""
    with pytest.raises(ValueError):
        cheap.hash(PHRASE, bytes(size))


@pytest.mark.parametrize("place", [0, 71, 72, 127, 299, 300, 1023])
def test_every_byte_matters(place: int) -> None:
    """A long password would be cut off, as bcrypt does at byte 73 (R2.3)."""
    password = "a" * 1024
    changed = password[:place] + "b" + password[place + 1 :]

    assert not cheap.verify(cheap.hash(prepare(password), SALT), prepare(changed))


def test_nfc_equal_passwords_verify() -> None:
    """A password set on one keyboard would not open on another (R2.3)."""
    stored = cheap.hash(prepare("caf\u00e9 ตอนเช้าทุกวัน"), SALT)

    assert cheap.verify(stored, prepare("cafe\u0301\u00a0ตอนเช้าทุกวัน"))


@pytest.mark.parametrize(
    ("memory", "passes", "lanes"), [(19455, 2, 1), (19456, 1, 1), (19456, 2, 0), (65536, 1, 4)]
)
def test_a_profile_weaker_than_owasp_is_refused(memory: int, passes: int, lanes: int) -> None:
    """A portal would start with hashes that are cheap to reverse (R2.5)."""
    with pytest.raises(Misconfigured) as problem:
        Argon2Profile(memory, passes, lanes)

    assert "policy" == problem.value.code


@pytest.mark.parametrize("for_tests_only", [False, True])
@pytest.mark.parametrize(
    ("memory", "passes", "lanes"),
    [
        (1024 * 1024 + 1, 2, 1),
        (19456, 33, 1),
        (65 * 8 * 1024, 2, 65),
        (8 * 64 * 1024, 0, 1),
        (7, 1, 1),
        (15, 1, 2),
    ],
)
def test_a_profile_out_of_bounds_is_refused(
    memory: int, passes: int, lanes: int, for_tests_only: bool
) -> None:
    """A portal could set passwords that nobody may sign in with."""
    with pytest.raises(Misconfigured) as problem:
        Argon2Profile(memory, passes, lanes, for_tests_only=for_tests_only)

    assert "policy" == problem.value.code


def test_the_bounds_themselves_are_taken() -> None:
    """A stronger machine could not use what the bound allows."""
    assert 1024 * 1024 == Argon2Profile(1024 * 1024, 32, 64).memory_kib
    assert (19456, 2, 1, False) == (OWASP.memory_kib, OWASP.passes, OWASP.lanes, OWASP.for_tests_only)
    low = RFC9106_LOW_MEMORY
    assert (65536, 3, 4, False) == (low.memory_kib, low.passes, low.lanes, low.for_tests_only)
    assert CHEAPEST_FOR_TESTS == Argon2Profile(8, 1, 1, for_tests_only=True)


@pytest.mark.parametrize(
    "profile", [Argon2Profile(16, 1, 1, for_tests_only=True), Argon2Profile(8, 2, 1, for_tests_only=True)]
)
def test_a_weaker_hash_verifies_and_is_outdated_and_a_stronger_one_is_kept(profile: Argon2Profile) -> None:
    """A change of policy would lock everybody out, never reach the old hashes, or weaken them (R2.5)."""
    stronger = PasswordHashing(profile)

    assert stronger.verify(cheap.hash(PHRASE, SALT), PHRASE)
    assert stronger.is_outdated(cheap.hash(PHRASE, SALT))
    assert cheap.verify(stronger.hash(PHRASE, SALT), PHRASE)
    assert not cheap.is_outdated(stronger.hash(PHRASE, SALT))
    assert not stronger.is_outdated(stronger.hash(PHRASE, SALT))


def test_other_variants_of_argon2_verify_and_are_outdated() -> None:
    """Hashes that a portal brings along would not verify, or would stay (R2.5)."""
    stored = argon2.low_level.hash_secret(PHRASE.encode(), SALT, 1, 8, 1, 32, argon2.Type.I).decode()

    assert cheap.verify(stored, PHRASE)
    assert cheap.is_outdated(stored)


def with_cost(cost: str) -> str:
    return cheap.hash(PHRASE, SALT).replace("m=8,t=1,p=1", cost)


@pytest.mark.parametrize(
    "stored",
    [
        with_cost("m=1048577,t=1,p=1"),
        with_cost("m=4294967295,t=1,p=1"),
        with_cost("m=8,t=33,p=1"),
        with_cost("m=8,t=4294967295,p=1"),
        with_cost("m=1048576,t=1,p=65"),
        with_cost("m=8,t=1,p=2"),
        with_cost("m=0,t=1,p=1"),
        with_cost("m=8,t=0,p=1"),
        with_cost("m=8,t=1,p=0"),
        with_cost("m=-8,t=1,p=1"),
        with_cost("m=๘,t=1,p=1"),
        cheap.hash(PHRASE, SALT) + "A" * 10_000_000,
    ],
)
def test_an_absurd_hash_is_not_run(stored: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who can write the store could make a sign-in take all memory, or hours."""

    def run(*arguments: object) -> None:
        raise AssertionError("Argon2 was run")

    monkeypatch.setattr(argon2.PasswordHasher, "verify", run)

    assert not cheap.verify(stored, PHRASE)


@pytest.mark.parametrize(
    "stored",
    ["", "plain", "$argon2", "$argon2id$", "$argon2xx$v=19$m=8,t=1,p=1$AAAA$AAAA", "$1$md5", "$argon2id$é"],
)
def test_what_is_no_hash_matches_nothing(stored: str) -> None:
    """A damaged record would be a server error, or open with any password."""
    assert not cheap.verify(stored, PHRASE)
    assert not cheap.verify(stored, stored)


def test_a_damaged_hash_matches_nothing() -> None:
    """A damaged record would be a server error."""
    stored = cheap.hash(PHRASE, SALT)

    for damaged in (
        stored[:-1],
        stored + "A",
        stored.replace("v=19", "v=1"),
        stored.replace("$AAEC", "$!!!!"),
    ):
        assert not cheap.verify(damaged, PHRASE)


@pytest.mark.parametrize("profile", [CHEAPEST_FOR_TESTS, OWASP])
def test_the_decoy_costs_as_much_and_matches_nothing(profile: Argon2Profile) -> None:
    """An unknown username would answer faster, or have a password (R4.2)."""
    hashing = PasswordHashing(profile)
    cost = argon2.extract_parameters(hashing.decoy)

    assert argon2.extract_parameters(hashing.hash(PHRASE, SALT)) == cost
    assert not hashing.is_outdated(hashing.decoy)
    assert not hashing.verify(hashing.decoy, PHRASE)
    assert not hashing.verify(hashing.decoy, "")
    # Argon2 ran: otherwise it would be a parsing error, at no cost.
    with pytest.raises(argon2.exceptions.VerifyMismatchError):
        argon2.PasswordHasher().verify(hashing.decoy, PHRASE)


def test_a_legacy_hash_verifies_through_its_verifier_and_is_outdated() -> None:
    """Accounts of a former system would need new letters, or keep their old hashes (R2.5)."""
    stored = bcrypt.hashpw(PHRASE.encode()[:72], bcrypt.gensalt(4)).decode()
    legacy = Bcrypt()
    hashing = PasswordHashing(CHEAPEST_FOR_TESTS, legacy_verifiers=[legacy])

    assert hashing.verify(stored, PHRASE)
    assert not hashing.verify(stored, "another")
    assert 2 == legacy.asked
    assert hashing.is_outdated(stored)
    assert not cheap.verify(stored, PHRASE)


def test_a_legacy_verifier_is_not_asked_about_argon2() -> None:
    """Every sign-in would pay for a verifier that it does not need."""

    class Greedy(Bcrypt):
        def recognises(self, stored: str) -> bool:
            return True

        def verify(self, stored: str, password: str) -> bool:
            raise AssertionError("asked")

    hashing = PasswordHashing(CHEAPEST_FOR_TESTS, legacy_verifiers=[Greedy()])

    assert hashing.verify(hashing.hash(PHRASE, SALT), PHRASE)
    assert not hashing.verify("$argon2id$damaged", PHRASE)


def test_the_first_verifier_that_recognises_it_decides() -> None:
    """Two former systems with one prefix would be tried one after the other, at twice the cost."""

    class Never(Bcrypt):
        def verify(self, stored: str, password: str) -> bool:
            return False

    stored = bcrypt.hashpw(PHRASE.encode()[:72], bcrypt.gensalt(4)).decode()
    second = Bcrypt()

    assert not PasswordHashing(CHEAPEST_FOR_TESTS, legacy_verifiers=[Never(), second]).verify(stored, PHRASE)
    assert 0 == second.asked


def test_f5_a_hash_that_cannot_be_computed_is_no_mismatch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2 without memory would count as a wrong password."""
    hashing = PasswordHashing(CHEAPEST_FOR_TESTS)
    stored = hashing.hash("right", bytes(16))

    def no_memory(*_: object) -> bool:
        raise VerificationError("Memory allocation error")

    monkeypatch.setattr(argon2.PasswordHasher, "verify", no_memory)
    with pytest.raises(VerificationError):
        hashing.verify(stored, "right")
