"""The new password, and the last commit of a flow. Acts: `set_password`, `confirm_and_set_password`.

A flow writes its account here, once: password, person and epoch change together or not at all.
"""

from __future__ import annotations

from dataclasses import replace

from elaas_identity.accounts.account import AccountStatus, BindingRecord
from elaas_identity.accounts.rekeying import rekeyed_account
from elaas_identity.browser import Browser
from elaas_identity.change import Budget, Change, Charge, Record
from elaas_identity.effects import Act, commit, hash_password
from elaas_identity.errors import ProviderFailed, Refused
from elaas_identity.flow import budgets
from elaas_identity.flow.advance import Rules, Seen, advance, unchanged
from elaas_identity.flow.mailbox import account_refund, attempt_at, compare_code
from elaas_identity.flow.moment import Moment
from elaas_identity.flow.notices import contact_of, notify
from elaas_identity.flow.opening import judged, opened, settle
from elaas_identity.flow.outcomes import PasswordSet
from elaas_identity.flow.purposes import SPECS
from elaas_identity.flow.standing import address_of, bound_address, handed_out, identity_of, progress
from elaas_identity.flow.steps import Progress
from elaas_identity.flow.transitions import Input, row
from elaas_identity.passwords.issued import as_generated
from elaas_identity.passwords.policy import context_words
from elaas_identity.passwords.preparation import prepare, prepare_username
from elaas_identity.person.verified import subject_of

# Acts


def set_password(
    rules: Rules, moment: Moment, browser: Browser, flow_id: str, password: str
) -> Act[Progress]:
    """Set the person's own password."""
    happened = Input.PASSWORD_SET
    seen = yield from opened(rules, moment, browser, flow_id, happened)
    prepared = yield from judged(rules, moment, seen, lambda: accept_password(rules, seen, moment, password))
    return (yield from _complete(rules, moment, seen, happened, prepared))


def confirm_and_set_password(
    rules: Rules, moment: Moment, browser: Browser, flow_id: str, typed: str, password: str
) -> Act[Progress]:
    """Confirm with the code and set the password in one form, as the circular words it: both or neither."""
    happened = Input.CODE_AND_PASSWORD_SET
    seen = yield from opened(rules, moment, browser, flow_id, happened)
    # The password's rules come first, so that a refused password costs no attempt at the code.
    prepared = yield from judged(rules, moment, seen, lambda: accept_password(rules, seen, moment, password))
    moment = attempt_at(rules, moment, seen, typed)
    seen = yield from compare_code(rules, moment, seen, typed)
    return (yield from _complete(rules, moment, seen, happened, prepared))


def _complete(rules: Rules, moment: Moment, seen: Seen, happened: Input, prepared: str) -> Act[Progress]:
    """Hash, and make the account the person's; then tell them, and the office, by mail."""
    try:
        password_hash = yield from hash_password(prepared)
    except ProviderFailed as failed:
        failed.progress = progress(rules, seen, moment.now)
        if happened is Input.CODE_AND_PASSWORD_SET:  # the code was right; of the flow's attempts it was one
            yield from commit(Change(refunds=account_refund(rules, seen, moment)))
        raise
    fingerprint = None
    if rules.policy.passwords.remembered:
        fingerprint = rules.keyring.digest("password", seen.held.id, prepared)
    if needs_approval(seen):
        waiting = yield from settle(
            rules,
            moment,
            seen,
            lambda stands: await_approval(rules, stands, moment, happened, password_hash, fingerprint),
        )
        # To the office: somebody waits, while they can still be refused.
        contact, name = contact_of(rules, waiting.held), identity_of(rules, waiting).display_name
        yield from notify(rules, moment, waiting, "approval.asked", contact, person_name=name)
        return progress(rules, waiting, moment.now)

    taken_up_by = identity_of(rules, seen).display_name if SPECS[seen.flow.purpose].binds_person else None
    done = yield from settle(
        rules,
        moment,
        seen,
        lambda stands: complete(rules, stands, moment, happened, password_hash, fingerprint),
    )
    yield from notify(rules, moment, done, "password.set", bound_address(rules, done.bound))
    if taken_up_by is not None:
        contact = contact_of(rules, done.held)
        yield from notify(rules, moment, done, "account.taken_up", contact, person_name=taken_up_by)
    step = PasswordSet(
        account=done.held.view(rules.keyring),
        binding_id=done.bound.id,
        credential_version=done.held.credential_version,
        session_digest=seen.flow.session_digest,
    )
    return handed_out(done, step)


# Decisions


