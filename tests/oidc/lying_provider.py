"""An OpenID provider that tells the truth until a test makes it lie: requests in, answers out, keys of its own."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from elaas_identity.keyring import Keyring
from elaas_identity.oidc.authorization import AttemptProof, new_proof
from elaas_identity.oidc.http import Request, Response
from elaas_identity.oidc.jwks import SigningKeys, process_jwks

NOW = datetime(2026, 1, 5, 3, 0, tzinfo=UTC)
ISSUER = "https://provider.example.go.th"
CLIENT_ID = "portal"
CLIENT_SECRET = "invented-secret"
REDIRECT_URI = "https://portal.example.go.th/auth/callback"
NATIONAL_ID = "1234567890121"  # invented; the checksum is right
KEYRING = Keyring({"test": bytes(range(32))}, current="test")

ABSENT = object()
"""As the value of a claim or member: leave it out."""

KEY = ECKey.generate_key("P-256", {"kid": "one"}, private=True)
OTHER_KEY = ECKey.generate_key("P-256", {"kid": "two"}, private=True)
RSA_KEY = RSAKey.generate_key(2048, {"kid": "rsa"}, private=True)

AnyPrivateKey = ECKey | RSAKey


def proof(seed: int = 1) -> AttemptProof:
    """The attempt that a number names."""
    return new_proof(KEYRING, seed.to_bytes(32, "big"))


def changed(members: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The members with some replaced, and those set to `ABSENT` left out."""
    return {name: value for name, value in {**members, **changes}.items() if value is not ABSENT}


def segment(value: object) -> str:
    """One part of a compact token."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(
    payload: Mapping[str, Any] | bytes, key: AnyPrivateKey = KEY, header: Mapping[str, Any] | None = None
) -> str:
    """A token with exactly this header and payload, which the key really signed, by the algorithm of its type."""
    algorithm = "ES256" if isinstance(key, ECKey) else "RS256"
    header = {"alg": algorithm, "kid": key.kid} if header is None else header
    text = f"{segment(dict(header))}.{segment(payload if isinstance(payload, bytes) else dict(payload))}"
    return f"{text}.{segment(jws.default_registry.get_alg(algorithm).sign(text.encode(), key))}"


def published(*keys: AnyPrivateKey, **changes: object) -> dict[str, Any]:
    """A JWKS of the keys' public halves; `changes` go into every entry."""
    return {"keys": [changed(key.as_dict(private=False), changes) for key in keys]}


def usable(*keys: AnyPrivateKey, **changes: object) -> SigningKeys:
    """The same, as it is kept after having been read."""
    return process_jwks(answer(published(*keys, **changes)))


def answer(body: object, status: int = 200) -> Response:
    """An answer in JSON, or of the bytes as they are."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status=status, headers={"content-type": "application/json"}, body=raw)


class LyingProvider:
    """Truthful by default. Each attribute is a lie to tell; `requests` is all that it was asked, in order."""

    def __init__(self, issuer: str = ISSUER, now: datetime = NOW) -> None:
        self.issuer = issuer
        self.now = now
        self.requests: list[Request] = []
        self.signing_key: AnyPrivateKey = KEY
        self.published_keys: tuple[AnyPrivateKey, ...] = (KEY,)
        self.jwk_changes: dict[str, Any] = {}
        self.claim_changes: dict[str, Any] = {}
        self.header_changes: dict[str, Any] = {}
        self.callback_changes: dict[str, Any] = {}
        self.metadata_changes: dict[str, Any] = {}
        self.answer_changes: dict[str, Any] = {}
        self.resign: Callable[[str], str] = lambda token: token
        self.instead: dict[str, Response | Exception] = {}
        """Path → what is answered there instead of everything else."""
        self._nonce = ""
        self._challenge = ""

    def asked(self, path: str) -> list[Request]:
        """The requests for a path."""
        return [request for request in self.requests if urlsplit(request.url).path == path]

    @property
    def token_requests(self) -> list[Request]:
        """The requests that would have redeemed a code."""
        return self.asked("/api/v2/oauth2/token/")

    def authorize(self, url: str) -> str:
        """What the person's browser does: goes there, and comes back with this query string."""
        sent = dict(parse_qsl(urlsplit(url).query, strict_parsing=True))
        self._nonce, self._challenge = sent["nonce"], sent["code_challenge"]
        return urlencode(changed({"code": "the-code", "state": sent["state"]}, self.callback_changes))

    def id_token(self) -> str:
        """The next ID token, with its lies."""
        at = int(self.now.timestamp())
        claims = {
            "iss": self.issuer,
            "sub": NATIONAL_ID,
            "aud": CLIENT_ID,
            "iat": at,
            "exp": at + 300,
            "auth_time": at - 5,
            "nonce": self._nonce,
            "at_hash": at_hash("the-access-token"),
            "version": "v2",
            "pid": NATIONAL_ID,
            "ial": "2.3",
            "name": "นายสมมติ ตัวอย่าง",
            "name_en": "Mr. Sommut Tuayang (invented)",
        }
        key = self.signing_key
        header = {"alg": "ES256" if isinstance(key, ECKey) else "RS256", "kid": key.kid, "typ": "JWT"}
        token = signed(changed(claims, self.claim_changes), key, changed(header, self.header_changes))
        return self.resign(token)

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        self.requests.append(request)
        path = urlsplit(request.url).path
        instead = self.instead.get(path)
        if isinstance(instead, Exception):
            raise instead
        if instead is not None:
            return instead
        return answer(getattr(self, _ROUTES[path])(request))

    def _discovery(self, request: Request) -> object:
        base = f"{self.issuer}/api/v2/oauth2"
        metadata = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{base}/auth/",
            "token_endpoint": f"{base}/token/",
            "revocation_endpoint": f"{base}/revoke/",
            "introspection_endpoint": f"{base}/introspect/",
            "jwks_uri": f"{self.issuer}/jwks/",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "subject_type_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        }
        return changed(metadata, self.metadata_changes)

    def _jwks(self, request: Request) -> object:
        return published(*self.published_keys, **self.jwk_changes)

    def _token(self, request: Request) -> object:
        form = parse_qs(request.body.decode(), strict_parsing=True)
        assert [self._challenge] == [
            segment(hashlib.sha256(v.encode()).digest()) for v in form["code_verifier"]
        ]
        members = {
            "access_token": "the-access-token",
            "token_type": "Bearer",
            "expire_in": int(self.now.timestamp()) + 900,
            "refresh_token": "the-refresh-token",
            "scope": "openid pid ial name name_en",
            "id_token": self.id_token(),
        }
        return changed(members, self.answer_changes)

    def _revoke(self, request: Request) -> object:
        return {"message": "revoked"}

    def _introspect(self, request: Request) -> object:
        return {"active": True, "sub": NATIONAL_ID, "scope": "openid pid"}


_ROUTES = {
    "/.well-known/openid-configuration": "_discovery",
    "/jwks/": "_jwks",
    "/api/v2/oauth2/token/": "_token",
    "/api/v2/oauth2/revoke/": "_revoke",
    "/api/v2/oauth2/introspect/": "_introspect",
}


def at_hash(access_token: str) -> str:
    """As OpenID Connect Core §3.1.3.6 says."""
    return segment(hashlib.sha256(access_token.encode()).digest()[:16])
