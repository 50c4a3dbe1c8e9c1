"""Passwords that an administrator has the library make, for the letter: typed once, from paper."""

from __future__ import annotations

from collections.abc import Callable

ALPHABET = "cdfhjkmnprtvwxy23456789"
"""No two look alike in print (0/o, 1/i/l, 2/z, 5/s, 6/b, 9/g/q), and without vowels there are no words."""

GROUPS = 4
GROUP_LENGTH = 4


def generate_issued_password(random_below: Callable[[int], int]) -> str:
    """A password such as `kmrt-4xw9-c7hd-n2vp`: 16 of 23 characters, 72 bits (R1.3 asks for 70).

    Args:
        random_below: a uniform integer in [0, bound), fit for secrets.
    """
    return "-".join(
        "".join(ALPHABET[random_below(len(ALPHABET))] for _ in range(GROUP_LENGTH)) for _ in range(GROUPS)
    )
