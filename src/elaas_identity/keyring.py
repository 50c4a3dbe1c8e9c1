"""Named secret keys: what makes stored values useless to who steals the store.

One secret gives several keys, one for each use (HKDF, RFC 5869), so that no value made for one use passes for
another. To rotate: *accept* the new secret everywhere while the old one stays current, then *promote* it to
current, then re-index and re-seal, and only then drop the old one.
"""

from __future__ import annotations

import base64
import hmac
import os
import re
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from elaas_identity._discreet import discreet
from elaas_identity.errors import Misconfigured
from elaas_identity.not_pickled import NotPickled

SECRET_BYTES = 32
"""The least a secret may have: 256 bits, as strong as the HMAC-SHA-256 and AES-256 that its keys serve."""

BROWSER_RANDOM_BYTES = range(16, 65)
"""How much randomness a browser token may carry: at least the 128 bits of ASVS 7.2.3, and bounded."""

_BROWSER_TOKEN_LENGTH = 16 + 1 + 86 + 1 + 43  # id, 64 bytes in base64url, HMAC-SHA-256 in base64url

_ID = re.compile("[a-z0-9-]{1,16}")
_KEYGEN = "`elaas-identity keygen` makes a good one"


class _Keys:
    """The keys that one secret gives. No repr shows them."""

    __slots__ = ("browser", "derived", "digest", "index", "seal")

    def __init__(self, secret: bytes) -> None:
        self.index = _subkey(secret, "index")
        self.digest = _subkey(secret, "digest")
        self.browser = _subkey(secret, "browser")
        self.derived = _subkey(secret, "state")
        self.seal = AESSIV(_subkey(secret, "seal", length=64))


