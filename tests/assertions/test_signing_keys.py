"""The portal's signing keys: what they take, what they publish, and how they change without anybody being refused."""

from __future__ import annotations

import base64
import copy
import json
import pickle
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)
from joserfc import jws

from elaas_identity.assertions.signing_keys import SEED_BYTES, AssertionKeys
from elaas_identity.errors import Misconfigured
from elaas_identity.oidc.jwks import process_jwks
from tests.oidc.lying_provider import answer

FIRST, SECOND = (AssertionKeys.fresh_key(bytes([number]) * SEED_BYTES) for number in (1, 2))
P256 = ec.generate_private_key(ec.SECP256R1())


def pem(key: Any, encryption: Any = None) -> str:
    return str(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption()).decode("ascii")
    )


def one(key: str | bytes = FIRST) -> AssertionKeys:
    return AssertionKeys({"2026a": key}, current="2026a")


def private_number(text: str) -> int:
    der = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    key = load_der_private_key(der, password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key.private_numbers().private_value


def test_a_fresh_key_is_made_of_its_random_bytes() -> None:
    """Fails if chance comes from elsewhere, or too little of it is taken."""
    assert AssertionKeys.fresh_key(bytes([1]) * SEED_BYTES) == FIRST != SECOND
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    assert 1 == private_number(AssertionKeys.fresh_key(bytes(SEED_BYTES)))
    assert order - 1 == private_number(AssertionKeys.fresh_key((order - 2).to_bytes(SEED_BYTES, "big")))
    with pytest.raises(ValueError, match="random bytes"):
        AssertionKeys.fresh_key(bytes(SEED_BYTES - 1))


@pytest.mark.parametrize(
    "text",
    [
        FIRST,
        FIRST.encode(),
        f" {FIRST}\n",
        pem(P256),
        pem(P256).encode(),
        P256.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()),
    ],
    ids=["text", "bytes", "spaced", "pem", "pem bytes", "openssl"],
)
def test_a_key_is_taken_as_pem_or_as_text(text: str | bytes) -> None:
    """Fails if a key that a ministry's own tools made cannot be used."""
    keys = one(text)
    assert ["2026a"] == [key["kid"] for key in keys.jwks()["keys"]]
    assert 2 == keys.sign({}).count(".")


@pytest.mark.parametrize(
    ("keys", "current"),
    [
        ({}, "2026a"),
        ({"2026a": FIRST}, "2026b"),
        ({"2026A": FIRST}, "2026A"),
        ({"": FIRST}, ""),
        ({"a" * 17: FIRST}, "a" * 17),
        ({"2026a": FIRST, "2026b": FIRST}, "2026a"),
        ({"2026a": ""}, "2026a"),
        ({"2026a": "s3cret"}, "2026a"),
        ({"2026a": "s3cret ก"}, "2026a"),
        ({"2026a": FIRST[:-4]}, "2026a"),
        ({"2026a": FIRST.replace("M", "+")}, "2026a"),
        ({"2026a": pem(P256, BestAvailableEncryption(b"s3cret"))}, "2026a"),
        ({"2026a": pem(ec.generate_private_key(ec.SECP384R1()))}, "2026a"),
        ({"2026a": pem(ec.generate_private_key(ec.SECP256K1()))}, "2026a"),
        ({"2026a": pem(ed25519.Ed25519PrivateKey.generate())}, "2026a"),
        (
            {"2026a": P256.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)},
            "2026a",
        ),
    ],
)
def test_what_cannot_sign_is_refused_at_once(keys: dict[str, str | bytes], current: str) -> None:
    """R7.2: fails if it is found out by the first person, or if the error repeats a key."""
    with pytest.raises(Misconfigured) as caught:
        AssertionKeys(keys, current=current)
    assert "assertion_settings" == caught.value.code
    assert caught.value.__cause__ is None
    told = f"{caught.value!r} {caught.value}"
    for secret in ("s3cret", FIRST[20:60], "PRIVATE"):
        assert secret not in told


def test_the_environment_names_keys_and_the_current_one() -> None:
    """Fails if a process of the portal signs with another key than the operator said."""
    name, which = "ELAAS_IDENTITY_ASSERTION_KEYS", "ELAAS_IDENTITY_CURRENT_ASSERTION_KEY"
    assert "2026a" == AssertionKeys.from_env({name: f"2026a:{FIRST}"}).current
    both = f" 2026a:{FIRST}, 2026b:{SECOND},"
    assert "2026b" == AssertionKeys.from_env({name: both, which: "2026b"}).current
    for environ in (
        {},
        {name: ""},
        {name: FIRST},
        {name: both},
        {name: both, which: "2026c"},
        {name: f"2026a:{FIRST},2026a:{SECOND}"},
    ):
        with pytest.raises(Misconfigured, match=r"assertion_settings") as caught:
            AssertionKeys.from_env(environ)
        assert FIRST[20:60] not in str(caught.value)


def test_the_process_has_an_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails if only a given mapping is read."""
    monkeypatch.setenv("ELAAS_IDENTITY_ASSERTION_KEYS", f"2026a:{FIRST}")
    monkeypatch.delenv("ELAAS_IDENTITY_CURRENT_ASSERTION_KEY", raising=False)
    assert "2026a" == AssertionKeys.from_env().current


def test_only_public_halves_are_published() -> None:
    """Fails if the document gives the private key away, or lacks what RFC 7517 asks for."""
    keys = AssertionKeys({"2026a": FIRST, "2026b": SECOND}, current="2026b")
    published = keys.jwks()["keys"]
    assert [{"kty", "crv", "x", "y", "kid", "use", "alg"}] * 2 == [set(key) for key in published]
    assert [("2026a", "EC", "P-256", "sig", "ES256"), ("2026b", "EC", "P-256", "sig", "ES256")] == [
        (key["kid"], key["kty"], key["crv"], key["use"], key["alg"]) for key in published
    ]
    assert "P-256" == process_jwks(answer(keys.jwks())).select("2026a", "ES256").as_dict()["crv"]


def test_the_current_key_signs() -> None:
    """Fails if the header is another than an assertion's, or the signature another key's."""
    keys = AssertionKeys({"2026a": FIRST, "2026b": SECOND}, current="2026b")
    token = keys.sign({"sub": "x"})
    read = jws.extract_compact(token.encode())
    assert {"alg": "ES256", "kid": "2026b", "typ": "elaas-assertion+jwt"} == read.headers()
    assert {"sub": "x"} == json.loads(read.payload)


def test_nothing_shows_a_private_key() -> None:
    """R7.2: fails if a repr, a pickle or a copy holds what signs for the portal."""
    keys = one()
    assert "AssertionKeys(2026a; current: 2026a)" == repr(keys)
    for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="not pickled"):
            attempt(keys)
    assert not hasattr(keys, "__dict__")
