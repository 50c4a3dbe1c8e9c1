"""Every claim, missing, mistyped and at its boundary; every header; every other key (as R5.4, for assertions)."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey

from elaas_identity.accounts.account import AccountKind
from elaas_identity.assertions.assertion import TYPE
from elaas_identity.assertions.verification import (
    MAX_LENGTH,
    MAX_TEXT,
    Expected,
    VerifiedAssertion,
    verify,
)
from elaas_identity.errors import Misconfigured, ProviderFailed, Refused
from elaas_identity.oidc import id_token
from elaas_identity.oidc.jwks import SigningKeys
from elaas_identity.person.assurance import IAL, Assurance
from tests.oidc.lying_provider import (
    ABSENT,
    KEY,
    NOW,
    OTHER_KEY,
    RSA_KEY,
    AnyPrivateKey,
    changed,
    segment,
    signed,
    usable,
)

AT = int(NOW.timestamp())
PORTAL, GFMS = "https://portal.example.go.th", "https://gfms.example.go.th"
DIGEST = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
OTHER_DIGEST = "A" + DIGEST[1:]
EXPECTED = Expected(issuer=PORTAL, audience=GFMS)
HEADER = {"alg": "ES256", "kid": "one", "typ": TYPE}
CLAIMS: dict[str, Any] = {
    "iss": PORTAL,
    "aud": GFMS,
    "sub": "AAAAAAAAAAAAAAAAAAAAAA",
    "jti": "AAAAAAAAAAAAAAAAAAAAAQ",
    "iat": AT,
    "nbf": AT,
    "exp": AT + 60,
    "account_id": "account-1",
    "account_kind": "local_government",
    "agency_code": "6990001",
    "agency_name": "เทศบาลตำบลสมมติ (invented)",
    "credential_version": 1,
    "amr": ["pwd"],
    "ial": "2.3",
    "auth_time": AT - 5,
}


def made(
    payload: Mapping[str, Any] | bytes = CLAIMS,
    header: Mapping[str, Any] = HEADER,
    key: AnyPrivateKey = KEY,
) -> str:
    return signed(payload, key, header)


def check(
    assertion: str,
    keys: SigningKeys | None = None,
    expected: Expected = EXPECTED,
    digest: str | None = None,
    later: float = 0,
) -> VerifiedAssertion:
    now = NOW + timedelta(seconds=later)
    return verify(assertion, keys or usable(KEY), expected, expected_transaction_digest=digest, now=now)


def check_claims(
    expected: Expected = EXPECTED, digest: str | None = None, **changes: Any
) -> VerifiedAssertion:
    return check(made(changed(CLAIMS, changes)), expected=expected, digest=digest)


def refused(
    assertion: str, keys: SigningKeys | None = None, expected: Expected = EXPECTED, **rest: Any
) -> str:
    """Refused as invalid; answers why."""
    with pytest.raises(Refused) as caught:
        check(assertion, keys, expected, **rest)
    assert "assertion_invalid" == caught.value.code
    return caught.value.detail


def refused_claims(**changes: Any) -> str:
    return refused(made(changed(CLAIMS, changes)))


def test_a_right_assertion() -> None:
    """The happy path: everything comes out as it was said."""
    assert VerifiedAssertion(
        id="AAAAAAAAAAAAAAAAAAAAAQ",
        issuer=PORTAL,
        person_reference="AAAAAAAAAAAAAAAAAAAAAA",
        account_id="account-1",
        account_kind=AccountKind.LOCAL_GOVERNMENT,
        agency_code="6990001",
        agency_name="เทศบาลตำบลสมมติ (invented)",
        assurance=Assurance(ial=IAL.parse("2.3"), methods=("pwd",), auth_time=NOW - timedelta(seconds=5)),
        credential_version=1,
        transaction_digest=None,
        issued_at=NOW,
        expires_at=NOW + timedelta(seconds=60),
    ) == check(made())


def test_what_is_not_said_is_the_weakest() -> None:
    """R1.5: fails if an absent level or time is taken for some."""
    weakest = check_claims(ial=ABSENT, auth_time=ABSENT, amr=[]).assurance
    assert Assurance(ial=None, methods=(), auth_time=None) == weakest


def test_claims_of_tomorrow_are_passed_over() -> None:
    """RFC 7519 §4: fails if a portal that says more can no longer be understood."""
    assert check_claims() == check_claims(more="than today")


def test_no_repr_tells_who() -> None:
    """R7.2: the reference names a person."""
    for secret in ("AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAQ"):
        assert secret not in repr(check(made()))


class TestClaims:
    WRONG = (ABSENT, None, "", 1, True, ["x"], {"x": 1}, "\ud800")

    @pytest.mark.parametrize(
        "name", ["account_id", "agency_code", "agency_name", "account_kind", "sub", "jti"]
    )
    @pytest.mark.parametrize("value", [*WRONG, "x" * (MAX_TEXT + 1)])
    def test_texts(self, name: str, value: object) -> None:
        """Each must be there, and be a text that can be kept."""
        assert f"`{name}`" in refused_claims(**{name: value})

    def test_longest_text(self) -> None:
        """The boundary itself is taken."""
        assert MAX_TEXT == len(check_claims(agency_name="x" * MAX_TEXT).agency_name)

    @pytest.mark.parametrize("name", ["sub", "jti"])
    @pytest.mark.parametrize(
        "value",
        [
            "A" * 21,
            "A" * 23,
            "A" * 21 + "B",
            "A" * 21 + "=",
            "1234567890121",
            "A" * 21 + "ก",
            "A" * 22 + "\n",
        ],
    )
    def test_random_texts(self, name: str, value: str) -> None:
        """What the portal makes has 128 bits in one spelling; above all it is no national ID."""
        assert f"`{name}`" in refused_claims(**{name: value})

    @pytest.mark.parametrize(
        "value", [*WRONG, PORTAL + "/", PORTAL.upper(), [PORTAL], "https://evil.example"]
    )
    def test_issuer(self, value: object) -> None:
        """Exact, to the letter."""
        assert "`iss`" in refused_claims(iss=value)

    @pytest.mark.parametrize(
        "value",
        [
            *WRONG,
            GFMS + "/",
            GFMS[:-1],
            GFMS + ".evil.example",
            GFMS.upper(),
            [GFMS],
            [GFMS, PORTAL],
            {GFMS: 1},
        ],
    )
    def test_audience(self, value: object) -> None:
        """Exactly our name: no prefix, no array, not even of one."""
        assert "`aud`" in refused_claims(aud=value)

    @pytest.mark.parametrize("value", ["province", "LOCAL_GOVERNMENT", "local_government "])
    def test_account_kind(self, value: str) -> None:
        """One of the circular's three."""
        assert "`account_kind`" in refused_claims(account_kind=value)

    @pytest.mark.parametrize("name", ["iat", "nbf", "exp", "credential_version"])
    @pytest.mark.parametrize(
        "value", [ABSENT, None, "", str(AT), True, False, float(AT), -1, [AT], {"$": AT}]
    )
    def test_numbers(self, name: str, value: object) -> None:
        """Whole numbers; null, `true` and fractions are none that we write."""
        assert f"`{name}`" in refused_claims(**{name: value})

    @pytest.mark.parametrize("number", ["1e999", "1" * 400, "NaN"])
    @pytest.mark.parametrize("name", ["iat", "nbf", "exp", "auth_time"])
    def test_numbers_beyond_all_time(self, name: str, number: str) -> None:
        """Infinity and 400 digits raise nothing untyped."""
        text = json.dumps({**CLAIMS, name: "#"}).replace('"#"', number)
        refused(made(text.encode()))

    @pytest.mark.parametrize("value", [None, "", "x", "2.3 ", "4", 2.3, True, ["2.3"]])
    def test_ial(self, value: object) -> None:
        """Where it is stated it is a level."""
        assert "`ial`" in refused_claims(ial=value)

    @pytest.mark.parametrize(
        "value", [ABSENT, None, "pwd", "", [""], [1], [None], [["pwd"]], {"pwd": 1}, True]
    )
    def test_methods(self, value: object) -> None:
        """A list of texts, empty or not."""
        assert "`amr`" in refused_claims(amr=value)

    @pytest.mark.parametrize("value", [None, "", str(AT), True, float(AT), -1, [AT]])
    def test_auth_time(self, value: object) -> None:
        """Where it is stated it is a time."""
        assert "`auth_time`" in refused_claims(auth_time=value)

    @pytest.mark.parametrize(
        "payload", [b"", b"[]", b"null", b'"x"', b"{", b'{"iss":1,"iss":2}', b"\xff", b"{}"]
    )
    def test_a_payload_that_is_no_object(self, payload: bytes) -> None:
        """Signed or not, it is no set of claims."""
        refused(made(payload))

    def test_a_claim_stated_twice(self) -> None:
        """RFC 7519 §4: else two readers could read two audiences."""
        twice = json.dumps(CLAIMS)[:-1] + f', "aud": "{GFMS}"}}'
        assert "claims cannot be read" in refused(made(twice.encode()))

    ANY = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
        max_leaves=5,
    )

    @given(st.dictionaries(st.sampled_from(sorted({*CLAIMS, "transaction_digest"})), ANY, min_size=1))
    def test_any_claims_are_taken_or_refused(self, changes: Mapping[str, object]) -> None:
        """Only typed errors, and what is taken is still for us."""
        claims: Mapping[str, Any] = {**CLAIMS, **changes}
        try:
            check(made(json.dumps(claims).encode()))
        except Refused:
            return
        assert (PORTAL, GFMS) == (claims["iss"], claims["aud"])
        assert 0 < claims["exp"] - claims["iat"] <= 60

    def test_no_refusal_repeats_a_value(self) -> None:
        """R7.2: claims are about a person."""
        for name in CLAIMS:
            for value in ("s3cret\ud800", ["s3cret", 1]):
                assert "s3cret" not in refused_claims(**{name: value}).replace(f"`{name}`", "")


