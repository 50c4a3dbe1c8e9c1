"""The e-mail address, and the one-time code that is sent there. Acts: `submit_email`, `resend_one_time_code`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from elaas_identity.browser import Browser
from elaas_identity.change import Change, Charge, Done
from elaas_identity.effects import Act, commit, draw, send, takes_mail
from elaas_identity.errors import ElaasIdentityError, Refused
from elaas_identity.flow import budgets
from elaas_identity.flow.advance import Rules, Seen, advance, flow_event, unchanged
from elaas_identity.flow.moment import Moment
from elaas_identity.flow.notices import about_account
from elaas_identity.flow.opening import judged, opened, see_again, settle
from elaas_identity.flow.purposes import SPECS
from elaas_identity.flow.standing import address_of, bound_address, progress
from elaas_identity.flow.steps import Progress
from elaas_identity.flow.transitions import Input
from elaas_identity.mail.address import EmailAddress, parse_email
from elaas_identity.mail.one_time_code import one_time_code_mail
from elaas_identity.one_time_code import one_time_code
from elaas_identity.one_time_code.one_time_code import FreshCode

_CERTAINLY_NOT_SENT = ("mail_recipient_refused", "mail_not_accepted")

# Acts


def submit_email(rules: Rules, moment: Moment, browser: Browser, flow_id: str, email: str) -> Act[Progress]:
    """Send a one-time code to that address."""
    happened, policy = Input.EMAIL_GIVEN, rules.policy.email
    seen = yield from opened(rules, moment, browser, flow_id, happened)
    address = yield from judged(rules, moment, seen, lambda: accept_address(rules, seen, email))
    if policy.check_deliverability:
        deliverable = yield from takes_mail(address, timeout=policy.deliverability_timeout)
        yield from judged(rules, moment, seen, lambda: check_deliverable(deliverable))
    return (yield from send_code(rules, moment, seen, happened, lambda stands: (stands, address)))


def resend_one_time_code(rules: Rules, moment: Moment, browser: Browser, flow_id: str) -> Act[Progress]:
    """Send a new code to the same address; the old code is no good any more."""
    happened = Input.CODE_RESENT
    seen = yield from opened(rules, moment, browser, flow_id, happened)
    return (
        yield from send_code(
            rules, moment, seen, happened, lambda stands: (stands, address_of(rules, stands))
        )
    )


def send_code(
    rules: Rules,
    moment: Moment,
    seen: Seen,
    happened: Input,
    aim: Callable[[Seen], tuple[Seen, EmailAddress]],
) -> Act[Progress]:
    """Store a fresh code and charge its mail, then send it: at most one mail for each code.

    Args:
        aim: says for which account and to which address, again after a lost race: what is bound may have changed.
    """
    digits = rules.policy.one_time_code_digits
    fresh = yield from draw(lambda random: one_time_code.fresh_code(random.below, random.token_bytes, digits))
    aimed: list[tuple[Seen, EmailAddress, Change]] = []

    def decide(stands: Seen) -> Change:
        pinned, to = aim(stands)
        change = store_code(rules, pinned, moment, happened, to, fresh)
        aimed.append((pinned, to, change))
        return change

    yield from settle(rules, moment, seen, decide)
    pinned, address, change = aimed[-1]
    # As it was committed, and not as it stands: another tab may have ended the flow, which has no code then.
    sent = pinned.after(change)
    assert sent.flow.one_time_code_expires_at is not None
    mail = one_time_code_mail(
        recipient=address,
        code=fresh.code,
        reference=fresh.reference,
        about=about_account(rules.keyring, sent.held),
        purpose=sent.flow.purpose.value,
        expires_at=sent.flow.one_time_code_expires_at,
        lifetime_minutes=int(rules.policy.one_time_code_lifetime.total_seconds() // 60),
        texts=rules.mail_texts,
    )
    try:
        yield from send(mail)
    except ElaasIdentityError as error:
        failed = (
            refund_mail(rules, sent, moment, change.charges, error.code)
            if error.code in _CERTAINLY_NOT_SENT
            else record_doubt(sent, moment, error.code)
        )
        if not isinstance((yield from commit(failed)), Done):
            # The flow has moved on meanwhile: give the charges back, and leave the flow as it is.
            yield from commit(Change(inserts=failed.inserts, refunds=failed.refunds))
        stands = progress(rules, (yield from see_again(rules, moment, sent)), moment.now)
        if error.code == "mail_recipient_refused":
            raise Refused("email_not_accepted", field="email", progress=stands) from None
        error.progress = stands
        raise
    # Wrong codes are charged without a trace in the flow: meanwhile the last attempt may have gone.
    return progress(rules, (yield from see_again(rules, moment, sent)), moment.now)


# Decisions


def accept_address(rules: Rules, seen: Seen, email: str) -> EmailAddress:
    """The address as typed, checked.

    Raises:
        Refused: `email_invalid`, `email_not_allowed`; `email_same_as_before` where it has to be another one.
    """
    address = parse_email(email, rules.policy.email)
    must_differ = SPECS[seen.flow.purpose].new_address
    if must_differ and bound_address(rules, seen.bound).index_form == address.index_form:
        raise Refused("email_same_as_before", field="email")
    return address


def check_deliverable(deliverable: bool | None) -> None:
    """Check what DNS said of the domain; where it said nothing in time, the flow goes on.

    Raises:
        Refused: `email_not_accepted`.
    """
    if deliverable is False:
        raise Refused("email_not_accepted", field="email")


def store_code(
    rules: Rules, seen: Seen, moment: Moment, happened: Input, address: EmailAddress, fresh: FreshCode
) -> Change:
    """A fresh code, and its mail charged, before it is sent. The old code is no good any more."""
    flow, event = advance(
        seen.flow,
        happened,
        moment,
        email_sealed=rules.keyring.seal(f"flow.email:{seen.flow.id}", address.value),
        one_time_code_id=fresh.id,
        one_time_code_digest=one_time_code.digest(
            rules.keyring,
            fresh.code,
            flow_id=seen.flow.id,
            account_id=seen.flow.account_id,
            email=address.value,
            code_id=fresh.id,
        ),
        one_time_code_reference=fresh.reference,
        one_time_code_digits=len(fresh.code),
        one_time_code_asked_at=moment.now,
        one_time_code_sent_at=moment.now,
        one_time_code_expires_at=moment.now + rules.policy.one_time_code_lifetime,
        mail_in_doubt=False,
    )
    charged = budgets.mails(rules.policy, rules.keyring, flow.id, flow.account_id, address)
    return Change(
        writes=(flow,), inserts=(event,), expects=unchanged(seen), charges=budgets.charges(moment, charged)
    )


def refund_mail(rules: Rules, seen: Seen, moment: Moment, charges: tuple[Charge, ...], code: str) -> Change:
    """The mail server refused the mail for certain: charge and cool-down are given back, and the attempt is not."""
    event = flow_event(moment, "mail.failed", seen.flow, outcome="failed", code=code)
    return Change(
        writes=(replace(seen.flow, one_time_code_sent_at=None),),
        inserts=(event,),
        expects=unchanged(seen),
        refunds=tuple(
            each
            for each in charges
            if each.budget != budgets.mail_attempts(rules.policy, seen.flow.account_id)
        ),
    )


def record_doubt(seen: Seen, moment: Moment, code: str) -> Change:
    """Nobody knows whether the mail went out: the person has a resend after the cool-down."""
    event = flow_event(moment, "mail.failed", seen.flow, outcome="failed", code=code)
    return Change(writes=(replace(seen.flow, mail_in_doubt=True),), inserts=(event,), expects=unchanged(seen))
