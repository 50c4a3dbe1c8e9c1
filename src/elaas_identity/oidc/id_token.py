"""The ID token, on which a person's identity rests. Every check is written out (OpenID Connect Core §3.1.3.7)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from joserfc.jws import JWSRegistry

from elaas_identity.oidc.http import json_object
from elaas_identity.oidc.jwks import SigningKeys, VerificationKey
from elaas_identity.oidc.metadata import answer_invalid

MAX_LEEWAY = timedelta(seconds=60)
"""How far clocks may differ, at most (R5.4)."""

MAX_SUBJECT_LENGTH = 255
"""OpenID Connect Core §2: `sub` has at most 255 ASCII characters."""

MAX_TOKEN_LENGTH = 64 * 1024
"""Characters of an ID token. Our choice: one with every scope of ThaID has about two thousand."""

MAX_HEADER_LENGTH = 16 * 1024
"""Characters of its header. Our choice: room for an `x5c`, which is ignored."""

NonceRule = Literal["required", "if_returned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What an ID token has to agree with. All of it is ours: configuration, and the attempt.

    Attributes:
        algorithms: allowed signature algorithms; never taken from the provider's metadata (ASVS 9.1.2).
        leeway: how far clocks may differ, at most `MAX_LEEWAY`.
        nonce_rule: `if_returned` takes a token without a nonce; a wrong one is always refused (R5.2).
    """

    issuer: str
    client_id: str
    nonce: str = field(repr=False)
    nonce_rule: NonceRule = "required"
    algorithms: Collection[str] = ("ES256",)
    leeway: timedelta = MAX_LEEWAY


@dataclass(frozen=True, slots=True, kw_only=True)
class IDToken:
    """A verified ID token. `claims` holds all its claims, as the provider signed them."""

    subject: str = field(repr=False)
    auth_time: datetime | None
    claims: Mapping[str, object] = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Header:
    """What is read of a header: `jwk`, `jku`, `x5u` and `x5c` are not (ASVS 9.1.3). Nothing of it is verified yet."""

    algorithm: str
    kid: str | None
    demands_extension: bool


_STANDARD = bytes.maketrans(b"-_+/=", b"+/   ")
"""From the alphabet of base64url to that of base64; what only the latter knows becomes something that neither knows."""

_PADDING = (b"", b"=", b"==", b"=")
_LAST = (
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
    b"AEIMQUYcgkosw048",
    b"AQgw",
    b"",
)
"""By how many characters the padding would have: what may stand last, since its unused bits are zero."""

_REGISTRY = JWSRegistry(strict_check_header=False)
_SHA256 = SHA256()
_ECDSA = ec.ECDSA(_SHA256)
_ES256_LENGTH = 64
_RSA_PADDINGS: Mapping[str, padding.AsymmetricPadding] = {
    "RS256": padding.PKCS1v15(),
    "PS256": padding.PSS(mgf=padding.MGF1(_SHA256), salt_length=_SHA256.digest_size),
}


def key_id(id_token: str) -> str | None:
    """The `kid` that the token's header names. Nothing is verified yet: it is good for choosing a key, no more.

    Raises:
        ProviderFailed: `identity_provider_answer_invalid`: not a JWS, or its header is not one.
    """
    return _header(_segments(id_token)[0]).kid


def verify(
    id_token: str, keys: SigningKeys, expected: Expected, *, access_token: str, now: datetime
) -> IDToken:
    """The claims of an ID token that is signed by the provider, for us, for this attempt, and in time.

    Raises:
        ProviderFailed: `identity_provider_answer_invalid`, saying which check failed and no value.
    """
    claims = _verified_payload(id_token, keys, expected.algorithms)
    if claims.get("iss") != expected.issuer:
        raise answer_invalid("the ID token is another issuer's (`iss`)")
    _check_audience(claims, expected.client_id)
    _check_nonce(claims, expected)
    _check_access_token_hash(claims, access_token)
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT_LENGTH or not subject.isascii():
        raise answer_invalid("the ID token has no usable subject (`sub`)")
    return IDToken(subject=subject, auth_time=_check_times(claims, expected.leeway, now), claims=claims)


def _verified_payload(id_token: str, keys: SigningKeys, algorithms: Collection[str]) -> dict[str, object]:
    header_segment, payload_segment, signature_segment = _segments(id_token)
    header = _header(header_segment)
    if header.algorithm not in algorithms:
        raise answer_invalid("the ID token's signature algorithm is not one that is configured")
    # No extension is understood here, so whatever is critical is too much (RFC 7515 §4.1.11); `b64` is one of them.
    if header.demands_extension:
        raise answer_invalid("the ID token's header demands an extension (`crit`)")
    key = keys.select(header.kid, header.algorithm)
    signed = header_segment + b"." + payload_segment
    try:
        signature = _decoded(signature_segment)
    except ValueError:
        signature = b""
    if not _is_signed(key, header.algorithm, signed, signature):
        raise answer_invalid("the ID token's signature is not the provider's")
    try:
        return json_object(_decoded(payload_segment))
    except ValueError:
        raise answer_invalid("the ID token's claims cannot be read") from None


