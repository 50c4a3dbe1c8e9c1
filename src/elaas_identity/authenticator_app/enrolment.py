"""Enrolling an authenticator app: a QR code to scan, then one right code, and only then does the app count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from pyotp.totp import TOTP

from elaas_identity._discreet import discreet
from elaas_identity.authenticator_app.authenticator import AuthenticatorRecord
from elaas_identity.authenticator_app.recovery_codes import FreshRecoveryCodes, fresh_recovery_codes
from elaas_identity.authenticator_app.totp import DIGITS, STEP_SECONDS, step_of
from elaas_identity.errors import Misconfigured
from elaas_identity.keyring import Keyring
from elaas_identity.not_pickled import NotPickled

LABEL_LENGTH = 40
"""Characters of the portal's and of the account's name in the app. Our choice: what a phone shows in a line. It keeps
the QR code coarse enough to scan, where a Thai letter takes nine characters."""


@dataclass(frozen=True, slots=True)
class Enrolment(NotPickled):
    """What a person puts into the app that is being enrolled. It is all shown to them, and to nobody else.

    Attributes:
        secret: to type by hand where no camera is: 32 characters of base32.
        uri: `otpauth://…`, which holds the secret. Never a link or a redirect: only for `qr_svg`.
    """

    secret: str = field(repr=False)
    uri: str = field(repr=False)


def enrolment(secret: str, *, issuer: str, account: str) -> Enrolment:
    """What to show of a secret that `fresh_secret` made.

    Args:
        secret: kept, sealed, by what is as short-lived as the page: a secret that is never confirmed goes with it.
        issuer: the portal's name, as the app shows it.
        account: the account's username, as the app shows it.
    """
    return Enrolment(secret=secret, uri=otpauth_uri(secret, issuer=issuer, account=account))


def confirmed(
    keyring: Keyring,
    *,
    binding_id: str,
    existing: AuthenticatorRecord | None,
    secret: str,
    typed: str,
    now: datetime,
    random_bytes: Callable[[int], bytes],
) -> FreshRecoveryCodes | None:
    """The enrolled app, counting from now on, and its recovery codes; None, where the typed code is not its own.

    What counted before, an app and its recovery codes, does so no more. The code that confirms is used up by it. That
    an enrolment is confirmed once is up to what holds the secret, which ends in the commit that stores the record.

    Args:
        existing: the binding's record, where it has one. Nothing sealed in it is opened, since nothing of it stays:
            an app whose key is gone can be replaced.
        secret: what `enrolment` showed.
        typed: as the person typed it: Thai digits, spaces and dashes are taken (R3.7).
        now: our own clock, never the client's (ASVS 6.5.8).
        random_bytes: so many bytes, fit for secrets (ASVS 6.5.3).
    """
    step = step_of(secret, typed, now, after=0)
    if step is None:
        return None
    record = replace(
        existing or AuthenticatorRecord(id=binding_id, key_id=keyring.current),
        secret_sealed=keyring.seal(f"authenticator.secret:{binding_id}", secret),
        last_used_step=step,
        recovery_codes_sealed=(),
    )
    return fresh_recovery_codes(keyring, record, random_bytes)


def otpauth_uri(secret: str, *, issuer: str, account: str) -> str:
    """What the QR code says, in the Key URI Format that apps read. It holds the secret."""
    app = TOTP(secret, digits=DIGITS, interval=STEP_SECONDS)
    return app.provisioning_uri(name=_label(account), issuer_name=_label(issuer))


@discreet
def qr_svg(uri: str) -> str:
    """The QR code of an enrolment, as an `<svg>` to be put into a page: shapes alone, no script, nothing fetched.

    It is black on white whatever the page's colours, and as large as the page makes its class `qr`.

    Raises:
        Misconfigured: `extra_missing`, when segno is not installed.
    """
    try:
        import segno
    except ImportError as missing:
        raise Misconfigured(
            "extra_missing", detail=f'{missing.name}: pip install "elaas-identity[totp]"'
        ) from None
    code = segno.make_qr(uri, error="m")
    return code.svg_inline(light="#fff", omitsize=True, svgclass="qr", lineclass=None)


def _label(name: str) -> str:
    # A colon would end the issuer's part of the label: the format allows none in either.
    return name.replace(":", " ")[:LABEL_LENGTH]
