"""Mirrors the relying-party tests of the OpenID Foundation's conformance suite, by the names they have there.

Mirrors: written here after the suite's source, run against a provider of our own. Nobody certified anything.
A wrong value is the suite's: the right one with a "1" after it. Where we know a worse lie, it stands beside that.
Not mirrored: whatever needs the userinfo endpoint, which ThaID does not have and this library does not use.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from elaas_identity import AsyncThaID, ElaasIdentityError, ThaID
from elaas_identity.oidc.authorization import parse_callback
from elaas_identity.oidc.token import Grant
from tests.conformance.loopback import Loopback
from tests.oidc.lying_provider import (
    ABSENT,
    CLIENT_ID,
    CLIENT_SECRET,
    KEY,
    NATIONAL_ID,
    NOW,
    OTHER_KEY,
    REDIRECT_URI,
    RSA_KEY,
    AnyPrivateKey,
    LyingProvider,
    proof,
    segment,
)
from tests.providers.carriers import ADAPTERS, Carrier

INVALID = "identity_provider_answer_invalid"


@pytest.fixture(scope="module")
def loopback() -> Iterator[Loopback]:
    """One server for the module."""
    serving = Loopback()
    yield serving
    serving.close()


@pytest.fixture(scope="module", params=ADAPTERS)
def carrier(request: pytest.FixtureRequest) -> Iterator[Carrier]:
    """Synchronous and asynchronous, over httpx and httpx2."""
    each = Carrier(request.param)
    yield each
    each.close()


@pytest.fixture(scope="module")
def transport(carrier: Carrier) -> Any:
    """One for many relying parties, as a portal would share it."""
    return carrier.transport()


@dataclass
class Suite:
    """One relying party and the provider that it talks to."""

    carrier: Carrier
    provider: LyingProvider
    transport: Any
    settings: dict[str, Any] = field(default_factory=dict)
    made: Any = None

    def party(self) -> Any:
        """The relying party, made with the settings on first use and kept, as a portal keeps it."""
        if self.made is None:
            kind = AsyncThaID if self.carrier.is_async else ThaID
            self.made = kind(
                client_id=CLIENT_ID,
                client_secret=CLIENT_SECRET,
                redirect_uri=REDIRECT_URI,
                issuer=self.provider.issuer,
                transport=self.transport,
                clock=lambda: NOW,
                **{"metadata": None, **self.settings},
            )
        return self.made

    def sign_in(self, attempt: int = 1) -> Grant:
        """One trip: to the provider, and back."""
        run, mine = self.carrier.run, proof(attempt)
        url = run(self.party().authorization_url(mine, max_age=None))
        returned = parse_callback(self.provider.authorize(url))
        grant: Grant = run(self.party().redeem(returned, mine, now=NOW))
        assert NATIONAL_ID == grant.identity.national_id.reveal()
        return grant

    def refusal(self) -> str:
        """The code of the refusal that the trip must end with."""
        with pytest.raises(ElaasIdentityError) as caught:
            self.sign_in()
        return caught.value.code


@pytest.fixture
def suite(carrier: Carrier, transport: Any, loopback: Loopback) -> Suite:
    """A truthful provider, discovered by a relying party that knows nothing yet."""
    loopback.provider = LyingProvider(loopback.issuer)
    return Suite(carrier, loopback.provider, transport)


def test_oidcc_client_test(suite: Suite) -> None:
    """R5: the happy path; the token request is made once."""
    grant = suite.sign_in()
    assert ("นายสมมติ ตัวอย่าง", "2.3") == (grant.identity.name_th, str(grant.identity.ial))
    assert 1 == len(suite.provider.token_requests)


def test_oidcc_client_test_discovery_openid_config(suite: Suite) -> None:
    """R5: endpoints come from discovery, which is asked once for many sign-ins."""
    suite.provider.metadata_changes = {"authorization_endpoint": f"{suite.provider.issuer}/elsewhere/"}
    url = suite.carrier.run(suite.party().authorization_url(proof(), max_age=None))
    assert url.startswith(f"{suite.provider.issuer}/elsewhere/?")
    suite.sign_in()
    assert 1 == len(suite.provider.asked("/.well-known/openid-configuration"))


def test_oidcc_client_test_discovery_jwks_uri_keys(suite: Suite) -> None:
    """R5: keys come from the `jwks_uri` of discovery, which is asked once for many sign-ins."""
    suite.sign_in(1)
    suite.sign_in(2)
    assert 1 == len(suite.provider.asked("/jwks/"))


def test_oidcc_client_test_discovery_issuer_mismatch(suite: Suite) -> None:
    """R5.4: metadata of another issuer is not used at all."""
    suite.provider.metadata_changes = {"issuer": suite.provider.issuer + "INVALID"}
    assert INVALID == suite.refusal()
    assert ["GET"] == [request.method for request in suite.provider.requests]


def test_oidcc_client_test_client_secret_basic(suite: Suite) -> None:
    """R5: the client shows itself in the header, and its secret nowhere else."""
    suite.sign_in()
    (request,) = suite.provider.token_requests
    expected = "Basic " + base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
    headers = {name.lower(): value for name, value in request.headers.items()}
    assert expected == headers["authorization"]
    assert CLIENT_SECRET.encode() not in request.body


Lie = Callable[[LyingProvider], None]


def claims(**changes: object) -> Lie:
    """A provider that changes these claims and signs them."""
    return lambda provider: provider.claim_changes.update(changes)


def header(**changes: object) -> Lie:
    """A provider that changes these members of the ID token's header."""
    return lambda provider: provider.header_changes.update(changes)


