"""Recovery codes: ten on a sheet of paper, each good once in place of the app's code.

They are look-up secrets of SP 800-63B-4 §3.1.2. Twenty bits would do for guessing, but below 112 bits each stored one
needs a password hash of its own (§3.1.2.2, ASVS 6.5.2): ten Argon2 for a wrong code. So they are longer instead.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from elaas_identity.authenticator_app.authenticator import AuthenticatorRecord, rekeyed
from elaas_identity.keyring import Keyring
from elaas_identity.not_pickled import NotPickled
from elaas_identity.person.typed import compact

COUNT = 10
"""How many a person gets. Our choice, and what people know from elsewhere."""

CODE_BYTES = 15
"""120 bits: 24 characters, typed from paper once in years."""

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base32: none of i, l, o, u. Who reads 1 as l, or 0 as o, is understood."""

_GROUP_LENGTH = 4
_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
_WRITTEN = str.maketrans(_BASE32, ALPHABET)
_READ = str.maketrans("ilo", "110")
_CODE = re.compile(f"[{ALPHABET}]{{{CODE_BYTES * 8 // 5}}}")


@dataclass(frozen=True, slots=True)
class FreshRecoveryCodes(NotPickled):
    """Recovery codes on their way to the person, who sees them this once.

    Attributes:
        record: to be stored; the codes before these are no good any more.
        codes: ten, such as `7k2m-p9xq-4trv-0c8h-w5nd-31gz`.
    """

    record: AuthenticatorRecord
    codes: tuple[str, ...] = field(repr=False)


def fresh_recovery_codes(
    keyring: Keyring, record: AuthenticatorRecord, random_bytes: Callable[[int], bytes]
) -> FreshRecoveryCodes:
    """Ten new codes in place of those before. `random_bytes`: so many bytes, fit for secrets (ASVS 6.5.3).

    Raises:
        Misconfigured: `keyring`, when the key that sealed the record is not in the keyring.
    """
    codes = tuple(
        base64.b32encode(random_bytes(CODE_BYTES)).decode().lower().translate(_WRITTEN) for _ in range(COUNT)
    )
    sealed = tuple(keyring.seal(_context(record), _digest(code)) for code in codes)
    return FreshRecoveryCodes(
        record=replace(rekeyed(keyring, record), recovery_codes_sealed=sealed),
        codes=tuple(map(_grouped, codes)),
    )


def use_recovery_code(
    keyring: Keyring, record: AuthenticatorRecord, typed: str
) -> AuthenticatorRecord | None:
    """The record without the code that was typed, to be stored before anything is granted (ASVS 6.5.1).

    None, where it is none of the unused codes. Capitals, spaces, dashes and Thai digits are taken (R3.7). Constant time
    for whatever has the form of a code.

    Raises:
        Misconfigured: `keyring`, when the key that sealed the codes is not in the keyring.
    """
    code = _read(typed)
    if not _CODE.fullmatch(code):
        return None
    digest, context = _digest(code), _context(record)
    # A list, so that all are compared, wherever the right one stands.
    same = [hmac.compare_digest(keyring.open(context, each), digest) for each in record.recovery_codes_sealed]
    if not any(same):
        return None
    unused = tuple(each for each, used in zip(record.recovery_codes_sealed, same, strict=True) if not used)
    return replace(record, recovery_codes_sealed=unused)


def has_form(typed: str) -> bool:
    """Whether what was typed is as long as a recovery code, and made of its letters."""
    return _CODE.fullmatch(_read(typed)) is not None


def _read(typed: str) -> str:
    return compact(typed).lower().translate(_READ)


def _context(record: AuthenticatorRecord) -> str:
    return f"authenticator.recovery_code:{record.id}"


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def _grouped(code: str) -> str:
    return "-".join(code[start : start + _GROUP_LENGTH] for start in range(0, len(code), _GROUP_LENGTH))
