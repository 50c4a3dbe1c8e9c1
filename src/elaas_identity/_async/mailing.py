"""The mails: a one-time code to the address that was given, and notices of what happened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from elaas_identity._async.shell import AsyncShell
from elaas_identity.accounts.account import BindingRecord
from elaas_identity.change import Change, Done
from elaas_identity.errors import ElaasIdentityError, ProviderFailed, Refused
from elaas_identity.flow import mailbox, recovery
from elaas_identity.flow.advance import Seen, flow_event
from elaas_identity.flow.moment import Moment
from elaas_identity.flow.standing import address_of, bound_address, progress
from elaas_identity.flow.steps import Progress
from elaas_identity.flow.transitions import Input
from elaas_identity.one_time_code import one_time_code
from elaas_identity.one_time_code.email_address import EmailAddress, EmailPolicy, parse_email
from elaas_identity.one_time_code.mail import (
    Mail,
    account_taken_up_notice,
    one_time_code_mail,
    password_set_notice,
)
from elaas_identity.person.verified import VerifiedIdentity
from elaas_identity.ports import AsyncMailer
from elaas_identity.providers.deliverability import AsyncDeliverability

_CERTAIN = ("mail_recipient_refused", "mail_not_accepted")


class AsyncMailing:
    """`submit_email` and `resend_one_time_code`, in their parts; and the notices."""

    def __init__(self, shell: AsyncShell, mailer: AsyncMailer) -> None:
        self._shell = shell
        self._rules = shell.rules
        self._mailer = mailer
        self._deliverability = AsyncDeliverability()

    async def submit(self, seen: Seen, moment: Moment, email: str) -> Progress:
        """See the facade."""
        with self._shell.judging(seen, moment):
            policy = self._rules.policy.email
            address = parse_email(email, policy)
            if policy.check_deliverability:
                takes_mail = await self._deliverability.check(address, policy.deliverability_timeout)
                if takes_mail is False:
                    raise Refused("email_not_accepted", field="email")
        return await self._send_code(seen, moment, Input.EMAIL_GIVEN, lambda stands: (stands, address))

    async def resend(self, seen: Seen, moment: Moment) -> Progress:
        """See the facade."""
        rules = self._rules
        return await self._send_code(
            seen, moment, Input.CODE_RESENT, lambda stands: (stands, address_of(rules, stands))
        )

    async def choose(self, seen: Seen, moment: Moment, account_id: str) -> Progress:
        """See the facade."""

        def aimed(stands: Seen) -> tuple[Seen, EmailAddress]:
            with self._shell.judging(stands, moment):
                chosen, binding = recovery.chosen(stands, account_id)
            return chosen, bound_address(self._rules, binding)

        return await self._send_code(seen, moment, Input.ACCOUNT_CHOSEN, aimed)

    async def _send_code(
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
        seen, address = aimed(await self._shell.settle(seen, happened, moment, code_sent))
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
            await self._send(mail)
        except ElaasIdentityError as error:
            if error.code in _CERTAIN:
                await self._not_sent(seen, moment, change, error.code)
            else:
                await self._shell.commit(mailbox.perhaps_not_sent(seen, moment, error.code))
            stands = progress(rules, await self._shell.see_again(seen), moment.now)
            if error.code == "mail_recipient_refused":
                raise Refused("email_not_accepted", field="email", progress=stands) from None
            error.progress = stands
            raise
        # Wrong codes are charged without a trace in the flow: meanwhile the last attempt may have gone.
        return progress(rules, await self._shell.see_again(seen), moment.now)

    async def _not_sent(self, seen: Seen, moment: Moment, charged: Change, code: str) -> None:
        """Give back what the mail was charged; where the flow has moved on meanwhile, that alone."""
        change = mailbox.certainly_not_sent(seen, moment, charged.charges, code)
        if not isinstance(await self._shell.commit(change), Done):
            await self._shell.commit(Change(inserts=change.inserts, refunds=change.refunds))

    async def tell_password_set(
        self,
        done: Seen,
        moment: Moment,
        binding: BindingRecord | None,
        address: EmailAddress | None,
        person: VerifiedIdentity | None,
    ) -> None:
        """One notice to the person, without the password (ASVS 6.3.7); one to the office, of who took it up."""
        rules, agency = self._rules, done.held.agency_name
        if address is None and binding is not None:
            address = bound_address(rules, binding)
        if address is not None:
            notice = password_set_notice(recipient=address, agency_name=agency, at=moment.now)
            await self._notify(done, moment, "password_set", notice)
        if person is not None and done.held.contact_sealed is not None:
            contact = rules.keyring.open(f"account.contact:{done.held.id}", done.held.contact_sealed)
            notice = account_taken_up_notice(
                recipient=parse_email(contact, EmailPolicy()),
                agency_name=agency,
                person_name=person.display_name,
                at=moment.now,
            )
            await self._notify(done, moment, "account_taken_up", notice)

    async def _notify(self, done: Seen, moment: Moment, which: str, notice: Mail) -> None:
        """A notice that cannot be sent undoes nothing; it leaves an event."""
        try:
            await self._send(notice)
        except ElaasIdentityError as error:
            event = flow_event(moment, "notice.failed", done.flow, outcome="failed", code=error.code)
            # One act may fail to tell two people: each failure is a fact of its own.
            await self._shell.record(replace(event, id=moment.id(f"event.notice.failed.{which}")))

    async def _send(self, mail: Mail) -> None:
        try:
            await self._mailer.send(mail)
        except ElaasIdentityError:
            raise
        except Exception as problem:
            raise ProviderFailed("mail_outcome_unknown", detail=type(problem).__name__) from None
