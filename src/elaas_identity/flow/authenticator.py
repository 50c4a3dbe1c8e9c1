"""The authenticator app: its code at sign-in, and its enrolment. Acts: `submit_authenticator_code`,
`confirm_authenticator`.

As with a code by mail, an attempt is reserved by a commit of charges before anything is compared (invariant 2). A code
is good once: the commit that accepts it writes the app's record, which a second one finds changed.
"""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

from elaas_identity.authenticator_app import enrolment
from elaas_identity.authenticator_app.recovery_codes import CODE_BYTES, COUNT
from elaas_identity.authenticator_app.second_factor import accepted as accepted_factor
from elaas_identity.authenticator_app.second_factor import has_form
from elaas_identity.authenticator_app.totp import STEP_SECONDS
from elaas_identity.browser import Browser
from elaas_identity.change import Change, Done, Key, Record, Unchanged
from elaas_identity.effects import Act, commit, draw
from elaas_identity.errors import ProviderFailed, Refused
from elaas_identity.flow import budgets
from elaas_identity.flow.advance import Rules, Seen, advance, flow_event, unchanged
from elaas_identity.flow.flow import FlowRecord
from elaas_identity.flow.moment import Moment
from elaas_identity.flow.notices import notify
from elaas_identity.flow.opening import (
    MOST_CONFLICTS,
    judged,
    moved_on,
    opened,
    see_again,
    settle,
    stands_now,
    told,
)
from elaas_identity.flow.outcomes import AuthenticatorEnrolled
from elaas_identity.flow.signing_in import signed_in
from elaas_identity.flow.standing import bound_address, enrolling_secret, handed_out, identity_of, progress
from elaas_identity.flow.steps import Progress
from elaas_identity.flow.transitions import Input
from elaas_identity.person.assurance import PASSWORD_AND_AUTHENTICATOR
from elaas_identity.person.typed import compact

# Acts


