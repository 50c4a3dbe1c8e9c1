"""Keeps a test's chance and a test's clock away from real people.

Whoever knows the seed of a test's random knows every one-time code, state and token that it gives. Under a clock that
stands still no code, session, lock or budget ever ends, and nobody notices: everything goes on working. So both are
refused where a person may be real.

What tells is the issuer: it is where the browser is sent, and an ID token of any other is refused, so that nobody real
comes from an issuer that cannot be real. A provider that does not say its issuer counts as real.
What signs nobody in, such as an `Audit` made by itself, has no identity provider and is not asked.
"""

from __future__ import annotations

import re

from elaas_identity.errors import Misconfigured

_CANNOT_BE_REAL = re.compile(
    r"https?://"
    r"(?:(?:[a-z0-9-]+\.)*(?:test|example|invalid|localhost)\.?|127(?:\.[0-9]{1,3}){3}|\[::1\])"
    r"(?::[0-9]+)?"
    r"(?:/[!-\[\]-~]*)?",
    re.IGNORECASE | re.ASCII,
)
"""Loopback, where the browser of somebody else never gets, and the names that are nobody's (RFC 6761, RFC 2606 §2).

Read strictly: what a browser and `urlsplit` could take for two hosts, such as one with a user name or a backslash, does
not match.
"""


def cannot_be_real(issuer: object) -> bool:
    """Whether no real person can come from this issuer. One that is not said counts as real."""
    return isinstance(issuer, str) and _CANNOT_BE_REAL.fullmatch(issuer) is not None


def require_no_double(name: str, given: object, *issuers: object) -> None:
    """Check that what decides the time or the chance is none of a test's, unless no issuer can be real.

    A double says of itself that it is `only_for_tests`. So does a method of one, such as `clock.__call__`.

    Args:
        name: of the argument.
        given: the clock or the random.
        issuers: who says who the people are.

    Raises:
        Misconfigured: `test_double`.
    """
    double = getattr(given, "__self__", given)
    if getattr(double, "only_for_tests", False) is not True:
        return
    if issuers and all(map(cannot_be_real, issuers)):
        return
    raise Misconfigured(
        "test_double",
        detail=f"{name}: {type(double).__name__} is for tests only, and people may be real here: "
        "the issuer is neither on loopback nor under .test, .example, .invalid or .localhost",
    )
