"""Named signing keys: the current one signs, the public half of every one is published.

To rotate: *accept* the new key everywhere while the old one stays current, so that the other systems come to know it;
then *promote* it to current; then *retire* the old one, once the last assertion that it signed has expired.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    derive_private_key,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
    load_pem_private_key,
)
from joserfc import jwt
from joserfc.jwk import ECKey

from elaas_identity._discreet import discreet
from elaas_identity.assertions.assertion import ALGORITHM, TYPE, AssertionIssuer, settings
from elaas_identity.not_pickled import NotPickled

SEED_BYTES = 40
"""How many random bytes make a key: 64 bits more than P-256 needs, so that no scalar is likelier (FIPS 186-5 A.2.1)."""

_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

_ID = re.compile("[a-z0-9-]{1,16}")


@discreet
class AssertionKeys(NotPickled):
    """The portal's signing keys by name (`kid`): ECDSA on P-256, for ES256 (RFC 7518 §3.4).

    Args:
        keys: id (`[a-z0-9-]{1,16}`) → private key, as unencrypted PEM or as the text that `fresh_key` makes.
        current: the id of the key that signs.

    Raises:
        Misconfigured: `assertion_settings`, saying what to change and never the key.
    """

    __slots__ = ("_current", "_keys")

    def __init__(self, keys: Mapping[str, str | bytes], *, current: str) -> None:
        self._keys = {key_id: _imported(key_id, text) for key_id, text in keys.items()}
        if current not in self._keys:
            raise settings(f"the current key is not among the keys given ({', '.join(keys) or 'none yet'})")
        if len({(key["x"], key["y"]) for key in self.jwks()["keys"]}) < len(self._keys):
            raise settings("two ids have the same key: each needs its own")
        self._current = current

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> AssertionKeys:
        """The keys of `ELAAS_IDENTITY_ASSERTION_KEYS` ("2026a:…,2026b:…", each as `fresh_key` makes it) and
        `ELAAS_IDENTITY_CURRENT_ASSERTION_KEY`, which need not be set where there is only one.

        Raises:
            Misconfigured: `assertion_settings`, when a variable is missing or malformed.
        """
        environ = os.environ if environ is None else environ
        entries = [entry.strip() for entry in environ.get("ELAAS_IDENTITY_ASSERTION_KEYS", "").split(",")]
        keys: dict[str, str | bytes] = {}
        for place, entry in enumerate(filter(None, entries), start=1):
            key_id, colon, text = entry.partition(":")
            if not colon or key_id in keys:
                raise settings(
                    f"entry {place} of ELAAS_IDENTITY_ASSERTION_KEYS must read id:key, each id once"
                )
            keys[key_id] = text
        if not keys:
            raise settings("set ELAAS_IDENTITY_ASSERTION_KEYS to id:key")
        current = environ.get("ELAAS_IDENTITY_CURRENT_ASSERTION_KEY", "").strip()
        if not current and len(keys) > 1:
            raise settings(
                "ELAAS_IDENTITY_ASSERTION_KEYS has several keys: name one in ELAAS_IDENTITY_CURRENT_ASSERTION_KEY"
            )
        return cls(keys, current=current or next(iter(keys)))

    @staticmethod
    def fresh_key(random: bytes) -> str:
        """The text of a new private key (PKCS #8 in base64url, one line), made of at least `SEED_BYTES` random bytes.

        Raises:
            ValueError: fewer.
        """
        if len(random) < SEED_BYTES:
            raise ValueError(f"a signing key is made of at least {SEED_BYTES} random bytes")
        key = derive_private_key(int.from_bytes(random, "big") % (_P256_ORDER - 1) + 1, SECP256R1())
        der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return base64.urlsafe_b64encode(der).rstrip(b"=").decode()

    @property
    def current(self) -> str:
        """The id of the key that signs."""
        return self._current

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """The public halves of all keys, to be published (RFC 7517 §5)."""
        return {"keys": [_published(key_id, key) for key_id, key in self._keys.items()]}

    def sign(self, claims: Mapping[str, object]) -> str:
        """The assertion of these claims, signed by the current key."""
        header = {"alg": ALGORITHM, "kid": self._current, "typ": TYPE}
        return jwt.encode(header, dict(claims), self._keys[self._current], algorithms=[ALGORITHM])

    def __repr__(self) -> str:
        return f"AssertionKeys({', '.join(self._keys)}; current: {self._current})"


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class AssertionSettings:
    """What a facade needs to state to other systems who is signed in.

    Attributes:
        keys: sign, and are published; not the keyring, which never leaves the portal.
        issuer: the portal's own URL, to the letter as the other systems have it.
        audiences: the other systems that assertions may be for, each by its one name.

    Raises:
        Misconfigured: `assertion_settings`.
    """

    keys: AssertionKeys
    issuer: str
    audiences: Collection[str]

    def __post_init__(self) -> None:
        issuer_of(self)


def issuer_of(settings: AssertionSettings) -> AssertionIssuer:
    """Who asserts, and to whom it may.

    Raises:
        Misconfigured: `assertion_settings`.
    """
    return AssertionIssuer(url=settings.issuer, audiences=frozenset(settings.audiences))


def _imported(key_id: str, text: str | bytes) -> ECKey:
    # A malformed id is not repeated: id and key may have been swapped.
    if not _ID.fullmatch(key_id):
        raise settings("a key's id is 1 to 16 of a-z, 0-9 and -")
    raw = (text if isinstance(text, bytes) else text.encode("utf-8", "replace")).strip()
    try:
        if raw.startswith(b"-----BEGIN"):
            key = load_pem_private_key(raw, password=None)
        else:
            padding = b"=" * (-len(raw) % 4)
            key = load_der_private_key(base64.b64decode(raw + padding, b"-_", validate=True), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise settings(
            f"key '{key_id}' is no unencrypted private key, in PEM or as `AssertionKeys.fresh_key` makes it"
        ) from None
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise settings(f"key '{key_id}' is not one of ECDSA on P-256, the only kind for {ALGORITHM}")
    return ECKey.import_key(key)


def _published(key_id: str, key: ECKey) -> dict[str, str]:
    public = key.as_dict(private=False)
    # Named one by one: nothing else can get out.
    point = {name: str(public[name]) for name in ("kty", "crv", "x", "y")}
    return {**point, "kid": key_id, "use": "sig", "alg": ALGORITHM}
