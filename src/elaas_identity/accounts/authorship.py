"""Who acts on an account, and why: every act of an administrator has both, on one line each."""

from __future__ import annotations

from typing import NamedTuple

from elaas_identity.effects import Act
from elaas_identity.errors import Refused
from elaas_identity.flow.moment import Moment
from elaas_identity.flow.opening import told


class Signed(NamedTuple):
    """Who acts, and why."""

    by: str
    reason: str


def sign(moment: Moment, by: str, reason: str) -> Act[Signed]:
    """Who acts and why; what `signed_for` refuses is told.

    Raises:
        Refused: as `signed_for`.
    """
    try:
        return signed_for(by, reason)
    except Refused as refusal:
        yield from told(moment, "account.refused", refusal)
        raise


def signed_for(by: str, reason: str) -> Signed:
    """Who acts and why, on one line each, for the audit trail.

    Raises:
        Refused: `account_invalid`, when either is empty or over 500 characters.
    """
    for name, text in (("by", by), ("reason", reason)):
        if not text.strip() or len(text) > 500:
            raise Refused("account_invalid", field=name, detail="1 to 500 characters")
    return Signed(_one_line(by), _one_line(reason))


def _one_line(text: str) -> str:
    """Line feeds, escapes and direction marks would forge or hide lines of the trail (ASVS 16.4.1)."""
    return "".join(
        character if character.isprintable() else f"\\u{ord(character):04x}" for character in text.strip()
    )
