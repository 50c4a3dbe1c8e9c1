"""Who is signed in at the portal, and whether the account is still the one that was signed in to."""

from __future__ import annotations

from dataclasses import dataclass, field

from elaas_identity.accounts.account import AccountRecord, AccountStatus, BindingRecord
from elaas_identity.errors import Refused
from elaas_identity.flow.moment import is_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Who is signed in, as the portal's own session has kept it: `signed_in.session(ref)`.

    Attributes:
        ref: what the portal itself knows the session by (its id, which is a secret). Only a keyed digest is kept.
        account_id, binding_id, credential_version: of `SignedIn`.
    """

    ref: str = field(repr=False)
    account_id: str
    binding_id: str
    credential_version: int


def check(session: Session) -> None:
    """That it names an account and a binding at all: what cannot be an id is never asked of a store.

    Raises:
        Refused: `account_unknown`, `sign_in_outdated`.
    """
    if not is_id(session.account_id):
        raise Refused("account_unknown")
    if not is_id(session.binding_id):
        raise Refused("sign_in_outdated")


def held(session: Session, account: AccountRecord | None, binding: BindingRecord | None) -> AccountRecord:
    """The session's account, if it is still the one that was signed in to.

    Raises:
        Refused: `account_unknown`; `sign_in_outdated` when it is not active any more, has passed to somebody else, or
            has another password since.
    """
    if account is None:
        raise Refused("account_unknown")
    if (
        account.status is not AccountStatus.ACTIVE
        or account.credential_version != session.credential_version
        or account.binding_id != session.binding_id
        or binding is None
        or binding.account_id != account.id
        or binding.ended_at is not None
    ):
        raise Refused("sign_in_outdated")
    return account