class TestTimes:
    @pytest.mark.parametrize("seconds", [0, 1, 5])
    def test_expiry_boundary(self, seconds: int) -> None:
        """The moment of `exp` plus leeway is too late, an instant before is not."""
        rule = replace(EXPECTED, leeway=timedelta(seconds=seconds))
        assert "account-1" == check(made(), expected=rule, later=60 + seconds - 0.001).account_id
        with pytest.raises(Refused) as caught:
            check(made(), expected=rule, later=60 + seconds)
        assert "assertion_expired" == caught.value.code

    @pytest.mark.parametrize("seconds", [0, 1, 5])
    @pytest.mark.parametrize("name", ["iat", "nbf", "auth_time"])
    def test_future_boundary(self, name: str, seconds: int) -> None:
        """As far ahead as clocks may differ, and no further."""
        rule = replace(EXPECTED, leeway=timedelta(seconds=seconds))
        ahead = made({**CLAIMS, "iat": AT - 10, "nbf": AT - 10, "exp": AT + 50, name: AT + seconds})
        assert "account-1" == check(ahead, expected=rule).account_id
        assert f"`{name}`" in refused(ahead, expected=rule, later=-0.001)

    @pytest.mark.parametrize("lifetime", [-1, 0, 61, 86_400])
    def test_a_lifetime_that_may_not_be(self, lifetime: int) -> None:
        """Fails if a portal that is set up wrongly makes what is good for a day."""
        assert "`exp`" in refused_claims(exp=AT + lifetime)

    @pytest.mark.parametrize("lifetime", [1, 60])
    def test_a_lifetime_that_may_be(self, lifetime: int) -> None:
        """The boundaries themselves."""
        assert timedelta(seconds=lifetime) == check_claims(exp=AT + lifetime).expires_at - NOW

    @pytest.mark.parametrize("leeway", [-1, 5.000001, 60])
    def test_leeway_is_bounded(self, leeway: float) -> None:
        """Fails if a setting can stretch a minute."""
        with pytest.raises(Misconfigured, match="leeway"):
            Expected(issuer=PORTAL, audience=GFMS, leeway=timedelta(seconds=leeway))


