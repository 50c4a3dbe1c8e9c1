"""Checkpoints and their keys: ES256, by id, public halves for who only verifies."""

from __future__ import annotations

import json
import pickle
from datetime import UTC, datetime

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from elaas_identity.audit.checkpoint import ALGORITHM, SEED_BYTES, TYPE, AuditKeys
from elaas_identity.errors import Misconfigured
from tests.audit.trail import FORGERS_KEYS, KEYS, a_key

NOW = datetime(2026, 1, 31, tzinfo=UTC)
HEAD = "ab" * 32


def test_a_checkpoint_is_read_by_whom_has_the_public_key() -> None:
    """Fails if somebody outside cannot check a checkpoint, or needs the private key for it."""
    signed = KEYS.sign(batch=2, count=5, head=HEAD, now=NOW)
    outside = AuditKeys(KEYS.public())
    assert signed == outside.read(signed.jws)
    assert '"d"' not in KEYS.public()
    with pytest.raises(Misconfigured):
        outside.sign(batch=2, count=5, head=HEAD, now=NOW)
    assert None is FORGERS_KEYS.read(signed.jws)


def test_a_line_says_what_it_is_about() -> None:
    """Fails if a kept checkpoint cannot be read by a person, or loses its signature."""
    line = KEYS.sign(batch=2, count=5, head=HEAD, now=NOW).line()
    told = json.loads(line)
    assert (5, HEAD, "2026-01-31T00:00:00+00:00", "k1") == (
        told["count"],
        told["head"],
        told["at"],
        told["kid"],
    )
    assert "\n" not in line
    assert None is not KEYS.read(told["jws"])


@pytest.mark.parametrize(
    "header",
    [
        {"alg": ALGORITHM, "kid": "k1", "typ": "JWT"},
        {"alg": ALGORITHM, "kid": "k1"},
        {"alg": ALGORITHM, "typ": TYPE},
        {"alg": ALGORITHM, "kid": "k2", "typ": TYPE},
    ],
)
def test_another_signature_of_the_same_key_is_none(header: dict[str, str]) -> None:
    """Fails if a token that the key signed for something else passes for a checkpoint (RFC 8725 §3.11)."""
    key = ECKey.import_key(json.loads(a_key()))
    payload = json.dumps({"batch": 1, "count": 1, "head": HEAD, "at": NOW.isoformat()})
    assert None is KEYS.read(jws.serialize_compact(header, payload, key, algorithms=[ALGORITHM]))


def test_another_algorithm_is_none() -> None:
    """Fails if `none`, or an HMAC under the public key, passes for a signature (ASVS 9.1.2)."""
    signed = KEYS.sign(batch=1, count=1, head=HEAD, now=NOW).jws
    _, payload, signature = signed.split(".")
    for algorithm in ("none", "HS256", "ES384"):
        header = jws.serialize_compact(
            {"alg": ALGORITHM, "kid": "k1", "typ": TYPE},
            "",
            ECKey.import_key(json.loads(a_key())),
            algorithms=[ALGORITHM],
        ).split(".")[0]
        import base64

        told = json.loads(base64.urlsafe_b64decode(header + "=="))
        other = base64.urlsafe_b64encode(json.dumps({**told, "alg": algorithm}).encode()).rstrip(b"=")
        assert None is KEYS.read(f"{other.decode()}.{payload}.{signature}")


BAD: dict[str, str] = {
    "nothing": "",
    "no JSON": "key",
    "a list": "[]",
    "no keys": '{"keys": []}',
    "no id": json.dumps({name: value for name, value in json.loads(a_key()).items() if name != "kid"}),
    "an odd id": a_key().replace('"k1"', '"Not An Id"'),
    "an id twice": f'{{"keys": [{a_key()}, {a_key()}]}}',
    "RSA": json.dumps({**RSAKey.generate_key(2048).as_dict(private=False), "kid": "k1"}),
    "P-384": json.dumps({**ECKey.generate_key("P-384").as_dict(private=True), "kid": "k1"}),
    "off the curve": json.dumps({**json.loads(KEYS.public())["keys"][0], "x": "AAAA"}),
}


@pytest.mark.parametrize("jwks", BAD.values(), ids=BAD)
def test_keys_that_are_none(jwks: str) -> None:
    """Fails if a portal starts with keys that cannot sign, or reads its private key in the error."""
    with pytest.raises(Misconfigured) as refused:
        AuditKeys(jwks)
    assert "keyring" == refused.value.code
    assert json.loads(a_key())["d"] not in repr(refused.value) + str(refused.value)
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


def test_which_key_signs() -> None:
    """Fails if one of several signs by chance, or one that is not there is named."""
    both = f'{{"keys": [{a_key("k1")}, {a_key("k2")}]}}'
    with pytest.raises(Misconfigured):
        AuditKeys(both)
    with pytest.raises(Misconfigured):
        AuditKeys(both, current="k3")
    with pytest.raises(Misconfigured):
        AuditKeys(KEYS.public(), current="k1")
    assert "k2" == AuditKeys(both, current="k2").sign(batch=1, count=1, head=HEAD, now=NOW).kid


def test_keys_from_the_environment() -> None:
    """Fails if a portal cannot be given its keys as it is given its other secrets."""
    both = f'{{"keys": [{a_key("k1")}, {a_key("k2")}]}}'
    environ = {"ELAAS_IDENTITY_AUDIT_KEYS": both, "ELAAS_IDENTITY_CURRENT_AUDIT_KEY": "k2"}
    assert "AuditKeys(k1, k2; current: k2)" == repr(AuditKeys.from_env(environ))
    assert "AuditKeys(k1; current: k1)" == repr(AuditKeys.from_env({"ELAAS_IDENTITY_AUDIT_KEYS": a_key()}))
    with pytest.raises(Misconfigured) as refused:
        AuditKeys.from_env({})
    assert "ELAAS_IDENTITY_AUDIT_KEYS" in refused.value.detail


def test_keys_do_not_leak() -> None:
    """Fails if a repr or a pickle carries the private key (R7.2)."""
    assert json.loads(a_key())["d"] not in repr(KEYS)
    with pytest.raises(TypeError):
        pickle.dumps(KEYS)


def test_a_fresh_key_is_made_of_enough() -> None:
    """Fails if a key is made of too little randomness, or under a name that is then refused."""
    with pytest.raises(ValueError):
        AuditKeys.fresh_key("k1", b"x" * (SEED_BYTES - 1))
    with pytest.raises(ValueError):
        AuditKeys.fresh_key("K 1", b"x" * SEED_BYTES)
