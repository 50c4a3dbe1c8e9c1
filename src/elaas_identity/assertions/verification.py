"""An assertion on the other side: every check is written out, and one that was made for anything else is refused."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.util import urlsafe_b64decode

from elaas_identity._discreet import discreet
from elaas_identity.accounts.account import AccountKind
from elaas_identity.assertions.assertion import (
    ALGORITHM,
    MAX_LIFETIME,
    RANDOM_TEXT,
    TYPE,
    is_digest,
    require_audience,
    require_url,
    settings,
)
from elaas_identity.assertions.records import UsedAssertion, used_id
from elaas_identity.errors import ProviderFailed, Refused
from elaas_identity.oidc.http import json_object
from elaas_identity.oidc.jwks import SigningKeys
from elaas_identity.person.assurance import IAL, Assurance

MAX_LEEWAY = timedelta(seconds=5)
"""How far clocks may differ, at most. Our choice: both sides are servers that keep their time by NTP."""

MAX_LENGTH = 8 * 1024
"""Characters of an assertion. Our choice: one has about a thousand, and a longer agency's name still fits."""

MAX_TEXT = 1024
"""Characters of a claim that is a text. Our choice: bounds what is copied into somebody's records."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What an assertion has to agree with. All of it is our own configuration.

    Attributes:
        issuer: the portal, to the letter.
        audience: our own name, to the letter.
        leeway: how far clocks may differ, at most `MAX_LEEWAY`.

    Raises:
        Misconfigured: `assertion_settings`.
    """

    issuer: str
    audience: str
    leeway: timedelta = MAX_LEEWAY

    def __post_init__(self) -> None:
        require_url("issuer", self.issuer, query_allowed=False)
        require_audience(self.audience)
        if not timedelta(0) <= self.leeway <= MAX_LEEWAY:
            raise settings(f"leeway is 0 to {MAX_LEEWAY.total_seconds():.0f} seconds")


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedAssertion:
    """What the portal states, once.

    Attributes:
        id: names this assertion; it is used up.
        issuer: the portal.
        person_reference: who, for this system alone: the same at each visit, another one after a hand-over.
        account_id: of the agency's account, which stays when officers come and go.
        account_kind: which of the circular's three kinds of user.
        agency_code, agency_name: as the agency is registered.
        assurance: how well the person is proven; an `ial` or `auth_time` that is not stated is None, the weakest.
        credential_version: grows with each new password, so that what was built on an older one can be dropped.
        transaction_digest: SHA-256 in base64url of what this is about, where it is about one thing.
        issued_at, expires_at: aware UTC.
    """

    id: str = field(repr=False)
    issuer: str
    person_reference: str = field(repr=False)
    account_id: str
    account_kind: AccountKind
    agency_code: str
    agency_name: str
    assurance: Assurance
    credential_version: int
    transaction_digest: str | None
    issued_at: datetime
    expires_at: datetime


def used(verified: VerifiedAssertion) -> UsedAssertion:
    """The record that uses an assertion up.

    It is kept a minute longer than it can be shown again: a purge by a clock that is ahead must not take what a slower
    one would still accept.
    """
    return UsedAssertion(
        id=used_id(verified.issuer, verified.id), expires_at=verified.expires_at + MAX_LEEWAY + MAX_LIFETIME
    )


def key_id(assertion: str) -> str:
    """The `kid` that the header names. Nothing is verified yet: it is good for choosing a key, no more.

    Raises:
        Refused: `assertion_invalid`: it is not the header of an assertion.
    """
    if len(assertion) > MAX_LENGTH or assertion.count(".") != 2:
        raise _invalid("it is not a signed token in compact form")
    try:
        header = json_object(urlsafe_b64decode(assertion.partition(".")[0].encode("ascii")))
    except ValueError:
        raise _invalid("its header cannot be read") from None
    if header.get("typ") != TYPE:
        raise _invalid("it is a token of another type (`typ`)")
    if header.get("alg") != ALGORITHM:
        raise _invalid(f"its signature algorithm is not {ALGORITHM} (`alg`)")
    kid = header.get("kid")
    # We write these three: whatever more there is, a key of its own or a demand (`crit`), is not ours.
    if not isinstance(kid, str) or len(header) != 3:
        raise _invalid("its header has no `kid`, or more than an assertion's")
    return kid