class TestTransaction:
    def test_the_expected_one(self) -> None:
        """The happy path, expected or not."""
        assert DIGEST == check_claims(transaction_digest=DIGEST, digest=DIGEST).transaction_digest
        assert DIGEST == check_claims(transaction_digest=DIGEST).transaction_digest

    @pytest.mark.parametrize("claim", [ABSENT, OTHER_DIGEST])
    def test_another_or_none(self, claim: object) -> None:
        """Fails if what was confirmed for one payment approves another."""
        token = made(changed(CLAIMS, {"transaction_digest": claim}))
        assert "another transaction" in refused(token, digest=DIGEST)

    def test_an_expectation_of_nothing_is_met_by_nothing(self) -> None:
        """Fails if an empty digest on our side waves everything through."""
        for expected in ("", "ก", "\udcff"[:0]):
            token = made(changed(CLAIMS, {"transaction_digest": DIGEST}))
            assert "another transaction" in refused(token, digest=expected)

    @pytest.mark.parametrize("value", [None, "", DIGEST + "=", DIGEST[:-1], 1, [DIGEST], {}])
    def test_a_claim_that_is_no_digest(self, value: object) -> None:
        """Whether or not one is expected."""
        for digest in (None, DIGEST):
            token = made({**CLAIMS, "transaction_digest": value})
            assert "`transaction_digest`" in refused(token, digest=digest)


