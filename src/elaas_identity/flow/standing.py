"""Where a flow stands, as it reads at a given moment: over, open to an input, and the person's next step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from elaas_identity.accounts.account import AccountRecord, BindingRecord
from elaas_identity.authenticator_app.enrolment import enrolment
from elaas_identity.authenticator_app.totp import DIGITS
from elaas_identity.errors import Refused, RefusedCode
from elaas_identity.flow.advance import Rules, Seen
from elaas_identity.flow.flow import FlowRecord
from elaas_identity.flow.outcomes import Ended, EndReason
from elaas_identity.flow.policy import SignInPolicy
from elaas_identity.flow.purposes import SPECS
from elaas_identity.flow.steps import (
    AccountChoice,
    Action,
    AwaitApproval,
    ChooseAccount,
    EnrolAuthenticator,
    EnterAuthenticatorCode,
    EnterOneTimeCode,
    Progress,
    ProvideCredential,
    ProvideEmail,
    SetPassword,
    Step,
    StepUpProof,
    VerifyIdentity,
)
from elaas_identity.flow.transitions import Input, Stage, row
from elaas_identity.mail.address import EmailAddress
from elaas_identity.person.verified import VerifiedIdentity

_CODE_EXHAUSTED: dict[Stage, EndReason] = {
    Stage.ONE_TIME_CODE: "one_time_code_exhausted",
    Stage.AUTHENTICATOR_CODE: "authenticator_code_exhausted",
}
"""Where a flow counts wrong codes, and what it ends with when they are used up."""

ACTIONS: tuple[tuple[Action, Input], ...] = (
    ("authorize", Input.AUTHORIZATION_REQUESTED),
    ("choose_account", Input.ACCOUNT_CHOSEN),
    ("submit_credential", Input.CREDENTIAL_ACCEPTED),
    ("submit_authenticator_code", Input.AUTHENTICATOR_CODE_ACCEPTED),
    ("confirm_authenticator", Input.AUTHENTICATOR_CONFIRMED),
    ("submit_email", Input.EMAIL_GIVEN),
    ("resend_one_time_code", Input.CODE_RESENT),
    ("submit_one_time_code", Input.CODE_CONFIRMED),
    ("confirm_and_set_password", Input.CODE_AND_PASSWORD_SET),
    ("set_password", Input.PASSWORD_SET),
    ("consume_step_up", Input.PROOF_USED),
    ("cancel", Input.CANCELLED),
)
"""What each call of the person's asks the table for."""

_REFUSAL_OF_END: dict[EndReason, RefusedCode] = {
    "completed": "flow_ended",
    "cancelled": "flow_ended",
    "expired": "flow_expired",
    "superseded": "flow_superseded",
    "rejected": "flow_ended",
    "authenticator_code_exhausted": "authenticator_code_exhausted",
    "one_time_code_exhausted": "one_time_code_exhausted",
}


def end_of(rules: Rules, seen: Seen, now: datetime) -> EndReason | None:
    """Why the flow takes no further act at `now`; None while it does. Reads only: the end need not be written yet."""
    flow, account = seen.flow, seen.account
    if flow.stage is Stage.DONE:
        return "completed"
    if flow.stage is Stage.ENDED:
        return flow.end or "cancelled"
    if now >= flow.expires_at:
        return "expired"
    if account is not None and (
        account.epoch != flow.account_epoch or account.status is not SPECS[flow.purpose].account_status
    ):
        return "superseded"
    # Never written as a stage: an attempt that was reserved in time may still win (invariant 2).
    if seen.codes_used >= rules.policy.code_attempts_per_flow:
        return _CODE_EXHAUSTED.get(flow.stage)
    return None


@dataclass(frozen=True, slots=True)
class Closed:
    """Why a flow does not take an act, and the end that is still to be written, where time or the account ended it."""

    refusal: Refused
    to_write: Input | None = None


