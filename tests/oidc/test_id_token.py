from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey
from joserfc.util import urlsafe_b64decode

from elaas_identity.errors import ProviderFailed
from elaas_identity.oidc.id_token import (
    MAX_TOKEN_LENGTH,
    Expected,
    IDToken,
    NonceRule,
    key_id,
    needs_other_keys,
    verify,
)
from elaas_identity.oidc.jwks import SigningKeys, process_jwks
from tests.oidc.lying_provider import (
    ABSENT,
    CLIENT_ID,
    ISSUER,
    KEY,
    NOW,
    OTHER_KEY,
    RSA_KEY,
    AnyPrivateKey,
    answer,
    at_hash,
    changed,
    segment,
    signed,
    usable,
)

AT = int(NOW.timestamp())
EXPECTED = Expected(issuer=ISSUER, client_id=CLIENT_ID, nonce="n-0S6_WzA2Mj")
CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "sub": "subject",
    "aud": CLIENT_ID,
    "iat": AT,
    "exp": AT + 300,
    "auth_time": AT - 5,
    "nonce": EXPECTED.nonce,
    "at_hash": at_hash("access"),
}
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The order of P-256."""


DETAILS = {
    "the ID token is not a signed token in compact form",
    "the ID token's header is too long",
    "the ID token's header cannot be read",
    "the ID token's header has a member of the wrong type",
    "the ID token's header names no signature algorithm (`alg`)",
    "the ID token's header names no one key of the provider",
    "the ID token's header demands an extension (`crit`)",
    "the ID token's `kid` is not a string",
    "the ID token's signature algorithm is not one that is configured",
    "the ID token's signature is not the provider's",
    "the ID token's claims cannot be read",
    "the ID token is another issuer's (`iss`)",
    "the ID token is not for this client alone (`aud`)",
    "the ID token was given to another client (`azp`)",
    "the ID token has no usable subject (`sub`)",
    "the ID token does not belong to this attempt (`nonce`)",
    "the access token does not belong to the ID token (`at_hash`)",
    "the ID token has expired (`exp`)",
    "the ID token is from the future (`iat`)",
    "the ID token is not valid yet (`nbf`)",
    "the person's login lies in the future, or before 1970 (`auth_time`)",
    *(f"the ID token has no usable `{name}`" for name in ("exp", "iat", "nbf", "auth_time")),
}
"""What the portal's log says: each names the claim or the part that is wrong, and holds nothing of the token."""


def check(token: str, keys: SigningKeys | None = None, expected: Expected = EXPECTED) -> IDToken:
    return verify(token, keys or usable(KEY), expected, access_token="access", now=NOW)


def check_claims(expected: Expected = EXPECTED, **changes: object) -> IDToken:
    return check(signed(changed(CLAIMS, changes)), expected=expected)


def refused(token: str, keys: SigningKeys | None = None, expected: Expected = EXPECTED) -> ProviderFailed:
    with pytest.raises(ProviderFailed) as caught:
        check(token, keys, expected)
    assert "identity_provider_answer_invalid" == caught.value.code
    assert caught.value.detail in DETAILS
    return caught.value


def test_a_right_token() -> None:
    """The happy path: all claims come out as they were signed."""
    token = check_claims(pid="1234567890121")
    assert ("subject", NOW - timedelta(seconds=5)) == (token.subject, token.auth_time)
    assert {**CLAIMS, "pid": "1234567890121"} == token.claims


def test_optional_claims_may_be_missing() -> None:
    """R5.4: `at_hash` and `auth_time` are checked where they are; the flow's policy judges their absence."""
    assert check_claims(at_hash=ABSENT, auth_time=ABSENT).auth_time is None


def test_no_repr_shows_a_person() -> None:
    """R7.2: `sub` is the national ID at ThaID's sandbox."""
    assert "subject" not in repr(check_claims()).replace("subject=", "")
    assert EXPECTED.nonce not in repr(EXPECTED)


