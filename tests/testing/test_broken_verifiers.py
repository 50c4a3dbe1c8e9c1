"""The contract of legacy verifiers: kept by a good one, and by none that breaks a promise."""

from __future__ import annotations

import hashlib
import logging
import time
import unittest
from collections.abc import Callable
from typing import Any

import pytest

from elaas_identity.testing import LegacyVerifierContract
from tests.testing.broken import check_caught, check_every_promise_is_tried

PREFIX = "$old$"


class Good:
    """Salted SHA-256 of the former system."""

    def recognises(self, stored: str) -> bool:
        return stored.startswith(PREFIX)

    def verify(self, stored: str, password: str) -> bool:
        return self.recognises(stored) and len(stored) == len(PREFIX) + 64 and stored == hashed(password)

    def problem_with(self, stored: str) -> str | None:
        return None if len(stored) == len(PREFIX) + 64 else "it has another length"


def hashed(password: str) -> str:
    digest = hashlib.sha256(f"salt {password}".encode("utf-8", "surrogatepass")).hexdigest()
    return PREFIX + digest


class TestGood(LegacyVerifierContract):
    """As pytest's users write it."""

    @pytest.fixture
    def verifier(self) -> Good:
        return Good()

    def hashed(self, password: str) -> str:
        return hashed(password)


class TestGoodByUnittest(LegacyVerifierContract, unittest.TestCase):
    """As unittest's users write it."""

    def verifier(self) -> Good:
        return Good()

    def hashed(self, password: str) -> str:
        return hashed(password)


class Shared(Good):
    """Keeps what it verifies in itself, for all threads at once."""

    def verify(self, stored: str, password: str) -> bool:
        self.password = password
        time.sleep(0.0005)
        return super().verify(stored, self.password)


class Telling(Good):
    def __init__(self) -> None:
        self.last = ""

    def verify(self, stored: str, password: str) -> bool:
        self.last = password
        return super().verify(stored, password)

    def __repr__(self) -> str:
        return f"Telling({self.last!r})"


def with_(**methods: Callable[..., Any]) -> type[Good]:
    return type("Broken", (Good,), methods)


def logging_verify(self: Good, stored: str, password: str) -> bool:
    logging.getLogger("a.portal").debug("verifying %s", stored)
    return Good.verify(self, stored, password)


BROKEN: list[tuple[str, type[Good]]] = [
    ("test_right_password_matches", with_(verify=lambda self, stored, password: False)),
    (
        "test_right_password_matches",
        with_(
            verify=lambda self, stored, password: password.isascii() and Good.verify(self, stored, password)
        ),
    ),
    ("test_wrong_password_does_not_match", with_(verify=lambda self, stored, password: True)),
    (
        "test_wrong_password_does_not_match",
        with_(verify=lambda self, stored, password: Good.verify(self, stored, password.partition("\0")[0])),
    ),
    (
        "test_wrong_password_does_not_match",
        with_(verify=lambda self, stored, password: Good.verify(self, stored, password.strip())),
    ),
    (
        "test_answer_is_a_bool",
        with_(verify=lambda self, stored, password: int(Good.verify(self, stored, password))),
    ),
    ("test_its_own_hashes_are_recognised_and_no_others", with_(recognises=lambda self, stored: True)),
    ("test_its_own_hashes_are_recognised_and_no_others", with_(recognises=lambda self, stored: False)),
    (
        "test_a_hash_that_cannot_be_read_matches_nothing",
        with_(verify=lambda self, stored, password: stored in hashed(password)),
    ),
    (
        "test_a_hash_that_cannot_be_read_matches_nothing",
        with_(
            verify=lambda self, stored, password: (
                bytes.fromhex(stored[5:]) == bytes.fromhex(hashed(password)[5:])
            )
        ),
    ),
    (
        "test_the_stored_hash_is_no_password",
        with_(verify=lambda self, stored, password: stored in (password, hashed(password))),
    ),
    ("test_many_are_verified_at_once", Shared),
    ("test_nothing_secret_is_told", with_(verify=logging_verify)),
    ("test_nothing_secret_is_told", Telling),
    ("test_problems_are_told_of_bad_hashes_alone", with_(problem_with=lambda self, stored: "always")),
    ("test_problems_are_told_of_bad_hashes_alone", with_(problem_with=lambda self, stored: None)),
    (
        "test_problems_are_told_of_bad_hashes_alone",
        with_(problem_with=lambda self, stored: Good.problem_with(self, stored) and f"{stored} is too short"),
    ),
]


@pytest.mark.parametrize(("promise", "broken"), BROKEN)
def test_a_broken_verifier_is_caught(promise: str, broken: type[Good]) -> None:
    """A portal would trust a verifier that locks people out, or lets anybody in."""
    check_caught(TestGood(), promise, verifier=broken())


def test_every_promise_is_broken_once() -> None:
    """A test of the contract that no verifier fails may hold nothing."""
    check_every_promise_is_tried(LegacyVerifierContract, {promise for promise, _ in BROKEN})