def verify(
    assertion: str,
    keys: SigningKeys,
    expected: Expected,
    *,
    expected_transaction_digest: str | None = None,
    now: datetime,
) -> VerifiedAssertion:
    """What an assertion says that is signed by the portal, for us, in time, and about this transaction.

    Whether it was used before, the store says.

    Raises:
        Refused: `assertion_invalid`, saying in `detail` which check failed and no value; `assertion_expired`.
    """
    claims = _Claims(_verified_payload(assertion, keys))
    if claims.text("iss") != expected.issuer:
        raise _invalid("it is another issuer's (`iss`)")
    if claims.text("aud") != expected.audience:
        raise _invalid("it is for another system (`aud`)")
    issued_at, expires_at = _check_times(claims, expected.leeway, now)
    return VerifiedAssertion(
        id=claims.random("jti"),
        issuer=expected.issuer,
        person_reference=claims.random("sub"),
        account_id=claims.text("account_id"),
        account_kind=claims.account_kind(),
        agency_code=claims.text("agency_code"),
        agency_name=claims.text("agency_name"),
        assurance=claims.assurance(now + expected.leeway),
        credential_version=claims.whole("credential_version"),
        transaction_digest=_check_transaction(claims, expected_transaction_digest),
        issued_at=issued_at,
        expires_at=expires_at,
    )


def _verified_payload(assertion: str, keys: SigningKeys) -> dict[str, object]:
    kid = key_id(assertion)
    try:
        key = keys.select(kid, ALGORITHM)
    except ProviderFailed:
        raise _invalid("its header names no one key of the issuer (`kid`)") from None
    registry = jws.JWSRegistry(algorithms=[ALGORITHM])
    try:
        return json_object(jws.deserialize_compact(assertion, key, registry=registry).payload)
    except JoseError:
        raise _invalid("its signature is not the issuer's") from None
    except ValueError:
        raise _invalid("its claims cannot be read") from None


def _check_times(claims: _Claims, leeway: timedelta, now: datetime) -> tuple[datetime, datetime]:
    """In time, and for no longer than it may be. Answers `iat` and `exp`."""
    issued_at, not_before, expires_at = claims.whole("iat"), claims.whole("nbf"), claims.whole("exp")
    late, early = (now - leeway).timestamp(), (now + leeway).timestamp()
    if not 0 < expires_at - issued_at <= MAX_LIFETIME.total_seconds():
        raise _invalid("it is good for longer than it may be (`iat`, `exp`)")
    if expires_at <= late:
        raise Refused("assertion_expired", detail="the assertion has expired (`exp`)")
    if issued_at > early:
        raise _invalid("it is from the future (`iat`)")
    if not_before > early:
        raise _invalid("it is not valid yet (`nbf`)")
    return datetime.fromtimestamp(issued_at, UTC), datetime.fromtimestamp(expires_at, UTC)


def _check_transaction(claims: _Claims, expected: str | None) -> str | None:
    digest = claims.text("transaction_digest") if "transaction_digest" in claims.members else None
    if digest is not None and not is_digest(digest):
        raise claims.unusable("transaction_digest")
    if expected is not None and not hmac.compare_digest((digest or "").encode(), expected.encode()):
        raise _invalid("it is about another transaction, or about none (`transaction_digest`)")
    return digest


@dataclass(frozen=True, slots=True)
class _Claims:
    """Claims read by what they have to be. Further ones are not looked at (RFC 7519 §4)."""

    members: Mapping[str, object]

    def text(self, name: str) -> str:
        value = self.members.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT or not _is_whole(value):
            raise self.unusable(name)
        return value

    def random(self, name: str) -> str:
        value = self.text(name)
        if not RANDOM_TEXT.fullmatch(value):
            raise self.unusable(name)
        return value

    def whole(self, name: str) -> int:
        """We write whole seconds and counts. `true` is an int to Python, and none here."""
        value = self.members.get(name)
        if type(value) is not int or value < 0:
            raise self.unusable(name)
        return value

    def account_kind(self) -> AccountKind:
        try:
            return AccountKind(self.text("account_kind"))
        except ValueError:
            raise self.unusable("account_kind") from None

    def assurance(self, latest: datetime) -> Assurance:
        methods = self.members.get("amr")
        if not isinstance(methods, list) or not all(
            isinstance(each, str) and each for each in cast("list[object]", methods)
        ):
            raise self.unusable("amr")
        ial = IAL.parse_or_none(self.members.get("ial"))
        if ial is None and "ial" in self.members:
            raise self.unusable("ial")
        auth_time = None
        if "auth_time" in self.members:
            seconds = self.whole("auth_time")
            if seconds > latest.timestamp():
                raise _invalid("the person's login lies in the future (`auth_time`)")
            auth_time = datetime.fromtimestamp(seconds, UTC)
        return Assurance(ial=ial, methods=tuple(cast("list[str]", methods)), auth_time=auth_time)

    def unusable(self, name: str) -> Refused:
        return _invalid(f"it has no usable `{name}`")


def _is_whole(text: str) -> bool:
    """Whether it can be encoded: lone surrogates come in through JSON."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _invalid(why: str) -> Refused:
    return Refused("assertion_invalid", detail=f"the assertion is refused: {why}")
