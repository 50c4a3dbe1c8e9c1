# Generated from _async/notices.py by scripts/unasync.py. Do not edit: edit that file and run it.
"""Whoever an act concerns hears of it by mail (ASVS 6.3.7): the person, and the office's contact."""

from __future__ import annotations

from elaas_identity._sync.mailing import Mailing
from elaas_identity.accounts.account import AccountRecord, BindingRecord
from elaas_identity.flow.advance import Rules, Seen
from elaas_identity.flow.moment import Moment
from elaas_identity.flow.standing import address_of, bound_address, identity_of
from elaas_identity.mail.address import EmailAddress, EmailPolicy, parse_email
from elaas_identity.mail.notices import NoticeKind, notice
from elaas_identity.person.verified import VerifiedIdentity


class Notices:
    """The notices, each after the commit that it tells of."""

    def __init__(self, rules: Rules, mailing: Mailing) -> None:
        self._rules = rules
        self._mailing = mailing

    def password_set(
        self,
        done: Seen,
        moment: Moment,
        address: EmailAddress | None,
        person: VerifiedIdentity | None,
    ) -> None:
        """To the person; and to the office, where somebody took the account up."""
        agency = done.held.agency_name
        if address is not None:
            mail = notice("password.set", recipient=address, agency_name=agency, at=moment.now)
            self._mailing.notify(done, moment, "password.set", mail)
        if person is not None:
            self.taken_up(done, moment, person)

    def taken_up(self, done: Seen, moment: Moment, person: VerifiedIdentity) -> None:
        """To the office: who took the account up."""
        contact = self._contact_of(done.held)
        if contact is not None:
            mail = notice(
                "account.taken_up",
                recipient=contact,
                agency_name=done.held.agency_name,
                person_name=person.display_name,
                at=moment.now,
            )
            self._mailing.notify(done, moment, "account.taken_up", mail)

    def approval_awaited(self, waiting: Seen, moment: Moment) -> None:
        """To the office: somebody waits, while they can still be refused."""
        contact = self._contact_of(waiting.held)
        if contact is not None:
            mail = notice(
                "approval.asked",
                recipient=contact,
                agency_name=waiting.held.agency_name,
                person_name=identity_of(self._rules, waiting).display_name,
                at=moment.now,
            )
            self._mailing.notify(waiting, moment, "approval.asked", mail)

    def approved(self, waiting: Seen, moment: Moment) -> None:
        """To the person who waited, and to the office. `waiting` is the flow as it was, with their address."""
        mail = notice(
            "account.approved",
            recipient=address_of(self._rules, waiting),
            agency_name=waiting.held.agency_name,
            at=moment.now,
        )
        self._mailing.notify(waiting, moment, "account.approved", mail)
        self.taken_up(waiting, moment, identity_of(self._rules, waiting))

    def rejected(self, waiting: Seen, moment: Moment) -> None:
        """To the person who waited."""
        mail = notice(
            "account.rejected",
            recipient=address_of(self._rules, waiting),
            agency_name=waiting.held.agency_name,
            at=moment.now,
        )
        self._mailing.notify(waiting, moment, "account.rejected", mail)

    def email_changed(self, done: Seen, moment: Moment, old: EmailAddress, new: EmailAddress) -> None:
        """To both mailboxes: a thief of the session reads the new one only."""
        agency, until = done.held.agency_name, moment.now + self._rules.policy.email_cool_off
        to_old = notice(
            "email.changed.to_old",
            recipient=old,
            agency_name=agency,
            new_masked=new.masked,
            at=moment.now,
            until=until,
        )
        self._mailing.notify(done, moment, "email.changed.to_old", to_old)
        to_new = notice("email.changed.to_new", recipient=new, agency_name=agency, at=moment.now)
        self._mailing.notify(done, moment, "email.changed.to_new", to_new)

    def authenticator_enrolled(self, done: Seen, moment: Moment, binding: BindingRecord) -> None:
        """To the person."""
        mail = notice(
            "authenticator.enrolled",
            recipient=bound_address(self._rules, binding),
            agency_name=done.held.agency_name,
            at=moment.now,
        )
        self._mailing.notify(done, moment, "authenticator.enrolled", mail)

    def recovery_code_used(self, done: Seen, moment: Moment, binding: BindingRecord, left: int) -> None:
        """To the person: a sheet of paper may have been found."""
        mail = notice(
            "authenticator.recovery_code_used",
            recipient=bound_address(self._rules, binding),
            agency_name=done.held.agency_name,
            left=left,
            at=moment.now,
        )
        self._mailing.notify(done, moment, "authenticator.recovery_code_used", mail)

    def administrator_acted(
        self, account: AccountRecord, binding: BindingRecord | None, kind: NoticeKind, moment: Moment
    ) -> None:
        """To who is bound to the account, or was until then; an account that nobody took up has nobody to tell."""
        if binding is None:
            return
        mail = notice(
            kind,
            recipient=bound_address(self._rules, binding),
            agency_name=account.agency_name,
            at=moment.now,
        )
        self._mailing.notify(account, moment, kind, mail)

    def _contact_of(self, account: AccountRecord) -> EmailAddress | None:
        if account.contact_sealed is None:
            return None
        contact = self._rules.keyring.open(f"account.contact:{account.id}", account.contact_sealed)
        return parse_email(contact, EmailPolicy())
