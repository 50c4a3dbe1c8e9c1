"""Erasure of a person (PDPA s.33): what is left of them are ids and times, which other records go on pointing at."""

from __future__ import annotations

from dataclasses import replace

from elaas_identity.accounts.account import AccountRecord, AccountStatus, BindingRecord
from elaas_identity.authenticator_app.authenticator import AuthenticatorRecord, removed
from elaas_identity.change import Change, Record
from elaas_identity.errors import Refused
from elaas_identity.flow.advance import account_unchanged, plain_event
from elaas_identity.flow.moment import Moment


def erased(
    account: AccountRecord,
    binding: BindingRecord,
    authenticator: AuthenticatorRecord | None,
    moment: Moment,
    *,
    by: str,
    reason: str,
) -> Change:
    """An ended binding without its person; a closed account also forgets whom it expected, and whom to tell.

    Raises:
        Refused: `account_status`, while the person holds the account: close it, or hand it over, first.
    """
    if binding.ended_at is None:
        raise Refused("account_status", detail=f"the person still holds account {account.id}")
    nobody = replace(
        binding,
        person_index="",
        subject_index="",
        identity_sealed="",
        email_sealed="",
        erased_at=moment.now,
    )
    told = plain_event(
        moment, "person.erased", account_id=account.id, binding_id=binding.id, by=by, reason=reason
    )
    writes: tuple[Record, ...] = (nobody,)
    if authenticator is not None:
        writes = (*writes, removed(authenticator))
    if account.status is not AccountStatus.CLOSED:
        return Change(writes=writes, inserts=(told,), expects=(account_unchanged(account),))
    forgetful = replace(
        account,
        expected_person_index=None,
        expected_person_sealed=None,
        contact_sealed=None,
        updated_at=moment.now,
    )
    return Change(writes=(*writes, forgetful), inserts=(told,))
