"""Mails that do not arrive: nothing is lost, nothing mailed twice, and nobody waits for nothing (R8, invariant 5)."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from elaas_identity import (
    AccountStatus,
    Browser,
    ElaasIdentity,
    Ended,
    EnterOneTimeCode,
    PasswordSet,
    Progress,
    ProviderFailed,
    Refused,
    SetPassword,
)
from elaas_identity.mail.composing import Mail
from elaas_identity.testing.clock import SeededRandom
from elaas_identity.testing.outbox import AsyncOutbox, Outbox
from tests.facade.portal import CHOSEN, Portal, code_in
from tests.facade.stored import stored_account, stored_flow

ADDRESS = "clerk@sommut.example.go.th"
CORRECTED = "clerk2@sommut.example.go.th"
COOL_DOWN = timedelta(seconds=60)


def outbox_of(portal: Portal) -> Outbox:
    """The outbox in which both flavours keep their mails."""
    kept = portal.outbox.outbox if isinstance(portal.outbox, AsyncOutbox) else portal.outbox
    assert isinstance(kept, Outbox)
    return kept


def while_sending(portal: Portal, monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[Mail], None]) -> None:
    """Let something happen once, while the next mail is on its way: before its fate is known."""
    outbox = outbox_of(portal)
    send, waiting = outbox.send, [meanwhile]

    def slowly(mail: Mail) -> None:
        if waiting:
            waiting.pop()(mail)
        send(mail)

    monkeypatch.setattr(outbox, "send", slowly)


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    """What a test opens, to be closed after it."""
    with ExitStack() as stack:
        yield stack


@contextmanager
def other_process(portal: Portal, folder: Path, outbox: Outbox) -> Iterator[ElaasIdentity]:
    """Another process of the portal over the same store: it is called while a call of the first one waits."""
    with ExitStack() as opened:
        store: Any
        if portal.flavour.endswith("memory"):
            store = portal.store if portal.flavour.startswith("sync") else portal.store._driven._store
        else:
            from elaas_identity.providers.sql import SQLStore

            store = opened.enter_context(closing(SQLStore(f"sqlite:///{folder / 'elaas.db'}")))
        elaas = ElaasIdentity(
            identity_provider=portal.idp,
            mailer=outbox,
            store=store,
            keyring=portal.keyring,
            policy=portal.policy,
            clock=portal.clock,
            random=SeededRandom(99),
        )
        yield opened.enter_context(elaas)


def failed_mail(portal: Portal, browser: Browser, flow_id: str, email: str = ADDRESS) -> Any:
    """Give the address; the typed error that the failing mail ends in."""
    with pytest.raises((Refused, ProviderFailed)) as failed:
        portal.elaas.submit_email(flow_id, email, browser=browser)
    return failed.value


def at_code(progress: object) -> EnterOneTimeCode:
    """The step, which must be the one that asks for the code."""
    assert isinstance(progress, Progress)
    assert isinstance(progress.step, EnterOneTimeCode)
    assert "submit_email" in progress.allowed
    return progress.step


def told(portal: Portal, kind: str) -> list[tuple[str, str | None]]:
    """Outcome and code of each event of that kind."""
    return [(event.outcome, event.code) for event in portal.events if event.kind == kind]


@pytest.mark.parametrize("corrects", [True, False])
def test_r3_6_a_recipient_that_the_server_refuses_may_be_corrected_or_tried_again_at_once(
    portal: Portal, corrects: bool
) -> None:
    """A mistyped address would cost a minute's wait, or one of the hour's mails."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.identify(browser).flow_id
    portal.outbox.fail_next("mail_recipient_refused")
    refused = failed_mail(portal, browser, flow_id)
    assert isinstance(refused, Refused)
    assert ("email_not_accepted", "email") == (refused.code, refused.field)
    assert portal.clock() == at_code(refused.progress).resend_at
    assert [("failed", "mail_recipient_refused")] == told(portal, "mail.failed")
    if corrects:
        progress = portal.elaas.submit_email(flow_id, CORRECTED, browser=browser)
    else:
        progress = portal.elaas.resend_one_time_code(flow_id, browser=browser)
    at_code(progress)
    assert [CORRECTED if corrects else ADDRESS] == [mail.recipient.value for mail in portal.outbox.mails]
    confirmed = portal.elaas.submit_one_time_code(flow_id, portal.code(), browser=browser)
    assert isinstance(confirmed.step, SetPassword)


