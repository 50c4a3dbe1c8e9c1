"""The authenticator app: its code at sign-in, and its enrolment.

As with a code by mail, an attempt is reserved by a commit of charges before anything is compared (invariant 2). A code
is good once: the commit that accepts it writes the app's record, which a second one finds changed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from elaas_identity.authenticator_app import enrolment
from elaas_identity.authenticator_app.authenticator import AuthenticatorRecord
from elaas_identity.authenticator_app.second_factor import accepted as accepted_factor
from elaas_identity.authenticator_app.second_factor import has_form
from elaas_identity.change import Change, Key, Record, Unchanged
from elaas_identity.errors import Refused
from elaas_identity.flow import budgets
from elaas_identity.flow.advance import Rules, Seen, advance, flow_event, unchanged
from elaas_identity.flow.flow import FlowRecord
from elaas_identity.flow.moment import Moment
from elaas_identity.flow.standing import enrolling_secret
from elaas_identity.flow.transitions import Input


def check_form(typed: str) -> None:
    """That it could be a code at all; what could not is not counted.

    Raises:
        Refused: `authenticator_code_malformed`.
    """
    if not has_form(typed):
        raise Refused("authenticator_code_malformed", field="authenticator_code")


def reserved(rules: Rules, seen: Seen, moment: Moment) -> Change:
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


def accepted(rules: Rules, seen: Seen, moment: Moment, typed: str) -> Change | None:
    """The sign-in completed by that code, which is used up, and the account's charge given back; None: it is wrong.

    Decided on the app as it stands: of two requests with one code, the second finds it used.
    """
    assert seen.authenticator is not None, "by the table, only who has an app is asked for its code"
    factor = accepted_factor(rules.keyring, seen.authenticator, typed, moment.now)
    if factor is None:
        return None
    flow, event = advance(seen.flow, Input.AUTHENTICATOR_CODE_ACCEPTED, moment)
    told = [replace(event, binding_id=seen.held.binding_id)]
    if factor.by_recovery_code:
        used = flow_event(moment, "authenticator.recovery_code_used", flow, binding_id=seen.held.binding_id)
        told.append(used)
    return Change(
        writes=(flow, factor.record),
        inserts=tuple(told),
        expects=unchanged(seen),
        refunds=budgets.charges(
            moment, (budgets.authenticator_attempts(rules.policy, seen.flow.account_id),)
        ),
    )


def recovery_codes_left(change: Change) -> int | None:
    """How many recovery codes are left after the sign-in that used one up; None, where it used none."""
    if not any(
        getattr(record, "kind", "") == "authenticator.recovery_code_used" for record in change.inserts
    ):
        return None
    (app,) = (record for record in change.writes if isinstance(record, AuthenticatorRecord))
    return len(app.recovery_codes_sealed)


def wrong(seen: Seen, moment: Moment) -> Change:
    """A wrong code: its charges stay."""
    return Change(
        inserts=(
            flow_event(
                moment, "authenticator.refused", seen.flow, outcome="refused", code="authenticator_code_wrong"
            ),
        )
    )


def enrolled(
    rules: Rules, seen: Seen, moment: Moment, typed: str, random_bytes: Callable[[int], bytes]
) -> tuple[Change, tuple[str, ...]] | None:
    """The app that showed a right code counts from now on; with its recovery codes. None: the code is wrong.

    No attempt is counted: whoever enrols sees the secret itself.
    """
    account = seen.held
    assert account.binding_id is not None
    fresh = enrolment.confirmed(
        rules.keyring,
        binding_id=account.binding_id,
        existing=seen.authenticator,
        secret=enrolling_secret(rules, seen),
        typed=typed,
        now=moment.now,
        random_bytes=random_bytes,
    )
    if fresh is None:
        return None
    flow, event = advance(seen.flow, Input.AUTHENTICATOR_CONFIRMED, moment)
    settled = replace(account, epoch=account.epoch + 1, updated_at=moment.now)
    writes: tuple[Record, ...] = (flow, settled)
    inserts: tuple[Record, ...] = (replace(event, binding_id=account.binding_id),)
    if fresh.record.version:
        writes = (*writes, fresh.record)
    else:
        inserts = (*inserts, fresh.record)
    cleared = (budgets.authenticator_attempts(rules.policy, account.id),)
    return Change(writes=writes, inserts=inserts, clears=cleared), fresh.codes
