"""F65: each notice that is promised is a mail that somebody can read, and an exhausted code is told as what it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from elaas_identity import Expected, PasswordSet
from elaas_identity.accounts.acts import ACTS
from elaas_identity.effects import Commit
from elaas_identity.flow.policy import AdministratorAct
from elaas_identity.mail.address import EmailPolicy, parse_email
from elaas_identity.mail.composing import About
from elaas_identity.mail.notices import NoticeKind, notice
from tests.facade.app import asked, asking_for_an_app, enrolled, sign_in
from tests.facade.interposed import interposed, once
from tests.facade.officer import BOUND, WHY, onboard, refused
from tests.facade.portal import CHOSEN, OFFICER, STRANGER, USERNAME, Portal, made
from tests.facade.stored import stored_account
from tests.facade.test_email_change import NEW, changed
from tests.facade.waiting import CLERK, OFFICE, await_it, provisioned

CONTACT = "palad@sommut.example.go.th"


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    with made("sync-memory", tmp_path) as built:
        yield built


def told(portal: Portal, kind: NoticeKind, recipient: str, account_id: str, **values: Any) -> Any:
    """The mail that such a notice is, word for word."""
    about = About(stored_account(portal, account_id).agency_name, USERNAME)
    address = parse_email(recipient, EmailPolicy())
    return notice(kind, recipient=address, about=about, at=portal.clock(), **values)


BY_AN_ADMINISTRATOR: dict[AdministratorAct, Callable[[Any, str], Any]] = {
    "reissue": lambda accounts, account_id: accounts.reissue(account_id, **WHY),
    "unlock": lambda accounts, account_id: accounts.unlock(account_id, **WHY),
    "suspend": lambda accounts, account_id: accounts.suspend(account_id, **WHY),
    "restore": lambda accounts, account_id: accounts.restore(account_id, **WHY),
    "close_account": lambda accounts, account_id: accounts.close_account(account_id, **WHY),
    "hand_over": lambda accounts, account_id: accounts.hand_over(
        account_id, person=Expected(STRANGER.national_id), **WHY
    ),
}


@pytest.mark.parametrize("act", BY_AN_ADMINISTRATOR)
def test_f65_the_person_reads_of_each_act_of_an_administrator(portal: Portal, act: AdministratorAct) -> None:
    """F65, ASVS 6.3.7: who acts in an administrator's name could keep the person from hearing of it."""
    account_id = onboard(portal)
    if act == "restore":
        portal.elaas.accounts.suspend(account_id, **WHY)
    kind: Any = ACTS[act].notice
    before = len(portal.outbox.mails)
    BY_AN_ADMINISTRATOR[act](portal.elaas.accounts, account_id)
    assert [told(portal, kind, BOUND, account_id)] == portal.outbox.mails[before:]


def test_f65_each_act_that_promises_a_notice_is_played_here() -> None:
    """F65: a new act would be told to nobody, and no test would miss it."""
    assert {act for act, spec in ACTS.items() if spec.notice is not None} == set(BY_AN_ADMINISTRATOR)


def test_f65_an_onboarding_is_told_to_the_person_and_to_the_office(portal: Portal) -> None:
    """F65, R1.4: the office would not hear that a stranger took its account up."""
    account_id = portal.provision(contact=CONTACT)
    browser = portal.browser()
    flow_id = portal.confirmed(browser).flow_id
    before = len(portal.outbox.mails)
    assert isinstance(portal.elaas.set_password(flow_id, CHOSEN, browser=browser).step, PasswordSet)
    mails = {mail.recipient.value: mail for mail in portal.outbox.mails[before:]}
    assert told(portal, "password.set", BOUND, account_id) == mails[BOUND]
    taken_up = told(portal, "account.taken_up", CONTACT, account_id, person_name=portal.idp.citizen.name)
    assert {BOUND, CONTACT} == set(mails)
    assert taken_up == mails[CONTACT]


