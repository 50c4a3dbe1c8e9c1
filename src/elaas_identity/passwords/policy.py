"""What a new password must be: long enough, and not the first thing that an attacker tries. Nothing else.

No composition rules, no forced rotation (SP 800-63B-4 §3.1.1.2, ASVS 6.2.5 and 6.2.10): fifteen lower-case letters are
a good password.
"""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from elaas_identity._discreet import discreet
from elaas_identity.errors import Misconfigured, Refused
from elaas_identity.passwords.blocklist import is_common
from elaas_identity.passwords.hashing import OWASP, Argon2Profile
from elaas_identity.passwords.preparation import MAXIMUM_BYTES
from elaas_identity.passwords.preparation import prepare as prepare
from elaas_identity.passwords.stored import USUAL_BOUNDS, HashBounds

_BANGKOK = timezone(timedelta(hours=7))
_BUDDHIST_ERA = 543
_SERVICE_WORDS = (
    *("elaas", "newelaas", "laas", "kmlaas", "dla", "thaid", "thaiid", "กรมส่งเสริมการปกครองท้องถิ่น"),
    *("ปีงบประมาณ", "งบประมาณ", "fiscalyear"),
)
_KINDS_OF_AGENCY = (
    "สำนักงานส่งเสริมการปกครองท้องถิ่นจังหวัด",
    "องค์การบริหารส่วนจังหวัด",
    "องค์การบริหารส่วนตำบล",
    "เทศบาลนคร",
    "เทศบาลเมือง",
    "เทศบาลตำบล",
    "จังหวัด",
    "สถจ",
    "อบจ",
    "อบต",
    "ทน.",
    "ทม.",
    "ทต.",
)
_SHORTEST_WORD = 3
_TRAILING_DIGITS = 4
"""That many behind digits alone: a longer number that begins with a year is no year any more."""


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordPolicy:
    """What a new password must be.

    Attributes:
        minimum_length: in code points. 15 where the password is the only factor at sign-in (SP 800-63B-4 §3.1.1.2,
            ASVS 6.2.1 and 6.2.9).
        minimum_length_beside_factor: the same where the sign-in adds ThaID or an authenticator app; 8 at least.
        maximum_length: in code points; at least the 64 of SP 800-63B-4.
        maximum_bytes: in UTF-8; at most the 1,024 that `prepare` looks at.
        remembered: how many of the person's last passwords, the present one included, may not be set anew. None by
            default: what is changed for no reason is changed badly (SP 800-63B-4 §3.1.1.2). Of each a keyed fingerprint
            is kept, which who has both database and keyring can guess at more cheaply than at the hash.
        hashing: what a hash costs.
        stored_hashes: what one guess at a stored hash may cost, an imported one above all.

    Raises:
        Misconfigured: `policy`, where a number breaks those rules.
    """

    minimum_length: int = 15
    minimum_length_beside_factor: int = 8
    maximum_length: int = 128
    maximum_bytes: int = MAXIMUM_BYTES
    remembered: int = 0
    hashing: Argon2Profile = OWASP
    stored_hashes: HashBounds = USUAL_BOUNDS

    def __post_init__(self) -> None:
        rules = (
            (self.minimum_length >= 8, "minimum_length: at least 8 (SP 800-63B-4 §3.1.1.2)"),
            (
                8 <= self.minimum_length_beside_factor <= 64,
                "minimum_length_beside_factor: 8 to 64 (SP 800-63B-4 §3.1.1.2)",
            ),
            (self.maximum_length >= 64, "maximum_length: at least 64 (SP 800-63B-4 §3.1.1.2)"),
            (self.minimum_length <= 64, "minimum_length: at most 64, or phrases of good length are refused"),
            (
                self.stored_hashes.allow_argon2(
                    self.hashing.memory_kib, self.hashing.passes, self.hashing.lanes
                ),
                "stored_hashes: at least what `hashing` costs, or nobody could sign in",
            ),
            (256 <= self.maximum_bytes <= MAXIMUM_BYTES, f"maximum_bytes: 256 to {MAXIMUM_BYTES}"),
            (0 <= self.remembered <= 24, "remembered: 0 to 24"),
        )
        broken = [rule for holds, rule in rules if not holds]
        if broken:
            raise Misconfigured("policy", detail="PasswordPolicy: " + "; ".join(broken))

    def check(self, prepared: str, *, context_words: Iterable[str]) -> None:
        """That a prepared password may be set. It is compared whole: a long phrase that contains a common word is good.

        Raises:
            Refused: `password_too_short`, `password_too_long`, `password_contextual` or `password_common`.
        """
        if len(prepared) < self.minimum_length:
            raise Refused(
                "password_too_short", field="new_password", detail=f"{self.minimum_length} at least"
            )
        if len(prepared) > self.maximum_length or len(prepared.encode()) > self.maximum_bytes:
            raise Refused("password_too_long", field="new_password", detail=f"{self.maximum_length} at most")
        if _is_made_of(_letters_and_digits(prepared), context_words):
            raise Refused("password_contextual", field="new_password")
        if is_common(prepared):
            raise Refused("password_common", field="new_password")


def context_words(*, username: str, agency_name: str, province: str, now: datetime) -> tuple[str, ...]:
    """What somebody who knows the agency tries first (ASVS 6.2.11, SP 800-63B-4 §3.1.1.2).

    The username, the agency's name with and without its kind, the kinds, the province, the service's own names, and
    the years around `now` in both calendars (the fiscal year begins in October, so next year is among them).
    """
    year = now.astimezone(_BANGKOK).year
    years = (str(each + era) for era in (0, _BUDDHIST_ERA) for each in (year - 1, year, year + 1))
    places = [name.strip() for name in (agency_name, province)]
    bare = [
        place.removeprefix(kind).strip()
        for place in places
        for kind in _KINDS_OF_AGENCY
        if place.startswith(kind)
    ]
    words = (username, *places, *bare, *_KINDS_OF_AGENCY, *_SERVICE_WORDS, *years)
    return tuple(dict.fromkeys(word for word in words if word))


def _is_made_of(text: str, words: Iterable[str]) -> bool:
    """Whether nothing but the words is in it, side by side or repeated, and any digits around them."""
    units = {unit for unit in map(_letters_and_digits, words) if len(unit) >= _SHORTEST_WORD}
    bare = text.lstrip(string.digits)
    starts = set(range(len(text) - len(bare) + 1)) if bare else {0}
    ends: set[int] = set()
    for start in range(len(text)):
        if start in starts or start in ends:
            ends.update(start + len(unit) for unit in units if text.startswith(unit, start))
    most = len(text) if bare else _TRAILING_DIGITS
    return any(len(rest) <= most and not rest.strip(string.digits) for rest in (text[end:] for end in ends))


def _letters_and_digits(text: str) -> str:
    """Case-folded, every digit and letter in its plain form, and without spaces, punctuation and symbols."""
    return unicodedata.normalize("NFKC", text).casefold().translate(_LETTERS_AND_DIGITS)


class _LettersAndDigits(dict[int, str | None]):
    """Code point → what it counts as, None for nothing. Keeps what is given at first and never what is looked up."""

    def __missing__(self, code_point: int) -> str | None:
        character = chr(code_point)
        digit = unicodedata.digit(character, None)
        if digit is not None:
            return str(digit)
        return None if unicodedata.category(character)[0] in "ZPSC" else character


_LETTERS_AND_DIGITS = _LettersAndDigits()
_LETTERS_AND_DIGITS.update(
    {each: _LETTERS_AND_DIGITS[each] for block in (range(0x80), range(0xE00, 0xE80)) for each in block}
)
