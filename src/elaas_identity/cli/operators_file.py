"""Files that an operator gives to the command, in the encodings that are met: PowerShell's `>` writes UTF-16."""

from __future__ import annotations

import codecs
from pathlib import Path


def text_of(path: Path) -> str:
    """What stands in the file: UTF-8, or UTF-16 where it begins with its byte order mark.

    Raises:
        OSError: it cannot be opened.
        ValueError: it is no text.
    """
    raw = path.read_bytes()
    is_wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = raw.decode("utf-16" if is_wide else "utf-8-sig")
    if "\0" in text:  # UTF-16 without its mark can look like UTF-8
        raise ValueError("no text")
    return text