def signature(change: Callable[[str], str]) -> Lie:
    """A provider that changes the token after it was signed."""

    def tell(provider: LyingProvider) -> None:
        provider.resign = change

    return tell


def spoilt(token: str) -> str:
    """The signature, with its bytes in another order."""
    text, _, sign = token.rpartition(".")
    return f"{text}.{sign[42:84]}{sign[:42]}{sign[84:]}"


def unsigned(token: str, algorithm: object = "none") -> str:
    """The same claims, signed by nobody."""
    return f"{segment({'alg': algorithm})}.{token.split('.')[1]}."


def another_issuer(provider: LyingProvider) -> None:
    provider.claim_changes["iss"] = provider.issuer + "1"


def another_nonce(provider: LyingProvider) -> None:
    provider.claim_changes["nonce"] = proof().nonce + "1"


def no_kids(*published: AnyPrivateKey) -> Lie:
    """A provider of these keys that names none of them, neither there nor in the ID token."""

    def tell(provider: LyingProvider) -> None:
        provider.published_keys = published
        provider.jwk_changes["kid"] = provider.header_changes["kid"] = ABSENT

    return tell


def rs256(provider: LyingProvider) -> None:
    """A provider that signs by RS256, rightly, with a key that it publishes."""
    provider.signing_key, provider.published_keys = RSA_KEY, (RSA_KEY, KEY)


