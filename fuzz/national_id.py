"""A national ID as it comes from ThaID or a list: refused, or 13 digits whose last one is right."""

from __future__ import annotations

from elaas_identity.person.national_id import NationalID
from fuzz import text_of

SEEDS = tuple(
    text.encode() for text in ("1234567890121", "1234567890120", "๑234567890121", "1-2345-67890-12-1", " ")
)


def try_one(data: bytes) -> None:
    """Only `ValueError` comes out, without the input; what is taken has a right check digit and shows nothing."""
    text = text_of(data)
    try:
        national_id = NationalID(text)
    except ValueError as error:
        assert len(text) < 13 or text not in str(error)
        return
    assert 13 == len(text) and set(text) <= set("0123456789")
    weighed = sum(int(digit) * weight for digit, weight in zip(text, range(13, 1, -1), strict=False))
    assert int(text[12]) == (11 - weighed % 11) % 10
    assert text == national_id.reveal() and text not in f"{national_id!r} {national_id}"