class TestClaims:
    @pytest.mark.parametrize(
        "issuer", [ABSENT, None, "", ISSUER + "/", ISSUER.upper(), "https://evil.example", [ISSUER], 1, True]
    )
    def test_issuer(self, issuer: object) -> None:
        """R5.4: exact, to the letter."""
        assert "`iss`" in refused(signed(changed(CLAIMS, {"iss": issuer}))).detail

    @pytest.mark.parametrize(
        "audience",
        [
            ABSENT,
            None,
            "",
            "other",
            [],
            ["other"],
            [CLIENT_ID, "other"],
            [CLIENT_ID] * 2,
            [[CLIENT_ID]],
            {CLIENT_ID: 1},
            1,
        ],
    )
    def test_audience(self, audience: object) -> None:
        """R5.4, ASVS 10.5.4: us and nobody else, `azp` or no `azp`."""
        for azp in (ABSENT, CLIENT_ID):
            assert "`aud`" in refused(signed(changed(CLAIMS, {"aud": audience, "azp": azp}))).detail

    def test_audience_as_an_array_of_one(self) -> None:
        """R5.4: the other spelling of the same."""
        assert "subject" == check_claims(aud=[CLIENT_ID]).subject

    @pytest.mark.parametrize("azp", [None, "", "other", [CLIENT_ID], 1])
    def test_authorized_party(self, azp: object) -> None:
        """Core §3.1.3.7 (5): if present, it is us."""
        assert "`azp`" in refused(signed({**CLAIMS, "azp": azp})).detail
        assert "subject" == check_claims(azp=CLIENT_ID).subject

    @pytest.mark.parametrize(
        "subject", [ABSENT, None, "", "s" * 256, "กขค", 1, True, ["subject"], {}, "\ud800"]
    )
    def test_subject(self, subject: object) -> None:
        """R5.4: it names the person, for ever."""
        assert "`sub`" in refused(signed(changed(CLAIMS, {"sub": subject}))).detail

    def test_longest_subject(self) -> None:
        """Core §2: 255 characters are allowed."""
        assert 255 == len(check_claims(sub="s" * 255).subject)

    @pytest.mark.parametrize(
        "nonce", [ABSENT, None, "", "other", EXPECTED.nonce + " ", [EXPECTED.nonce], 1, "\ud800"]
    )
    def test_nonce(self, nonce: object) -> None:
        """R5.2: wrong, missing, null."""
        assert "`nonce`" in refused(signed(changed(CLAIMS, {"nonce": nonce}))).detail

    @pytest.mark.parametrize("nonce", [None, "", "other", 1])
    @pytest.mark.parametrize("rule", ["if_returned", "open_to_code_injection"])
    def test_nonce_that_may_be_missing(self, rule: NonceRule, nonce: object) -> None:
        """R5.2: it may be missing, and a wrong one is refused all the same."""
        lenient = replace(EXPECTED, nonce_rule=rule)
        assert "subject" == check_claims(lenient, nonce=ABSENT).subject
        assert "`nonce`" in refused(signed({**CLAIMS, "nonce": nonce}), expected=lenient).detail

    def test_a_token_that_nothing_ties_to_the_attempt_says_so(self) -> None:
        """R5.2: nobody would hear that an identity can come from somebody else's authorization code."""
        open_rule = replace(EXPECTED, nonce_rule="open_to_code_injection")
        assert check_claims(open_rule, nonce=ABSENT).open_to_code_injection is True
        proven = replace(EXPECTED, nonce_rule="if_returned")
        assert check_claims(proven, nonce=ABSENT).open_to_code_injection is False
        for rule in (EXPECTED, proven, open_rule):
            assert check_claims(rule).open_to_code_injection is False

    @pytest.mark.parametrize("value", [None, "", "x", at_hash("other"), at_hash("access") + "=", 1, []])
    def test_access_token_hash(self, value: object) -> None:
        """R5.4: else an access token could be swapped."""
        assert "`at_hash`" in refused(signed({**CLAIMS, "at_hash": value})).detail

    NO_TIMES = (None, "", str(AT), True, False, [AT], {"$": AT})

    @pytest.mark.parametrize("name", ["exp", "iat", "nbf", "auth_time"])
    @pytest.mark.parametrize("value", NO_TIMES)
    def test_times_are_numbers(self, name: str, value: object) -> None:
        """R5.4: right types; null is a wrong one, `true` is not 1."""
        assert f"`{name}`" in refused(signed({**CLAIMS, name: value})).detail

    @pytest.mark.parametrize("name", ["exp", "iat"])
    def test_needed_times(self, name: str) -> None:
        """R5.4: a token without an end, or without a beginning, is refused."""
        assert f"`{name}`" in refused(signed(changed(CLAIMS, {name: ABSENT}))).detail

    @pytest.mark.parametrize("number", ["1e999", "-1e999", "1" * 400, "-" + "1" * 400])
    @pytest.mark.parametrize("name", ["iat", "nbf", "auth_time"])
    def test_numbers_beyond_all_time(self, name: str, number: str) -> None:
        """R5.8: infinity and 400 digits raise nothing untyped."""
        text = json.dumps({**CLAIMS, name: "#"}).replace('"#"', number)
        if name != "auth_time" and number.startswith("-1") and "e" not in number:
            assert "subject" == check(signed(text.encode())).subject  # long ago is no future
        else:
            assert f"`{name}`" in refused(signed(text.encode())).detail

    @pytest.mark.parametrize("seconds", [0, 1, 60])
    def test_expiry_boundary(self, seconds: int) -> None:
        """R5.4: the moment of `exp` plus leeway is too late, an instant before is not."""
        rule = replace(EXPECTED, leeway=timedelta(seconds=seconds))
        assert "`exp`" in refused(signed({**CLAIMS, "exp": AT - seconds}), expected=rule).detail
        assert "subject" == check_claims(rule, exp=AT - seconds + 0.001).subject

    @pytest.mark.parametrize("name", ["iat", "nbf", "auth_time"])
    @pytest.mark.parametrize("seconds", [0, 1, 60])
    def test_future_boundary(self, name: str, seconds: int) -> None:
        """R5.4: as far ahead as clocks may differ, and no further."""
        rule = replace(EXPECTED, leeway=timedelta(seconds=seconds))
        assert "subject" == check_claims(rule, **{name: AT + seconds}).subject
        assert f"`{name}`" in refused(signed({**CLAIMS, name: AT + seconds + 0.001}), expected=rule).detail

    def test_a_login_before_1970(self) -> None:
        """R5.4: no sense, and no untyped exception."""
        assert "`auth_time`" in refused(signed({**CLAIMS, "auth_time": -1})).detail

    def test_times_may_be_fractions(self) -> None:
        """RFC 7519 §2: NumericDate allows them."""
        assert check_claims(exp=AT + 0.5, iat=AT - 0.5).subject

    @pytest.mark.parametrize(
        "payload", [b"", b"[]", b"null", b'"x"', b"{", b'{"iss":1,"iss":2}', b"\xff", b"{}"]
    )
    def test_a_payload_that_is_no_object(self, payload: bytes) -> None:
        """R5.8: signed or not, it is no set of claims."""
        refused(signed(payload))

    def test_a_claim_stated_twice(self) -> None:
        """RFC 7519 §4: else two readers could read different persons."""
        twice = json.dumps(CLAIMS)[:-1] + ', "sub": "other"}'
        assert "claims cannot be read" in refused(signed(twice.encode())).detail

    ANY = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
        max_leaves=5,
    )

    @given(
        st.dictionaries(
            st.sampled_from(
                ["iss", "sub", "aud", "azp", "exp", "iat", "nbf", "auth_time", "nonce", "at_hash"]
            ),
            ANY,
            max_size=10,
            min_size=1,
        )
    )
    def test_any_claims_are_taken_or_refused(self, changes: Mapping[str, object]) -> None:
        """R5.4: only typed errors, and what is taken is still for us."""
        try:
            token = check(signed(json.dumps({**CLAIMS, **changes}).encode()))
        except ProviderFailed:
            return
        claims: Mapping[str, Any] = token.claims
        assert (ISSUER, EXPECTED.nonce) == (claims["iss"], claims["nonce"])
        assert claims["aud"] in (CLIENT_ID, [CLIENT_ID])
        assert claims["exp"] > AT - 60 >= claims["iat"] - 120

    def test_no_refusal_repeats_a_value(self) -> None:
        """R7.2: claims are personal data."""
        for name in CLAIMS.keys() - {"sub"}:
            assert "s3cret" not in str(refused(signed({**CLAIMS, name: "s3cret"})))