def _segments(id_token: str) -> list[bytes]:
    """Header, payload and signature of a token in compact form (RFC 7515 §7.1)."""
    if len(id_token) <= MAX_TOKEN_LENGTH and id_token.isascii():
        segments = id_token.encode("ascii").split(b".")
        if len(segments) == 3:
            return segments
    raise answer_invalid("the ID token is not a signed token in compact form")


def _decoded(segment: bytes) -> bytes:
    """Base64url as RFC 7515 §2 has it: without padding, and with each text in one spelling alone.

    Raises:
        ValueError: it is not.
    """
    missing = -len(segment) % 4
    decoded = binascii.a2b_base64(segment.translate(_STANDARD) + _PADDING[missing])
    # It passes over what is not of its alphabet, and then the result is shorter. Its strict mode takes twice as long.
    if len(decoded) != len(segment) * 3 // 4 or segment[-1:] not in _LAST[missing]:
        raise ValueError("not base64url in its one spelling")
    return decoded


# A provider writes the same header, which names no person, into every token that it signs with one key.
@lru_cache(maxsize=16)
def _header(segment: bytes) -> _Header:
    if len(segment) > MAX_HEADER_LENGTH:
        raise answer_invalid("the ID token's header is too long")
    try:
        header = json_object(_decoded(segment))
    except ValueError:
        raise answer_invalid("the ID token's header cannot be read") from None
    algorithm, kid = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str):
        raise answer_invalid("the ID token's header names no signature algorithm (`alg`)")
    if kid is not None and not isinstance(kid, str):
        raise answer_invalid("the ID token's `kid` is not a string")
    demands_extension = "crit" in header or "b64" in header
    if not demands_extension:
        _check_registered(header)
    return _Header(algorithm, kid, demands_extension)


def _check_registered(header: dict[str, object]) -> None:
    """Members that RFC 7515 §4.1 registers are of their types, those that are not read included."""
    try:
        _REGISTRY.check_header(header)
    except JoseError:
        raise answer_invalid("the ID token's header has a member of the wrong type") from None


def _is_signed(key: VerificationKey, algorithm: str, signed: bytes, signature: bytes) -> bool:
    """Whether the key made this signature. The key is of the algorithm's family: `SigningKeys.select` sees to it."""
    try:
        if isinstance(key, ECKey):
            if len(signature) != _ES256_LENGTH:  # r and s, each as long as the order of P-256 (RFC 7518 §3.4)
                return False
            half = _ES256_LENGTH // 2
            r, s = int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
            key.public_key.verify(encode_dss_signature(r, s), signed, _ECDSA)
        else:
            key.public_key.verify(signature, signed, _RSA_PADDINGS[algorithm], _SHA256)
    except InvalidSignature:
        return False
    return True


def _check_audience(claims: Mapping[str, object], client_id: str) -> None:
    """For us, and for nobody else besides: a further audience could have asked for the token (ASVS 10.5.4)."""
    if claims.get("aud") not in (client_id, [client_id]):
        raise answer_invalid("the ID token is not for this client alone (`aud`)")
    if "azp" in claims and claims["azp"] != client_id:
        raise answer_invalid("the ID token was given to another client (`azp`)")


def _check_nonce(claims: Mapping[str, object], expected: Expected) -> None:
    if "nonce" not in claims and expected.nonce_rule == "if_returned":
        return
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not _same(nonce, expected.nonce.encode()):
        raise answer_invalid("the ID token does not belong to this attempt (`nonce`)")


def _check_access_token_hash(claims: Mapping[str, object], access_token: str) -> None:
    """`at_hash` is the left half of the access token's SHA-256 (Core §3.1.3.6; every algorithm here is a -256)."""
    if "at_hash" not in claims:
        return
    at_hash = claims["at_hash"]
    half = hashlib.sha256(access_token.encode()).digest()[:16]
    if not isinstance(at_hash, str) or not _same(at_hash, base64.urlsafe_b64encode(half).rstrip(b"=")):
        raise answer_invalid("the access token does not belong to the ID token (`at_hash`)")


def _check_times(claims: Mapping[str, object], leeway: timedelta, now: datetime) -> datetime | None:
    """`exp` and `iat` must be there; `nbf` and `auth_time` must make sense where they are. Answers `auth_time`."""
    at, apart = now.timestamp(), leeway.total_seconds()
    late, early = at - apart, at + apart
    if _moment(claims, "exp") <= late:
        raise answer_invalid("the ID token has expired (`exp`)")
    if _moment(claims, "iat") > early:
        raise answer_invalid("the ID token is from the future (`iat`)")
    if "nbf" in claims and _moment(claims, "nbf") > early:
        raise answer_invalid("the ID token is not valid yet (`nbf`)")
    if "auth_time" not in claims:
        return None
    auth_time = _moment(claims, "auth_time")
    if not 0 <= auth_time <= early:
        raise answer_invalid("the person's login lies in the future, or before 1970 (`auth_time`)")
    return datetime.fromtimestamp(auth_time, UTC)


def _moment(claims: Mapping[str, object], name: str) -> float:
    """A NumericDate (RFC 7519 §2): seconds since 1970, whole or not. `true` is an int to Python, and none here."""
    value = claims.get(name)
    if type(value) is int or (type(value) is float and math.isfinite(value)):
        return value
    raise answer_invalid(f"the ID token has no usable `{name}`")


def _same(given: str, expected: bytes) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected)
