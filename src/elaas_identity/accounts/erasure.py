"""Erasure of a person (PDPA s.33): what is left of them are ids and times, which other records go on pointing at."""

from __future__ import annotations

from dataclasses import replace

from elaas_identity.accounts.account import BindingRecord
from elaas_identity.accounts.authorship import sign
from elaas_identity.authenticator_app.authenticator import AuthenticatorRecord, removed
from elaas_identity.change import Change, Done, Key
from elaas_identity.effects import Act, commit, load
from elaas_identity.errors import ProviderFailed, Refused
from elaas_identity.flow.advance import Rules, plain_event
from elaas_identity.flow.moment import Moment
from elaas_identity.flow.opening import MOST_CONFLICTS, bindings_of, told
from elaas_identity.person.national_id import NationalID
from elaas_identity.sessions.records import SessionRecord, ended


def erase_person(
    rules: Rules, moment: Moment, national_id: NationalID, *, by: str, reason: str
) -> Act[tuple[str, ...]]:
    """Erase a person from every binding they had; answer the ids of the bindings."""
    signed = yield from sign(moment, by, reason)
    try:
        for _ in range(MOST_CONFLICTS):
            held = [binding for binding, _ in (yield from bindings_of(rules, national_id))]
            if not held:
                return ()
            apps = [Key(AuthenticatorRecord, binding.id) for binding in held]
            sessions = [Key(SessionRecord, binding.id, field="binding_id") for binding in held]
            read = yield from load(*apps, *sessions)
            changes = [
                erase(binding, read.one(app), moment, **signed._asdict())
                for binding, app in zip(held, apps, strict=True)
            ]
            whole = Change(
                writes=(
                    *(record for change in changes for record in change.writes),
                    *(ended(session, moment.now) for key in sessions for session in read.all(key)),
                ),
                inserts=tuple(record for change in changes for record in change.inserts),
            )
            if isinstance((yield from commit(whole)), Done):
                return tuple(binding.id for binding in held)
    except Refused as refusal:
        yield from told(moment, "account.refused", refusal, **signed._asdict())
        raise
    raise ProviderFailed("store_contended")


def erase(
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
