"""The last commit: the account becomes the person's. The flow writes its account here, once."""

from __future__ import annotations

from dataclasses import replace

from elaas_identity.accounts.account import AccountStatus, BindingRecord
from elaas_identity.accounts.rekeying import rekeyed_account, rekeyed_binding
from elaas_identity.change import Budget, Change, Charge, Record
from elaas_identity.errors import Refused
from elaas_identity.flow import budgets, mailbox
from elaas_identity.flow.advance import Rules, Seen, advance, unchanged
from elaas_identity.flow.moment import Moment
from elaas_identity.flow.session import Session
from elaas_identity.flow.standing import address_of, identity_of
from elaas_identity.flow.transitions import Input, Purpose
from elaas_identity.flow.trip import subject_of
from elaas_identity.passwords.policy import context_words
from elaas_identity.passwords.preparation import prepare, prepare_username


def accepted_password(rules: Rules, seen: Seen, moment: Moment, password: str) -> str:
    """The password in the form that is hashed.

    Raises:
        Refused: with the rule that it breaks; `password_same_as_before` when it is the one that the flow began with, or
            the issued one that the account was opened with.
    """
    prepared = prepare(password)
    account = seen.held
    words = context_words(
        username=account.view(rules.keyring).username,
        agency_name=account.agency_name,
        province=account.province,
        now=moment.now,
    )
    rules.policy.passwords_of(account.kind).check(prepared, context_words=words)
    # Keyed fingerprints, so that no second Argon2 is needed (R1.2).
    for before in (seen.flow.password_fingerprint, account.issued_fingerprint):
        if before and rules.keyring.same_digest(before, "password", account.id, prepared):
            raise Refused("password_same_as_before", field="password")
    return prepared


def needs_approval(seen: Seen) -> bool:
    """Whether the person's last act asks for an administrator's approval."""
    return seen.flow.purpose is Purpose.ONBOARDING and seen.held.needs_approval


def awaiting_approval(
    rules: Rules, seen: Seen, moment: Moment, happened: Input, password_hash: str
) -> Change:
    """All is done but the approval: the flow waits, longer than others, and nothing of the account is changed yet."""
    flow, event = advance(
        seen.flow,
        Input.APPROVAL_ASKED,
        moment,
        password_hash=password_hash,
        expires_at=moment.now + rules.policy.approval_lifetime,
        one_time_code_id=None,
        one_time_code_digest=None,
    )
    return Change(
        writes=(flow,),
        inserts=(event,),
        expects=unchanged(seen),
        refunds=_refund(rules, seen, moment, happened),
    )


def completed(
    rules: Rules,
    seen: Seen,
    binding: BindingRecord | None,
    moment: Moment,
    happened: Input,
    password_hash: str,
    *,
    by: str | None = None,
    reason: str | None = None,
) -> Change:
    """Flow done, password set, person bound, epoch bumped: all of it or nothing.

    Args:
        by, reason: of the administrator whose approval completes it.
    """
    account = seen.held
    bound = _bound(rules, seen, binding, moment) if seen.flow.purpose is Purpose.ONBOARDING else None
    binding_id = account.binding_id if bound is None else bound.id
    flow, event = advance(seen.flow, happened, moment)
    settled = replace(
        rekeyed_account(
            rules.keyring, account
        ),  # what is sealed here is sealed by the current key, so all of it is
        epoch=account.epoch + 1,
        status=AccountStatus.ACTIVE,
        password_hash=password_hash,
        password_is_issued=False,
        password_expires_at=None,
        credential_version=account.credential_version + 1,
        binding_id=binding_id,
        updated_at=moment.now,
    )
    writes: tuple[Record, ...] = (flow,)
    inserts: tuple[Record, ...] = (replace(event, binding_id=binding_id, by=by, reason=reason),)
    if bound is not None:
        # Whoever was bound is from now on the expected one: a re-issue does not open the account to somebody else.
        settled = replace(
            settled,
            first_use=False,
            needs_approval=False,
            issued_fingerprint=_fingerprint(rules, seen),
            expected_person_index=bound.person_index,
            expected_person_sealed=rules.keyring.seal(
                f"account.person:{account.id}", identity_of(rules, seen).national_id.reveal()
            ),
        )
        if bound.version:
            writes = (*writes, bound)
        else:
            inserts = (*inserts, bound)
    return Change(
        writes=(*writes, settled),
        inserts=inserts,
        refunds=_refund(rules, seen, moment, happened),
        clears=_way_in(rules, seen),
    )


