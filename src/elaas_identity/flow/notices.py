"""Tells people by mail what happened to an account, after the commit that it tells of (ASVS 6.3.7).

A notice that cannot be sent undoes nothing; it leaves an event.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from elaas_identity.accounts.account import AccountRecord
from elaas_identity.change import Change
from elaas_identity.effects import Act, commit, log, send
from elaas_identity.errors import ElaasIdentityError
from elaas_identity.flow.advance import Rules, Seen, flow_event, plain_event
from elaas_identity.flow.moment import Moment
from elaas_identity.keyring import Keyring
from elaas_identity.mail.address import EmailAddress
from elaas_identity.mail.composing import About
from elaas_identity.mail.notices import NoticeKind, notice


def notify(
    rules: Rules,
    moment: Moment,
    about: Seen | AccountRecord,
    kind: NoticeKind,
    recipient: EmailAddress | None,
    *,
    person_name: str | None = None,
    new_masked: str | None = None,
    until: datetime | None = None,
    left: int | None = None,
) -> Act[None]:
    """Send the notice of that kind; nothing where there is no recipient.

    Args:
        about: the flow or the account that it is about.
        person_name, new_masked, until, left: what some kinds say; see `mail.notices`.
    """
    if recipient is None:
        return
    account = about.held if isinstance(about, Seen) else about
    mail = notice(
        kind,
        recipient=recipient,
        about=about_account(rules.keyring, account),
        at=moment.now,
        person_name=person_name,
        new_masked=new_masked,
        until=until,
        left=left,
        texts=rules.mail_texts,
    )
    try:
        yield from send(mail)
    except ElaasIdentityError as error:
        told: dict[str, Any] = {"outcome": "failed", "code": error.code}
        event = (
            flow_event(moment, "notice.failed", about.flow, **told)
            if isinstance(about, Seen)
            else plain_event(moment, "notice.failed", account_id=about.id, **told)
        )
        # One act may fail to tell two people: each failure is an event of its own.
        event = replace(event, id=moment.id(f"event.notice.failed.{kind}"))
        try:
            yield from commit(Change(inserts=(event,)))
        except ElaasIdentityError as problem:
            yield from log("an event was not recorded: notice.failed", problem.code)


def about_account(keyring: Keyring, account: AccountRecord) -> About:
    """What every mail says of the account it is about."""
    return About(account.agency_name, account.view(keyring).username)


def contact_of(rules: Rules, account: AccountRecord) -> EmailAddress | None:
    """The office's address that was given at provisioning, opened, where there is one."""
    if account.contact_sealed is None:
        return None
    return EmailAddress.restored(rules.keyring.open(f"account.contact:{account.id}", account.contact_sealed))