class TestSignature:
    @pytest.mark.parametrize("name", ["none", "None", "nOnE", "", None, 1, ["ES256"], ABSENT])
    def test_none(self, name: object) -> None:
        """An unsigned assertion is nobody's."""
        header = changed(HEADER, {"alg": name})
        for signature in ("", segment(b"\0" * 64)):
            assert "`alg`" in refused(f"{segment(header)}.{segment(CLAIMS)}.{signature}")

    @pytest.mark.parametrize("name", ["HS256", "HS384", "HS512"])
    def test_a_public_key_as_hmac_secret(self, name: str) -> None:
        """The classic confusion of algorithms, with every spelling of the public key as secret."""
        for secret in (
            KEY.as_pem(private=False),
            KEY.as_der(private=False),
            json.dumps(KEY.as_dict(private=False)).encode(),
        ):
            text = f"{segment({**HEADER, 'alg': name})}.{segment(CLAIMS)}"
            mac = hmac.digest(secret, text.encode(), f"sha{name[2:]}")
            assert "`alg`" in refused(f"{text}.{segment(mac)}")

    @pytest.mark.parametrize("name", ["ES384", "RS256", "PS256", "EdDSA", "ES256K", "es256"])
    def test_other_algorithms(self, name: str) -> None:
        """There is one."""
        assert "`alg`" in refused(made(header={**HEADER, "alg": name}))

    def test_an_rsa_key(self) -> None:
        """Even one that is published beside ours."""
        token = made(header={**HEADER, "kid": "rsa"}, key=RSA_KEY)
        refused(token, usable(KEY, RSA_KEY))
        text = f"{segment({**HEADER, 'kid': 'rsa'})}.{segment(CLAIMS)}"
        assert "`kid`" in refused(f"{text}.{segment(bytes(64))}", usable(KEY, RSA_KEY))

    @pytest.mark.parametrize("kid", [ABSENT, None, "", 1, ["one"], "two", "One", "\ud800"])
    def test_key_id(self, kid: object) -> None:
        """It names one of the published keys, even where there is one only."""
        assert "`kid`" in refused(made(header=changed(HEADER, {"kid": kid})))

    def test_two_keys_of_one_name(self) -> None:
        """Fails if a document that is ambiguous is resolved by chance."""
        double = ECKey.generate_key("P-256", {"kid": "one"}, private=True)
        assert "`kid`" in refused(made(), usable(KEY, double))

    def test_another_key(self) -> None:
        """Whatever `kid` it names."""
        assert "signature" in refused(made(key=OTHER_KEY), usable(KEY, OTHER_KEY))

    @pytest.mark.parametrize(
        "more",
        [
            {"crit": ["exp"]},
            {"crit": []},
            {"b64": True},
            {"jwk": OTHER_KEY.as_dict(private=False)},
            {"jku": "https://evil.example/jwks"},
            {"x5u": "https://evil.example/x"},
            {"cty": "JWT"},
        ],
        ids=lambda more: next(iter(more)),
    )
    def test_more_in_the_header_than_ours(self, more: dict[str, object]) -> None:
        """R5.5: no demand, no key of its own, and nothing is fetched."""
        assert "header" in refused(made(header={**HEADER, **more}))

    def test_no_bit_may_change(self) -> None:
        """Header, claims and signature hang together."""
        header, payload, signature = made().split(".")
        assert "signature" in refused(
            f"{header}.{segment({**CLAIMS, 'account_id': 'account-2'})}.{signature}"
        )
        flipped = "A" if signature[5] != "A" else "B"
        assert "signature" in refused(f"{header}.{payload}.{signature[:5]}{flipped}{signature[6:]}")
        for other in ("", signature + "=", signature[:-2], signature + "AA", segment(bytes(64))):
            refused(f"{header}.{payload}.{other}")

    @pytest.mark.parametrize(
        "form",
        ["", ".", "..", "...", "a.b.c", "e30.e30.", ".e30.", "\x00.\x00.\x00", "ก.ก.ก", "\ud800.\ud800."],
    )
    def test_what_is_no_token(self, form: str) -> None:
        """One typed error."""
        refused(form)

    def test_three_parts(self) -> None:
        """RFC 7515 §7.1: no more and no fewer, and no JSON form."""
        for form in (made() + ".", made().rpartition(".")[0], json.dumps({"payload": segment(CLAIMS)})):
            assert "compact form" in refused(form)

    def test_length_is_bounded(self) -> None:
        """Invariant 10: fails if megabytes are parsed before anything is known of them."""
        long = made({**CLAIMS, "more": "x" * MAX_LENGTH})
        assert "compact form" in refused(long)


