"""Signed checkpoints: at that time the chain had this many events, and this head.

A checkpoint is a compact JWS (RFC 7515), ES256, under a `typ` of its own. Whoever has the public keys can check it,
and kept away from the database it shows when the chain was rewritten or cut off.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar

from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from elaas_identity._discreet import discreet
from elaas_identity.errors import Misconfigured
from elaas_identity.not_pickled import NotPickled

ALGORITHM = "ES256"
TYPE = "elaas-audit-checkpoint+jws"
"""The header's `typ`: no other signature of the same key passes for a checkpoint (RFC 8725 §3.11)."""

SEED_BYTES = 40
"""How many random bytes make a key: 64 bits more than P-256 needs, so that no scalar is likelier (FIPS 186-5 A.2.1)."""

_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_ID = re.compile("[a-z0-9-]{1,16}")
_HEAD = re.compile("[0-9a-f]{64}")
_LAST_BATCH = 10**12


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointRecord:
    """A checkpoint at rest. Ids count down, so that the first one found is the latest."""

    LOOKUPS: ClassVar[tuple[str, ...]] = ("chain",)
    UNIQUE: ClassVar[tuple[str, ...]] = ()

    id: str
    version: int = 0
    schema: int = 1
    chain: str = "events"
    jws: str

    @staticmethod
    def id_of(batch: int) -> str:
        """The id of the checkpoint that ends a batch; batches are numbered from 1."""
        return f"{_LAST_BATCH - batch:012}"


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What was signed: after this many batches the chain had `count` events, and this head.

    Attributes:
        at: when it was signed, aware UTC.
        kid: which key signed it.
        jws: the signed text, the only part of it that proves anything.
    """

    batch: int
    count: int
    head: str
    at: datetime
    kid: str
    jws: str = field(repr=False)

    def line(self) -> str:
        """One line of NDJSON, without its line feed. Count, head and time are for its reader; `jws` is what counts."""
        told = {"count": self.count, "head": self.head, "at": self.at.isoformat(), "kid": self.kid}
        return json.dumps({"type": "checkpoint", "schema": 1, **told, "jws": self.jws})


@discreet
class AuditKeys(NotPickled):
    """The keys of the checkpoints, by name (`kid`): a private one signs, every one is believed.

    To rotate: add the new private key, make it current, and keep the old key's public half for as long as there are
    checkpoints that it signed.

    Args:
        jwks: a JWK Set (RFC 7517) as JSON text, or one JWK: EC keys on P-256, each with an id `[a-z0-9-]{1,16}`.
        current: the id of the key that signs; needed only where there are several private ones.

    Raises:
        Misconfigured: `keyring`, saying what to change and never the key.
    """

    __slots__ = ("_current", "_keys")

    def __init__(self, jwks: str, *, current: str | None = None) -> None:
        self._keys = _imported(jwks)
        private = [kid for kid, key in self._keys.items() if key.is_private]
        if current is not None and current not in private:
            raise _misconfigured(
                f"the current key is no private one of those given ({', '.join(self._keys)})"
            )
        if current is None and len(private) > 1:
            raise _misconfigured("several private keys: name the one that signs")
        self._current = current or next(iter(private), None)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> AuditKeys:
        """The keys of `ELAAS_IDENTITY_AUDIT_KEYS`, a JWK Set, and `ELAAS_IDENTITY_CURRENT_AUDIT_KEY`.

        Raises:
            Misconfigured: `keyring`, when a variable is missing or malformed.
        """
        environ = os.environ if environ is None else environ
        jwks = environ.get("ELAAS_IDENTITY_AUDIT_KEYS", "")
        if not jwks.strip():
            raise _misconfigured("set ELAAS_IDENTITY_AUDIT_KEYS; `elaas-identity audit keygen` makes a key")
        return cls(jwks, current=environ.get("ELAAS_IDENTITY_CURRENT_AUDIT_KEY", "").strip() or None)

    @staticmethod
    def fresh_key(kid: str, random: bytes) -> str:
        """A new private key as a JWK, one line of JSON, made of `SEED_BYTES` random bytes.

        Raises:
            ValueError: fewer, or `kid` is no `[a-z0-9-]{1,16}`.
        """
        if len(random) < SEED_BYTES or not _ID.fullmatch(kid):
            raise ValueError(f"a key is made of an id ([a-z0-9-], 1 to 16) and {SEED_BYTES} random bytes")
        scalar = int.from_bytes(random, "big") % (_P256_ORDER - 1) + 1
        key = ECKey.import_key(ec.derive_private_key(scalar, ec.SECP256R1()))
        return json.dumps({**key.as_dict(private=True), "kid": kid, "use": "sig", "alg": ALGORITHM})

    def public(self) -> str:
        """The public halves as a JWK Set: what somebody outside needs, and all that they may have."""
        return json.dumps({"keys": [_public(kid, key) for kid, key in self._keys.items()]})

    def sign(self, *, batch: int, count: int, head: str, now: datetime) -> Checkpoint:
        """A checkpoint, signed.

        Raises:
            Misconfigured: `keyring`, when these are public keys alone.
        """
        if self._current is None:
            raise _misconfigured("there is no private key to sign with: these can only verify")
        at = now.astimezone(UTC)
        signed = json.dumps({"batch": batch, "count": count, "head": head, "at": at.isoformat()})
        header = {"alg": ALGORITHM, "kid": self._current, "typ": TYPE}
        text = jws.serialize_compact(header, signed, self._keys[self._current], algorithms=[ALGORITHM])
        return Checkpoint(batch=batch, count=count, head=head, at=at, kid=self._current, jws=text)

    def read(self, text: str) -> Checkpoint | None:
        """The checkpoint that a JWS is; None where none of these keys has signed it."""
        try:
            unproven = jws.extract_compact(text.encode("ascii"))
            header = unproven.headers()
            key = self._keys[header["kid"]]
            if header["typ"] != TYPE or not jws.validate_compact(unproven, key, algorithms=[ALGORITHM]):
                return None
            signed = json.loads(unproven.payload)
        except (JoseError, ValueError, KeyError, TypeError):
            return None
        return Checkpoint(
            batch=signed["batch"],
            count=signed["count"],
            head=signed["head"],
            at=datetime.fromisoformat(signed["at"]),
            kid=header["kid"],
            jws=text,
        )

    def __repr__(self) -> str:
        return f"AuditKeys({', '.join(self._keys)}; current: {self._current})"


def _imported(jwks: str) -> dict[str, ECKey]:
    try:
        given = json.loads(jwks)
        entries: list[dict[str, Any]] = given.get("keys", [given])
        keys = [(str(entry["kid"]), ECKey.import_key(dict(entry))) for entry in entries]
    except (JoseError, AttributeError, ValueError, KeyError, TypeError):
        raise _misconfigured("the audit keys are no JWK Set of EC keys, each with its `kid`") from None
    if not keys or len(dict(keys)) < len(keys):
        raise _misconfigured("the audit keys need at least one key, each with an id of its own")
    for kid, key in keys:
        if not _ID.fullmatch(kid) or key.curve_name != "P-256":
            raise _misconfigured("an audit key's id is 1 to 16 of a-z, 0-9 and -, its curve P-256")
    return dict(keys)


def _public(kid: str, key: ECKey) -> dict[str, str]:
    public = key.as_dict(private=False)
    # Named one by one: nothing else can get out.
    point = {name: str(public[name]) for name in ("kty", "crv", "x", "y")}
    return {**point, "kid": kid, "use": "sig", "alg": ALGORITHM}


def _misconfigured(detail: str) -> Misconfigured:
    return Misconfigured("keyring", detail=detail)