def over(rules: Rules, seen: Seen, now: datetime) -> Closed | None:
    """Why the flow takes no further act at all; None while it does."""
    reason = end_of(rules, seen, now)
    if reason is None:
        return None
    written = seen.flow.stage in (Stage.DONE, Stage.ENDED)
    unwritten = {"expired": Input.EXPIRED, "superseded": Input.SUPERSEDED}
    return Closed(
        Refused(_REFUSAL_OF_END[reason], progress=progress(rules, seen, now)),
        None if written else unwritten.get(reason),
    )


def out_of_order(rules: Rules, seen: Seen, now: datetime) -> Closed:
    """The flow goes on, and not by this act."""
    return Closed(Refused("out_of_order", progress=progress(rules, seen, now)))


def progress(rules: Rules, seen: Seen, now: datetime) -> Progress:
    """Where the person stands. Never `SignedIn` or `PasswordSet`: the call that made them hands those out."""
    reason = end_of(rules, seen, now)
    flow = seen.flow
    allowed: tuple[Action, ...] = ()
    if reason is None:
        closed = closed_now(rules, seen, now)
        allowed = tuple(
            act
            for act, happened in ACTIONS
            if happened not in closed and row(flow.purpose, flow.stage, happened) is not None
        )
    return Progress(
        flow_id=flow.id,
        purpose=flow.purpose,
        step=_step(rules, seen) if reason is None else Ended(reason=reason),
        expires_at=flow.expires_at,
        allowed=allowed,
    )


def closed_now(rules: Rules, seen: Seen, now: datetime) -> set[Input]:
    """Inputs that the table takes at this stage, and that are refused at `now`."""
    flow, closed = seen.flow, set[Input]()
    if SPECS[flow.purpose].thaid_alone and not opens_now(rules, seen):
        closed.add(Input.ACCOUNT_CHOSEN)
    if flow.stage is Stage.ONE_TIME_CODE:
        if now < resend_at(rules, flow):
            closed.add(Input.CODE_RESENT)
        if is_code_expired(flow, now):
            closed |= {Input.CODE_CONFIRMED, Input.CODE_AND_PASSWORD_SET}
    return closed


def is_code_expired(flow: FlowRecord, now: datetime) -> bool:
    """A code is good for its life, and not at its very end: 599 s of 600 (R3.2)."""
    return flow.one_time_code_expires_at is None or now >= flow.one_time_code_expires_at


def resend_at(rules: Rules, flow: FlowRecord) -> datetime:
    """When the cool-down is over. A mail that was certainly not sent has none: when it was asked for."""
    if flow.one_time_code_sent_at is not None:
        return flow.one_time_code_sent_at + rules.policy.mail_cool_down
    if flow.one_time_code_asked_at is not None:
        return flow.one_time_code_asked_at
    assert flow.one_time_code_expires_at is not None
    return flow.one_time_code_expires_at - rules.policy.one_time_code_lifetime


def code_digits(rules: Rules, flow: FlowRecord) -> int:
    """How many digits the flow's code has: as many as the policy asked for when it was made."""
    return flow.one_time_code_digits or rules.policy.one_time_code_digits