class TestOtherTokens:
    @pytest.mark.parametrize(
        "typ",
        [ABSENT, None, "", "JWT", "at+jwt", "elaas-assertion", TYPE.upper(), f"application/{TYPE}", [TYPE]],
    )
    def test_another_type(self, typ: object) -> None:
        """RFC 8725 §3.11: fails if what the portal's key signs for another use passes here."""
        assert "`typ`" in refused(made(header=changed(HEADER, {"typ": typ})))

    def test_an_id_token_is_no_assertion(self) -> None:
        """Even of the same issuer, for the same name, by the same key, with every claim that we look for."""
        assert "`typ`" in refused(
            made({**CLAIMS, "nonce": "n"}, {"alg": "ES256", "kid": "one", "typ": "JWT"})
        )

    def test_an_assertion_is_no_id_token(self) -> None:
        """Were the portal its own identity provider, by the same key, for the same name."""
        expected = id_token.Expected(issuer=PORTAL, client_id=GFMS, nonce="n")
        with pytest.raises(ProviderFailed, match="nonce"):
            id_token.verify(made(), usable(KEY), expected, access_token="a", now=NOW)


@pytest.mark.parametrize(
    "change",
    [{"issuer": "http://portal.example.go.th"}, {"issuer": ""}, {"audience": ""}, {"audience": "a b"}],
    ids=str,
)
def test_bad_settings_are_refused_at_once(change: dict[str, Any]) -> None:
    """Fails if they are found out by the first person."""
    with pytest.raises(Misconfigured) as caught:
        Expected(**{"issuer": PORTAL, "audience": GFMS, **change})
    assert "assertion_settings" == caught.value.code
