"""What a person types as the second factor: the app's code, or a recovery code in its place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from elaas_identity.authenticator_app import recovery_codes, totp
from elaas_identity.authenticator_app.authenticator import AuthenticatorRecord
from elaas_identity.authenticator_app.recovery_codes import use_recovery_code
from elaas_identity.authenticator_app.totp import check
from elaas_identity.keyring import Keyring


@dataclass(frozen=True, slots=True)
class AcceptedFactor:
    """A second factor that was right, and is used up by that.

    Attributes:
        record: to be stored, by its version, in the commit that grants something: single use rests on it.
        by_recovery_code: rather than by the app; the person is told so, since it may not have been them.
    """

    record: AuthenticatorRecord
    by_recovery_code: bool


def has_form(typed: str) -> bool:
    """Whether it could be the app's code, or a recovery code: what could not need not be counted."""
    return totp.has_form(typed) or recovery_codes.has_form(typed)


def accepted(
    keyring: Keyring, record: AuthenticatorRecord, typed: str, now: datetime
) -> AcceptedFactor | None:
    """The factor that was typed; None, where it is neither a good code of the app nor an unused recovery code.

    Which of the two it may be is seen by its form, and each is compared in constant time. Six digits are few, so that
    a caller charges every attempt to a budget.

    Args:
        typed: as the person typed it: Thai digits, spaces and dashes are taken (R3.7).
        now: our own clock, never the client's (ASVS 6.5.8).

    Raises:
        Misconfigured: `keyring`, when the key that sealed the record is not in the keyring.
    """
    if not record.is_confirmed:
        return None
    step = check(keyring, record, typed, now)
    if step is not None:
        return AcceptedFactor(replace(record, last_used_step=step), by_recovery_code=False)
    left = use_recovery_code(keyring, record, typed)
    return None if left is None else AcceptedFactor(left, by_recovery_code=True)
