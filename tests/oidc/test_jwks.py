from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from joserfc.util import int_to_base64

from elaas_identity.errors import ProviderFailed
from elaas_identity.oidc.jwks import MAX_KEYS, SigningKeys, jwks_request, process_jwks
from tests.oidc.lying_provider import ABSENT, KEY, OTHER_KEY, RSA_KEY, answer, published, usable

P384 = ECKey.generate_key("P-384", {"kid": "one"}, private=True)
SHORT_RSA = rsa.generate_private_key(65537, 1024).public_key().public_numbers()
ENTRY = KEY.as_dict(private=False)


def kids(keys: SigningKeys) -> list[str | None]:
    return [key.kid for key in keys.keys]


def read(*entries: object) -> SigningKeys:
    return process_jwks(answer({"keys": list(entries)}))


def test_it_is_asked_for_to_the_letter() -> None:
    """ThaID: the trailing slash matters."""
    request = jwks_request("https://provider.example.go.th/jwks/")
    assert ("GET", "https://provider.example.go.th/jwks/") == (request.method, request.url)


def test_several_keys_at_once() -> None:
    """ThaID publishes several, told apart by `kid`."""
    keys = usable(KEY, OTHER_KEY)
    assert ["one", "two"] == kids(keys)
    assert (KEY.as_dict(private=False)["x"], OTHER_KEY.as_dict(private=False)["x"]) == (
        keys.select("one", "ES256").as_dict()["x"],
        keys.select("two", "ES256").as_dict()["x"],
    )


@pytest.mark.parametrize(
    "entry",
    [
        OctKey.generate_key(256).as_dict(private=True),
        OKPKey.generate_key("Ed25519").as_dict(private=False),
        P384.as_dict(private=False),
        {"kty": "AKP", "kid": "one", "pub": "AAAA"},
        {"kty": "EC"},
        {**ENTRY, "kty": ["EC"]},
        {**ENTRY, "kty": "ec"},
        {**ENTRY, "crv": "P-384"},
        {**ENTRY, "crv": ["P-256"]},
        {**ENTRY, "x": ""},
        {**ENTRY, "x": ENTRY["y"], "y": ENTRY["x"]},
        {**ENTRY, "x": "A" * 2000},
        {**ENTRY, "x": "?"},
        {**ENTRY, "x": 1},
        {**ENTRY, "x": "A"},
        {**ENTRY, "kid": 1},
        {**ENTRY, "alg": 1},
        {**ENTRY, "use": "enc"},
        {**ENTRY, "use": None},
        {**ENTRY, "use": ["sig"]},
        {**ENTRY, "key_ops": ["sign"]},
        {**ENTRY, "key_ops": []},
        {**ENTRY, "key_ops": "verify"},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
        {"kty": "RSA", "n": "A" * 1000 + "AQAB", "e": "AQAB"},
        {**RSA_KEY.as_dict(private=False), "e": "AA"},
        {"kty": "RSA", "kid": "one", "n": int_to_base64(SHORT_RSA.n), "e": "AQAB"},
        "a string",
        None,
    ],
    ids=range(29),
)
def test_what_cannot_be_used_is_passed_over(entry: object) -> None:
    """RFC 7517 §5, R5.5: a key of another type, curve or use neither stops the others nor is used."""
    assert ["two"] == kids(read(entry, OTHER_KEY.as_dict(private=False)))


@pytest.mark.parametrize(
    "changes",
    [
        {"use": "sig"},
        {"key_ops": ["verify"]},
        {"key_ops": ["sign", "verify"], "use": "sig"},
        {"alg": "ES256"},
        {"x5c": ["not a certificate"], "x5u": "https://evil.example", "x5t": "x"},
        {"unknown": {"a": 1}},
    ],
)
def test_what_does_not_matter_does_not_matter(changes: dict[str, Any]) -> None:
    """R5.5: members that we do not read have no say."""
    assert ["one"] == kids(usable(KEY, **changes))


def test_a_private_key_is_read_as_its_public_half() -> None:
    """Else a provider's slip would put its private key into our memory."""
    keys = read(KEY.as_dict(private=True))
    assert not keys.select("one", "ES256").is_private


