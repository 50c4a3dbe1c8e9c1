"""The trip to the identity provider: asked for, returned once, judged, and taken as proof of the right person."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from elaas_identity.accounts.account import AccountRecord, BindingRecord
from elaas_identity.change import Change, Key, Unchanged
from elaas_identity.errors import ElaasIdentityError, RefusedCode
from elaas_identity.events import Event
from elaas_identity.flow import budgets
from elaas_identity.flow.advance import Rules, Seen, advance, flow_event, unchanged
from elaas_identity.flow.flow import AttemptRecord, FlowRecord
from elaas_identity.flow.moment import Moment
from elaas_identity.flow.transitions import Input, Purpose, Stage
from elaas_identity.person.verified import VerifiedIdentity

FRESH_LOGIN = timedelta(seconds=60)
"""The `max_age` asked for: an old session at the identity provider is no fresh proof (R1.6)."""


def requested(rules: Rules, seen: Seen, moment: Moment, attempt_id: str) -> Change:
    """A new attempt, which replaces the flow's oldest where too many are open (refusing would strand the person)."""
    flow, event = advance(
        seen.flow,
        Input.AUTHORIZATION_REQUESTED,
        moment,
        live_attempts=(*seen.flow.live_attempts, attempt_id)[-rules.policy.live_attempts :],
    )
    attempt = AttemptRecord(
        id=attempt_id,
        flow_id=flow.id,
        created_at=moment.now,
        expires_at=min(moment.now + rules.policy.attempt_lifetime, flow.expires_at),
    )
    return Change(writes=(flow,), inserts=(attempt, event), expects=unchanged(seen))


def is_live(seen: Seen, attempt: AttemptRecord, moment: Moment) -> bool:
    """Whether a callback may still use the attempt."""
    return (
        attempt.consumed_at is None
        and moment.now < attempt.expires_at
        and attempt.id in seen.flow.live_attempts
        and attempt.flow_id == seen.flow.id
    )


def returned(seen: Seen, attempt: AttemptRecord, moment: Moment) -> Change:
    """The attempt is consumed, before anything is asked of the identity provider."""
    flow, event = advance(seen.flow, Input.AUTHORIZATION_RETURNED, moment)
    return Change(
        writes=(replace(attempt, consumed_at=moment.now),),
        inserts=(event,),
        expects=(
            *unchanged(seen),
            Unchanged(Key(FlowRecord, flow.id), {"stage": flow.stage, "live_attempts": flow.live_attempts}),
        ),
    )


def burnt(seen: Seen, attempt: AttemptRecord, moment: Moment) -> Change:
    """A live state came from a browser that is not the flow's: nobody shall use this attempt any more."""
    event = flow_event(
        moment, "callback.refused", seen.flow, outcome="refused", code="callback_other_browser"
    )
    return Change(writes=(replace(attempt, consumed_at=moment.now),), inserts=(event,))


def judge_evidence(rules: Rules, attempt: AttemptRecord, identity: VerifiedIdentity) -> RefusedCode | None:
    """Whether the person is proven well and freshly enough; the reason where not.

    Asked before `judge_person`, so that weak evidence is never an oracle for whom an account expects.
    """
    policy = rules.policy
    if policy.minimum_ial is not None and (identity.ial is None or identity.ial < policy.minimum_ial):
        return "identity_assurance_low"
    if identity.auth_time is None:
        if policy.absent_auth_time == "refuse":
            return "identity_stale"
    elif identity.auth_time < attempt.created_at - policy.identity_freshness:
        return "identity_stale"
    return None


def judge_person(
    rules: Rules, account: AccountRecord, binding: BindingRecord | None, identity: VerifiedIdentity
) -> RefusedCode | None:
    """Whether this is the account's person; the reason where not."""
    keyring = rules.keyring
    if account.expected_person_index is not None:
        if not keyring.same_index(account.expected_person_index, "person", identity.national_id.reveal()):
            return "person_mismatch"
    elif not account.first_use:
        return "person_mismatch"
    # A person is (issuer, subject) and national ID: the one who was bound before is the same in both (R1.4).
    if binding is not None and not keyring.same_index(binding.subject_index, "subject", subject_of(identity)):
        return "person_mismatch"
    return None


def verified_by(purpose: Purpose) -> Input:
    """What a proven person is to a flow: in a recovery, somebody who holds an account; else, the right one."""
    return Input.PERSON_RECOGNISED if purpose is Purpose.RECOVERY else Input.IDENTITY_VERIFIED


def verified(
    rules: Rules, seen: Seen, moment: Moment, happened: Input, identity: VerifiedIdentity, secret: str
) -> Change:
    """The person is the right one; in a recovery, one who holds an account.

    Args:
        secret: a fresh one, for an authenticator app, where that is what the flow enrols.
    """
    keyring = rules.keyring
    person_index = keyring.index("person", identity.national_id.reveal())
    flow, event = advance(
        seen.flow,
        happened,
        moment,
        identity_sealed=keyring.seal(f"flow.identity:{seen.flow.id}", identity.serialised()),
        person_index=person_index,
        subject_index=keyring.index("subject", subject_of(identity)),
        live_attempts=(),
        **_beside(rules, seen, moment, secret),
    )
    if flow.stage is Stage.DONE:
        event = replace(event, binding_id=seen.held.binding_id)
    events: tuple[Event, ...] = (event,)
    if identity.auth_time is None:
        events = (event, flow_event(moment, "identity.auth_time_absent", flow))
    rationed = happened is Input.PERSON_RECOGNISED
    return Change(
        writes=(flow,),
        inserts=events,
        expects=unchanged(seen),
        charges=(
            budgets.charges(moment, (budgets.recoveries_of(rules.policy, person_index),)) if rationed else ()
        ),
    )


def _beside(rules: Rules, seen: Seen, moment: Moment, secret: str) -> dict[str, object]:
    """What a flow of some purposes gets along with its proof."""
    match seen.flow.purpose:
        case Purpose.AUTHENTICATOR:
            sealed = rules.keyring.seal(f"flow.authenticator:{seen.flow.id}", secret)
            return {"authenticator_sealed": sealed}
        case Purpose.STEP_UP:
            return {"expires_at": moment.now + rules.policy.step_up_lifetime}
        case _:
            return {}


def refused(seen: Seen, moment: Moment, error: ElaasIdentityError) -> Change:
    """The trip came to nothing; the flow stays where it is."""
    outcome = "refused" if error.code in _THE_PERSONS else "failed"
    return Change(
        inserts=(flow_event(moment, "identity.refused", seen.flow, outcome=outcome, code=error.code),)
    )


_THE_PERSONS: frozenset[str] = frozenset(
    {
        "identity_denied",
        "identity_repeated",
        "identity_stale",
        "identity_assurance_low",
        "person_mismatch",
        "person_without_account",
    }
)


def subject_of(identity: VerifiedIdentity) -> str:
    """(issuer, subject) as one value to index; an issuer is a URL and holds no line feed."""
    return f"{identity.issuer}\n{identity.subject}"
