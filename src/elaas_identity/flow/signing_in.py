"""Username and password: charged before they are looked at, and answered alike for every name that fails.

With an issued credential they begin an onboarding; with the person's own password, a sign-in. Acts: `begin`,
`submit_credential`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from elaas_identity.accounts.account import AccountRecord, AccountStatus, BindingRecord
from elaas_identity.authenticator_app.authenticator import AuthenticatorRecord
from elaas_identity.browser import Browser
from elaas_identity.change import Change, Done, Exhausted
from elaas_identity.effects import Act, commit, hash_password, load
from elaas_identity.errors import ElaasIdentityError, ProviderFailed, Refused
from elaas_identity.flow import budgets
from elaas_identity.flow.advance import Rules, Seen, account_unchanged, advance, flow_event, start_flow
from elaas_identity.flow.evidence import assurance_of, judge_person
from elaas_identity.flow.flow import FlowRecord, begun_by
from elaas_identity.flow.moment import Moment
from elaas_identity.flow.opening import (
    MOST_CONFLICTS,
    admit,
    check_browser,
    exhausted,
    holder_keys,
    led_on,
    opened,
    see_again,
    stands_now,
    told,
)
from elaas_identity.flow.outcomes import SignedIn
from elaas_identity.flow.policy import SignInPolicy
from elaas_identity.flow.purposes import SPECS
from elaas_identity.flow.sign_in_attempt import (
    Attempt,
    attempt_of_name,
    attempt_of_person,
    charge,
    failed,
    refund,
    submitted_password,
    unless_failed,
    verify,
)
from elaas_identity.flow.standing import handed_out, identity_of, progress
from elaas_identity.flow.steps import Progress
from elaas_identity.flow.transitions import Input, Purpose, Stage
from elaas_identity.flow.waiting import meant, waiting_for
from elaas_identity.person.assurance import PASSWORD, PASSWORD_AND_THAID
from elaas_identity.person.verified import VerifiedIdentity


@dataclass(frozen=True, slots=True)
class Holder:
    """An account as an attempt finds it: with who holds it, and their authenticator app."""

    account: AccountRecord
    binding: BindingRecord | None
    authenticator: AuthenticatorRecord | None


# Acts


def begin(rules: Rules, moment: Moment, browser: Browser, username: str, password: str) -> Act[Progress]:
    """Check username and password, and begin what they are good for."""
    yield from check_browser(rules, moment, browser, "sign_in.refused")
    tried = attempt_of_name(rules, moment, username, password, browser.address)
    return (yield from _try(rules, moment, browser, tried, password))


def submit_credential(
    rules: Rules, moment: Moment, browser: Browser, flow_id: str, username: str, password: str
) -> Act[Progress]:
    """Check username and password of a proven person; what they are good for begins another flow, and ends this one."""
    proven = yield from opened(rules, moment, browser, flow_id, Input.CREDENTIAL_ACCEPTED)
    tried = attempt_of_person(rules, moment, username, password, proven)
    try:
        return (yield from _try(rules, moment, browser, tried, password, proven))
    except ElaasIdentityError as error:
        if error.progress is None and error.code != "flow_unknown":
            # Another tab may have ended the flow meanwhile.
            stands = (yield from see_again(rules, moment, proven)) if isinstance(error, Refused) else proven
            error.progress = progress(rules, stands, moment.now)
        raise


def _try(
    rules: Rules, moment: Moment, browser: Browser, tried: Attempt, password: str, proven: Seen | None = None
) -> Act[Progress]:
    """Charge, look the account up, verify once, and begin.

    Args:
        proven: the flow that has proven the person beforehand; it ends here.
    """
    tried = yield from charge(moment, tried)
    holder, is_closed = yield from _holder(moment, tried)
    account = None if holder is None else holder.account
    prepared = submitted_password(password, account)

    # One Argon2 for every name: an unknown or suspended one is verified against a decoy (ASVS 6.3.8).
    is_looked_at = not is_closed and _is_looked_at(rules, holder, proven)
    looked_at = account if is_looked_at else None
    may_wait = looked_at is not None and looked_at.needs_approval
    waiting = (yield from waiting_for(looked_at)) if may_wait else ()
    who = None if proven is None else identity_of(rules, proven)
    new = None if looked_at is None else meant(rules, moment, browser, looked_at, waiting, prepared, who)
    if new is not None:
        verified = yield from verify(tried, new.password_hash, submitted_password(password, None))
    else:
        stored = None if looked_at is None else looked_at.password_hash
        verified = yield from verify(tried, stored, prepared)
    if account is None or holder is None or not verified.matches:
        if not may_wait:
            yield from waiting_for(None)
        refusal = Refused("credential_wrong", field=None if proven is None else "username")
        raise (yield from failed(moment, tried, verified, refusal, None if account is None else account.id))
    if new is not None:
        # No failure; and nothing opens, so what was guessed at the account stays counted.
        yield from commit(Change(refunds=tried.charges))
        waits = Refused("approval_awaited")
        raise (yield from told(moment, "sign_in.refused", waits, account_id=account.id))
    if _is_expired(account, moment):
        yield from commit(refund(tried))
        late = Refused("issued_credential_expired")
        raise (yield from told(moment, "sign_in.refused", late, account_id=account.id))
    upgraded = None
    if verified.is_outdated:
        upgraded = yield from unless_failed(tried, hash_password(prepared))

    for _ in range(MOST_CONFLICTS):
        try:
            change, flow = _begin(
                rules, moment, browser, tried, holder, prepared=prepared, upgraded=upgraded, proven=proven
            )
        except Refused as weak:
            yield from commit(refund(tried))
            yield from told(moment, "sign_in.refused", weak, account_id=account.id)
            raise
        outcome = yield from commit(change)
        if isinstance(outcome, Done):
            begun = Seen(flow, holder.account, binding=holder.binding)
            if flow.stage is not Stage.DONE:
                return progress(rules, begun, moment.now)
            if proven is None:
                return signed_in(rules, moment, begun, PASSWORD)
            return signed_in(rules, moment, begun, PASSWORD_AND_THAID, identity_of(rules, proven))
        if isinstance(outcome, Exhausted):
            yield from commit(refund(tried))
            raise (yield from told(moment, "flow.refused", exhausted(outcome), account_id=account.id))
        if proven is not None:
            try:
                proven = yield from led_on(rules, moment, (yield from stands_now(rules, moment, proven)))
                yield from admit(rules, moment, proven, Input.CREDENTIAL_ACCEPTED)
            except Refused:  # another tab was faster; the password was right all the same
                yield from commit(refund(tried))
                raise
        again, _ = yield from _holder(moment, tried)
        if again is None or _pinned(again.account) != _pinned(account):
            # The password that was right a moment ago is no longer the account's.
            wrong = Refused("credential_wrong")
            raise (yield from told(moment, "sign_in.refused", wrong, account_id=account.id))
        if again.account.password_hash != holder.account.password_hash:
            upgraded = None  # another sign-in has upgraded it
        holder = again
    raise ProviderFailed("store_contended")


# Parts of them, for other acts too


def signed_in(
    rules: Rules,
    moment: Moment,
    done: Seen,
    methods: tuple[str, ...],
    proven: VerifiedIdentity | None = None,
) -> Progress:
    """What the call that completed a sign-in hands out, once.

    Args:
        methods: what signed in, as `amr` values. The mailbox is never among them (SP 800-63B-4 §3.1.3.1).
        proven: whom the identity provider has just proven, where it was asked.

    Raises:
        Misconfigured: `keyring`, when the key that sealed the person is not in the keyring.
    """
    account, binding = done.held, done.bound
    person = VerifiedIdentity.restored(
        rules.keyring.open(f"binding.identity:{binding.id}", binding.identity_sealed)
    )
    step = SignedIn(
        account=account.view(rules.keyring),
        person=person,
        binding_id=binding.id,
        assurance=assurance_of(proven or person, methods, moment.now),
        credential_version=account.credential_version,
    )
    return handed_out(done, step)


def end_proven(
    change: Change, proven: Seen, happened: Input, account: AccountRecord, moment: Moment
) -> Change:
    """The flow that proved the person ends in the same commit: it begins one flow, once."""
    ended, event = advance(proven.flow, happened, moment, account_id=account.id, account_epoch=account.epoch)
    return replace(change, writes=(*change.writes, ended), inserts=(*change.inserts, event))


# Decisions


def may_sign_in(account: AccountRecord) -> bool:
    """Whether the account's password is looked at at all."""
    return account.status in (AccountStatus.ISSUED, AccountStatus.ACTIVE)


