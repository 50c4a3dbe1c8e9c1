"""What people type from a mail, an app or a sheet of paper, as they type it (R3.7)."""

from __future__ import annotations

import unicodedata

LONGEST = 64
"""Characters that are looked at. Our choice: twice the longest code with its spaces, and cheap to refuse."""

_IGNORED = frozenset("-‐‑‒–—―−")
_DIGIT_OF_THAI = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")


def compact(text: str) -> str:
    """The text without spaces of any kind and dashes, Thai digits as ASCII ones; nothing of one that is too long."""
    if len(text) > LONGEST:
        return ""
    bare = "".join(each for each in text if each not in _IGNORED and unicodedata.category(each) != "Zs")
    return bare.translate(_DIGIT_OF_THAI)
