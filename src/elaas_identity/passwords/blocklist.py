"""Passwords that attackers try first: a list of common ones, and patterns that no list can hold.

A password is compared whole (SP 800-63B-4 §3.1.1.2, ASVS 6.2.4 and 6.2.12): a long phrase that contains a common word
is good. The list (`blocklist.txt.gz`, from `blocklist.LICENSE.txt`'s sources) has one case-folded entry a line, 8
characters or more, sorted. It is read at first use.
"""

from __future__ import annotations

import gzip
import string
from functools import cache
from importlib.resources import files
from itertools import pairwise

_ROWS = (
    # A US keyboard, along its rows and down its columns.
    "1234567890-=",
    "01234567890",
    "qwertyuiop[]",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "!@#$%^&*()_+",
    *("1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "8ik,", "9ol.", "0p;/"),
    string.ascii_lowercase,
    # The Thai Kedmanee keyboard, plain and shifted; then the alphabet and the digits.
    "ๅ/-ภถุึคตจขช",
    "ๆไำพะัีรนยบลฃ",
    "ฟหกดเ้่าสวง",
    "ผปแอิืทมใฝ",
    "+๑๒๓๔ู฿๕๖๗๘๙",
    '๐"ฎฑธํ๊ณฯญฐ,',
    "ฤฆฏโฌ็๋ษศซ.",
    "()ฉฮฺ์?ฒฬฦ",
    "กขฃคฅฆงจฉชซฌญฎฏฐฑฒณดตถทธนบปผฝพฟภมยรลวศษสหฬอฮ",
    "กขคงจฉชซฌญฎฏฐฑฒณดตถทธนบปผฝพฟภมยรลวศษสหฬอฮ",
)
_KEDMANEE = {
    "ภถุึคตจขช": "4567890-=",
    "ๆไำพะัีรนยบล": "qwertyuiop[]",
    "ฟหกดเ้่าสวง": "asdfghjkl;'",
    "ผปแอิืทมใฝ": "zxcvbnm,./",
    "ฎฑธํ๊ณฯญฐ": "ertyuiop[",
    "ฤฆฏโฌ็๋ษศซ": "asdfghjkl;",
    "ฉฮฺ์ฒฬฦ": "cvbn,./",
    "๐๑๒๓๔๕๖๗๘๙": "0123456789",
}
_QWERTY_OF_KEDMANEE = str.maketrans(dict(zip("".join(_KEDMANEE), "".join(_KEDMANEE.values()), strict=True)))
"""What was meant by who typed with the keyboard left on Thai: ยฟหหไนพก is "password". Thai digits are digits."""

_RUN = 3
"""A password that consists of keyboard or alphabet runs of this length on average is a pattern."""

_DECORATION = string.digits + string.punctuation + " "


def is_common(prepared: str) -> bool:
    """Whether a prepared password as a whole is a common one, on either keyboard.

    Common are an entry of the list, one that is repeated or has digits and punctuation around it, a short unit
    repeated, and runs along the keyboard or the alphabet.
    """
    folded = prepared.casefold()
    return any(_is_known(typed) for typed in {folded, folded.translate(_QWERTY_OF_KEDMANEE)})


def _is_known(text: str) -> bool:
    unit = _repeated_unit(text)
    core = text.strip(_DECORATION)
    if 2 * len(core) < len(text):
        core = text  # Of mostly digits and punctuation, those are no decoration.
    return len(unit) <= 4 or any(each in _entries() or _is_runs(each) for each in {text, unit, core})


def _repeated_unit(text: str) -> str:
    """The shortest text of whose repetitions this one consists, the last of them perhaps cut off."""
    return next(text[:size] for size in range(1, len(text) + 1) if text.startswith(text[size:]))


def _is_runs(text: str) -> bool:
    """Whether the text is made of steps along one row at a time, in one direction or on the spot."""
    steps_of, most = _steps(), len(text) // _RUN
    runs, direction = 1, 0
    for pair in pairwise(text):
        steps = steps_of.get(pair, 0)
        if pair[0] == pair[1]:
            steps |= _ON_THE_SPOT
        # At the start of a run every direction is open, and no step at all begins the next.
        going = steps & direction if direction else steps
        if not going:
            runs += 1
            if runs > most:
                return False
        direction = going
    return runs <= most


_FORTH, _BACK, _ON_THE_SPOT = 1, 2, 4


@cache
def _steps() -> dict[tuple[str, str], int]:
    """Two neighbours → the directions in which they are a step, as bits: some are one both ways."""
    steps: dict[tuple[str, str], int] = {}
    for here, there in (pair for row in _ROWS for pair in pairwise(row)):
        steps[here, there] = steps.get((here, there), 0) | _FORTH
        steps[there, here] = steps.get((there, here), 0) | _BACK
    return steps


@cache
def _entries() -> frozenset[str]:
    packed = (files("elaas_identity.passwords") / "blocklist.txt.gz").read_bytes()
    return frozenset(gzip.decompress(packed).decode().splitlines())