def _is_looked_at(rules: Rules, holder: Holder | None, proven: Seen | None) -> bool:
    """Whether the account's password is looked at: to a proven person, only that of an account of their own."""
    if holder is None or not may_sign_in(holder.account):
        return False
    if proven is None:
        return True
    return judge_person(rules, holder.account, holder.binding, identity_of(rules, proven)) is None


def _is_expired(account: AccountRecord, moment: Moment) -> bool:
    """Whether the issued password has run out (ASVS 6.4.1)."""
    return (
        account.password_is_issued
        and account.password_expires_at is not None
        and moment.now >= account.password_expires_at
    )


def opens(rules: Rules, holder: Holder, prepared: str, *, proven: bool) -> tuple[Purpose, Input]:
    """What a right password is good for, by the account's status and its sign-in policy.

    Raises:
        Refused: `password_outdated`, for one that is too short by now where it is not the only factor: it alone must
            not set another.
    """
    account = holder.account
    if account.status is AccountStatus.ISSUED:
        happened = Input.CREDENTIAL_OF_PROVEN_PERSON if proven else Input.CREDENTIAL_ACCEPTED
        return Purpose.ONBOARDING, happened
    policy = rules.policy.sign_in_of(account.kind)
    if len(prepared) < rules.policy.passwords_of(account.kind).minimum_length:
        if policy is not SignInPolicy.PASSWORD:
            raise Refused("password_outdated", field="password")
        return Purpose.SIGN_IN, Input.CREDENTIAL_TOO_WEAK
    if policy is SignInPolicy.PASSWORD_AND_TOTP:
        if holder.authenticator is None or not holder.authenticator.is_confirmed:
            return Purpose.AUTHENTICATOR, Input.CREDENTIAL_ACCEPTED
        return Purpose.SIGN_IN, Input.CREDENTIAL_AWAITS_AUTHENTICATOR
    if policy is SignInPolicy.PASSWORD or proven:
        return Purpose.SIGN_IN, Input.CREDENTIAL_ACCEPTED
    return Purpose.SIGN_IN, Input.CREDENTIAL_AWAITS_IDENTITY


