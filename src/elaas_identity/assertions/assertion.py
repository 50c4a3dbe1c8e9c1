"""An assertion: what the portal states to one other system about who is signed in, good for a minute and for one use.

It is a JWT (RFC 7519) of a type of its own, so that no token made for something else passes for one (RFC 8725 §3.11).
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from elaas_identity._discreet import discreet
from elaas_identity.accounts.account import AccountRecord
from elaas_identity.errors import Misconfigured
from elaas_identity.oidc.metadata import require_secure_url
from elaas_identity.person.assurance import Assurance

TYPE = "elaas-assertion+jwt"
"""`typ` of the header, compared to the letter."""

ALGORITHM = "ES256"
"""`alg` of the header, the only one there is (RFC 7518 §3.4)."""

MAX_LIFETIME = timedelta(seconds=60)
"""From `iat` to `exp`, at most. Our choice: time for one redirect or one call between two servers, and no more."""

RANDOM_BYTES = 16
"""Randomness of a person's reference and of `jti`: 128 bits, so that neither is guessed or met twice."""

RANDOM_TEXT = re.compile("[A-Za-z0-9_-]{21}[AQgw]")
"""So many bytes in base64url, in the one spelling that they have."""

_DIGEST = re.compile("[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")
_AUDIENCE = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AssertionIssuer:
    """Who asserts, and to whom it may.

    Attributes:
        url: the portal's own issuer URL; `iss`, to the letter.
        audiences: the other systems, each by the one name that stands in `aud`.

    Raises:
        Misconfigured: `assertion_settings`.
    """

    url: str
    audiences: frozenset[str]

    def __post_init__(self) -> None:
        require_url("issuer", self.url, query_allowed=False)
        if not self.audiences:
            raise settings("audiences: name the systems that assertions may be for")
        for audience in self.audiences:
            require_audience(audience)

    def check(self, audience: str, transaction_digest: str | None, lifetime: timedelta) -> None:
        """That such an assertion may be asked for.

        Raises:
            Misconfigured: `assertion_settings`: the portal's code asks for what it may not have.
        """
        if audience not in self.audiences:
            raise settings("the audience is not one of those that the portal was set up for")
        if transaction_digest is not None:
            require_digest(transaction_digest)
        if not timedelta(seconds=1) <= lifetime <= MAX_LIFETIME or lifetime.microseconds:
            raise settings(f"lifetime is 1 to {MAX_LIFETIME.total_seconds():.0f} whole seconds")

    def claims(
        self,
        audience: str,
        *,
        assertion_id: str,
        reference: str,
        account: AccountRecord,
        assurance: Assurance,
        transaction_digest: str | None,
        now: datetime,
        lifetime: timedelta,
    ) -> dict[str, object]:
        """The claims. Of the person there is nothing but the reference: no national ID, name or address.

        `ial`, `auth_time` and `transaction_digest` are left out where there is none.
        """
        issued_at = int(now.timestamp())
        optional: dict[str, object | None] = {
            "ial": None if assurance.ial is None else str(assurance.ial),
            # The identity provider's clock may be ahead of ours, and a login in the future would be refused.
            "auth_time": None
            if assurance.auth_time is None
            else min(int(assurance.auth_time.timestamp()), issued_at),
            "transaction_digest": transaction_digest,
        }
        return {
            "iss": self.url,
            "aud": audience,
            "sub": reference,
            "jti": assertion_id,
            "iat": issued_at,
            "nbf": issued_at,
            "exp": issued_at + int(lifetime.total_seconds()),
            "account_id": account.id,
            "account_kind": account.kind.value,
            "agency_code": account.agency_code,
            "agency_name": account.agency_name,
            "credential_version": account.credential_version,
            "amr": list(assurance.methods),
            **{name: value for name, value in optional.items() if value is not None},
        }


def random_text(random: bytes) -> str:
    """A person's reference or a `jti`, made of `RANDOM_BYTES` random bytes.

    Raises:
        ValueError: not so many.
    """
    if len(random) != RANDOM_BYTES:
        raise ValueError(f"it is made of {RANDOM_BYTES} random bytes")
    return base64.urlsafe_b64encode(random).rstrip(b"=").decode()


def is_digest(text: str) -> bool:
    """Whether the text is a SHA-256 in base64url without padding."""
    return _DIGEST.fullmatch(text) is not None


@discreet
def transaction_digest(content: bytes) -> str:
    """What names a transaction to the last figure: SHA-256 of its content, in base64url without padding.

    Make the content in one place and in one way (sorted JSON, for example), wherever the digest is computed.
    """
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def require_digest(text: str) -> None:
    """
    Raises:
        Misconfigured: `assertion_settings`: it is no digest of a transaction.
    """
    if not is_digest(text):
        raise settings(
            "transaction_digest is a SHA-256 in base64url without padding: see transaction_digest()"
        )


def require_audience(audience: str) -> None:
    """
    Raises:
        Misconfigured: `assertion_settings`: it cannot name a system.
    """
    if not _AUDIENCE.fullmatch(audience):
        raise settings("an audience is a URL or a name: at most 255 visible ASCII characters, without spaces")


def require_url(name: str, url: str, *, query_allowed: bool = True) -> None:
    """
    Raises:
        Misconfigured: `assertion_settings`: not an absolute https URL (http on loopback only).
    """
    try:
        require_secure_url(name, url, query_allowed=query_allowed)
    except Misconfigured as wrong:
        raise settings(wrong.detail) from None


def settings(detail: str) -> Misconfigured:
    """The error for what the portal, or the other system, has set up wrongly."""
    return Misconfigured("assertion_settings", detail=detail)