ES256 = jws.default_registry.get_alg("ES256")


def es256(header: Mapping[str, object], key: ECKey = KEY) -> str:
    """A right token under this header."""
    return signed(CLAIMS, key, header)


class TestSignature:
    def test_none(self) -> None:
        """R5.4: an unsigned token is nobody's."""
        for name in ("none", "None", "NONE", "nOnE", "", None, 1, ["ES256"], ABSENT):
            header = changed({"kid": "one", "alg": name}, {})
            for signature in ("", segment(b"\0" * 64)):
                refused(f"{segment(header)}.{segment(CLAIMS)}.{signature}")

    @pytest.mark.parametrize("name", ["HS256", "HS384", "HS512"])
    def test_a_public_key_as_hmac_secret(self, name: str) -> None:
        """R5.4: the classic confusion of algorithms, with every spelling of the public key as secret."""
        for secret in (
            KEY.as_pem(private=False),
            KEY.as_der(private=False),
            json.dumps(KEY.as_dict(private=False)).encode(),
        ):
            header = {"alg": name, "kid": "one"}
            text = f"{segment(header)}.{segment(CLAIMS)}"
            mac = hmac.digest(secret, text.encode(), f"sha{name[2:]}")
            assert "algorithm" in refused(f"{text}.{segment(mac)}").detail

    @pytest.mark.parametrize(
        "name", ["ES384", "ES512", "RS256", "PS256", "EdDSA", "ES256K", "es256", "A128KW"]
    )
    def test_other_algorithms(self, name: str) -> None:
        """R5.4: the list is configuration's, and has one entry."""
        assert "algorithm" in refused(es256({"alg": name, "kid": "one"})).detail

    def test_rs256_where_configured(self) -> None:
        """R5.4: only there."""
        token, keys = signed(CLAIMS, RSA_KEY), usable(KEY, RSA_KEY)
        assert "subject" == check(token, keys, replace(EXPECTED, algorithms=("ES256", "RS256"))).subject
        assert "algorithm" in refused(token, keys).detail

    def test_ps256_where_configured(self) -> None:
        """R5.4: an allowed algorithm is taken, though joserfc does not recommend it."""
        text = f"{segment({'alg': 'PS256', 'kid': 'rsa'})}.{segment(CLAIMS)}"
        signature = jws.JWSRegistry(algorithms=["PS256"]).get_alg("PS256").sign(text.encode(), RSA_KEY)
        token, keys = f"{text}.{segment(signature)}", usable(KEY, RSA_KEY)
        assert "subject" == check(token, keys, replace(EXPECTED, algorithms=("PS256",))).subject
        assert "algorithm" in refused(token, keys, replace(EXPECTED, algorithms=("RS256",))).detail

    @pytest.mark.parametrize("kid", ["one", "two", None])
    def test_another_key(self, kid: str | None) -> None:
        """R5.4: whatever `kid` it names."""
        header = {"alg": "ES256"} if kid is None else {"alg": "ES256", "kid": kid}
        refused(es256(header, OTHER_KEY))

    def test_no_bit_may_change(self) -> None:
        """R5.4: header, claims and signature hang together."""
        token = signed(CLAIMS)
        header, payload, signature = token.split(".")
        refused(f"{header}.{segment({**CLAIMS, 'sub': 'other'})}.{signature}")
        refused(f"{segment({'alg': 'ES256', 'kid': 'one', 'typ': 'x'})}.{payload}.{signature}")
        flipped = "A" if signature[5] != "A" else "B"
        refused(f"{header}.{payload}.{signature[:5]}{flipped}{signature[6:]}")

    @pytest.mark.parametrize(
        "r_and_s",
        [(0, 0), (0, 1), (1, 0), (N, 1), (1, N), (N, N), (1, 1), (N - 1, 1), (N + 1, 1), (2**256 - 1, 1)],
    )
    def test_signatures_out_of_range(self, r_and_s: tuple[int, int]) -> None:
        """Wycheproof's special values of r and s (CVE-2022-21449 took zeros)."""
        text = signed(CLAIMS).rpartition(".")[0]
        refused(f"{text}.{segment(b''.join(n.to_bytes(32, 'big') for n in r_and_s))}")

    def test_other_encodings_of_a_right_signature(self) -> None:
        """RFC 7518 §3.4: 64 bytes and nothing else; Wycheproof: no DER, no shorter or longer one, no padding."""
        text, _, signature = signed(CLAIMS).rpartition(".")
        raw = jws.extract_compact(f"{text}.{signature}".encode()).segments["signature"]
        assert signature == raw.decode()
        pair = urlsafe_b64decode(raw)
        r, s = int.from_bytes(pair[:32], "big"), int.from_bytes(pair[32:], "big")
        others = [
            segment(encode_dss_signature(r, s)),
            segment(pair + b"\0"),
            segment(b"\0" + pair),
            segment(pair[:-1]),
            segment(b"\0" + pair[:32] + b"\0" + pair[32:]),
            segment(pair[:32] + b"\0" + pair[32:]),
            signature + "=",
            signature + "==",
            signature + "\n",
            " " + signature,
            signature[:-1] + chr(ord(signature[-1]) + 1),
            "",
        ]
        for other in others:
            refused(f"{text}.{other}")

    @pytest.mark.parametrize("claims", [{**CLAIMS, "x": "y" * count} for count in range(3)])
    def test_segments_have_one_spelling(self, claims: Mapping[str, object]) -> None:
        """RFC 7515 §2: else one token has many texts, of which others may read another content."""
        right = (segment({"alg": "ES256"}), segment(claims))
        for place, text in enumerate(right):
            others = [text + "=" * count for count in range(1, 4)]
            others += [
                text[:9] + odd + text[9:] for odd in ("=", " ", "\n", "+", "/", "\0", "%", "==", " " * 4)
            ]
            if len(text) % 4:
                others.append(text[:-1] + chr(ord(text[-1]) + 1))
            for other in others:
                spelled = ".".join((*right[:place], other, *right[place + 1 :]))
                refused(f"{spelled}.{segment(ES256.sign(spelled.encode(), KEY))}")
        spelled = ".".join(right)
        assert "subject" == check(f"{spelled}.{segment(ES256.sign(spelled.encode(), KEY))}").subject

    @pytest.mark.parametrize(
        "form", ["", ".", "..", "...", "a.b.c", "a.b.c.d.e", "e30.e30.", ".e30.", "\x00.\x00.\x00", "ก.ก.ก"]
    )
    def test_what_is_no_token(self, form: str) -> None:
        """R5.8: one typed error."""
        refused(form)

    @pytest.mark.parametrize("cut", [".x", "..x", ""])
    def test_three_segments_are_a_token(self, cut: str) -> None:
        """RFC 7515 §7.1: no more and no fewer, whatever the first one says."""
        header, _, rest = signed(CLAIMS).partition(".")
        with pytest.raises(ProviderFailed, match="compact form"):
            key_id(header + cut if len(cut) < 3 else f"{header}.{rest}{cut}")

    def test_a_token_in_json_form(self) -> None:
        """RFC 7519 §1: a JWT is in compact form, always."""
        header, payload, signature = signed(CLAIMS).split(".")
        refused(json.dumps({"protected": header, "payload": payload, "signature": signature}))

    def test_a_huge_token(self) -> None:
        """Invariant 10: hashing is work."""
        assert "compact form" in refused(signed({**CLAIMS, "x": "y" * 70_000})).detail

    @pytest.mark.parametrize("over", [0, 1])
    def test_the_longest_token_is_taken_and_no_longer_one(self, over: int) -> None:
        """Invariant 10: a bound that is one off is not the one that the docs name."""
        length = MAX_TOKEN_LENGTH + over
        for typ in ("JWT", "JWT2", "JWT23"):  # not every length can be had with one header
            header = {"alg": "ES256", "kid": "one", "typ": typ}
            around = len(signed({**CLAIMS, "x": ""}, header=header))
            for padding in range((length - around) * 3 // 4 - 3, (length - around) * 3 // 4 + 4):
                token = signed({**CLAIMS, "x": "y" * padding}, header=header)
                if len(token) == length:
                    if over:
                        refused(token)
                    else:
                        assert "subject" == check(token).subject
                    return
        raise AssertionError("no token of that length")

    def test_a_login_at_the_epoch_is_one(self) -> None:
        """A bound that is one off is not the one that is said."""
        assert datetime(1970, 1, 1, tzinfo=UTC) == check_claims(auth_time=0).auth_time

    @pytest.mark.parametrize("length", [1, 255])
    def test_a_subject_of_one_character_or_of_the_most_is_one(self, length: int) -> None:
        """OIDC Core §2: a subject is at most 255 ASCII characters."""
        assert "s" * length == check_claims(sub="s" * length).subject

    @pytest.mark.parametrize("member", ["typ", "cty", "jku", "x5u"])
    def test_a_member_of_the_wrong_type(self, member: str) -> None:
        """RFC 7515 §4.1: what is not read must be well-formed all the same."""
        header = {"alg": "ES256", "kid": "one", member: 5}
        assert "identity_provider_answer_invalid" == refused(signed(CLAIMS, header=header)).code

    @given(st.text(max_size=60) | st.text(alphabet="eyJhbGciOiIuMTIz.-_", max_size=60))
    def test_any_text_is_refused(self, text: str) -> None:
        """R5.4: only typed errors."""
        refused(text)

    @given(st.binary(max_size=40), st.binary(max_size=40), st.binary(max_size=70))
    def test_any_three_segments_are_refused(self, header: bytes, payload: bytes, signature: bytes) -> None:
        """R5.4: only typed errors."""
        refused(f"{segment(header)}.{segment(payload)}.{segment(signature)}")


class TestHeader:
    @pytest.mark.parametrize(
        "extra",
        [
            {"jwk": OTHER_KEY.as_dict(private=False)},
            {"jku": "https://evil.example/jwks"},
            {"x5u": "https://evil.example/x5u"},
            {"x5c": ["A" * 2000]},
        ],
    )
    def test_keys_it_brings_along_are_not_read(self, extra: Mapping[str, object]) -> None:
        """R5.5: a token signed by the key it brings is refused; one signed by the provider's is taken nevertheless."""
        header = {"alg": "ES256", "kid": "one", **extra}
        assert "subject" == check(es256(header)).subject
        refused(es256(header, OTHER_KEY))

    @pytest.mark.parametrize(
        "extra",
        [
            {"crit": ["exp"], "exp": AT},
            {"crit": ["unknown"], "unknown": 1},
            {"crit": ["unknown"]},
            {"crit": []},
            {"crit": None},
            {"crit": "kid"},
            {"crit": ["b64"], "b64": True},
            {"b64": False, "crit": ["b64"]},
            {"b64": False},
        ],
    )
    def test_critical_extensions_fail(self, extra: Mapping[str, object]) -> None:
        """R5.5: what must be understood is not understood here; an unencoded payload (RFC 7797) neither."""
        assert "crit" in refused(es256({"alg": "ES256", "kid": "one", **extra})).detail

    def test_unknown_members_do_not_matter(self) -> None:
        """RFC 7515 §4: what is not critical is ignored."""
        assert "subject" == check(es256({"alg": "ES256", "kid": "one", "typ": "JWT", "x": {"y": 1}})).subject

    def test_a_member_stated_twice(self) -> None:
        """RFC 7515 §4: else the algorithm that is checked could be another than the one that is used."""
        doubled = '{"alg":"none","alg":"ES256","kid":"one"}'
        refused(f"{segment(doubled.encode())}.{segment(CLAIMS)}.{segment(bytes(64))}")

    @pytest.mark.parametrize("changes", [{"use": "enc"}, {"key_ops": ["encrypt"]}])
    def test_use(self, changes: dict[str, Any]) -> None:
        """R5.5: a key that is not for signatures verifies none, even if it could."""
        keys = process_jwks(
            answer({"keys": [{**KEY.as_dict(private=False), **changes}, OTHER_KEY.as_dict(private=False)]})
        )
        refused(signed(CLAIMS), keys)

    @pytest.mark.parametrize(
        ("header", "expected"), [({"alg": "ES256", "kid": "one"}, "one"), ({"alg": "ES256"}, None)]
    )
    def test_names_its_key(self, header: Mapping[str, object], expected: str | None) -> None:
        """R5.6: by this a rotation is noticed."""
        assert expected == key_id(es256(header))

    @pytest.mark.parametrize("kid", [1, True, ["one"], {}])
    def test_a_kid_that_is_no_string(self, kid: object) -> None:
        """RFC 7515 §4.1.4."""
        token = es256({"alg": "ES256", "kid": kid})
        refused(token)
        with pytest.raises(ProviderFailed, match="kid"):
            key_id(token)

    def test_the_only_key_needs_no_kid(self) -> None:
        """Core §10.1; with several keys it is refused."""
        token = es256({"alg": "ES256"})
        assert "subject" == check(token).subject
        refused(token, usable(KEY, OTHER_KEY))


class TestOtherKeys:
    """R5.6: whether the provider is asked for its keys again, once a token was refused."""

    def test_a_key_that_was_replaced_under_its_kid(self) -> None:
        """Nobody would get in until the kept keys are old."""
        assert needs_other_keys(es256({"alg": "ES256", "kid": "one"}, OTHER_KEY), usable(KEY), ("ES256",))

    def test_a_key_that_is_not_the_only_one_any_more(self) -> None:
        """A token without a `kid` means none of two keys, and may mean the only one of tomorrow's."""
        assert needs_other_keys(es256({"alg": "ES256"}), usable(KEY, OTHER_KEY), ("ES256",))

    def test_a_kid_that_has_another_type_of_key_now(self) -> None:
        """The provider went from RSA to EC and kept the name."""
        token = signed(CLAIMS, RSA_KEY, {"alg": "RS256", "kid": "one"})
        assert needs_other_keys(token, usable(KEY), ("ES256", "RS256"))

    def test_a_token_that_no_keys_would_save(self) -> None:
        """Anybody could have the provider asked, by tokens that are no good."""
        header, payload, signature = signed(CLAIMS).split(".")
        named = {"alg": "ES256", "kid": "one"}
        for token in (
            f"{header}.{payload}.{signature}",  # its signature is right: what was refused is a claim
            es256({**named, "kid": "three"}),  # its key was asked for before it was refused
            es256({**named, "alg": "ES384"}, OTHER_KEY),
            es256({**named, "crit": []}, OTHER_KEY),
            es256({**named, "kid": 1}, OTHER_KEY),
            es256({**named, "typ": 5}, OTHER_KEY),
            f"{header}.!!.{signature}",
            f"{header}.\ud800.{signature}",
            f"!!.{payload}.{signature}",
            "no token",
        ):
            assert not needs_other_keys(token, usable(KEY), ("ES256",)), token
        for key in (KEY, OTHER_KEY):
            assert not needs_other_keys(signed(CLAIMS, key), usable(KEY, OTHER_KEY), ("ES256",))


def test_keys_sign_as_keys_do() -> None:
    """Else every refusal above could come from a token that was never right."""
    key: AnyPrivateKey = OTHER_KEY
    assert "subject" == check(signed(CLAIMS, key), usable(KEY, OTHER_KEY)).subject
