"""A one-time code as it is typed: refused, or exactly the digits that stand in it."""

from __future__ import annotations

import unicodedata

from elaas_identity.errors import Refused
from elaas_identity.one_time_code.one_time_code import DIGITS, normalise
from fuzz import text_of

SEEDS = tuple(
    text.encode()
    for text in (
        "48240765",
        "4824 0765",
        "๔๘๒๔-๐๗๖๕",
        "\u200b\uff14\uff18240765\n",
        "4824\u20130765",
        "²8240765",
        "-",
    )
)


def try_one(data: bytes) -> None:
    """Only `Refused` comes out; no digit is added, lost or read as another."""
    text = text_of(data)
    for digits in DIGITS:
        try:
            code = normalise(text, digits)
        except Refused as refused:
            assert "one_time_code_malformed" == refused.code
            continue
        assert digits == len(code) and code.isascii() and code.isdigit()
        given = (unicodedata.digit(each, None) for each in text)
        assert code == "".join(str(each) for each in given if each is not None)