def test_f65_an_approval_is_told_to_who_waits_and_to_the_office(portal: Portal) -> None:
    """F65, R1.4: the office could not refuse a stranger in time; the person would not hear that they may sign in."""
    account_id = provisioned(portal)
    waiting = await_it(portal)
    name = OFFICER.name
    assert told(portal, "approval.asked", OFFICE, account_id, person_name=name) == portal.outbox.latest
    before = len(portal.outbox.mails)
    portal.elaas.accounts.approve(account_id, waiting.flow_id, **WHY)
    assert [
        told(portal, "account.approved", CLERK, account_id),
        told(portal, "account.taken_up", OFFICE, account_id, person_name=name),
    ] == portal.outbox.mails[before:]


def test_f65_a_rejection_is_told_to_who_waits(portal: Portal) -> None:
    """F65: they would wait until the flow ends, and never learn whom to ask."""
    account_id = provisioned(portal)
    waiting = await_it(portal)
    before = len(portal.outbox.mails)
    portal.elaas.accounts.reject(account_id, waiting.flow_id, **WHY)
    assert [told(portal, "account.rejected", CLERK, account_id)] == portal.outbox.mails[before:]


def test_f65_a_change_of_address_is_told_to_both_mailboxes(portal: Portal) -> None:
    """F65: who stole the session reads the new mailbox alone."""
    account_id = onboard(portal)
    portal.clock.shift(minutes=2)
    changed(portal, portal.browser())
    new = parse_email(NEW, EmailPolicy()).masked
    until = portal.clock() + portal.policy.email_cool_off
    assert [
        told(portal, "email.changed.to_old", BOUND, account_id, new_masked=new, until=until),
        told(portal, "email.changed.to_new", NEW, account_id),
    ] == portal.outbox.mails[-2:]


def test_f65_an_app_and_a_used_recovery_code_are_told_to_the_person(tmp_path: Path) -> None:
    """F65, ASVS 6.3.7: somebody else's phone, or a sheet of paper that was found, would sign in unnoticed."""
    with asking_for_an_app("sync-memory", tmp_path) as portal:
        account_id = portal.elaas.accounts.find(USERNAME).id
        enrolled_at = portal.clock()
        app = enrolled(portal)
        about = About(stored_account(portal, account_id).agency_name, USERNAME)
        recipient = parse_email(BOUND, EmailPolicy())
        assert (
            notice("authenticator.enrolled", recipient=recipient, about=about, at=enrolled_at)
            == portal.outbox.latest
        )
        sign_in(portal, app.codes[0])
        left = len(app.codes) - 1
        used = told(portal, "authenticator.recovery_code_used", BOUND, account_id, left=left)
        assert used == portal.outbox.latest


def test_f65_every_kind_of_notice_is_read_word_for_word_here() -> None:
    """F65: a notice that no test reads may be sent to nobody."""
    of_acts = {str(spec.notice) for spec in ACTS.values() if spec.notice is not None}
    read = Path(__file__).read_text(encoding="utf-8")
    assert set() == {kind for kind in get_args(NoticeKind) if kind not in of_acts and f'"{kind}"' not in read}


def test_f65_an_app_code_that_others_used_up_meanwhile_is_told_as_an_app_code(tmp_path: Path) -> None:
    """F65: the person would be told to look into a mailbox to which nothing was sent."""
    with asking_for_an_app("sync-memory", tmp_path) as portal:
        app, browser = enrolled(portal), portal.browser()
        flow_id = asked(portal, browser).flow_id

        def others() -> None:
            for _ in range(portal.policy.code_attempts_per_flow):
                refused(portal.elaas.submit_authenticator_code, flow_id, app.wrong(), browser=browser)

        with interposed(portal, once(Commit, others)):
            late = refused(portal.elaas.submit_authenticator_code, flow_id, app.code(), browser=browser)
        assert "authenticator_code_exhausted" == late.code
        assert "app" in late.message.en


def test_f65_a_mailed_code_that_others_used_up_meanwhile_is_told_as_a_mailed_code(portal: Portal) -> None:
    """F65: and the other way round."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.mailed(browser).flow_id
    right = portal.code()
    wrong = "0" * 8 if right != "0" * 8 else "1" * 8

    def others() -> None:
        for _ in range(portal.policy.code_attempts_per_flow):
            refused(portal.elaas.submit_one_time_code, flow_id, wrong, browser=browser)

    with interposed(portal, once(Commit, others)):
        late = refused(portal.elaas.submit_one_time_code, flow_id, right, browser=browser)
    assert "one_time_code_exhausted" == late.code
