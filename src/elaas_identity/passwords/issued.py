"""Passwords that an administrator has the library make, for the letter: typed once, from paper."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from elaas_identity.person.typed import compact

ALPHABET = "cdfhjkmnprtvwxy23456789"
"""No two look alike in print (0/o, 1/i/l, 2/z, 5/s, 6/b, 9/g/q), and without vowels there are no words."""

GROUPS = 4
GROUP_LENGTH = 4

_GROUP = f"([{ALPHABET}]{{{GROUP_LENGTH}}})"
_CHARACTERS = re.compile(_GROUP * GROUPS)


def generate_issued_password(random_below: Callable[[int], int]) -> str:
    """A password such as `kmrt-4xw9-c7hd-n2vp`: 16 of 23 characters, 72 bits (R1.3 asks for 70).

    Args:
        random_below: a uniform integer in [0, bound), fit for secrets.
    """
    return "-".join(
        "".join(ALPHABET[random_below(len(ALPHABET))] for _ in range(GROUP_LENGTH)) for _ in range(GROUPS)
    )


def as_generated(typed: str) -> str:
    """What was typed, written as `generate_issued_password` would where it could be one; else as it is.

    Capitals, spaces and dashes carry none of its random bits.
    """
    characters = _CHARACTERS.fullmatch(unicodedata.normalize("NFKC", compact(typed)).lower())
    return typed if characters is None else "-".join(characters.groups())