@pytest.mark.parametrize("code", ["mail_recipient_refused", "mail_not_accepted"])
def test_r3_6_what_was_certainly_not_sent_is_charged_to_no_budget(portal: Portal, code: Any) -> None:
    """A mail server's bad day would use up the mails of the hour, of the address or of the flow."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.identify(browser).flow_id
    for _ in range(2 * portal.policy.mails_per_flow):
        portal.outbox.fail_next(code)
        failed_mail(portal, browser, flow_id)
    at_code(portal.elaas.resend_one_time_code(flow_id, browser=browser))
    assert 1 == len(portal.outbox.mails)
    # And that one is charged.
    with pytest.raises(Refused, match="mail_throttled"):
        portal.elaas.resend_one_time_code(flow_id, browser=browser)


@pytest.mark.parametrize("code", ["mail_recipient_refused", "mail_not_accepted", "mail_outcome_unknown"])
def test_f7_no_outcome_gives_back_an_attempt_at_an_address(portal: Portal, code: Any) -> None:
    """F7: one proven flow would ask the mail server without end which mailboxes there are."""
    account_id = portal.provision()
    browser = portal.browser()
    flow_id = portal.identify(browser).flow_id
    tried, attempts = 0, portal.policy.mail_attempts_per_account
    if (
        code == "mail_outcome_unknown"
    ):  # the flow's own budget is used up first, and a new flow has another one
        portal.elaas.cancel(flow_id, browser=browser)
    while tried < attempts.limit:
        if code == "mail_outcome_unknown" and tried % portal.policy.mails_per_flow == 0:
            flow_id = portal.identify(browser).flow_id
        portal.outbox.fail_next(code)
        failed_mail(portal, browser, flow_id, f"clerk{tried}@sommut.example.go.th")
        tried += 1
    refused = failed_mail(portal, browser, portal.identify(browser).flow_id, "another@sommut.example.go.th")
    assert ("mail_throttled", attempts.window) == (refused.code, refused.retry_after)
    assert [] == portal.outbox.mails
    portal.elaas.accounts.unlock(account_id, by="administrator", reason="the person called")
    at_code(portal.mailed(portal.browser()))


@pytest.mark.parametrize(
    ("code", "mail"),
    [
        (None, "sent"),
        ("mail_recipient_refused", "not_sent"),
        ("mail_not_accepted", "not_sent"),
        ("mail_outcome_unknown", "unknown"),
    ],
)
def test_f22_the_step_says_whether_the_mail_was_sent(portal: Portal, code: Any, mail: str) -> None:
    """F22: the page would say "sent" of a mail that the server refused; a reload would say something else."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.identify(browser).flow_id
    if code is None:
        answered = portal.elaas.submit_email(flow_id, ADDRESS, browser=browser)
    else:
        portal.outbox.fail_next(code)
        answered = failed_mail(portal, browser, flow_id).progress
    assert (mail, mail) == (
        at_code(answered).mail,
        at_code(portal.elaas.current(flow_id, browser=browser)).mail,
    )
    portal.clock.shift(COOL_DOWN)
    assert "sent" == at_code(portal.elaas.resend_one_time_code(flow_id, browser=browser)).mail