@discreet
class Keyring(NotPickled):
    """The portal's secret keys by name: the current one writes, every one reads.

    Args:
        secrets: id (`[a-z0-9-]{1,16}`) → at least 32 random bytes, or their base64url text.
        current: the id of the key that new values are made under.

    Raises:
        Misconfigured: `keyring`, saying what to change and never the secret.
    """

    __slots__ = ("_current", "_keys")

    def __init__(self, secrets: Mapping[str, str | bytes], *, current: str) -> None:
        raw = {key_id: _secret(key_id, secret) for key_id, secret in secrets.items()}
        if len(set(raw.values())) < len(raw):
            raise _misconfigured(f"two keys have the same secret: each needs its own; {_KEYGEN}")
        if current not in raw:
            names = ", ".join(raw) or f"none yet; {_KEYGEN}"
            raise _misconfigured(f"the current key is not among the keys given ({names})")
        self._keys = {key_id: _Keys(secret) for key_id, secret in raw.items()}
        self._current = current

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Keyring:
        """The keyring of `ELAAS_IDENTITY_KEYS` ("2026a:…,2026b:…") and `ELAAS_IDENTITY_CURRENT_KEY`.

        The current key need not be named where there is only one.

        Raises:
            Misconfigured: `keyring`, when a variable is missing or malformed.
        """
        environ = os.environ if environ is None else environ
        entries = [entry.strip() for entry in environ.get("ELAAS_IDENTITY_KEYS", "").split(",")]
        secrets: dict[str, str | bytes] = {}
        for place, entry in enumerate(filter(None, entries), start=1):
            key_id, colon, secret = entry.partition(":")
            if not colon or key_id in secrets:
                raise _misconfigured(
                    f"entry {place} of ELAAS_IDENTITY_KEYS must read id:secret, each id once; {_KEYGEN}"
                )
            secrets[key_id] = secret
        if not secrets:
            raise _misconfigured(f"set ELAAS_IDENTITY_KEYS to id:secret; {_KEYGEN}")
        current = environ.get("ELAAS_IDENTITY_CURRENT_KEY", "").strip()
        if not current and len(secrets) > 1:
            raise _misconfigured(
                "ELAAS_IDENTITY_KEYS has several keys: name one in ELAAS_IDENTITY_CURRENT_KEY"
            )
        return cls(secrets, current=current or next(iter(secrets)))

    @staticmethod
    def fresh_secret(random: bytes) -> str:
        """The text of a new secret, made of at least 32 random bytes.

        Raises:
            ValueError: fewer than 32 bytes.
        """
        if len(random) < SECRET_BYTES:
            raise ValueError(f"a secret is at least {SECRET_BYTES} random bytes")
        return _encode(random)

    @property
    def current(self) -> str:
        """The id of the key that new values are made under."""
        return self._current

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all keys."""
        return tuple(self._keys)

    def index(self, kind: str, value: str) -> str:
        """A keyed digest to look `value` up by, under the current key; equal for equal values of a kind."""
        return self._index(self._current, kind, value)

    def indexes(self, kind: str, value: str) -> tuple[str, ...]:
        """The index under every key, current first: what to look up by while keys rotate."""
        others = (key_id for key_id in self._keys if key_id != self._current)
        return tuple(self._index(key_id, kind, value) for key_id in (self._current, *others))

    def same_index(self, stored: str, kind: str, value: str) -> bool:
        """Whether `stored` is an index of the value, under any key here. Compares in constant time."""
        key_id = _key_id(stored)
        return key_id in self._keys and _same(stored, self._index(key_id, kind, value))

    def digest(self, kind: str, *parts: str) -> str:
        """A keyed digest to compare a secret with, without keeping it. Parts do not run into one another."""
        return self._digest(self._current, kind, parts)

    def same_digest(self, stored: str, kind: str, *parts: str) -> bool:
        """Whether `stored` is the digest of these parts, under any key here. Compares in constant time."""
        key_id = _key_id(stored)
        return key_id in self._keys and _same(stored, self._digest(key_id, kind, parts))

    def is_current(self, stored: str) -> bool:
        """Whether this index, digest or sealed value was made under the current key."""
        return _key_id(stored) == self.current

    def is_known(self, stored: str) -> bool:
        """Whether the key of this index, digest or sealed value is in the keyring."""
        return _key_id(stored) in self._keys

    def seal(self, context: str, plaintext: str) -> str:
        """Encrypt for one place: `context` names the record and field, and opening needs the same.

        AES-SIV (RFC 5297): it needs no nonce, and equal plaintexts of one context give equal texts.
        """
        # AESSIV refuses empty data, and a leading byte leaves room for another format.
        sealed = self._keys[self._current].seal.encrypt(b"\x01" + _bytes(plaintext), [_bytes(context)])
        return f"{self._current}.{_encode(sealed)}"

    def open(self, context: str, sealed: str) -> str:
        """What was sealed for this context, under any key.

        Raises:
            Misconfigured: `keyring`, when its key is not here, or it was not sealed for this context.
        """
        key_id = _key_id(sealed)
        if key_id not in self._keys:
            named = f"'{key_id}'" if _ID.fullmatch(key_id) else "that"
            raise _misconfigured(
                f"a value was sealed under key {named}, which is not in the keyring: add it again"
            )
        try:
            opened = self._keys[key_id].seal.decrypt(_decode(sealed[len(key_id) + 1 :]), [_bytes(context)])
        except (InvalidTag, ValueError):
            raise _misconfigured(
                f"a value does not open with key '{key_id}': that secret was changed, or the value was moved"
            ) from None
        return opened[1:].decode("utf-8", "surrogatepass")

    def mint_browser_token(self, random: bytes) -> str:
        """A token that names a browser and that only this keyring can make, of 16 to 64 random bytes.

        Raises:
            ValueError: too few random bytes, or too many.
        """
        if len(random) not in BROWSER_RANDOM_BYTES:
            raise ValueError("a browser token is made of 16 to 64 random bytes")
        return self._browser_token(self._current, _encode(random))

    def is_browser_token(self, token: object) -> bool:
        """Whether it is a token that this keyring minted. Never raises, whatever it is."""
        if not isinstance(token, str) or len(token) > _BROWSER_TOKEN_LENGTH:
            return False
        key_id, _, rest = token.partition(".")
        random, _, _ = rest.partition(".")
        return key_id in self._keys and _same(token, self._browser_token(key_id, random))

    def derive(self, use: str, key_id: str, message: str) -> bytes | None:
        """32 bytes that follow from use and message under the named key; None where that key is not here."""
        keys = self._keys.get(key_id)
        return None if keys is None else _mac(keys.derived, use, message)

    def __repr__(self) -> str:
        return f"Keyring({', '.join(self._keys)}; current: {self._current})"

    def _index(self, key_id: str, kind: str, value: str) -> str:
        return f"{key_id}.{_encode(_mac(self._keys[key_id].index, kind, value))}"

    def _digest(self, key_id: str, kind: str, parts: tuple[str, ...]) -> str:
        return f"{key_id}.{_encode(_mac(self._keys[key_id].digest, kind, *parts))}"

    def _browser_token(self, key_id: str, random: str) -> str:
        return f"{key_id}.{random}.{_encode(_mac(self._keys[key_id].browser, random))}"


def _secret(key_id: str, secret: str | bytes) -> bytes:
    # A malformed id is not repeated: id and secret may have been swapped.
    if not _ID.fullmatch(key_id):
        raise _misconfigured("a key's id is 1 to 16 of a-z, 0-9 and -")
    try:
        raw = secret if isinstance(secret, bytes) else _decode(secret.strip().rstrip("="))
    except ValueError:
        raise _misconfigured(f"the secret of key '{key_id}' is not base64url; {_KEYGEN}") from None
    if len(raw) < SECRET_BYTES:
        raise _misconfigured(f"the secret of key '{key_id}' has fewer than {SECRET_BYTES} bytes; {_KEYGEN}")
    return raw


def _subkey(secret: bytes, use: str, *, length: int = 32) -> bytes:
    info = b"elaas-identity 1 " + use.encode()
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(secret)


def _mac(key: bytes, *parts: str) -> bytes:
    # Each part behind its length: ("ab", "c") and ("a", "bc") differ.
    message = b"".join(len(part).to_bytes(8, "big") + part for part in map(_bytes, parts))
    return hmac.digest(key, message, "sha256")


def _bytes(text: str) -> bytes:
    # Lone surrogates come in through JSON, and must not raise here.
    return text.encode("utf-8", "surrogatepass")


def _same(stored: str, expected: str) -> bool:
    return hmac.compare_digest(_bytes(stored), _bytes(expected))


def _key_id(value: str) -> str:
    return value.partition(".")[0]


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    """One text for one value: Python's own decoder skips foreign characters and ignores spare bits."""
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if _encode(raw) != text:
        raise ValueError("not base64url")
    return raw


def _misconfigured(detail: str) -> Misconfigured:
    return Misconfigured("keyring", detail=detail)