def accept_password(rules: Rules, seen: Seen, moment: Moment, password: str) -> str:
    """The password in the form that is hashed.

    Raises:
        Refused: with the rule that it breaks; `password_same_as_before` when it is the one that the flow began with,
            the issued one that the account was opened with, or one of those that the policy has remembered.
    """
    prepared = prepare(password, field="new_password")
    account = seen.held
    words = context_words(
        username=account.view(rules.keyring).username,
        agency_name=account.agency_name,
        province=account.province,
        now=moment.now,
    )
    rules.policy.passwords_of(account.kind).check(prepared, context_words=words)
    # Keyed fingerprints, so that no second Argon2 is needed (R1.2).
    remembered = account.password_fingerprints[: rules.policy.passwords.remembered]
    for before in (seen.flow.password_fingerprint, account.issued_fingerprint, *remembered):
        for form in {prepared, as_generated(prepared)}:
            if before and rules.keyring.same_digest(before, "password", account.id, form):
                raise Refused("password_same_as_before", field="new_password")
    return prepared


def needs_approval(seen: Seen) -> bool:
    """Whether the person's last act asks for an administrator's approval."""
    asks = row(seen.flow.purpose, seen.flow.stage, Input.APPROVAL_ASKED) is not None
    return asks and seen.held.needs_approval


def await_approval(
    rules: Rules, seen: Seen, moment: Moment, happened: Input, password_hash: str, fingerprint: str | None
) -> Change:
    """All is done but the approval: the flow waits, longer than others, and nothing of the account is changed yet."""
    flow, event = advance(
        seen.flow,
        Input.APPROVAL_ASKED,
        moment,
        password_hash=password_hash,
        new_password_fingerprint=fingerprint,
        expires_at=moment.now + rules.policy.approval_lifetime,
        one_time_code_id=None,
        one_time_code_digest=None,
    )
    return Change(
        writes=(flow,),
        inserts=(event,),
        expects=unchanged(seen),
        refunds=_code_refund(rules, seen, moment, happened),
    )


def complete(
    rules: Rules,
    seen: Seen,
    moment: Moment,
    happened: Input,
    password_hash: str,
    fingerprint: str | None,
    *,
    by: str | None = None,
    reason: str | None = None,
) -> Change:
    """Flow done, password set, person bound, epoch bumped: all of it or nothing.

    Args:
        fingerprint: of the new password, where the policy asks for it.
        by, reason: of the administrator whose approval completes it.
    """
    account, spec, keyring = seen.held, SPECS[seen.flow.purpose], rules.keyring
    bound = _bind(rules, seen, moment) if spec.binds_person else None
    binding_id = account.binding_id if bound is None else bound.id
    flow, event = advance(seen.flow, happened, moment)
    settled = replace(
        # What is sealed here is sealed by the current key, so all of it is.
        rekeyed_account(keyring, account),
        epoch=account.epoch + 1,
        status=AccountStatus.ACTIVE,
        password_hash=password_hash,
        password_is_issued=False,
        password_is_generated=False,
        password_fingerprints=_remembered(rules, seen, fingerprint),
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
            issued_fingerprint=_current_fingerprint(rules, seen),
            expected_person_index=bound.person_index,
            expected_person_sealed=keyring.seal(
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
        refunds=_code_refund(rules, seen, moment, happened),
        clears=_guesses(rules, seen) if spec.clears_guesses else (),
    )


def _bind(rules: Rules, seen: Seen, moment: Moment) -> BindingRecord:
    """The binding: the same one where its person comes back after a re-issue, else a new one."""
    flow, keyring, identity, binding = seen.flow, rules.keyring, identity_of(rules, seen), seen.binding
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


def _current_fingerprint(rules: Rules, seen: Seen) -> str | None:
    """Of the issued password; none where it was made under a key that is to be retired, as `rekeyed_account` does."""
    fingerprint = seen.flow.password_fingerprint
    return fingerprint if rules.keyring.is_current(fingerprint) else None


def _remembered(rules: Rules, seen: Seen, fingerprint: str | None) -> tuple[str, ...]:
    """Of the person's last passwords, newest first, the one that is set now included; none by a policy without."""
    if fingerprint is None:
        return ()
    # The one before may have been set under a policy that did not ask for its fingerprint.
    before = () if seen.held.password_is_issued else (seen.flow.password_fingerprint,)
    newest_first = dict.fromkeys((fingerprint, *filter(None, before), *seen.held.password_fingerprints))
    return tuple(newest_first)[: rules.policy.passwords.remembered]


def _code_refund(rules: Rules, seen: Seen, moment: Moment, happened: Input) -> tuple[Charge, ...]:
    """Of the attempt at the code, where code and password came in one form."""
    return account_refund(rules, seen, moment) if happened is Input.CODE_AND_PASSWORD_SET else ()


def _guesses(rules: Rules, seen: Seen) -> tuple[Budget, ...]:
    """What somebody who guesses has used up: it does not keep out who has proven themselves by ThaID and mailbox."""
    username = prepare_username(seen.held.view(rules.keyring).username)
    return (
        *budgets.guesses(rules.policy, rules.keyring, username),
        budgets.authenticator_attempts(rules.policy, seen.held.id),
    )