def test_r3_6_a_temporary_refusal_is_the_mail_servers_and_not_the_persons(portal: Portal) -> None:
    """The person would be told to correct an address that is right."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.identify(browser).flow_id
    portal.outbox.fail_next("mail_not_accepted")
    failed = failed_mail(portal, browser, flow_id)
    assert isinstance(failed, ProviderFailed)
    assert ("mail_not_accepted", None) == (failed.code, failed.field)
    assert portal.clock() == at_code(failed.progress).resend_at
    assert [("failed", "mail_not_accepted")] == told(portal, "mail.failed")
    assert "email_" not in str(failed)


@pytest.mark.parametrize("arrives", [True, False])
def test_r3_6_a_mail_of_unknown_outcome_is_charged_and_sent_again_after_the_cool_down(
    portal: Portal, arrives: bool
) -> None:
    """A mail that may have arrived would be followed by another at once, and by more than the hour's five."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.identify(browser).flow_id
    portal.outbox.fail_next("mail_outcome_unknown", arrives=arrives)
    failed = failed_mail(portal, browser, flow_id)
    assert "mail_outcome_unknown" == failed.code
    assert portal.clock() + COOL_DOWN == at_code(failed.progress).resend_at
    with pytest.raises(Refused, match="mail_throttled") as early:
        portal.elaas.resend_one_time_code(flow_id, browser=browser)
    assert COOL_DOWN == early.value.retry_after
    for _ in range(4):
        portal.clock.shift(COOL_DOWN)
        portal.outbox.fail_next("mail_outcome_unknown", arrives=arrives)
        with pytest.raises(ProviderFailed, match="mail_outcome_unknown"):
            portal.elaas.resend_one_time_code(flow_id, browser=browser)
    portal.clock.shift(COOL_DOWN)
    with pytest.raises(Refused, match="mail_throttled"):
        portal.elaas.resend_one_time_code(flow_id, browser=browser)
    # At most one mail a code: every mail that arrived has a reference of its own.
    assert (5 if arrives else 0) == len({mail.subject for mail in portal.outbox.mails})
    assert (5 if arrives else 0) == len(portal.outbox.mails)
    assert 5 == len(told(portal, "mail.failed"))


def test_inv5_the_code_of_a_mail_that_arrived_after_all_is_good(portal: Portal) -> None:
    """A connection lost after the last byte would make the mail in the mailbox useless."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.identify(browser).flow_id
    portal.outbox.fail_next("mail_outcome_unknown", arrives=True)
    failed_mail(portal, browser, flow_id)
    assert isinstance(
        portal.elaas.submit_one_time_code(flow_id, portal.code(), browser=browser).step, SetPassword
    )


def test_r7_2_an_untyped_exception_of_a_mailer_says_nothing_of_what_it_holds(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mailer whose exception quotes the mail would put code and address into the portal's logs."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.identify(browser).flow_id
    sent: list[Mail] = []

    def breaks(mail: Mail) -> None:
        sent.append(mail)
        raise RuntimeError(f"550 <{mail.recipient.value}> said no to:\n{mail.text}")

    monkeypatch.setattr(outbox_of(portal), "send", breaks)
    failed = failed_mail(portal, browser, flow_id)
    assert ("mail_outcome_unknown", "RuntimeError") == (failed.code, failed.detail)
    text = (
        "".join(traceback.format_exception(failed)) + repr(failed) + repr(failed.args) + repr(portal.events)
    )
    for secret in (ADDRESS, code_in(sent[0].text), sent[0].text):
        assert secret not in text
    assert (None, None) == (failed.__cause__, failed.__context__)


@pytest.mark.parametrize("code", ["mail_recipient_refused", "mail_not_accepted", "mail_outcome_unknown"])
def test_inv5_notices_that_fail_undo_nothing_and_leave_an_event_each(portal: Portal, code: Any) -> None:
    """A mail server that is down would undo, or hide, that the account was taken up."""
    account_id = portal.provision(contact="palad@sommut.example.go.th")
    browser = portal.browser()
    flow_id = portal.confirmed(browser).flow_id
    portal.outbox.fail_next(code)
    portal.outbox.fail_next(code)
    progress = portal.elaas.set_password(flow_id, CHOSEN, browser=browser)
    assert isinstance(progress.step, PasswordSet)
    assert AccountStatus.ACTIVE is stored_account(portal, account_id).status
    assert [("failed", code)] * 2 == told(portal, "notice.failed")
    assert [] == told(portal, "mail.failed")


def test_inv5_a_notice_whose_mailer_breaks_undoes_nothing(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An exception of the mailer's own would look to the person as if no password had been set."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.confirmed(browser).flow_id

    def breaks(mail: Mail) -> None:
        raise ZeroDivisionError(mail.recipient.value)

    monkeypatch.setattr(outbox_of(portal), "send", breaks)
    assert isinstance(portal.elaas.set_password(flow_id, CHOSEN, browser=browser).step, PasswordSet)
    assert [("failed", "mail_outcome_unknown")] == told(portal, "notice.failed")


@pytest.mark.parametrize("code", ["mail_recipient_refused", "mail_not_accepted", "mail_outcome_unknown"])
def test_inv5_a_mail_that_fails_after_another_tab_has_sent_a_newer_one_touches_nothing_of_it(
    portal: Portal, tmp_path: Path, opened: ExitStack, monkeypatch: pytest.MonkeyPatch, code: Any
) -> None:
    """The late failure of an old mail would kill the new code, or give back the new mail's charge and cool-down."""
    portal.provision()
    browser, newer = portal.browser(), Outbox()
    flow_id = portal.identify(browser).flow_id
    other = opened.enter_context(other_process(portal, tmp_path, newer))

    def another_tab(_: Mail) -> None:
        portal.clock.shift(COOL_DOWN)
        other.resend_one_time_code(flow_id, browser=browser)

    while_sending(portal, monkeypatch, another_tab)
    portal.outbox.fail_next(code)
    failed = failed_mail(portal, browser, flow_id)
    standing = at_code(portal.elaas.current(flow_id, browser=browser))
    assert standing.reference in newer.latest.subject
    if code != "mail_outcome_unknown":
        assert standing.reference == at_code(failed.progress).reference
    assert portal.clock() + COOL_DOWN == standing.resend_at
    with pytest.raises(Refused, match="mail_throttled"):
        portal.elaas.resend_one_time_code(flow_id, browser=browser)
    confirmed = portal.elaas.submit_one_time_code(flow_id, code_in(newer.latest.text), browser=browser)
    assert isinstance(confirmed.step, SetPassword)


