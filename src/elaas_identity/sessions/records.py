"""A session as it is stored: its token as a keyed index, what is said of it sealed."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import ClassVar

from elaas_identity.keyring import Keyring
from elaas_identity.person.assurance import IAL, Assurance
from elaas_identity.sessions.session import KeptSession


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecord:
    """One of the places that an account has for its sessions.

    A place whose session is over is taken by another one, so that an account never has more records than places.
    """

    LOOKUPS: ClassVar[tuple[str, ...]] = ("token_index", "account_id", "binding_id", "key_id")
    UNIQUE: ClassVar[tuple[str, ...]] = ("token_index",)

    id: str
    """See `place_id`."""
    version: int = 0
    schema: int = 1
    ref: str
    token_index: str = field(repr=False)
    """Keyed index of the token. The token itself is in the browser's cookie, and nowhere else."""
    account_id: str
    binding_id: str
    epoch: int
    """The account's, when the person signed in."""
    credential_version: int
    key_id: str
    """Which key of the keyring sealed what is below."""
    sealed: str | None
    """Label and assurance; None once the session has ended."""
    started_at: datetime
    last_seen_at: datetime
    expires_at: datetime


def place_id(account_id: str, number: int) -> str:
    """The id of one of the account's places. Two sessions that begin at once meet in it, so neither is one too many."""
    return sha256(f"session {number} of {account_id}".encode()).hexdigest()[:32]


def record_of(
    keyring: Keyring, session: KeptSession, token: str, *, place: str, version: int, expires_at: datetime
) -> SessionRecord:
    """The record of a session that begins, in that place."""
    assurance = session.assurance
    said = {
        "label": session.label,
        "ial": None if assurance.ial is None else str(assurance.ial),
        "methods": assurance.methods,
        "auth_time": None if assurance.auth_time is None else assurance.auth_time.isoformat(),
    }
    return SessionRecord(
        id=place,
        version=version,
        ref=session.ref,
        token_index=keyring.index("session", token),
        account_id=session.account_id,
        binding_id=session.binding_id,
        epoch=session.epoch,
        credential_version=session.credential_version,
        key_id=keyring.current,
        sealed=keyring.seal(_context(session.ref), json.dumps(said)),
        started_at=session.started_at,
        last_seen_at=session.last_seen_at,
        expires_at=expires_at,
    )


def session_of(keyring: Keyring, record: SessionRecord) -> KeptSession | None:
    """The session, opened; None once it has ended.

    Raises:
        Misconfigured: `keyring`, when the key it stands under is not in the keyring any more.
    """
    if record.sealed is None:
        return None
    said = json.loads(keyring.open(_context(record.ref), record.sealed))
    return KeptSession(
        ref=record.ref,
        account_id=record.account_id,
        binding_id=record.binding_id,
        epoch=record.epoch,
        credential_version=record.credential_version,
        assurance=Assurance(
            ial=IAL.parse_or_none(said["ial"]),
            methods=tuple(said["methods"]),
            auth_time=None if said["auth_time"] is None else datetime.fromisoformat(said["auth_time"]),
        ),
        started_at=record.started_at,
        last_seen_at=record.last_seen_at,
        label=said["label"],
    )


def ended(record: SessionRecord, now: datetime) -> SessionRecord:
    """Nothing is said of it any more, and the next purge takes it."""
    return replace(record, sealed=None, expires_at=now)


def rekeyed(keyring: Keyring, record: SessionRecord) -> SessionRecord:
    """The same session, sealed anew under the current key. Its index follows when the token is seen next.

    Raises:
        Misconfigured: `keyring`, when the key it stands under is not in the keyring any more.
    """
    context, sealed = _context(record.ref), record.sealed
    return replace(
        record,
        key_id=keyring.current,
        sealed=None if sealed is None else keyring.seal(context, keyring.open(context, sealed)),
    )


def _context(ref: str) -> str:
    return f"session:{ref}"