def _step(rules: Rules, seen: Seen) -> Step:
    policy, flow = rules.policy, seen.flow
    account = None if seen.account is None else seen.account.view(rules.keyring)
    if flow.stage is Stage.IDENTITY:
        return VerifyIdentity(account=account)
    if flow.stage is Stage.ACCOUNT:
        return ChooseAccount(
            person_name=identity_of(rules, seen).display_name,
            choices=tuple(
                AccountChoice(
                    account=held.view(rules.keyring), email_masked=bound_address(rules, binding).masked
                )
                for held, binding in seen.choices
            ),
        )
    if flow.stage is Stage.CREDENTIAL:
        return ProvideCredential(
            person_name=identity_of(rules, seen).display_name,
            opens_now=tuple(held.view(rules.keyring) for held, _ in opens_now(rules, seen)),
        )
    assert account is not None, "by the table, a flow past these has its account"
    assert flow.stage not in (Stage.START, Stage.DONE, Stage.ENDED), (
        "the first is never stored, the others have ended"
    )
    match flow.stage:
        case Stage.AUTHENTICATOR_CODE:
            return EnterAuthenticatorCode(
                account=account,
                digits=DIGITS,
                attempts_left=policy.code_attempts_per_flow - seen.codes_used,
            )
        case Stage.AUTHENTICATOR:
            shown = enrolment(
                enrolling_secret(rules, seen), issuer=policy.service_name, account=account.username
            )
            return EnrolAuthenticator(account=account, secret=shown.secret, uri=shown.uri, digits=DIGITS)
        case Stage.EMAIL:
            return ProvideEmail(account=account, person_name=identity_of(rules, seen).display_name)
        case Stage.ONE_TIME_CODE:
            assert flow.one_time_code_reference is not None
            assert flow.one_time_code_expires_at is not None
            unsent = flow.one_time_code_sent_at is None
            address = address_of(rules, seen)
            typed_here = row(flow.purpose, flow.stage, Input.EMAIL_GIVEN) is not None
            return EnterOneTimeCode(
                account=account,
                email=address.shown if typed_here else None,
                email_masked=address.masked,
                reference=flow.one_time_code_reference,
                digits=code_digits(rules, flow),
                attempts_left=policy.code_attempts_per_flow - seen.codes_used,
                code_expires_at=flow.one_time_code_expires_at,
                resend_at=resend_at(rules, flow),
                mail="not_sent" if unsent else "unknown" if flow.mail_in_doubt else "sent",
            )
        case Stage.PASSWORD:
            passwords = policy.passwords_of(account.kind)
            return SetPassword(
                account=account,
                minimum_length=passwords.minimum_length,
                maximum_length=passwords.maximum_length,
            )
        case Stage.APPROVAL:
            return AwaitApproval(
                account=account,
                person_name=identity_of(rules, seen).display_name,
                email_masked=address_of(rules, seen).masked,
            )
        case Stage.PROOF:
            identity = identity_of(rules, seen)
            assert flow.transaction_digest is not None
            return StepUpProof(
                account=account,
                person_name=identity.display_name,
                transaction_digest=flow.transaction_digest,
                proven_at=identity.verified_at,
            )
        case _:
            assert_never(flow.stage)


def handed_out(done: Seen, step: Step) -> Progress:
    """What the call that completed a flow answers, once."""
    flow = done.flow
    return Progress(flow_id=flow.id, purpose=flow.purpose, step=step, expires_at=flow.expires_at)


def opens_now(rules: Rules, seen: Seen) -> tuple[tuple[AccountRecord, BindingRecord], ...]:
    """The person's accounts that open by the identity provider's word alone."""
    return tuple(
        (held, binding)
        for held, binding in seen.choices
        if rules.policy.sign_in_of(held.kind) is SignInPolicy.THAID
    )


def enrolling_secret(rules: Rules, seen: Seen) -> str:
    """What the app that is being enrolled shares with us, opened."""
    assert seen.flow.authenticator_sealed is not None
    return rules.keyring.open(f"flow.authenticator:{seen.flow.id}", seen.flow.authenticator_sealed)


def identity_of(rules: Rules, seen: Seen) -> VerifiedIdentity:
    """Whom this flow has proven, opened."""
    assert seen.flow.identity_sealed is not None
    return VerifiedIdentity.restored(
        rules.keyring.open(f"flow.identity:{seen.flow.id}", seen.flow.identity_sealed)
    )


def bound_address(rules: Rules, binding: BindingRecord) -> EmailAddress:
    """The address that a person confirmed when they were bound, opened."""
    return EmailAddress.restored(rules.keyring.open(f"binding.email:{binding.id}", binding.email_sealed))


def address_of(rules: Rules, seen: Seen) -> EmailAddress:
    """The address that this flow's one-time code went to, opened.

    It was accepted when it was given: a stricter policy since then does not change that.
    """
    assert seen.flow.email_sealed is not None
    return EmailAddress.restored(rules.keyring.open(f"flow.email:{seen.flow.id}", seen.flow.email_sealed))
