"""The code itself: drawn, typed in, compared by a keyed digest. Whether it is in time and unused, the flow knows."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from elaas_identity.errors import Misconfigured, Refused
from elaas_identity.keyring import Keyring
from elaas_identity.not_pickled import NotPickled
from elaas_identity.person.typed import compact

DIGITS = range(6, 11)
"""How many digits a code may have. ASVS 6.5.4 asks for 20 bits: eight have 26.6; six, with 19.93, fall just short."""

REFERENCE_ALPHABET = "CDFHJKLMNPRTVWXY"
"""Capitals that are not taken for one another, or for digits, and without vowels make no word."""

REFERENCE_LENGTH = 4

_ASCII_DIGITS = re.compile("[0-9]+")


@dataclass(frozen=True, slots=True)
class FreshCode(NotPickled):
    """A code on its way into a mail.

    Attributes:
        id: names this code and salts its digest: 128 random bits.
        code: the digits, leading zeros kept.
        reference: shown on the page and in the mail, so that two mails can be told apart. No secret.
    """

    id: str
    code: str = field(repr=False)
    reference: str


def fresh_code(
    random_below: Callable[[int], int], random_bytes: Callable[[int], bytes], digits: int = 8
) -> FreshCode:
    """A code that every number of so many digits is equally likely to be.

    Drawn below 10**digits, as ASVS 6.5.3 asks of a CSPRNG; HOTP's digits would be biased (2³¹ modulo 10⁸).

    Args:
        random_below: a uniform integer in [0, bound), fit for secrets.
        random_bytes: so many bytes, fit for secrets.

    Raises:
        Misconfigured: `policy`, when `digits` is not 6 to 10.
    """
    if digits not in DIGITS:
        raise Misconfigured("policy", detail="a one-time code has 6 to 10 digits")
    return FreshCode(
        id=base64.urlsafe_b64encode(random_bytes(16)).rstrip(b"=").decode(),
        code=f"{random_below(10**digits):0{digits}}",
        reference="".join(
            REFERENCE_ALPHABET[random_below(len(REFERENCE_ALPHABET))] for _ in range(REFERENCE_LENGTH)
        ),
    )


def normalise(text: str, digits: int) -> str:
    """The ASCII digits that a person meant: Thai digits, spaces of any kind and dashes are taken (R3.7).

    Raises:
        Refused: `one_time_code_malformed`, when anything else is in it or the number of digits is another.
    """
    typed = compact(text)
    if len(typed) != digits or not _ASCII_DIGITS.fullmatch(typed):
        raise Refused("one_time_code_malformed", field="one_time_code", detail=f"not {digits} digits")
    return typed


def digest(keyring: Keyring, code: str, *, flow_id: str, account_id: str, email: str, code_id: str) -> str:
    """What is stored of a code: bound to its flow, account and address, and salted by its id (R3.3, R3.4)."""
    return keyring.digest("one_time_code", code, flow_id, account_id, email, code_id)


def matches(
    keyring: Keyring, stored: str, code: str, *, flow_id: str, account_id: str, email: str, code_id: str
) -> bool:
    """Whether a normalised code is the one of this stored digest, flow, account, address and id. Constant time."""
    return keyring.same_digest(stored, "one_time_code", code, flow_id, account_id, email, code_id)
