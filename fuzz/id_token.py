"""An ID token: refused, or signed by the provider for us, for this attempt.

What has a line feed is a header and a payload, which the provider's key signs: the claims are what is looked at then.
Everything else is a token as it came.
"""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jws
from joserfc.jwk import ECKey

from elaas_identity.errors import ProviderFailed
from elaas_identity.oidc.http import Response
from elaas_identity.oidc.id_token import Expected, key_id, needs_other_keys, verify
from elaas_identity.oidc.jwks import process_jwks
from fuzz import text_of

NOW = datetime(2026, 1, 5, 3, 0, tzinfo=UTC)
AT = int(NOW.timestamp())
EXPECTED = Expected(issuer="https://thaid.test", client_id="portal", nonce="a-nonce")
KEY = ECKey.import_key(
    ec.derive_private_key(1234567, ec.SECP256R1()),
    {"kid": "one"},
)
KEYS = process_jwks(
    Response(status=200, headers={}, body=json.dumps({"keys": [KEY.as_dict(private=False)]}).encode())
)
HEADER: dict[str, Any] = {"alg": "ES256", "kid": "one", "typ": "JWT"}
CLAIMS: dict[str, Any] = {
    "iss": EXPECTED.issuer,
    "sub": "subject",
    "aud": EXPECTED.client_id,
    "iat": AT,
    "exp": AT + 300,
    "nonce": EXPECTED.nonce,
}


def segment(raw: bytes) -> str:
    """One part of a compact token."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(header: bytes, payload: bytes) -> str:
    """A token of this header and payload, whatever they are, with a right signature."""
    text = f"{segment(header)}.{segment(payload)}"
    return f"{text}.{segment(jws.default_registry.get_alg('ES256').sign(text.encode(), KEY))}"


RIGHT = json.dumps(HEADER).encode(), json.dumps(CLAIMS).encode()
SEEDS = (
    signed(*RIGHT).encode(),
    b"\n".join(RIGHT),
    b"\n".join(
        (RIGHT[0], json.dumps(CLAIMS | {"aud": ["portal"], "nbf": AT, "auth_time": AT - 5.5}).encode())
    ),
    b"\n".join((RIGHT[0], json.dumps(CLAIMS | {"azp": "portal", "at_hash": "x", "sub": None}).encode())),
    b"\n".join((json.dumps(HEADER | {"crit": ["b64"], "b64": False}).encode(), RIGHT[1])),
)


def try_one(data: bytes) -> None:
    """Only `ProviderFailed` comes out, and what is taken is what was signed for this attempt."""
    header, line_feed, payload = data.partition(b"\n")
    token = signed(header, payload) if line_feed else text_of(data)
    try:
        taken = verify(token, KEYS, EXPECTED, access_token="access", now=NOW)
    except ProviderFailed as failed:
        assert "identity_provider_answer_invalid" == failed.code
        needs_other_keys(token, KEYS, EXPECTED.algorithms)
        return
    if not line_feed:
        assert token.rpartition(".")[0] == signed(*RIGHT).rpartition(".")[0]
        return
    claims = json.loads(payload)
    assert claims == dict(taken.claims)
    assert (EXPECTED.issuer, EXPECTED.nonce) == (claims["iss"], claims["nonce"])
    assert claims["aud"] in (EXPECTED.client_id, [EXPECTED.client_id])
    assert taken.subject == claims["sub"] and 0 < len(taken.subject) <= 255
    assert claims["exp"] > AT - 60 and claims["iat"] <= AT + 60
    assert "ES256" == json.loads(header)["alg"]
    assert key_id(token) in (None, "one")