def submit_authenticator_code(
    rules: Rules, moment: Moment, browser: Browser, flow_id: str, typed: str
) -> Act[Progress]:
    """The second factor of a sign-in: what the app shows, or a recovery code in its place."""
    happened = Input.AUTHENTICATOR_CODE_ACCEPTED
    seen = yield from opened(rules, moment, browser, flow_id, happened)
    yield from judged(rules, moment, seen, lambda: check_form(typed))
    # The same digits are another attempt half a minute later: the app shows others then.
    step = str(int(moment.now.timestamp()) // STEP_SECONDS)
    moment = moment.typed(rules.keyring, seen.flow.id, step, compact(typed))
    seen = yield from settle(rules, moment, seen, lambda stands: reserve_attempt(rules, stands, moment))
    for _ in range(MOST_CONFLICTS):
        decided = accept_code(rules, seen, moment, typed)
        if decided is None:
            refusal = Refused("authenticator_code_wrong", field="authenticator_code")
            if moment.attempt in seen.attempts:
                yield from told(moment, "authenticator.refused", refusal, seen)
            else:
                yield from commit(record_wrong(seen, moment))
            refusal.progress = progress(rules, (yield from see_again(rules, moment, seen)), moment.now)
            raise refusal
        change, left = decided
        if isinstance((yield from commit(change)), Done):
            done = seen.after(change)
            answer = signed_in(rules, moment, done, PASSWORD_AND_AUTHENTICATOR)
            if left is not None:  # a sheet of paper may have been found
                address = bound_address(rules, done.bound)
                yield from notify(rules, moment, done, "authenticator.recovery_code_used", address, left=left)
            return answer
        # Another code, or the same one, was faster: on what stands now, this one may be used up. Reserved in time,
        # it is still looked at.
        again = yield from stands_now(rules, moment, seen)
        if not seen.same_footing(again):
            raise (yield from moved_on(rules, moment, again))
        seen = again
    raise ProviderFailed("store_contended", progress=progress(rules, seen, moment.now))


def confirm_authenticator(
    rules: Rules, moment: Moment, browser: Browser, flow_id: str, typed: str
) -> Act[Progress]:
    """The first code that the new app shows: from now on the app counts."""
    happened = Input.AUTHENTICATOR_CONFIRMED
    seen = yield from opened(rules, moment, browser, flow_id, happened)
    drawn = yield from draw(lambda random: random.token_bytes(COUNT * CODE_BYTES))
    codes: tuple[str, ...] = ()

    def decide(stands: Seen) -> Change:
        nonlocal codes
        change, codes = enrol(rules, stands, moment, typed, drawn)
        return change

    done = yield from settle(rules, moment, seen, decide)
    yield from notify(rules, moment, done, "authenticator.enrolled", bound_address(rules, done.bound))
    step = AuthenticatorEnrolled(
        account=done.held.view(rules.keyring),
        binding_id=done.bound.id,
        person_name=identity_of(rules, seen).display_name,
        recovery_codes=codes,
        session_digest=seen.flow.session_digest,
    )
    return handed_out(done, step)


# Decisions


def check_form(typed: str) -> None:
    """Check that it could be a code at all; what could not is not counted.

    Raises:
        Refused: `authenticator_code_malformed`.
    """
    if not has_form(typed):
        raise Refused("authenticator_code_malformed", field="authenticator_code")


def reserve_attempt(rules: Rules, seen: Seen, moment: Moment) -> Change:
    """One attempt at the code, charged to flow and account."""
    flow = seen.flow
    return Change(
        expects=(*unchanged(seen), Unchanged(Key(FlowRecord, flow.id), {"stage": flow.stage})),
        charges=budgets.charges(
            moment,
            (
                budgets.code_attempts(rules.policy, flow.id),
                budgets.authenticator_attempts(rules.policy, flow.account_id),
            ),
        ),
    )


def accept_code(rules: Rules, seen: Seen, moment: Moment, typed: str) -> tuple[Change, int | None] | None:
    """The sign-in completed by that code, which is used up, and the account's charge given back; None: it is wrong.

    Decided on the app as it stands: of two requests with one code, the second finds it used.

    Returns:
        The change; and how many recovery codes are left, where the code was one of them.
    """
    assert seen.authenticator is not None, "by the table, only who has an app is asked for its code"
    factor = accepted_factor(rules.keyring, seen.authenticator, typed, moment.now)
    if factor is None:
        return None
    flow, event = advance(seen.flow, Input.AUTHENTICATOR_CODE_ACCEPTED, moment)
    told, left = [replace(event, binding_id=seen.held.binding_id)], None
    if factor.by_recovery_code:
        told.append(
            flow_event(moment, "authenticator.recovery_code_used", flow, binding_id=seen.held.binding_id)
        )
        left = len(factor.record.recovery_codes_sealed)
    change = Change(
        writes=(flow, factor.record),
        inserts=tuple(told),
        expects=unchanged(seen),
        refunds=budgets.charges(
            moment, (budgets.authenticator_attempts(rules.policy, seen.flow.account_id),)
        ),
    )
    return change, left


def record_wrong(seen: Seen, moment: Moment) -> Change:
    """A wrong code: its charges stay."""
    event = flow_event(
        moment, "authenticator.refused", seen.flow, outcome="refused", code="authenticator_code_wrong"
    )
    return Change(inserts=(event,))


def enrol(
    rules: Rules, seen: Seen, moment: Moment, typed: str, drawn: bytes
) -> tuple[Change, tuple[str, ...]]:
    """The app that showed a right code counts from now on; with its recovery codes.

    No attempt is counted: whoever enrols sees the secret itself.

    Args:
        drawn: randomness for the recovery codes.

    Raises:
        Refused: `authenticator_code_wrong`.
    """
    account, binding = seen.held, seen.bound
    fresh = enrolment.confirmed(
        rules.keyring,
        binding_id=binding.id,
        existing=seen.authenticator,
        secret=enrolling_secret(rules, seen),
        typed=typed,
        now=moment.now,
        random_bytes=BytesIO(drawn).read,
    )
    if fresh is None:
        raise Refused("authenticator_code_wrong", field="authenticator_code")
    flow, event = advance(seen.flow, Input.AUTHENTICATOR_CONFIRMED, moment)
    settled = replace(account, epoch=account.epoch + 1, updated_at=moment.now)
    writes: tuple[Record, ...] = (flow, settled)
    inserts: tuple[Record, ...] = (replace(event, binding_id=binding.id),)
    if fresh.record.version:
        writes = (*writes, fresh.record)
    else:
        inserts = (*inserts, fresh.record)
    cleared = (budgets.authenticator_attempts(rules.policy, account.id),)
    return Change(writes=writes, inserts=inserts, clears=cleared), fresh.codes
