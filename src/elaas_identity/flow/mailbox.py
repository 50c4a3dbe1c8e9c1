"""The one-time code comes back from the mailbox. Act: `submit_one_time_code`.

An attempt is reserved by a commit of charges before anything is compared, so that of many guesses at once at most the
limit is compared. The charges touch no record, so that a right code among wrong ones is not turned away (invariant 2).
"""

from __future__ import annotations

from dataclasses import replace

from elaas_identity.accounts.rekeying import rekeyed_binding
from elaas_identity.browser import Browser
from elaas_identity.change import Change, Charge, Key, Unchanged
from elaas_identity.effects import Act, commit
from elaas_identity.errors import Refused
from elaas_identity.flow import budgets
from elaas_identity.flow.advance import Rules, Seen, advance, flow_event, unchanged
from elaas_identity.flow.flow import FlowRecord
from elaas_identity.flow.moment import Moment
from elaas_identity.flow.notices import notify
from elaas_identity.flow.opening import judged, opened, see_again, settle, told
from elaas_identity.flow.outcomes import EmailChanged
from elaas_identity.flow.standing import (
    address_of,
    bound_address,
    code_digits,
    handed_out,
    is_code_expired,
    progress,
)
from elaas_identity.flow.steps import Progress
from elaas_identity.flow.transitions import Input, Stage
from elaas_identity.one_time_code import one_time_code
from elaas_identity.person.typed import compact

# Act


def submit_one_time_code(
    rules: Rules, moment: Moment, browser: Browser, flow_id: str, typed: str
) -> Act[Progress]:
    """Compare the code; a right one confirms the address, and ends a change of address."""
    happened = Input.CODE_CONFIRMED
    seen = yield from opened(rules, moment, browser, flow_id, happened)
    moment = attempt_at(rules, moment, seen, typed)
    seen = yield from compare_code(rules, moment, seen, typed)
    before = seen
    seen = yield from settle(rules, moment, seen, lambda stands: confirm_address(rules, stands, moment))
    if seen.flow.stage is not Stage.DONE:
        return progress(rules, seen, moment.now)

    # Only the address was to be changed. A thief of the session reads the new mailbox alone, so both are told.
    old, new = bound_address(rules, before.bound), bound_address(rules, seen.bound)
    until = moment.now + rules.policy.email_cool_off
    yield from notify(rules, moment, seen, "email.changed.to_old", old, new_masked=new.masked, until=until)
    yield from notify(rules, moment, seen, "email.changed.to_new", new)
    step = EmailChanged(
        account=seen.held.view(rules.keyring),
        binding_id=seen.bound.id,
        email_masked=new.masked,
        session_digest=before.flow.session_digest,
    )
    return handed_out(seen, step)


def compare_code(rules: Rules, moment: Moment, seen: Seen, typed: str) -> Act[Seen]:
    """Reserve an attempt, then compare; return only when the code is right.

    Raises:
        Refused: `one_time_code_malformed` and `one_time_code_expired`, which are not counted; `one_time_code_wrong`;
            `one_time_code_exhausted`, `one_time_code_throttled`.
    """
    digits = yield from judged(rules, moment, seen, lambda: accept_code(rules, seen, moment, typed))
    seen = yield from settle(rules, moment, seen, lambda stands: reserve_attempt(rules, stands, moment))
    if is_right(rules, seen, digits):
        return seen
    refusal = Refused("one_time_code_wrong", field="one_time_code")
    if moment.attempt in seen.attempts:
        yield from told(moment, "one_time_code.refused", refusal, seen)
    else:
        yield from commit(record_wrong(seen, moment))
    refusal.progress = progress(rules, (yield from see_again(rules, moment, seen)), moment.now)
    raise refusal


# Decisions


def attempt_at(rules: Rules, moment: Moment, seen: Seen, typed: str) -> Moment:
    """The moment of an attempt at this flow's code: a double click on one page is one attempt."""
    return moment.typed(rules.keyring, seen.flow.id, seen.flow.one_time_code_id or "", compact(typed))


def accept_code(rules: Rules, seen: Seen, moment: Moment, typed: str) -> str:
    """The digits that were typed.

    Raises:
        Refused: `one_time_code_malformed`, `one_time_code_expired`.
    """
    digits = one_time_code.normalise(typed, code_digits(rules, seen.flow))
    if is_code_expired(seen.flow, moment.now):
        raise Refused("one_time_code_expired", field="one_time_code")
    return digits


def reserve_attempt(rules: Rules, seen: Seen, moment: Moment) -> Change:
    """One attempt at the code, charged to flow and account."""
    flow = seen.flow
    return Change(
        expects=(
            *unchanged(seen),
            Unchanged(
                Key(FlowRecord, flow.id), {"stage": flow.stage, "one_time_code_id": flow.one_time_code_id}
            ),
        ),
        charges=budgets.charges(
            moment,
            (
                budgets.code_attempts(rules.policy, flow.id),
                budgets.account_code_attempts(rules.policy, flow.account_id),
            ),
        ),
    )


def is_right(rules: Rules, seen: Seen, typed: str) -> bool:
    """Whether what was typed is the code of this flow, account and address. Constant time."""
    flow = seen.flow
    assert flow.one_time_code_digest is not None
    assert flow.one_time_code_id is not None
    return one_time_code.matches(
        rules.keyring,
        flow.one_time_code_digest,
        typed,
        flow_id=flow.id,
        account_id=flow.account_id,
        email=address_of(rules, seen).value,
        code_id=flow.one_time_code_id,
    )


def record_wrong(seen: Seen, moment: Moment) -> Change:
    """A wrong code: its charges stay."""
    event = flow_event(
        moment, "one_time_code.refused", seen.flow, outcome="refused", code="one_time_code_wrong"
    )
    return Change(inserts=(event,))


def confirm_address(rules: Rules, seen: Seen, moment: Moment) -> Change:
    """The right code: consumed, and the account's charge given back. Where the table ends the flow by it, the address
    is the binding's from now on, and for a while no recovery trusts it."""
    flow, event = advance(
        seen.flow, Input.CODE_CONFIRMED, moment, one_time_code_digest=None, one_time_code_id=None
    )
    refunds = account_refund(rules, seen, moment)
    if flow.stage is not Stage.DONE:
        return Change(writes=(flow,), inserts=(event,), expects=unchanged(seen), refunds=refunds)
    keyring, binding, account = rules.keyring, seen.bound, seen.held
    settled = replace(account, epoch=account.epoch + 1, updated_at=moment.now)
    rebound = replace(
        rekeyed_binding(keyring, binding),
        email_sealed=keyring.seal(f"binding.email:{binding.id}", address_of(rules, seen).value),
        email_changed_at=moment.now,
    )
    return Change(
        writes=(flow, settled, rebound), inserts=(replace(event, binding_id=binding.id),), refunds=refunds
    )


def account_refund(rules: Rules, seen: Seen, moment: Moment) -> tuple[Charge, ...]:
    """The charge that `reserve_attempt` made to the account in the same act."""
    return budgets.charges(moment, (budgets.account_code_attempts(rules.policy, seen.flow.account_id),))
