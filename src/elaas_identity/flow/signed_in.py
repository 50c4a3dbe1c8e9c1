"""Somebody who is signed in at the portal asks for something: a flow of the account that their session holds.

Acts: `begin_signed_in`, `step_up`, `change_password`, `consume_step_up`. A session that the account has left behind (a
new password, a hand-over, a suspension, though it was lifted) begins nothing, and uses nothing up.
"""

from __future__ import annotations

from dataclasses import replace

from elaas_identity.accounts.account import AccountRecord
from elaas_identity.assertions.assertion import require_digest
from elaas_identity.browser import Browser
from elaas_identity.change import Change, Done, Exhausted
from elaas_identity.effects import Act, commit, load
from elaas_identity.errors import ProviderFailed, Refused
from elaas_identity.flow import budgets
from elaas_identity.flow.advance import Rules, Seen, account_unchanged, advance, start_flow, unchanged
from elaas_identity.flow.evidence import assurance_of
from elaas_identity.flow.flow import FlowRecord
from elaas_identity.flow.moment import Moment
from elaas_identity.flow.opening import (
    MOST_CONFLICTS,
    check_browser,
    exhausted,
    opened,
    settle,
    told,
)
from elaas_identity.flow.outcomes import SteppedUp
from elaas_identity.flow.purposes import SPECS
from elaas_identity.flow.sign_in_attempt import (
    attempt_of_name,
    charge,
    failed,
    refund,
    submitted_password,
    verify,
)
from elaas_identity.flow.standing import handed_out, identity_of, progress
from elaas_identity.flow.steps import Progress
from elaas_identity.flow.transitions import Input, Purpose
from elaas_identity.person.assurance import THAID_ALONE
from elaas_identity.sessions.session import Session, account_key, held

# Acts


def begin_signed_in(
    rules: Rules,
    moment: Moment,
    browser: Browser,
    session: Session,
    purpose: Purpose,
    *,
    transaction_digest: str | None = None,
) -> Act[Progress]:
    """Begin a flow of that purpose for the session's account. ThaID comes first."""
    yield from check_browser(rules, moment, browser, "flow.refused")
    account = yield from account_of(moment, session)
    start = _start(rules, moment, browser, session, purpose, transaction_digest=transaction_digest)
    return (yield from _begin(rules, moment, session, account, start, Input.ASKED))


def step_up(
    rules: Rules, moment: Moment, browser: Browser, session: Session, transaction_digest: str
) -> Act[Progress]:
    """Have a person who is signed in prove who they are once more, for one transaction."""
    require_digest(transaction_digest)
    return (
        yield from begin_signed_in(
            rules, moment, browser, session, Purpose.STEP_UP, transaction_digest=transaction_digest
        )
    )


def change_password(
    rules: Rules, moment: Moment, browser: Browser, session: Session, current_password: str
) -> Act[Progress]:
    """Begin to change the password: the current one is asked for again, and counted like a sign-in (ASVS 6.2.3)."""
    yield from check_browser(rules, moment, browser, "flow.refused")
    account = yield from account_of(moment, session)

    username = account.view(rules.keyring).username
    tried = attempt_of_name(rules, moment, username, current_password, browser.address)
    tried = yield from charge(moment, tried)
    prepared = submitted_password(current_password, account)
    verified = yield from verify(tried, account.password_hash, prepared)
    if not verified.matches:
        refusal = Refused("current_password_wrong", field="current_password")
        raise (yield from failed(moment, tried, verified, refusal, account.id))
    yield from commit(refund(tried))

    fingerprint = rules.keyring.digest("password", account.id, prepared)
    start = _start(rules, moment, browser, session, Purpose.PASSWORD_CHANGE, password_fingerprint=fingerprint)
    return (yield from _begin(rules, moment, session, account, start, Input.CREDENTIAL_ACCEPTED))


def consume_step_up(
    rules: Rules, moment: Moment, browser: Browser, flow_id: str, session: Session, transaction_digest: str
) -> Act[Progress]:
    """Use the proof of a step-up up, for the session and the transaction that it was asked for."""
    happened = Input.PROOF_USED
    seen = yield from opened(rules, moment, browser, flow_id, happened)
    yield from account_of(moment, session)
    identity = identity_of(rules, seen)
    done = yield from settle(
        rules,
        moment,
        seen,
        lambda stands: use_proof(rules, stands, moment, session, transaction_digest),
    )
    step = SteppedUp(
        account=done.held.view(rules.keyring),
        person=identity,
        binding_id=session.binding_id,
        assurance=assurance_of(identity, THAID_ALONE, moment.now),
        transaction_digest=transaction_digest,
    )
    return handed_out(done, step)


def _begin(
    rules: Rules,
    moment: Moment,
    session: Session,
    account: AccountRecord,
    start: FlowRecord,
    happened: Input,
) -> Act[Progress]:
    for _ in range(MOST_CONFLICTS):
        change, flow = begin_flow(rules, account, moment, start, happened)
        outcome = yield from commit(change)
        if isinstance(outcome, Done):
            return progress(rules, Seen(flow, account), moment.now)
        if isinstance(outcome, Exhausted):
            raise (yield from told(moment, "flow.refused", exhausted(outcome), account_id=account.id))
        account = yield from account_of(moment, session)
    raise ProviderFailed("store_contended")


def account_of(moment: Moment, session: Session) -> Act[AccountRecord]:
    """The session's account, as `held` has it.

    Raises:
        Refused: `account_unknown`, `sign_in_outdated`.
    """
    key = account_key(session)
    read = yield from load(key)
    try:
        return held(session, read.one(key))
    except Refused as refusal:
        yield from told(moment, "flow.refused", refusal, account_id=session.account_id if key.value else None)
        raise


# Decisions


def _start(
    rules: Rules, moment: Moment, browser: Browser, session: Session, purpose: Purpose, **fields: str | None
) -> FlowRecord:
    """The flow that is asked for, before its first input; the commit pins it to the account."""
    start = start_flow(rules, moment, browser, purpose, None, moment.id("flow"))
    digest = rules.keyring.digest("session", session.ref)
    return replace(start, account_id=session.account_id, session_digest=digest, **fields)  # type: ignore[arg-type]


def begin_flow(
    rules: Rules, account: AccountRecord, moment: Moment, start: FlowRecord, happened: Input
) -> tuple[Change, FlowRecord]:
    """The flow, pinned to the account as it stands, and charged to it."""
    flow, event = advance(replace(start, account_epoch=account.epoch), happened, moment)
    charged = (
        budgets.session_flows(rules.policy, account.id),
        *SPECS[flow.purpose].budgets(rules.policy, rules.keyring, account.id, None),
    )
    change = Change(
        inserts=(flow, event),
        expects=(account_unchanged(account),),
        charges=budgets.charges(moment, charged),
    )
    return change, flow


def use_proof(rules: Rules, seen: Seen, moment: Moment, session: Session, transaction_digest: str) -> Change:
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
