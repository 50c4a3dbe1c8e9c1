"""Flows that begin with who the person is, and name an account only afterwards: they take no username (ASVS 6.3.8).

Acts: `recover`, `begin_with_thaid`, `choose_account`. A recovery never activates an account that was not onboarded:
what is offered are the accounts that the person is bound to.
"""

from __future__ import annotations

from dataclasses import replace

from elaas_identity.browser import Browser
from elaas_identity.change import Change, Done, Exhausted
from elaas_identity.effects import Act, commit
from elaas_identity.errors import ProviderFailed, Refused
from elaas_identity.flow import budgets
from elaas_identity.flow.advance import Rules, Seen, account_unchanged, advance, recorded, start_flow
from elaas_identity.flow.email import send_code
from elaas_identity.flow.flow import FlowRecord, begun_by
from elaas_identity.flow.moment import Moment
from elaas_identity.flow.opening import (
    MOST_CONFLICTS,
    admit,
    check_browser,
    exhausted,
    judged,
    led_on,
    opened,
    stands_now,
    told,
)
from elaas_identity.flow.purposes import SPECS
from elaas_identity.flow.signing_in import end_proven, signed_in
from elaas_identity.flow.standing import bound_address, identity_of, opens_now, progress
from elaas_identity.flow.steps import Progress
from elaas_identity.flow.transitions import Input, Purpose
from elaas_identity.mail.address import EmailAddress
from elaas_identity.person.assurance import THAID_ALONE

# Acts


def recover(rules: Rules, moment: Moment, browser: Browser) -> Act[Progress]:
    """Begin a recovery: the person has forgotten their password, and proves who they are first."""
    return (yield from _begin(rules, moment, browser, Purpose.RECOVERY))


def begin_with_thaid(rules: Rules, moment: Moment, browser: Browser) -> Act[Progress]:
    """Begin with ThaID; the username and password are given afterwards."""
    return (yield from _begin(rules, moment, browser, Purpose.IDENTITY_FIRST))


def choose_account(
    rules: Rules, moment: Moment, browser: Browser, flow_id: str, account_id: str
) -> Act[Progress]:
    """Choose one of the accounts offered: mail a code to its address, or sign in where ThaID alone opens it."""
    happened = Input.ACCOUNT_CHOSEN
    seen = yield from opened(rules, moment, browser, flow_id, happened)
    if SPECS[seen.flow.purpose].thaid_alone:
        return (yield from _sign_in(rules, moment, browser, seen, account_id))
    return (
        yield from send_code(
            rules, moment, seen, happened, lambda stands: choose(rules, stands, moment, account_id)
        )
    )


def _begin(rules: Rules, moment: Moment, browser: Browser, purpose: Purpose) -> Act[Progress]:
    yield from check_browser(rules, moment, browser, "flow.refused")
    change, flow = begin_flow(rules, moment, browser, purpose)
    outcome = yield from commit(change)
    if isinstance(outcome, Exhausted):
        raise (yield from told(moment, "flow.refused", exhausted(outcome)))
    if not isinstance(outcome, Done):
        raise ProviderFailed("store_contended")
    return progress(rules, Seen(flow, None), moment.now)


def _sign_in(rules: Rules, moment: Moment, browser: Browser, proven: Seen, account_id: str) -> Act[Progress]:
    """Sign in to an account that opens by the identity provider's word alone."""
    for _ in range(MOST_CONFLICTS):
        seen = proven
        change, begun = yield from judged(
            rules,
            moment,
            seen,
            lambda: sign_in_without_password(rules, seen, moment, browser, account_id),  # noqa: B023
        )
        if isinstance((yield from commit(change)), Done):
            return signed_in(rules, moment, begun, THAID_ALONE, identity_of(rules, proven))
        proven = yield from led_on(rules, moment, (yield from stands_now(rules, moment, proven)))
        yield from admit(rules, moment, proven, Input.ACCOUNT_CHOSEN)
    raise ProviderFailed("store_contended", progress=progress(rules, proven, moment.now))


# Decisions


def begin_flow(rules: Rules, moment: Moment, browser: Browser, purpose: Purpose) -> tuple[Change, FlowRecord]:
    """A flow for no account yet, charged to the client's address."""
    start = start_flow(rules, moment, browser, purpose, None, moment.id("flow"))
    flow, event = advance(start, Input.ASKED, moment)
    charged = SPECS[purpose].budgets(rules.policy, rules.keyring, "", browser.address)
    change = Change(inserts=(flow,), charges=budgets.charges(moment, charged))
    return recorded(change, start, event), flow


def choose(rules: Rules, seen: Seen, moment: Moment, account_id: str) -> tuple[Seen, EmailAddress]:
    """The flow as it stands with that account, to which it is pinned from now on, and the address bound to it.

    Raises:
        Refused: `account_unknown`, for one that is not among the person's; `email_cooling_off` where its address was
            changed a short while ago: who changed it must not have the password by that mailbox before anybody notices.
    """
    for account, binding in seen.choices:
        if account.id == account_id:
            if binding.email_changed_at is not None:
                trusted_from = binding.email_changed_at + rules.policy.email_cool_off
                if moment.now < trusted_from:
                    raise Refused("email_cooling_off", retry_after=trusted_from - moment.now)
            flow = replace(seen.flow, account_id=account.id, account_epoch=account.epoch)
            pinned = replace(seen, flow=flow, account=account, binding=binding)
            return pinned, bound_address(rules, binding)
    raise Refused("account_unknown", field="account_id")


def sign_in_without_password(
    rules: Rules, proven: Seen, moment: Moment, browser: Browser, account_id: str
) -> tuple[Change, Seen]:
    """The sign-in to an account that opens by the identity provider's word alone.

    Raises:
        Refused: `account_unknown`, for one that is not the person's, or does not open so.
    """
    for account, binding in opens_now(rules, proven):
        if account.id == account_id:
            flow_id = begun_by(proven.flow.id)
            start = start_flow(rules, moment, browser, Purpose.SIGN_IN, account, flow_id)
            flow, event = advance(start, Input.ACCOUNT_CHOSEN, moment)
            change = Change(
                inserts=(flow, replace(event, binding_id=binding.id)), expects=(account_unchanged(account),)
            )
            change = end_proven(change, proven, Input.ACCOUNT_CHOSEN, account, moment)
            return change, Seen(flow, account, binding=binding)
    raise Refused("account_unknown", field="account_id")