AT = int(NOW.timestamp())
REFUSED: dict[str, Lie] = {
    "oidcc-client-test-invalid-iss": another_issuer,
    "oidcc-client-test-missing-sub": claims(sub=ABSENT),
    "oidcc-client-test-invalid-aud": claims(aud=CLIENT_ID + "1"),
    "oidcc-client-test-missing-aud": claims(aud=ABSENT),
    "oidcc-client-test-missing-iat": claims(iat=ABSENT),
    "oidcc-client-test-kid-absent-multiple-jwks": no_kids(KEY, OTHER_KEY, RSA_KEY),
    "oidcc-client-test-idtoken-sig-rs256 (not configured)": rs256,
    "oidcc-client-test-idtoken-sig-none": signature(unsigned),
    "oidcc-client-test-invalid-sig-es256": signature(spoilt),
    "oidcc-client-test-invalid-sig-hs256": header(alg="HS256"),
    "oidcc-client-test-invalid-sig-rs256 (not configured)": header(alg="RS256"),
    "oidcc-client-test-nonce-invalid": another_nonce,
    "invalid-secondary-aud": claims(aud=[CLIENT_ID, CLIENT_ID + "1"]),
    "invalid-secondary-aud (with azp)": claims(aud=[CLIENT_ID, CLIENT_ID + "1"], azp=CLIENT_ID),
    "missing-nonce": claims(nonce=ABSENT),
    "null-alg": signature(unsigned),
    "null-alg (of JSON)": signature(lambda token: unsigned(token, None)),
    "alternate-alg": rs256,
    "alternate-alg (by name only)": header(alg="ES384"),
    "expired-exp": claims(exp=AT - 60),
    "missing-exp": claims(exp=ABSENT),
    "missing-iss": claims(iss=ABSENT),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(suite: Suite, name: str) -> None:
    """R5.4: a lie in the ID token is a typed error, and the code was sent once."""
    REFUSED[name](suite.provider)
    assert INVALID == suite.refusal()
    assert 1 == len(suite.provider.token_requests)


TAKEN: dict[str, Lie] = {
    "oidcc-client-test-kid-absent-single-jwks": no_kids(KEY, RSA_KEY),
    "valid-aud-as-array": claims(aud=[CLIENT_ID]),
    "token-type-case-insensitivity": lambda provider: provider.answer_changes.update(token_type="bEARER"),
    "token-endpoint-response-without-expires_in": lambda provider: provider.answer_changes.update(
        expire_in=ABSENT, expires_in=ABSENT
    ),
}


@pytest.mark.parametrize("name", TAKEN)
def test_taken(suite: Suite, name: str) -> None:
    """R5.4: what only looks odd is no lie."""
    TAKEN[name](suite.provider)
    assert NATIONAL_ID == suite.sign_in().identity.subject


def test_oidcc_client_test_idtoken_sig_rs256(suite: Suite) -> None:
    """R5.4: taken where RS256 is configured."""
    rs256(suite.provider)
    suite.settings = {"algorithms": ("RS256",)}
    assert NATIONAL_ID == suite.sign_in().identity.subject


def test_oidcc_client_test_invalid_sig_rs256(suite: Suite) -> None:
    """R5.4: a wrong signature is refused where RS256 is configured."""
    rs256(suite.provider)
    suite.settings = {"algorithms": ("RS256",)}
    suite.provider.resign = spoilt
    assert INVALID == suite.refusal()


def rotate(provider: LyingProvider) -> None:
    """The old key is gone from the JWKS, the new one signs."""
    provider.signing_key, provider.published_keys = OTHER_KEY, (OTHER_KEY,)


def test_oidcc_client_test_signing_key_rotation(suite: Suite) -> None:
    """R5.6: a rotation between two sign-ins costs one fetch."""
    suite.sign_in(1)
    rotate(suite.provider)
    suite.sign_in(2)
    assert 2 == len(suite.provider.asked("/jwks/"))


def test_oidcc_client_test_signing_key_rotation_just_before_signing(suite: Suite) -> None:
    """R5.6: a rotation between the callback and the token response."""
    suite.sign_in(1)
    answered = suite.provider.id_token

    def rotated() -> str:
        rotate(suite.provider)
        return answered()

    suite.provider.id_token = rotated  # type: ignore[method-assign]
    suite.sign_in(2)
    assert 2 == len(suite.provider.asked("/jwks/"))


def callback(**changes: object) -> Lie:
    """A provider that sends the browser back with these parameters changed."""
    return lambda provider: provider.callback_changes.update(changes)


def issuer_in_callback(provider: LyingProvider) -> None:
    provider.callback_changes["iss"] = provider.issuer + "1"


def announced(lie: Lie) -> Lie:
    """The same of a provider that announces `iss` in its callbacks."""

    def tell(provider: LyingProvider) -> None:
        provider.metadata_changes["authorization_response_iss_parameter_supported"] = True
        lie(provider)

    return tell


BAD_CALLBACK: dict[str, Lie] = {
    "remove-authorization-response-iss": announced(callback(iss=ABSENT)),
    "invalid-authorization-response-iss": announced(issuer_in_callback),
    "invalid-authorization-response-iss (not announced)": issuer_in_callback,
    "invalid-state": callback(state=proof().state + "1"),
    "invalid-state (of another attempt)": callback(state=proof(9).state),
    "invalid-state (malformed)": callback(state="guessed"),
    "missing-state": callback(state=ABSENT),
}


@pytest.mark.parametrize("name", BAD_CALLBACK)
def test_bad_callback(suite: Suite, name: str) -> None:
    """R5.1, R5.7: refused, and no token request is made."""
    BAD_CALLBACK[name](suite.provider)
    assert "callback_malformed" == suite.refusal()
    assert [] == suite.provider.token_requests


def test_authorization_response_iss(suite: Suite) -> None:
    """R5.7: the right `iss` is taken where it is announced."""
    announced(callback(iss=suite.provider.issuer))(suite.provider)
    assert NATIONAL_ID == suite.sign_in().identity.subject
