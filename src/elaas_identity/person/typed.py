"""What people type from a mail, an app or a sheet of paper, as they type it (R3.7)."""

from __future__ import annotations

import unicodedata

LONGEST = 64
"""Characters that are looked at. Our choice: twice the longest code with its spaces, and cheap to refuse."""

_DASHES = frozenset("-‐‑‒–—―−﹘﹣－")
_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙０１２３４５６７８９", "0123456789" * 2)


def is_blank(character: str) -> bool:
    """Whether a person cannot see that they typed or pasted it: white space, or a format character (Cf)."""
    return character.isspace() or unicodedata.category(character) == "Cf"


def trimmed(text: str) -> str:
    """The text without white space and format characters at its ends: pasting brings them along."""
    text = text.strip()
    start, end = 0, len(text)
    while start < end and is_blank(text[start]):
        start += 1
    while start < end and is_blank(text[end - 1]):
        end -= 1
    return text[start:end]


def compact(text: str) -> str:
    """The text without white space, format characters and dashes, Thai and full-width digits as ASCII ones.

    Nothing of one that is too long.
    """
    if len(text) > LONGEST:
        return ""
    return "".join(each for each in text if each not in _DASHES and not is_blank(each)).translate(_DIGITS)
