"""The provider's key set: refused, or public keys of the two kinds that we use."""

from __future__ import annotations

import json

from joserfc.jwk import RSAKey

from elaas_identity.errors import ProviderFailed
from elaas_identity.oidc.http import Response
from elaas_identity.oidc.id_token import verify
from elaas_identity.oidc.jwks import FAMILIES, MAX_KEYS, MIN_RSA_BITS, process_jwks
from fuzz.id_token import EXPECTED, KEY, NOW, RIGHT, signed

RSA_KEY = RSAKey.generate_key(2048, {"kid": "rsa"}, private=True)
TOKEN = signed(*RIGHT)
SEEDS = tuple(
    json.dumps({"keys": keys}).encode()
    for keys in (
        [KEY.as_dict(private=False)],
        [{**KEY.as_dict(private=True), "use": "sig", "alg": "ES256", "key_ops": ["verify"]}],
        [RSA_KEY.as_dict(private=False), {"kty": "oct", "k": "AAAA"}, None, 1, {"kty": "EC", "crv": "P-256"}],
        [KEY.as_dict(private=False)] * 3,
    )
)


def try_one(data: bytes) -> None:
    """Only `ProviderFailed` comes out; no key is private, none too short; and each can be asked to verify."""
    try:
        keys = process_jwks(Response(status=200, headers={}, body=data))
    except ProviderFailed as failed:
        assert "identity_provider_answer_invalid" == failed.code
        return
    assert 0 < len(keys.keys) <= MAX_KEYS
    for each in keys.keys:
        assert each.family in FAMILIES.values()
        assert not each.key.is_private
        if isinstance(each.key, RSAKey):
            assert each.key.public_key.key_size >= MIN_RSA_BITS
    try:
        verify(TOKEN, keys, EXPECTED, access_token="access", now=NOW)
    except ProviderFailed:
        return
    assert KEY.thumbprint() in {each.thumbprint for each in keys.keys}
