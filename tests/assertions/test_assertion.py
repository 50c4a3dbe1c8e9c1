"""What an assertion says, for whom it may be asked, and about which account."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from elaas_identity.accounts.account import AccountStatus
from elaas_identity.assertions.assertion import (
    MAX_LIFETIME,
    RANDOM_BYTES,
    AssertionIssuer,
    is_digest,
    random_text,
)
from elaas_identity.assertions.records import reference_id, used_id
from elaas_identity.errors import Misconfigured
from elaas_identity.person.assurance import IAL, Assurance
from elaas_identity.testing.store_examples import DAY, NOW, an_account

PORTAL = "https://portal.example.go.th"
GFMS = "https://gfms.example.go.th"
ISSUER = AssertionIssuer(url=PORTAL, audiences=frozenset({GFMS}))
DIGEST = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
"""SHA-256 of nothing."""

ACCOUNT = an_account(status=AccountStatus.ACTIVE, binding_id="binding-1", credential_version=3)
ASSURANCE = Assurance(ial=IAL.parse("2.3"), methods=("pwd",), auth_time=NOW - DAY)


def claims(**changes: Any) -> dict[str, object]:
    given: dict[str, Any] = {
        "assertion_id": "jti",
        "reference": "reference",
        "account": ACCOUNT,
        "assurance": ASSURANCE,
        "transaction_digest": None,
        "now": NOW,
        "lifetime": MAX_LIFETIME,
        **changes,
    }
    return ISSUER.claims(GFMS, **given)


def test_the_claims() -> None:
    """Fails if one is missing, is called otherwise, or there is one more (PDPA: no more than it takes)."""
    at = int(NOW.timestamp())
    assert {
        "iss": PORTAL,
        "aud": GFMS,
        "sub": "reference",
        "jti": "jti",
        "iat": at,
        "nbf": at,
        "exp": at + 60,
        "account_id": "account-1",
        "account_kind": "local_government",
        "agency_code": "6990001",
        "agency_name": "เทศบาลตำบลสมมติ (invented)",
        "credential_version": 3,
        "amr": ["pwd"],
        "ial": "2.3",
        "auth_time": at - 86_400,
        "transaction_digest": DIGEST,
    } == claims(transaction_digest=DIGEST)


def test_what_is_not_known_is_not_claimed() -> None:
    """R1.5: fails if an unknown level or time is stated as something."""
    unknown = claims(assurance=Assurance(ial=None, methods=(), auth_time=None))
    assert [] == unknown["amr"]
    assert not {"ial", "auth_time", "transaction_digest"} & set(unknown)


def test_a_login_is_never_stated_as_in_the_future() -> None:
    """Fails if an identity provider's clock that is ahead makes every assertion refused for a minute."""
    ahead = claims(assurance=replace(ASSURANCE, auth_time=NOW + timedelta(seconds=59)))
    assert ahead["iat"] == ahead["auth_time"]


@pytest.mark.parametrize("url", ["", "portal", "http://portal.example.go.th", PORTAL + "?a=b", PORTAL + "#f"])
def test_a_bad_issuer_is_refused_at_once(url: str) -> None:
    """Fails if the error speaks of ThaID, or comes with the first person."""
    with pytest.raises(Misconfigured, match=r"^assertion_settings: issuer"):
        AssertionIssuer(url=url, audiences=frozenset({GFMS}))


@pytest.mark.parametrize("audience", ["", "a b", "ก", "a\n", "a" * 256])
def test_a_bad_audience_is_refused_at_once(audience: str) -> None:
    """Fails if a name can be set up that no other system can compare to the letter."""
    with pytest.raises(Misconfigured, match=r"^assertion_settings: an audience"):
        AssertionIssuer(url=PORTAL, audiences=frozenset({GFMS, audience}))
    with pytest.raises(Misconfigured, match=r"^assertion_settings: audiences"):
        AssertionIssuer(url=PORTAL, audiences=frozenset())


@pytest.mark.parametrize("audience", ["", GFMS + "/", GFMS[:-1], "https://epayment.example.go.th"])
def test_another_audience_is_nobody(audience: str) -> None:
    """Fails if an assertion can be had for a system that the portal does not know."""
    with pytest.raises(Misconfigured) as caught:
        ISSUER.check(audience, None, MAX_LIFETIME)
    assert "assertion_settings" == caught.value.code
    assert not audience or audience not in str(caught.value)


@pytest.mark.parametrize(
    "digest",
    [
        "",
        DIGEST + "=",
        DIGEST[:-1],
        DIGEST + "A",
        DIGEST[:-1] + "V",
        "+" + DIGEST[1:],
        DIGEST + "\n",
        "ก" * 43,
    ],
)
def test_a_digest_has_one_shape(digest: str) -> None:
    """Fails if two spellings of a digest pass, or a text is signed that is none."""
    assert is_digest(DIGEST)
    assert not is_digest(digest)
    with pytest.raises(Misconfigured, match="transaction_digest"):
        ISSUER.check(GFMS, digest, MAX_LIFETIME)


@pytest.mark.parametrize("seconds", [1, 60])
def test_lifetimes_that_may_be(seconds: int) -> None:
    """Fails if a boundary is off by one."""
    ISSUER.check(GFMS, DIGEST, timedelta(seconds=seconds))
    lasting = claims(lifetime=timedelta(seconds=seconds))
    assert isinstance(lasting["iat"], int)
    assert lasting["iat"] + seconds == lasting["exp"]


@pytest.mark.parametrize("seconds", [-1, 0, 0.5, 1.5, 60.000001, 61])
def test_lifetimes_that_may_not(seconds: float) -> None:
    """Fails if an assertion can be good for longer than a minute, or for no whole second."""
    with pytest.raises(Misconfigured, match="lifetime"):
        ISSUER.check(GFMS, None, timedelta(seconds=seconds))


def test_random_texts() -> None:
    """Fails if fewer bits than said are taken."""
    assert "AAAAAAAAAAAAAAAAAAAAAA" == random_text(bytes(RANDOM_BYTES))
    for count in (RANDOM_BYTES - 1, RANDOM_BYTES + 1):
        with pytest.raises(ValueError, match="16 random bytes"):
            random_text(bytes(count))


def test_ids_of_records_do_not_run_into_one_another() -> None:
    """Fails if two pairs share a record: one system would learn the other's reference, or burn its assertions."""
    ids = {
        reference_id("binding-1", GFMS),
        reference_id("binding-1h", GFMS[1:]),
        reference_id("binding-2", GFMS),
        reference_id("binding-1", PORTAL),
        used_id("binding-1", GFMS),
        used_id(PORTAL, "jti"),
        used_id(PORTAL + "j", "ti"),
    }
    assert 7 == len(ids)
    assert {43} == {len(each) for each in ids}
