# Generated from _async/mailing.py by scripts/unasync.py. Do not edit: edit that file and run it.
"""The mails: a one-time code to the address that was given; and how a notice is sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from elaas_identity._sync.shell import Shell
from elaas_identity.accounts.account import AccountRecord
from elaas_identity.change import Change, Done
from elaas_identity.errors import ElaasIdentityError, ProviderFailed, Refused
from elaas_identity.flow import mailbox, recovery
from elaas_identity.flow.advance import Seen, flow_event, plain_event
from elaas_identity.flow.moment import Moment
from elaas_identity.flow.standing import address_of, bound_address, progress
from elaas_identity.flow.steps import Progress
from elaas_identity.flow.transitions import Input, Purpose
from elaas_identity.mail.address import EmailAddress, parse_email
from elaas_identity.mail.composing import Mail
from elaas_identity.mail.one_time_code import one_time_code_mail
from elaas_identity.one_time_code import one_time_code
from elaas_identity.ports import Mailer
from elaas_identity.providers.deliverability import Deliverability

_CERTAIN = ("mail_recipient_refused", "mail_not_accepted")


class Mailing:
    """`submit_email` and `resend_one_time_code`, in their parts."""

    def __init__(self, shell: Shell, mailer: Mailer) -> None:
        self._shell = shell
        self._rules = shell.rules
        self._mailer = mailer
        self._deliverability = Deliverability()

    def submit(self, seen: Seen, moment: Moment, email: str) -> Progress:
        """See the facade."""
        with self._shell.judging(seen, moment):
            policy = self._rules.policy.email
            address = parse_email(email, policy)
            if seen.flow.purpose is Purpose.EMAIL_CHANGE:
                self._another(seen, address)
            if policy.check_deliverability:
                takes_mail = self._deliverability.check(address, policy.deliverability_timeout)
                if takes_mail is False:
                    raise Refused("email_not_accepted", field="email")
        return self._send_code(seen, moment, Input.EMAIL_GIVEN, lambda stands: (stands, address))

    def _another(self, seen: Seen, address: EmailAddress) -> None:
        binding = self._shell.binding_of(seen.held)
        assert binding is not None, "an active account has a binding"
        if bound_address(self._rules, binding).index_form == address.index_form:
            raise Refused("email_same_as_before", field="email")

    def resend(self, seen: Seen, moment: Moment) -> Progress:
        """See the facade."""
        rules = self._rules
        return self._send_code(
            seen, moment, Input.CODE_RESENT, lambda stands: (stands, address_of(rules, stands))
        )

    def choose(self, seen: Seen, moment: Moment, account_id: str) -> Progress:
        """See the facade."""

        def aimed(stands: Seen) -> tuple[Seen, EmailAddress]:
            with self._shell.judging(stands, moment):
                chosen, binding = recovery.chosen(self._rules, stands, account_id, moment.now)
            return chosen, bound_address(self._rules, binding)

        return self._send_code(seen, moment, Input.ACCOUNT_CHOSEN, aimed)

    def _send_code(
        self, seen: Seen, moment: Moment, happened: Input, aimed: Callable[[Seen], tuple[Seen, EmailAddress]]
    ) -> Progress:
        """Store the code and charge its mail, then send it: at most one mail a code.

        `aimed` says for which account and to which address, anew after a lost race: what is bound may have changed.
        """
        rules, random = self._rules, self._shell.random
        fresh = one_time_code.fresh_code(random.below, random.token_bytes, rules.policy.one_time_code_digits)
        change = Change()

        def code_sent(stands: Seen) -> Change:
            nonlocal change
            pinned, to = aimed(stands)
            change = mailbox.code_sent(rules, pinned, moment, happened, to, fresh)
            return change

        # As it was committed, and not as it stands: another tab may have ended the flow, which has no code then.
        seen, address = aimed(self._shell.settle(seen, happened, moment, code_sent))
        assert seen.flow.one_time_code_expires_at is not None
        mail = one_time_code_mail(
            recipient=address,
            code=fresh.code,
            reference=fresh.reference,
            agency_name=seen.held.agency_name,
            expires_at=seen.flow.one_time_code_expires_at,
            lifetime_minutes=int(rules.policy.one_time_code_lifetime.total_seconds() // 60),
        )
        try:
            self._send(mail)
        except ElaasIdentityError as error:
            if error.code in _CERTAIN:
                self._not_sent(seen, moment, change, error.code)
            else:
                self._shell.commit(mailbox.perhaps_not_sent(seen, moment, error.code))
            stands = progress(rules, self._shell.see_again(seen), moment.now)
            if error.code == "mail_recipient_refused":
                raise Refused("email_not_accepted", field="email", progress=stands) from None
            error.progress = stands
            raise
        # Wrong codes are charged without a trace in the flow: meanwhile the last attempt may have gone.
        return progress(rules, self._shell.see_again(seen), moment.now)

    def _not_sent(self, seen: Seen, moment: Moment, charged: Change, code: str) -> None:
        """Give back what the mail was charged; where the flow has moved on meanwhile, that alone."""
        change = mailbox.certainly_not_sent(seen, moment, charged.charges, code)
        if not isinstance(self._shell.commit(change), Done):
            self._shell.commit(Change(inserts=change.inserts, refunds=change.refunds))

    def notify(self, about: Seen | AccountRecord, moment: Moment, which: str, notice: Mail) -> None:
        """Send a notice. One that cannot be sent undoes nothing; it leaves an event."""
        try:
            self._send(notice)
        except ElaasIdentityError as error:
            told: dict[str, Any] = {"outcome": "failed", "code": error.code}
            event = (
                flow_event(moment, "notice.failed", about.flow, **told)
                if isinstance(about, Seen)
                else plain_event(moment, "notice.failed", account_id=about.id, **told)
            )
            # One act may fail to tell two people: each failure is a fact of its own.
            self._shell.record(replace(event, id=moment.id(f"event.notice.failed.{which}")))

    def _send(self, mail: Mail) -> None:
        try:
            self._mailer.send(mail)
        except ElaasIdentityError:
            raise
        except Exception as problem:
            raise ProviderFailed("mail_outcome_unknown", detail=type(problem).__name__) from None
