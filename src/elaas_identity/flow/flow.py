"""A flow and its authorization attempts, as they are stored: digests and sealed values only.

A flow is a record and never a suspended coroutine: minutes, machines and deployments lie between two of its requests.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import ClassVar, Literal

from elaas_identity.flow.transitions import Purpose, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowRecord:
    """One run of a purpose for one account in one browser."""

    LOOKUPS: ClassVar[tuple[str, ...]] = ("account_id",)
    UNIQUE: ClassVar[tuple[str, ...]] = ()

    id: str
    version: int = 0
    schema: int = 1
    purpose: Purpose
    stage: Stage
    account_id: str
    """Empty where the person comes first, and no account is chosen yet."""
    account_epoch: int
    """The epoch that the flow is pinned to: an account that has moved on ends it."""
    browser_digest: str
    created_at: datetime
    expires_at: datetime
    password_fingerprint: str
    """Keyed digest of the password it began with, so that `new == issued` is refused without a second Argon2."""
    live_attempts: tuple[str, ...] = ()
    """Ids of the authorization attempts that a callback may still use, oldest first."""
    identity_sealed: str | None = None
    person_index: str | None = None
    subject_index: str | None = None
    email_sealed: str | None = None
    one_time_code_id: str | None = None
    one_time_code_digest: str | None = None
    one_time_code_reference: str | None = None
    one_time_code_digits: int | None = None
    """How many digits the code has, whatever the policy says by now; None in what an earlier version stored."""
    one_time_code_asked_at: datetime | None = None
    """When the code was made, sent or not; None in what an earlier version stored."""
    one_time_code_sent_at: datetime | None = None
    one_time_code_expires_at: datetime | None = None
    mail_in_doubt: bool = False
    """Whether nobody knows if the mail with the code went out. One that was refused has no `one_time_code_sent_at`."""
    end: Literal["cancelled", "expired", "superseded", "rejected"] | None = None
    """Why it ended, where it ended without its result."""
    session_digest: str | None = None
    """Keyed digest of the portal's session that began it, where a proof is good for that session alone."""
    transaction_digest: str | None = None
    """What a step-up is for."""
    authenticator_sealed: str | None = None
    """The secret of the authenticator app that is being enrolled."""
    password_hash: str | None = None
    """Of the new password, while an administrator's approval is awaited."""
    new_password_fingerprint: str | None = None
    """Its keyed digest, where the policy asks for those of the last passwords."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRecord:
    """One trip to the identity provider: found by the digest of its state, and consumed once."""

    LOOKUPS: ClassVar[tuple[str, ...]] = ("flow_id",)
    UNIQUE: ClassVar[tuple[str, ...]] = ()

    id: str
    version: int = 0
    schema: int = 1
    flow_id: str
    created_at: datetime
    expires_at: datetime
    consumed_at: datetime | None = None


def begun_by(flow_id: str) -> str:
    """The id of the one flow that another one begins at its end (`PurposeSpec.begins_another`).

    It is made from the id of the flow before it, so that a double click or the back button is led on to one flow.
    """
    return f"{flow_id[:12]}{sha256(b'begun by ' + flow_id.encode()).hexdigest()[:20]}"
