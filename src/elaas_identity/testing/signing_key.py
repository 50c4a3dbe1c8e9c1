"""The emulator's signature, made with `cryptography` alone.

The relying party verifies with joserfc: sharing no code with it, the emulator cannot share its mistakes.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

SEED_BYTES = 40
"""How many random bytes make a key: 64 bits more than P-256 needs, so that no scalar is likelier (FIPS 186-5 A.2.1)."""

_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class SigningKey:
    """An ES256 key (RFC 7518 §3.4) made of `SEED_BYTES` random bytes."""

    def __init__(self, seed: bytes) -> None:
        if len(seed) < SEED_BYTES:
            raise ValueError(f"a signing key is made of {SEED_BYTES} random bytes")
        self._private = ec.derive_private_key(
            int.from_bytes(seed, "big") % (_P256_ORDER - 1) + 1, ec.SECP256R1()
        )
        point = self._private.public_key().public_numbers()
        required = {"crv": "P-256", "kty": "EC", "x": _coordinate(point.x), "y": _coordinate(point.y)}
        # RFC 7638: the thumbprint is over the required members, sorted, without spaces.
        thumbprint = hashlib.sha256(json.dumps(required, separators=(",", ":"), sort_keys=True).encode())
        self.kid = base64url(thumbprint.digest())
        self.public_jwk = {**required, "kid": self.kid, "use": "sig", "alg": "ES256"}

    def sign(self, header: Mapping[str, Any], claims: object) -> str:
        """A compact JWS over any JSON at all, under any header: a relying party's tests need odd ones."""
        signing_input = f"{part(header)}.{part(claims)}"
        der = self._private.sign(signing_input.encode(), ec.ECDSA(SHA256()))
        signature = b"".join(number.to_bytes(32, "big") for number in decode_dss_signature(der))
        return f"{signing_input}.{base64url(signature)}"


def base64url(raw: bytes) -> str:
    """Base64url without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def left_half(token: str) -> str:
    """`at_hash`: base64url of the left half of the SHA-256 of an access token (Core 3.1.3.6)."""
    return base64url(hashlib.sha256(token.encode()).digest()[:16])


def _coordinate(number: int) -> str:
    return base64url(number.to_bytes(32, "big"))


def part(value: object) -> str:
    """JSON as a part of a compact JWS."""
    return base64url(json.dumps(value, separators=(",", ":")).encode())
