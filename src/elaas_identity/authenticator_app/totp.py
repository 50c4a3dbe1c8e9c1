"""The six digits that an authenticator app shows (TOTP, RFC 6238): computed by pyotp, accepted once.

What is computed is fixed, since apps leave no choice: Google Authenticator ignores `algorithm`, `digits` and `period`
of an enrolment on some phones, and then shows wrong codes without a word (its Key URI Format says so). HMAC-SHA-1 is
no weakness here: the attacks on SHA-1 are collisions, which HMAC does not rest on (RFC 6194).
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Callable
from datetime import datetime

from pyotp.totp import TOTP

from elaas_identity.authenticator_app.authenticator import AuthenticatorRecord
from elaas_identity.keyring import Keyring
from elaas_identity.person.typed import compact

SECRET_BYTES = 20
"""160 bits, as RFC 4226 §4 (R6) recommends, and as long as the HMAC. SP 800-63B-4 §3.1.4.1 asks for 112."""

DIGITS = 6
"""Three of a million codes are right at any time, so that a caller has to charge each attempt to a budget."""

STEP_SECONDS = 30
"""RFC 6238 §4.1 and §5.2; ASVS 6.5.5."""

STEPS_AROUND = 1
"""Steps before and after ours that are accepted: for slow fingers (RFC 6238 §5.2: at most one), and for a phone whose
clock is off as far the other way (§6)."""

_SIX_DIGITS = re.compile(f"[0-9]{{{DIGITS}}}")


def fresh_secret(random_bytes: Callable[[int], bytes]) -> str:
    """What an app and we share, in base32: 32 characters. `random_bytes`: so many bytes, fit for secrets."""
    return base64.b32encode(random_bytes(SECRET_BYTES)).decode()


def check(keyring: Keyring, record: AuthenticatorRecord, typed: str, now: datetime) -> int | None:
    """The time step of a right code of the app that counts, to be written as the record's `last_used_step`.

    None, where no app counts, or the code is malformed, wrong, too old, too new or used before
    (ASVS 6.5.1, SP 800-63B-4 §3.1.4.2). Single use rests on that write: without it a code is good for a minute more.

    Args:
        typed: as the person typed it: Thai digits, spaces and dashes are taken (R3.7).
        now: our own clock, never the client's (ASVS 6.5.8).

    Raises:
        Misconfigured: `keyring`, when the key that sealed the secret is not in the keyring.
    """
    if record.secret_sealed is None:
        return None
    secret = keyring.open(f"authenticator.secret:{record.id}", record.secret_sealed)
    return step_of(secret, typed, now, after=record.last_used_step)


def has_form(typed: str) -> bool:
    """Whether what was typed is six digits."""
    return _SIX_DIGITS.fullmatch(compact(typed)) is not None


def step_of(secret: str, typed: str, now: datetime, *, after: int) -> int | None:
    """The latest step, later than `after` and about `now`, whose code was typed. In constant time for six digits."""
    code = compact(typed)
    if not _SIX_DIGITS.fullmatch(code):
        return None
    app = TOTP(secret, digits=DIGITS, interval=STEP_SECONDS)
    current = app.timecode(now)
    found = None
    for step in range(current - STEPS_AROUND, current + STEPS_AROUND + 1):
        # Every step is computed and compared, found or not, used or not.
        right = hmac.compare_digest(app.generate_otp(step), code)
        if right and step > after:
            found = step
    return found