def _begin(
    rules: Rules,
    moment: Moment,
    browser: Browser,
    tried: Attempt,
    holder: Holder,
    *,
    prepared: str,
    upgraded: str | None,
    proven: Seen | None,
) -> tuple[Change, FlowRecord]:
    """The flow that a right password begins: see `opens`.

    Raises:
        Refused: as `opens`.
    """
    account = holder.account
    purpose, happened = opens(rules, holder, prepared, proven=proven is not None)
    flow_id = moment.id("flow") if proven is None else begun_by(proven.flow.id)
    start = replace(
        start_flow(rules, moment, browser, purpose, account, flow_id),
        password_fingerprint=rules.keyring.digest("password", account.id, prepared),
    )
    if proven is not None:
        start = _of_proven(rules, start, proven)
    flow, event = advance(start, happened, moment)
    charged = SPECS[purpose].budgets(rules.policy, rules.keyring, account.id, browser.address)
    change = Change(
        inserts=(flow, replace(event, binding_id=account.binding_id)),
        charges=budgets.charges(moment, charged),
        refunds=tried.charges,
        clears=tried.clears,
    )
    if proven is not None:
        change = end_proven(change, proven, Input.CREDENTIAL_ACCEPTED, account, moment)
    if upgraded is None:
        return replace(change, expects=(account_unchanged(account),)), flow
    # Not a change of password: the epoch stays, and no flow or session ends by it (R2.5).
    rehashed = replace(account, password_hash=upgraded, updated_at=moment.now)
    told = flow_event(moment, "password_hash.upgraded", flow)
    return replace(change, writes=(*change.writes, rehashed), inserts=(*change.inserts, told)), flow


def _of_proven(rules: Rules, start: FlowRecord, proven: Seen) -> FlowRecord:
    """The new flow goes on with whom the one before it has proven; what is sealed is sealed for it anew."""
    identity = identity_of(rules, proven)
    return replace(
        start,
        identity_sealed=rules.keyring.seal(f"flow.identity:{start.id}", identity.serialised()),
        person_index=proven.flow.person_index,
        subject_index=proven.flow.subject_index,
    )


def _holder(moment: Moment, tried: Attempt) -> Act[tuple[Holder | None, bool]]:
    """The account under one of the keys, and who holds it, in one load; and whether a hundred failures in a row have
    closed it: then its password is looked at no more, and nothing tells of it (SP 800-63B-4 §3.2.2)."""
    holders = [holder_keys(key) for key in tried.keys]
    counted = () if tried.in_a_row is None else (tried.in_a_row.budget,)
    read = yield from load(*(key for holder in holders for key in holder), *counted)
    is_closed = any(read.used(budget, moment.now) >= budget.limit for budget in counted)
    for account_key, binding_key, authenticator_key in holders:
        account = read.one(account_key)
        if account is not None:
            return Holder(account, read.one(binding_key), read.one(authenticator_key)), is_closed
    return None, is_closed


def _pinned(account: AccountRecord) -> tuple[int, AccountStatus]:
    return account.epoch, account.status