def email_changed(rules: Rules, seen: Seen, binding: BindingRecord, moment: Moment) -> Change:
    """The right code: the address is the binding's from now on, and for a while no recovery trusts it."""
    account, keyring = seen.held, rules.keyring
    flow, event = advance(seen.flow, Input.CODE_CONFIRMED, moment)
    settled = replace(account, epoch=account.epoch + 1, updated_at=moment.now)
    rebound = replace(
        rekeyed_binding(keyring, binding),
        email_sealed=keyring.seal(f"binding.email:{binding.id}", address_of(rules, seen).value),
        email_changed_at=moment.now,
    )
    return Change(
        writes=(flow, settled, rebound),
        inserts=(replace(event, binding_id=binding.id),),
        refunds=mailbox.account_refund(rules, seen, moment),
    )


def proof_used(rules: Rules, seen: Seen, moment: Moment, session: Session, transaction_digest: str) -> Change:
    """The proof of a step-up, used for what it was asked for.

    Raises:
        Refused: `step_up_mismatch`, for another session or another transaction; the proof stays what it is.
    """
    flow, keyring = seen.flow, rules.keyring
    assert flow.session_digest is not None
    if (flow.account_id, flow.transaction_digest) != (
        session.account_id,
        transaction_digest,
    ) or not keyring.same_digest(flow.session_digest, "session", session.ref):
        raise Refused("step_up_mismatch")
    done, event = advance(flow, Input.PROOF_USED, moment)
    return Change(
        writes=(done,), inserts=(replace(event, binding_id=seen.held.binding_id),), expects=unchanged(seen)
    )


def _fingerprint(rules: Rules, seen: Seen) -> str | None:
    """Of the issued password; none where it was made under a key that is to be retired, as `rekeyed_account` has it."""
    fingerprint = seen.flow.password_fingerprint
    return fingerprint if rules.keyring.is_current(fingerprint) else None


def _refund(rules: Rules, seen: Seen, moment: Moment, happened: Input) -> tuple[Charge, ...]:
    """Of the attempt at the code, where code and password came in one form."""
    return mailbox.account_refund(rules, seen, moment) if happened is Input.CODE_AND_PASSWORD_SET else ()


def _way_in(rules: Rules, seen: Seen) -> tuple[Budget, ...]:
    """Who has proven themselves by ThaID and mailbox is not kept out by somebody who guesses at their name (R4.1)."""
    if seen.flow.purpose is not Purpose.RECOVERY:
        return ()
    username = prepare_username(seen.held.view(rules.keyring).username)
    return (
        *budgets.username_failures(rules.policy, rules.keyring, username),
        budgets.authenticator_attempts(rules.policy, seen.held.id),
    )


def _bound(rules: Rules, seen: Seen, binding: BindingRecord | None, moment: Moment) -> BindingRecord:
    """The binding: the same one where its person comes back after a re-issue, else a new one."""
    flow, keyring, identity = seen.flow, rules.keyring, identity_of(rules, seen)
    binding_id = moment.id("binding") if binding is None else binding.id
    return BindingRecord(
        id=binding_id,
        version=0 if binding is None else binding.version,
        account_id=flow.account_id,
        key_id=keyring.current,
        # Indexed anew: the flow may have begun under a key that was current then.
        person_index=keyring.index("person", identity.national_id.reveal()),
        subject_index=keyring.index("subject", subject_of(identity)),
        identity_sealed=keyring.seal(f"binding.identity:{binding_id}", identity.serialised()),
        email_sealed=keyring.seal(f"binding.email:{binding_id}", address_of(rules, seen).value),
        started_at=moment.now if binding is None else binding.started_at,
    )
