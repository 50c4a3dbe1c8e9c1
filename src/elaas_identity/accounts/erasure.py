"""Erasure of a person (PDPA s.33): what is left of them are ids and times, which other records go on pointing at."""

from __future__ import annotations

from dataclasses import replace

from elaas_identity.accounts.account import BindingRecord
from elaas_identity.authenticator_app.authenticator import AuthenticatorRecord, removed
from elaas_identity.change import Change
from elaas_identity.errors import Refused
from elaas_identity.flow.advance import plain_event
from elaas_identity.flow.moment import Moment


def erased(
    binding: BindingRecord,
    authenticator: AuthenticatorRecord | None,
    moment: Moment,
    *,
    by: str,
    reason: str,
) -> Change:
    """An ended binding without its person.

    Raises:
        Refused: `account_status`, while the person holds the account: close it, or hand it over, first.
    """
    if binding.ended_at is None:
        raise Refused("account_status", detail=f"the person still holds account {binding.account_id}")
    nobody = replace(
        binding,
        person_index="",
        subject_index="",
        identity_sealed="",
        email_sealed="",
        erased_at=moment.now,
    )
    told = plain_event(
        moment, "person.erased", account_id=binding.account_id, binding_id=binding.id, by=by, reason=reason
    )
    # Who came back to an account after a hand-over has two bindings of it: each event is a fact of its own.
    told = replace(told, id=moment.id(f"event.person.erased.{binding.id}"))
    app = () if authenticator is None else (removed(authenticator),)
    return Change(writes=(nobody, *app), inserts=(told,))
