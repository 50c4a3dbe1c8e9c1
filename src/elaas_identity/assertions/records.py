"""What is stored for assertions: on the portal's side who is called what, on the other side which ones are used."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonReference:
    """What one other system knows the person of one binding by: random, made once, of no use to anybody else.

    Two systems that lay their records side by side cannot tell that they have to do with the same person, and nothing
    in it follows from who the person is. A hand-over makes a new binding, and so a new reference.
    """

    LOOKUPS: ClassVar[tuple[str, ...]] = ()
    UNIQUE: ClassVar[tuple[str, ...]] = ()

    id: str
    """See `reference_id`: there is one for a binding and an audience, whoever asks first."""
    version: int = 0
    schema: int = 1
    binding_id: str
    audience: str
    reference: str = field(repr=False)
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedAssertion:
    """An assertion that was accepted, kept for as long as it could be shown again."""

    LOOKUPS: ClassVar[tuple[str, ...]] = ()
    UNIQUE: ClassVar[tuple[str, ...]] = ()

    id: str
    """See `used_id`."""
    version: int = 0
    schema: int = 1
    expires_at: datetime


def reference_id(binding_id: str, audience: str) -> str:
    """The id of a person's reference. Under no key: it has to be found when all keys have changed."""
    return _digest("reference", binding_id, audience)


def used_id(issuer: str, assertion_id: str) -> str:
    """The id under which an issuer's assertion (`jti`) is used up."""
    return _digest("used", issuer, assertion_id)


def _digest(*parts: str) -> str:
    # Each part behind its length: ("ab", "c") and ("a", "bc") differ.
    message = b"".join(len(part).to_bytes(8, "big") + part for part in map(str.encode, parts))
    return base64.urlsafe_b64encode(hashlib.sha256(message).digest()).rstrip(b"=").decode()
