"""A phone with an authenticator app, and records to go with it."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from pyotp.totp import TOTP

from elaas_identity.authenticator_app.authenticator import AuthenticatorRecord
from elaas_identity.authenticator_app.enrolment import Enrolment, confirmed, enrolment
from elaas_identity.authenticator_app.recovery_codes import FreshRecoveryCodes
from elaas_identity.authenticator_app.totp import fresh_secret
from elaas_identity.keyring import Keyring

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
keyring = Keyring({"2026a": OLD}, current="2026a")
rotated = Keyring({"2026a": OLD, "2027a": NEW}, current="2027a")
without_the_old = Keyring({"2027a": NEW}, current="2027a")
another = Keyring({"2026a": NEW}, current="2026a")

NOW = datetime(2026, 11, 24, 9, 0, 10, tzinfo=UTC)
"""Ten seconds into a step."""

STEP = timedelta(seconds=30)


def shown(uri: str, at: datetime) -> str:
    """What an app that scanned this URI shows at that time. It reads the secret and nothing else, as many do."""
    return TOTP(parse_qs(urlsplit(uri).query)["secret"][0]).at(at)


def enrolled(phone: int = 1) -> Enrolment:
    """An app that is waiting for its first code. Each phone has its own secret, the same today and tomorrow: of random
    ones two would show the same code once in a million runs."""
    secret = fresh_secret(lambda count: hashlib.sha256(str(phone).encode()).digest()[:count])
    return enrolment(secret, issuer="New e-LAAS", account="laas-530101")


def confirm(
    app: Enrolment,
    typed: str,
    at: datetime = NOW,
    *,
    existing: AuthenticatorRecord | None = None,
    binding_id: str = "binding-1",
    keys: Keyring = keyring,
) -> FreshRecoveryCodes | None:
    """What becomes of an app whose person types that."""
    return confirmed(
        keys,
        binding_id=binding_id,
        existing=existing,
        secret=app.secret,
        typed=typed,
        now=at,
        random_bytes=secrets.token_bytes,
    )


def counting(at: datetime = NOW - 10 * STEP) -> tuple[str, FreshRecoveryCodes]:
    """The first phone's app, confirmed, and its URI."""
    app = enrolled()
    fresh = confirm(app, shown(app.uri, at), at)
    assert fresh is not None
    return app.uri, fresh
