"""The ID token, on which a person's identity rests. Every check is written out (OpenID Connect Core §3.1.3.7)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from joserfc import jws
from joserfc.errors import BadSignatureError, JoseError
from joserfc.util import urlsafe_b64decode

from elaas_identity.errors import ProviderFailed
from elaas_identity.oidc.http import json_object
from elaas_identity.oidc.jwks import NO_ONE_KEY, SigningKeys, VerificationKey
from elaas_identity.oidc.metadata import answer_invalid

MAX_LEEWAY = timedelta(seconds=60)
"""How far clocks may differ, at most (R5.4)."""

MAX_SUBJECT_LENGTH = 255
"""OpenID Connect Core §2: `sub` has at most 255 ASCII characters."""

MAX_TOKEN_LENGTH = 64 * 1024
"""Characters of an ID token. Our choice: one with every scope of ThaID has about two thousand."""

NonceRule = Literal["required", "if_returned", "open_to_code_injection"]
"""Whether an ID token without our nonce is taken. The last one takes it with nothing in the nonce's place: somebody
else's authorization code passes for the person's own (RFC 9700 §4.5). It is never a default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What an ID token has to agree with. All of it is ours: configuration, and the attempt.

    Attributes:
        algorithms: allowed signature algorithms; never taken from the provider's metadata (ASVS 9.1.2).
        leeway: how far clocks may differ, at most `MAX_LEEWAY`.
        nonce_rule: all but `required` take a token without a nonce; a wrong one is always refused (R5.2).
    """

    issuer: str
    client_id: str
    nonce: str = field(repr=False)
    nonce_rule: NonceRule = "required"
    algorithms: Collection[str] = ("ES256",)
    leeway: timedelta = MAX_LEEWAY


@dataclass(frozen=True, slots=True, kw_only=True)
class IDToken:
    """A verified ID token. `claims` holds all its claims, as the provider signed them.

    `open_to_code_injection`: nothing ties it to the attempt, and the configuration takes it so.
    """

    subject: str = field(repr=False)
    auth_time: datetime | None
    claims: Mapping[str, object] = field(repr=False)
    open_to_code_injection: bool = False


class _Registry(jws.JWSRegistry):
    # Room for an `x5c` that is ignored: joserfc's own limit is 512 bytes.
    max_header_length = 16 * 1024
    max_payload_length = MAX_TOKEN_LENGTH


def key_id(id_token: str) -> str | None:
    """The `kid` that the token's header names. Nothing is verified yet: it is good for choosing a key, no more.

    Raises:
        ProviderFailed: `identity_provider_answer_invalid`: not a JWS, or its header is not one.
    """
    kid = _header(id_token).get("kid")
    if kid is not None and not isinstance(kid, str):
        raise answer_invalid("the ID token's `kid` is not a string")
    return kid


def needs_other_keys(id_token: str, keys: SigningKeys, algorithms: Collection[str]) -> bool:
    """Whether a refused token fails on these keys: a key may have been replaced under its `kid`.

    A token that fails before its signature is looked at, such as by its algorithm, would fail with any keys. One whose
    `kid` is not there at all has been asked for already (`SigningKeys.lacks`).
    """
    try:
        algorithm = _checked_header(id_token, algorithms)
        key = keys.select(key_id(id_token), algorithm)
    except ProviderFailed as error:
        return error.detail == NO_ONE_KEY and not keys.lacks(key_id(id_token))
    try:
        _deserialised(id_token, key, algorithm)
    except BadSignatureError:
        return True
    except (JoseError, ValueError):
        pass
    return False


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
    return IDToken(
        subject=subject,
        auth_time=_check_times(claims, expected.leeway, now),
        claims=claims,
        open_to_code_injection="nonce" not in claims and expected.nonce_rule == "open_to_code_injection",
    )


def _verified_payload(id_token: str, keys: SigningKeys, algorithms: Collection[str]) -> dict[str, object]:
    algorithm = _checked_header(id_token, algorithms)
    # `jwk`, `jku`, `x5u` and `x5c` are not read: the key is one of those that the provider publishes (ASVS 9.1.3).
    key = keys.select(key_id(id_token), algorithm)
    try:
        return json_object(_deserialised(id_token, key, algorithm))
    except JoseError:
        raise answer_invalid("the ID token's signature is not the provider's") from None
    except ValueError:
        raise answer_invalid("the ID token's claims cannot be read") from None


def _checked_header(id_token: str, algorithms: Collection[str]) -> str:
    """The signature algorithm, where the header asks for nothing that is not configured or understood."""
    header = _header(id_token)
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in algorithms:
        raise answer_invalid("the ID token's signature algorithm is not one that is configured")
    # No extension is understood here, so whatever is critical is too much (RFC 7515 §4.1.11); `b64` is one of them.
    if "crit" in header or "b64" in header:
        raise answer_invalid("the ID token's header demands an extension (`crit`)")
    return algorithm


def _deserialised(id_token: str, key: VerificationKey, algorithm: str) -> bytes:
    registry = _Registry(algorithms=[algorithm], strict_check_header=False)
    return jws.deserialize_compact(id_token, key, registry=registry).payload


def _header(id_token: str) -> dict[str, object]:
    segments = id_token.split(".")
    if len(segments) != 3 or len(id_token) > MAX_TOKEN_LENGTH:
        raise answer_invalid("the ID token is not a signed token in compact form")
    try:
        return json_object(urlsafe_b64decode(segments[0].encode("ascii")))
    except ValueError:
        raise answer_invalid("the ID token's header cannot be read") from None


def _check_audience(claims: Mapping[str, object], client_id: str) -> None:
    """For us, and for nobody else besides: a further audience could have asked for the token (ASVS 10.5.4)."""
    if claims.get("aud") not in (client_id, [client_id]):
        raise answer_invalid("the ID token is not for this client alone (`aud`)")
    if "azp" in claims and claims["azp"] != client_id:
        raise answer_invalid("the ID token was given to another client (`azp`)")


def _check_nonce(claims: Mapping[str, object], expected: Expected) -> None:
    if "nonce" not in claims and expected.nonce_rule in ("if_returned", "open_to_code_injection"):
        return
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not _same(nonce, expected.nonce):
        raise answer_invalid("the ID token does not belong to this attempt (`nonce`)")


def _check_access_token_hash(claims: Mapping[str, object], access_token: str) -> None:
    """`at_hash` is the left half of the access token's SHA-256 (Core §3.1.3.6; every algorithm here is a -256)."""
    if "at_hash" not in claims:
        return
    half = hashlib.sha256(access_token.encode()).digest()[:16]
    at_hash = claims["at_hash"]
    if not isinstance(at_hash, str) or not _same(
        at_hash, base64.urlsafe_b64encode(half).rstrip(b"=").decode()
    ):
        raise answer_invalid("the access token does not belong to the ID token (`at_hash`)")


def _check_times(claims: Mapping[str, object], leeway: timedelta, now: datetime) -> datetime | None:
    """`exp` and `iat` must be there; `nbf` and `auth_time` must make sense where they are. Answers `auth_time`."""
    late, early = (now - leeway).timestamp(), (now + leeway).timestamp()
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


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode())