@pytest.mark.parametrize(
    "body", [{}, {"keys": None}, {"keys": {}}, {"keys": []}, {"keys": [{"kty": "oct"}]}, b"<html>"]
)
def test_no_usable_key_is_a_typed_error(body: object) -> None:
    """R5.8: fails closed."""
    with pytest.raises(ProviderFailed) as caught:
        process_jwks(answer(body))
    assert "identity_provider_answer_invalid" == caught.value.code


def test_a_jwks_that_cannot_be_had_is_unavailable() -> None:
    """R5.8: an outage is not an attack."""
    with pytest.raises(ProviderFailed) as caught:
        process_jwks(answer({}, status=502))
    assert "identity_provider_unavailable" == caught.value.code


def test_no_more_than_a_hundred_keys_are_read() -> None:
    """Invariant 10: importing keys costs work."""
    keys = [{**ENTRY, "kid": str(number)} for number in range(MAX_KEYS + 1)]
    assert MAX_KEYS == len(read(*keys).keys)


def test_a_large_rsa_key_is_used() -> None:
    """RFC 7518 §3.3: 2,048 bits are enough, where RSA is configured at all."""
    assert isinstance(usable(RSA_KEY).select("rsa", "RS256"), RSAKey)


@pytest.mark.parametrize(
    ("keys", "kid", "algorithm"),
    [
        (usable(KEY, OTHER_KEY), None, "ES256"),
        (usable(KEY, OTHER_KEY), "three", "ES256"),
        (usable(KEY), "", "ES256"),
        (usable(KEY, kid=ABSENT), "one", "ES256"),
        (usable(RSA_KEY), "rsa", "ES256"),
        (usable(KEY), "one", "RS256"),
        (usable(KEY, alg="ES384"), "one", "ES256"),
        (usable(RSA_KEY, alg="RS256"), "rsa", "PS256"),
        (usable(KEY, OTHER_KEY, kid="same"), "same", "ES256"),
    ],
    ids=range(9),
)
def test_no_one_key_is_a_typed_error(keys: SigningKeys, kid: str | None, algorithm: str) -> None:
    """R5.4, Core §10.1: a key is never guessed, and never used for an algorithm that is not its own."""
    with pytest.raises(ProviderFailed) as caught:
        keys.select(kid, algorithm)
    assert "identity_provider_answer_invalid" == caught.value.code


@pytest.mark.parametrize(
    ("keys", "kid"),
    [
        (usable(KEY, KEY), "one"),
        (usable(KEY, OTHER_KEY, KEY), "one"),
        (usable(KEY, KEY, kid=ABSENT), None),
        (read(ENTRY, {**ENTRY, "alg": "ES256"}), "one"),
        (read(ENTRY, {**ENTRY, "kid": "another name"}), None),
        (read({**ENTRY, "use": "sig"}, ENTRY), "one"),
    ],
    ids=range(6),
)
def test_a_key_that_is_published_twice_is_taken_once(keys: SigningKeys, kid: str | None) -> None:
    """F36: the same key twice is no choice of two, and would stop every login."""
    assert KEY.as_dict(private=False)["x"] == keys.select(kid, "ES256").as_dict()["x"]


def test_without_a_kid_the_only_key_is_meant() -> None:
    """Core §10.1: `kid` may be left out where there is one key."""
    assert KEY.as_dict(private=False)["x"] == usable(KEY, RSA_KEY).select(None, "ES256").as_dict()["x"]


@pytest.mark.parametrize(("kid", "expected"), [("one", False), ("three", True), (None, False)])
def test_a_kid_that_is_lacking_is_a_reason_to_fetch(kid: str | None, expected: bool) -> None:
    """R5.6: nothing else is."""
    assert expected == usable(KEY, OTHER_KEY).lacks(kid)


def test_reprs_do_not_show_keys() -> None:
    """Long, and nobody's to read."""
    assert published(KEY)["keys"][0]["x"] not in repr(usable(KEY))
