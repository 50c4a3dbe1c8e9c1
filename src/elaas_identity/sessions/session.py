"""Who is signed in at the portal, and whether the account is still the one that was signed in to."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Self

from elaas_identity._discreet import discreet
from elaas_identity.accounts.account import Account, AccountRecord, AccountStatus
from elaas_identity.change import Key
from elaas_identity.errors import Refused
from elaas_identity.flow.moment import is_id
from elaas_identity.person.assurance import Assurance
from elaas_identity.person.verified import VerifiedIdentity

if TYPE_CHECKING:
    from elaas_identity.flow.outcomes import OwnChange


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Who is signed in: what every act of somebody who is signed in takes.

    It comes from `elaas.sessions.of(token)`; a portal with sessions of its own makes it by `signed_in.session(ref)`.

    Attributes:
        ref: names the session. In a portal's own sessions it is what the portal knows the session by, which is a
            secret: a flow keeps a keyed digest of it.
        account_id, binding_id, credential_version: of `SignedIn`.
        epoch: the account's at the sign-in. An account that has changed since ends the session.
    """

    ref: str = field(repr=False)
    account_id: str
    binding_id: str
    epoch: int
    credential_version: int

    def renewed(self, change: OwnChange, ref: str) -> Self:
        """The session after a change of the account that the person made by it: it goes on, and the others end.

        Args:
            change: the step that the change ended with.
            ref: what the portal knows its session by from now on: another id, as after a sign-in (ASVS 7.2.4).

        Raises:
            Refused: `sign_in_outdated`: no session asked for the change, as in a recovery; or this one was over before.
        """
        if (
            change.session_digest is None
            or change.account.id != self.account_id
            or change.account.epoch != self.epoch + 1
        ):
            raise Refused("sign_in_outdated")
        version = change.credential_version if change.kind == "password_set" else self.credential_version
        return replace(self, ref=ref, epoch=change.account.epoch, credential_version=version)


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSession(Session):
    """A session that `elaas.sessions` keeps. Its `ref` is no secret: a list of sessions may name each by it.

    Attributes:
        assurance: what the sign-in rests on.
        started_at: when the person signed in (aware UTC).
        last_seen_at: when it was last used, to the minute.
        label: what the portal called it, for the person to know it by.
    """

    assurance: Assurance
    started_at: datetime
    last_seen_at: datetime
    label: str = field(default="", repr=False)


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class Officer:
    """Who asks, where a session stands behind a request: what a portal's own page needs to know of them.

    Attributes:
        session: for every act of somebody who is signed in.
        account: the agency's.
        person: who holds the account, as the identity provider proved them when they took it up.
    """

    session: KeptSession
    account: Account
    person: VerifiedIdentity


def account_key(session: Session) -> Key[AccountRecord]:
    """Names the session's account. What cannot be an id is never asked of a store."""
    return Key(AccountRecord, session.account_id if is_id(session.account_id) else "")


def held(session: Session, account: AccountRecord | None) -> AccountRecord:
    """The session's account, if it is still what it was when the person signed in.

    Every act of who is signed in asks this, and its commit expects that the account stays so. The epoch says it: every
    change of the account, whoever makes it, bumps it.

    Raises:
        Refused: `account_unknown`; `sign_in_outdated`.
    """
    if account is None:
        raise Refused("account_unknown")
    if (
        account.status is not AccountStatus.ACTIVE
        or account.epoch != session.epoch
        or account.credential_version != session.credential_version
        or account.binding_id != session.binding_id
    ):
        raise Refused("sign_in_outdated")
    return account
