"""A new password of random words, for a person who does not want to think one up."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from math import ceil, log2

LEAST_BITS = 50
"""Random bits in a suggested password. Our choice: a one-time code has 20 at least (ASVS 6.5.4) and few guesses at it;
a stolen hash can be guessed at without a limit."""


def suggested_password(random_below: Callable[[int], int], *, minimum_length: int) -> str:
    """A password such as `untidy-flagpole-reword-cobalt`: four words at least.

    English ones in small letters: every keyboard has them, on a phone as on a computer, whatever it is set to.

    Args:
        random_below: a uniform integer in [0, bound), fit for secrets.
        minimum_length: of the policy, in characters. Where four words are shorter, it has more of them.
    """
    words = _words()
    chosen = [words[random_below(len(words))] for _ in range(ceil(LEAST_BITS / log2(len(words))))]
    while len(password := "-".join(chosen)) < minimum_length:
        chosen.append(words[random_below(len(words))])
    return password


@cache
def _words() -> tuple[str, ...]:
    """From `words.txt`, whose source and licence are in `words.LICENSE.txt`."""
    return tuple((files("elaas_identity.passwords") / "words.txt").read_text().splitlines())
