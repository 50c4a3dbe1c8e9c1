"""What a flow ends with. All but `Ended` are handed out once, by the call that made them so.

Each has a literal `kind`, as every step has: what a person has to do next, and what has come of it, are one union.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Self, TypeAlias

from elaas_identity._discreet import discreet
from elaas_identity.accounts.account import Account
from elaas_identity.messages import Message, say
from elaas_identity.not_pickled import NotPickled
from elaas_identity.person.assurance import Assurance
from elaas_identity.person.verified import VerifiedIdentity
from elaas_identity.sessions.session import Session

EndReason = Literal[
    "completed",
    "cancelled",
    "expired",
    "superseded",
    "rejected",
    "one_time_code_exhausted",
    "authenticator_code_exhausted",
]
"""Why a flow takes no further act."""


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """The person is in. Handed out once, by the call that made it so: give them a new session id now (ASVS 7.2.4).

    Keep `binding_id` as the user of your records, and begin a session: `elaas.sessions.start(signed_in)`, or one of
    your own that keeps `signed_in.session(ref)`. `person` is personal data.
    """

    account: Account
    person: VerifiedIdentity = field(repr=False)
    binding_id: str
    assurance: Assurance
    credential_version: int
    kind: Literal["signed_in"] = "signed_in"

    def session(self, ref: str) -> Session:
        """For a portal with sessions of its own; `ref` is its name for this one, a secret."""
        return Session(
            ref=ref,
            account_id=self.account.id,
            binding_id=self.binding_id,
            epoch=self.account.epoch,
            credential_version=self.credential_version,
        )


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordSet:
    """The account is the person's: send them to sign in with the password they just set.

    Handed out once. All sessions of the account have ended by it, but that the one that asked for it may go on:
    `elaas.sessions.renew`, or `session.renewed` of a portal's own.
    """

    account: Account
    binding_id: str
    credential_version: int
    session_digest: str | None = field(default=None, repr=False)
    """Which session asked for it; None in an onboarding and a recovery."""
    kind: Literal["password_set"] = "password_set"


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class EmailChanged:
    """Codes and notices go to the new address from now on; the old one was told.

    Handed out once. The sessions of the account have ended, but that this one may go on, as after `PasswordSet`.
    """

    account: Account
    binding_id: str
    email_masked: str
    session_digest: str | None = field(default=None, repr=False)
    """Which session asked for it."""
    kind: Literal["email_changed"] = "email_changed"


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class AuthenticatorEnrolled(NotPickled):
    """The authenticator app counts from now on: show the recovery codes this once, to be written down or printed.

    Handed out once. An app before it, and its recovery codes, are good for nothing any more. The sessions of the
    account have ended, but that the one that asked for it may go on, as after `PasswordSet`.
    """

    account: Account
    binding_id: str
    person_name: str = field(repr=False)
    """As verified, for the sheet of paper with the codes."""
    recovery_codes: tuple[str, ...] = field(repr=False)
    session_digest: str | None = field(default=None, repr=False)
    """Which session asked for it; None at a sign-in that wants an app."""
    kind: Literal["authenticator_enrolled"] = "authenticator_enrolled"

    def __deepcopy__(self, memo: object) -> Self:
        return self


OwnChange: TypeAlias = PasswordSet | EmailChanged | AuthenticatorEnrolled
"""What the person has changed of their account. The session that asked for it may go on (`session_digest`)."""


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class SteppedUp:
    """The proof was good, and is used up: carry out the transaction of that digest now.

    Handed out once. `assurance` is what the step-up rests on, for `assertion_for` for example.
    """

    account: Account
    person: VerifiedIdentity = field(repr=False)
    binding_id: str
    assurance: Assurance
    transaction_digest: str
    kind: Literal["stepped_up"] = "stepped_up"


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """This flow takes no further act; `message` says what to do instead."""

    reason: EndReason
    kind: Literal["ended"] = "ended"

    @property
    def message(self) -> Message:
        """What happened and what to do now, in Thai and English."""
        return say(f"ended.{self.reason}")
