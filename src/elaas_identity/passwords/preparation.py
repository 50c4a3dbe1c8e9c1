"""One form for what people type: passwords by RFC 8265 OpaqueString, usernames by RFC 8265 UsernameCaseMapped.

Both are NFC, so a Thai word typed on any keyboard is one password. NFC keeps ำ (U+0E33) apart from ํ and า (U+0E4D
U+0E32), which only NFKC would join: a keyboard gives the former, always.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from precis_i18n import get_profile

from elaas_identity.errors import Refused
from elaas_identity.person.typed import trimmed

MAXIMUM_BYTES = 1024
"""The longest password that is looked at, in UTF-8. Our choice: far beyond any phrase, and cheap to refuse."""

USERNAME_LENGTH = 256
"""The longest username, in code points. Our choice: bounds what a hostile one costs."""

_NOT_A_USERNAME = "\x00"
"""Begins the form of what is no username. PRECIS lets no control through, so no username has it."""

_THAI_OR_ASCII = re.compile("[ -~\u0e01-\u0e3a\u0e3f-\u0e5b]+")
"""Characters that `OpaqueString` lets through, each in every place: asking it takes thirty times as long."""

_password_profile = get_profile("OpaqueString")
_username_profile = get_profile("UsernameCaseMapped")


def prepare(password: str, *, field: str = "password") -> str:
    """The form of a password that is counted, hashed and compared: NFC, every space as U+0020, case kept.

    Nothing is cut off and nothing else is changed (RFC 8265 §4.2, ASVS 6.2.8). `field` names the input in a refusal.

    Raises:
        Refused: `password_too_long` beyond 1,024 bytes, before any other work; `password_too_short` when empty;
            `password_character_not_allowed` for a control, U+200B and the like: `detail` names that code point alone.
    """
    # In code points first, so that a huge one is not even encoded.
    if len(password) > MAXIMUM_BYTES or len(password.encode("utf-8", "surrogatepass")) > MAXIMUM_BYTES:
        raise Refused("password_too_long", field=field, detail=f"more than {MAXIMUM_BYTES} bytes of UTF-8")
    if not password:
        raise Refused("password_too_short", field=field, detail="empty")
    if _THAI_OR_ASCII.fullmatch(password):
        return unicodedata.normalize("NFC", password)  # all that the profile does to these
    prepared, offending = _enforced(_password_profile, password)
    if prepared is None:
        raise Refused("password_character_not_allowed", field=field, detail=_named(offending))
    return prepared


def prepare_username(text: str) -> str:
    """The form of a username that is indexed: width-mapped, lower case, NFC, without what `trimmed` drops at its ends.

    Never raises and never costs much, whatever the text: what is no username gets a form that equals no username's,
    by which its failures are counted all the same (R4.1). `is_username` tells the two apart.
    """
    bare = trimmed(text)
    if len(bare) <= USERNAME_LENGTH:
        if bare and bare.isascii() and bare.isprintable() and " " not in bare:
            return (
                bare.lower()
            )  # as the profile would: every other character from U+0021 to U+007E is allowed
        prepared, _ = _enforced(_username_profile, bare)
        if prepared is not None and len(prepared) <= USERNAME_LENGTH:
            return prepared
    return _NOT_A_USERNAME + bare[:USERNAME_LENGTH]


def is_username(prepared: str) -> bool:
    """Whether a prepared username can be an account's. PRECIS takes no spaces, symbols or ำ in one (RFC 8264 §9.17)."""
    return not prepared.startswith(_NOT_A_USERNAME)


def _enforced(profile: Any, text: str) -> tuple[str | None, str]:
    """The enforced text, or None and the offending character. The error holds the text, so it ends here."""
    try:
        enforced: str = profile.enforce(text)
    except UnicodeEncodeError as refusal:
        return None, refusal.object[refusal.start : refusal.end][:1]
    return enforced, ""


def _named(character: str) -> str:
    name = unicodedata.name(character, f"category {unicodedata.category(character)}")
    return f"U+{ord(character):04X} {name}"
