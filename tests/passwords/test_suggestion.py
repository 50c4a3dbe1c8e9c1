"""The password that is suggested: random enough, and one that the policy takes."""

from __future__ import annotations

from datetime import UTC, datetime
from math import log2

import pytest

from elaas_identity.passwords.policy import PasswordPolicy, context_words
from elaas_identity.passwords.preparation import prepare
from elaas_identity.passwords.suggestion import LEAST_BITS, suggested_password
from elaas_identity.testing.clock import SeededRandom


def test_a_suggestion_has_fifty_random_bits() -> None:
    """Whoever knows the list of words would guess it."""
    bounds: list[int] = []

    def last(bound: int) -> int:
        bounds.append(bound)
        return bound - 1

    first = suggested_password(lambda _: 0, minimum_length=15)
    assert ["abacus"] * 4 == first.split("-")
    assert ["zoom"] * 4 == suggested_password(last, minimum_length=15).split("-")
    assert 50 == LEAST_BITS <= sum(map(log2, bounds))


@pytest.mark.parametrize("minimum_length", [8, 15, 64])
def test_every_suggestion_is_a_password_that_the_policy_takes(minimum_length: int) -> None:
    """The person would be refused what the page itself has told them to take."""
    random, policy = SeededRandom(7), PasswordPolicy(minimum_length=minimum_length)
    words = context_words(
        username="laas-5100101",
        agency_name="เทศบาลตำบลสมมติ",
        province="สมมติ",
        now=datetime(2026, 10, 1, tzinfo=UTC),
    )
    seen = set()
    for _ in range(200):
        password = suggested_password(random.below, minimum_length=minimum_length)
        policy.check(prepare(password, field="new_password"), context_words=words)
        assert password == prepare(password, field="new_password")
        seen.add(password)
    assert 200 == len(seen)
