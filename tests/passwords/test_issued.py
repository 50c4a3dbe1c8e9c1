"""Passwords that the library makes for an administrator (R1.3)."""

from __future__ import annotations

import math
import re
import secrets

from elaas_identity.passwords.issued import ALPHABET, generate_issued_password
from elaas_identity.passwords.policy import PasswordPolicy, prepare


def test_an_issued_password_has_at_least_70_bits() -> None:
    """Who intercepts no letter could still guess the password (R1.3)."""
    drawn: list[int] = []

    def below(bound: int) -> int:
        drawn.append(bound)
        return 0

    generate_issued_password(below)

    assert sum(math.log2(bound) for bound in drawn) >= 70
    assert {len(ALPHABET)} == set(drawn)


def test_the_alphabet_is_unambiguous() -> None:
    """A letter from the post would be typed wrongly (R1.3)."""
    assert len(ALPHABET) == len(set(ALPHABET))
    assert ALPHABET == ALPHABET.lower()
    assert not set(ALPHABET) & set("0o1ilzsbgqaeu")


def test_every_character_can_come() -> None:
    """An alphabet cut short would have fewer bits than it claims (R1.3)."""
    last = generate_issued_password(lambda bound: bound - 1)

    assert "-".join([ALPHABET[-1] * 4] * 4) == last
    assert "-".join([ALPHABET[0] * 4] * 4) == generate_issued_password(lambda bound: 0)


def test_it_is_grouped_for_reading_and_passes_the_policy() -> None:
    """A person would lose their place in it, or the library refuse its own password (R1.3)."""
    issued = generate_issued_password(secrets.randbelow)

    assert re.fullmatch(r"[a-z2-9]{4}(-[a-z2-9]{4}){3}", issued)
    PasswordPolicy().check(prepare(issued), context_words=[])