def test_inv5_a_flow_cancelled_while_its_mail_was_on_the_way_stays_cancelled(
    portal: Portal, tmp_path: Path, opened: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The failure of a mail would raise a flow from the dead, or keep the charge of the address."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.identify(browser).flow_id
    other = opened.enter_context(other_process(portal, tmp_path, Outbox()))

    def cancels(_: Mail) -> None:
        other.cancel(flow_id, browser=browser)

    while_sending(portal, monkeypatch, cancels)
    portal.outbox.fail_next("mail_not_accepted")
    failed = failed_mail(portal, browser, flow_id)
    assert Ended(reason="cancelled") == failed.progress.step
    assert ("ended", None) == (stored_flow(portal, flow_id).stage, stored_flow(portal, flow_id).email_sealed)
    assert [("failed", "mail_not_accepted")] == told(portal, "mail.failed")
    # The same address, at once, in a new flow: the charge was given back.
    at_code(portal.mailed(portal.browser(), ADDRESS))


def test_inv2_the_code_typed_while_the_mailer_still_waits_for_its_answer_is_good(
    portal: Portal, tmp_path: Path, opened: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow mail server's late answer would undo the confirmation of a code that had arrived long ago."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.identify(browser).flow_id
    other = opened.enter_context(other_process(portal, tmp_path, Outbox()))

    def types_it(mail: Mail) -> None:
        other.submit_one_time_code(flow_id, code_in(mail.text), browser=browser)

    while_sending(portal, monkeypatch, types_it)
    portal.outbox.fail_next("mail_outcome_unknown")
    with pytest.raises(ProviderFailed, match="mail_outcome_unknown"):
        portal.elaas.submit_email(flow_id, ADDRESS, browser=browser)
    assert isinstance(portal.elaas.current(flow_id, browser=browser).step, SetPassword)
    assert isinstance(portal.elaas.set_password(flow_id, CHOSEN, browser=browser).step, PasswordSet)
