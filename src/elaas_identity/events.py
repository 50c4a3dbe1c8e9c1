"""Facts about what happened: the audit trail, and what listeners are told. Frozen, and free of secrets."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal

from elaas_identity._discreet import discreet

__all__ = ["Event", "EventKind"]

EventKind = Literal[
    "account.provisioned",
    "account.reissued",
    "account.unlocked",
    "account.suspended",
    "account.restored",
    "account.closed",
    "account.handed_over",
    "account.expected_set",
    "account.approved",
    "account.rejected",
    "account.second_person_awaited",
    "account.refused",
    "person.erased",
    "sign_in.refused",
    "sign_in.throttled",
    "sign_in.begun",
    "sign_in.completed",
    "sign_in.password_change_required",
    "session.started",
    "session.renewed",
    "session.ended",
    "session.refused",
    "onboarding.begun",
    "recovery.begun",
    "recovery.account_chosen",
    "identity_first.begun",
    "identity_first.completed",
    "authenticator.begun",
    "authenticator.enrolled",
    "authenticator.recovery_code_used",
    "authenticator.refused",
    "step_up.begun",
    "step_up.used",
    "email_change.begun",
    "email.changed",
    "password_change.begun",
    "approval.asked",
    "identity.requested",
    "identity.returned",
    "identity.refused",
    "identity.verified",
    "identity.auth_time_absent",
    "identity.nonce_absent",
    "callback.refused",
    "email.given",
    "one_time_code.resent",
    "mail.failed",
    "one_time_code.refused",
    "one_time_code.confirmed",
    "password.set",
    "flow.cancelled",
    "flow.expired",
    "flow.superseded",
    "flow.refused",
    "notice.failed",
    "password_hash.upgraded",
    "audit.erased",
    "assertion.issued",
    "assertion.refused",
]
"""What can have happened. Kinds are added in minor versions and removed only in major ones."""


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One fact: who, what, when (UTC), outcome, correlation (ASVS 16.2.1).

    `code` is the error's stable code where something was refused. `client` is a keyed digest of the client address.
    `by` and `reason` are an administrator's, as given.
    The last three fields are the audit's own: no part of the fact, and told to nobody.
    """

    LOOKUPS: ClassVar[tuple[str, ...]] = ("account_id", "flow_id", "batch")
    UNIQUE: ClassVar[tuple[str, ...]] = ()

    id: str
    version: int = 0
    schema: int = 1
    at: datetime
    kind: EventKind
    outcome: Literal["done", "refused", "failed"] = "done"
    code: str | None = None
    purpose: str | None = None
    stage: str | None = None
    account_id: str | None = None
    flow_id: str | None = None
    binding_id: str | None = None
    audience: str | None = None
    """Which other system an assertion was for."""
    by: str | None = None
    reason: str | None = None
    client: str | None = None
    correlation_id: str | None = None
    erases: str | None = None
    """Of an erasure: the places in the chain of the events that it erases, such as `1-57,60`."""
    cutoff: datetime | None = None
    """Of an erasure: every event that it erases is older."""
    batch: str = ""
    """The batch in which it was sealed; empty until then."""
    salt: str | None = field(default=None, repr=False)
    """What its personal fields were committed to with; gone once they are erased."""
    erased_by: str | None = None
    """The event that says why its personal fields are gone."""
