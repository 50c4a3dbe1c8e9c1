"""The provider's signing keys: which of a JWKS can be used, and which one a token names (RFC 7517)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from joserfc.util import base64_to_int

from elaas_identity.oidc.http import Request, Response
from elaas_identity.oidc.metadata import answer_invalid, answered_object

FRESH_FOR = timedelta(minutes=10)
"""How long keys are used before they are asked for again. Our choice: a withdrawn key is believed no longer."""

STALE_FOR = timedelta(hours=24)
"""How long known keys stand in while asking again fails. Our choice: a day's outage of the JWKS stops nobody."""

COOL_DOWN = timedelta(seconds=60)
"""At most one fetch for an unknown `kid` in this time (R5.6). Our choice: nobody rotates twice a minute."""

MAX_KEYS = 100
"""Keys read of one JWKS; further ones are not looked at. Our choice: providers publish a handful."""

MIN_RSA_BITS = 2048
"""RFC 7518 §3.3."""

VerificationKey = ECKey | RSAKey

NO_ONE_KEY = "the ID token's header names no one key of the provider"
"""The detail of a token that means none of the keys that are known, or several."""

_BASE64URL = re.compile("[A-Za-z0-9_-]{1,1400}")  # RSA of 8,192 bits

FAMILIES: dict[str, str] = {"ES256": "EC", "RS256": "RSA", "PS256": "RSA"}
"""Signature algorithms that configuration may allow → the type of their keys. All hash with SHA-256."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One usable key, imported once and kept (importing costs more than verifying). `kid` and `alg` where stated."""

    kid: str | None
    alg: str | None
    family: str
    key: VerificationKey = field(repr=False)
    thumbprint: str = field(repr=False)
    """RFC 7638: the same for the same key, whatever else its entry says."""


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """The usable keys of a JWKS."""

    keys: tuple[SigningKey, ...]

    def lacks(self, kid: str | None) -> bool:
        """Whether a token that names this `kid` shows that the provider has published keys we have not seen."""
        return kid is not None and all(key.kid != kid for key in self.keys)

    def select(self, kid: str | None, algorithm: str) -> VerificationKey:
        """The one key that a token's header means; without a `kid`, the only one for the algorithm.

        A key that is published twice is one key.

        Raises:
            ProviderFailed: `identity_provider_answer_invalid`, where there is no such key, or more than one
                (OpenID Connect Core §10.1: with several keys a `kid` must be given).
        """
        found = {
            key.thumbprint: key.key
            for key in self.keys
            if key.family == FAMILIES[algorithm]
            and key.alg in (None, algorithm)
            and (kid is None or key.kid == kid)
        }
        if len(found) != 1:
            raise answer_invalid(NO_ONE_KEY)
        return next(iter(found.values()))


def jwks_request(jwks_uri: str) -> Request:
    """Ask for the provider's keys."""
    return Request(method="GET", url=jwks_uri)


def process_jwks(response: Response) -> SigningKeys:
    """The usable keys. Those of another type, curve or use are passed over, as RFC 7517 §5 asks.

    Raises:
        ProviderFailed: `identity_provider_unavailable` on a server's error, `identity_provider_answer_invalid` where
            it is no JWKS or has no usable key.
    """
    entries = answered_object(response, "the JWKS").get("keys")
    if not isinstance(entries, list):
        raise answer_invalid("the JWKS has no list of keys")
    keys = tuple(filter(None, map(_signing_key, entries[:MAX_KEYS])))
    if not keys:
        raise answer_invalid("the JWKS has no key that can be used")
    return SigningKeys(keys)


def _signing_key(entry: object) -> SigningKey | None:
    if not isinstance(entry, dict):
        return None
    family, kid, alg = entry.get("kty"), entry.get("kid"), entry.get("alg")
    operations = entry.get("key_ops", ["verify"])
    if (
        not isinstance(kid, str | None)
        or not isinstance(alg, str | None)
        or entry.get("use", "sig") != "sig"
        or not isinstance(operations, list)
        or "verify" not in operations
    ):
        return None
    # Only what makes a public key is read: `d`, `x5c`, `x5u` and the like have no say.
    try:
        if family == "EC" and entry.get("crv") == "P-256":  # the only curve of ES256 (RFC 7518 §3.4)
            x, y = _number(entry, "x"), _number(entry, "y")
            return _known(kid, alg, family, ECKey.import_key({"kty": family, "crv": "P-256", "x": x, "y": y}))
        if family == "RSA":
            n, e = _number(entry, "n"), _number(entry, "e")
            if base64_to_int(n).bit_length() >= MIN_RSA_BITS:
                return _known(kid, alg, family, RSAKey.import_key({"kty": family, "n": n, "e": e}))
    except (JoseError, ValueError):
        pass
    return None


def _known(kid: str | None, alg: str | None, family: str, key: VerificationKey) -> SigningKey:
    return SigningKey(kid, alg, family, key, key.thumbprint())


def _number(entry: dict[str, object], name: str) -> str:
    number = entry.get(name)
    if not isinstance(number, str) or not _BASE64URL.fullmatch(number):
        raise ValueError("not a Base64urlUInt (RFC 7518 §2)")
    return number
