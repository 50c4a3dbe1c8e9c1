"""First use with an administrator's approval: who has done everything waits, and nothing opens until then (R1.4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from elaas_identity import (
    AccountStatus,
    AwaitApproval,
    Ended,
    Expected,
    FirstUse,
    Refused,
    SignedIn,
    VerifyIdentity,
)
from elaas_identity.accounts.account import Account
from elaas_identity.flow.policy import FOR_TESTS
from elaas_identity.messages import say
from tests.facade.portal import CHOSEN, ISSUED, OFFICER, STRANGER, Portal, made
from tests.facade.stored import stored_account, stored_bindings, stored_flow
from tests.facade.waiting import CLERK, OFFICE, WHY, Waiting, accounts_of, await_it, provisioned

LIFETIME = FOR_TESTS.approval_lifetime
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("in_one_form", [False, True])
def test_r1_4_who_has_done_everything_waits(portal: Portal, in_one_form: bool) -> None:
    """The account would be theirs before anybody looked, or the password would wait where others read it."""
    account_id = provisioned(portal)
    before = stored_account(portal, account_id)
    waiting = await_it(portal, in_one_form=in_one_form)
    step = waiting.progress.step
    assert isinstance(step, AwaitApproval)
    assert (account_id, OFFICER.name, "cl•••@sommut.example.go.th") == (
        step.account.id,
        step.person_name,
        step.email_masked,
    )
    assert OFFICER.name not in repr(waiting.progress)
    assert (portal.clock() + LIFETIME, ("cancel",)) == (waiting.progress.expires_at, waiting.progress.allowed)
    assert waiting.progress == portal.elaas.current(waiting.flow_id, browser=waiting.browser)

    assert before == stored_account(portal, account_id)
    assert AccountStatus.ISSUED is before.status
    assert () == stored_bindings(portal, account_id)
    kept = stored_flow(portal, waiting.flow_id)
    assert kept.password_hash is not None
    assert (None, None) == (kept.one_time_code_id, kept.one_time_code_digest)
    with pytest.raises(Refused, match="approval_awaited"):
        portal.begin(portal.browser(), password=CHOSEN)
    # Whoever holds the letter can still begin: it is the administrator who decides.
    assert isinstance(portal.begin(portal.browser(), password=ISSUED).step, VerifyIdentity)
    assert "approval.asked" in portal.kinds()
    assert "password.set" not in portal.kinds()


def test_r1_4_the_office_hears_of_it_while_it_can_still_refuse(portal: Portal) -> None:
    """A stranger who holds the letter would be approved before anybody in the office knows."""
    provisioned(portal)
    await_it(portal)
    told = portal.outbox.latest
    assert (OFFICE, True) == (
        told.recipient.value,
        say("mail.approval.asked.subject").th in told.subject,
    )
    assert OFFICER.family_name not in told.text


def test_nothing_but_to_cancel_is_open_to_who_waits(portal: Portal) -> None:
    """A second password would be set past the one that was checked, or a code be sent again."""
    provisioned(portal)
    waiting = await_it(portal)
    acts: dict[str, tuple[str, ...]] = {
        "set_password": ("another long phrase of mine",),
        "resend_one_time_code": (),
        "submit_email": ("other@sommut.example.go.th",),
        "authorize": (),
    }
    for act, arguments in acts.items():
        with pytest.raises(Refused, match="out_of_order"):
            getattr(portal.elaas, act)(waiting.flow_id, *arguments, browser=waiting.browser)
    step = portal.elaas.cancel(waiting.flow_id, browser=waiting.browser).step
    assert Ended(reason="cancelled") == step


def test_the_list_says_who_waits_oldest_first(portal: Portal) -> None:
    """An administrator would decide without knowing on whom, or show a whole address to everybody who looks."""
    account_id, other_id = provisioned(portal), provisioned(portal, "laas-5100102")
    first = await_it(portal)
    second = await_it(portal, STRANGER, "stranger@elsewhere.example.go.th")
    await_it(portal, username="laas-5100102", email="two@sommut.example.go.th")
    portal.identify(portal.browser())  # has not done everything
    listed = accounts_of(portal).awaiting_approval(account_id)
    assert [
        (first.flow_id, OFFICER.name, "cl•••@sommut.example.go.th", "2.3", first.progress.expires_at),
        (second.flow_id, STRANGER.name, "st•••@elsewhere.example.go.th", "2.3", second.progress.expires_at),
    ] == [(one.flow_id, one.person_name, one.email_masked, one.ial, one.expires_at) for one in listed]
    assert OFFICER.name not in repr(listed)
    assert 1 == len(accounts_of(portal).awaiting_approval(other_id))
    assert () == accounts_of(portal).awaiting_approval("no such account")


def test_a_level_that_is_not_known_is_none(tmp_path: Path) -> None:
    """A policy that takes whoever ThaID proves would leave an administrator with an error for a list."""
    with made("sync-memory", tmp_path, replace(FOR_TESTS, minimum_ial=None)) as portal:
        account_id = provisioned(portal)
        await_it(portal, replace(OFFICER, ial=None))
        (listed,) = accounts_of(portal).awaiting_approval(account_id)
        assert None is listed.ial


ENDS: dict[str, Callable[[Portal, str, Waiting], Any]] = {
    "cancelled": lambda portal, _, waiting: portal.elaas.cancel(waiting.flow_id, browser=waiting.browser),
    "expired": lambda portal, _, __: portal.clock.shift(LIFETIME),
    "rejected": lambda portal, account_id, waiting: accounts_of(portal).reject(
        account_id, waiting.flow_id, **WHY
    ),
    "reissue": lambda portal, account_id, _: accounts_of(portal).reissue(account_id, **WHY),
    "unlock": lambda portal, account_id, _: accounts_of(portal).unlock(account_id, **WHY),
    "suspend": lambda portal, account_id, _: accounts_of(portal).suspend(account_id, **WHY),
    "close_account": lambda portal, account_id, _: accounts_of(portal).close_account(account_id, **WHY),
    "set_expected": lambda portal, account_id, _: accounts_of(portal).set_expected(
        account_id, Expected(STRANGER.national_id), **WHY
    ),
    "hand_over": lambda portal, account_id, _: accounts_of(portal).hand_over(
        account_id, FirstUse(needs_approval=True), **WHY
    ),
}
"""What ends the waiting: the person, time, or an administrator's act."""


@pytest.mark.parametrize("how", ENDS)
def test_who_waits_no_more_is_not_listed_and_not_approved(portal: Portal, how: str) -> None:
    """An account would be opened for somebody who gave up, came too late, or was passed over meanwhile."""
    account_id = provisioned(portal)
    waiting = await_it(portal)
    ENDS[how](portal, account_id, waiting)
    before = stored_account(portal, account_id)
    portal.events.clear()
    assert () == accounts_of(portal).awaiting_approval(account_id)
    for act in ("approve", "reject"):
        with pytest.raises(Refused, match="approval_unknown"):
            getattr(accounts_of(portal), act)(account_id, waiting.flow_id, **WHY)
    assert before == stored_account(portal, account_id)
    assert () == stored_bindings(portal, account_id)
    assert [("account.refused", "approval_unknown", account_id, *WHY.values())] * 2 == [
        (event.kind, event.code, event.account_id, event.by, event.reason) for event in portal.events
    ]
    reason = how if how in ("cancelled", "expired", "rejected") else "superseded"
    assert Ended(reason=reason) == portal.elaas.current(waiting.flow_id, browser=waiting.browser).step  # type: ignore[arg-type]


def test_the_lifetime_is_kept_to_the_second(portal: Portal) -> None:
    """An approval would come too late for who was told the day, or be good for ever."""
    account_id = provisioned(portal)
    waiting = await_it(portal)
    portal.clock.shift(LIFETIME - SECOND)
    assert 1 == len(accounts_of(portal).awaiting_approval(account_id))
    # Who waits is not purged meanwhile, however long a flow lives otherwise.
    portal.elaas.purge()
    assert AccountStatus.ACTIVE is accounts_of(portal).approve(account_id, waiting.flow_id, **WHY).status


def test_r1_4_an_approval_makes_the_account_the_persons(portal: Portal) -> None:
    """Who was approved could not sign in, somebody else could, or the letter would still open the account."""
    account_id = provisioned(portal)
    waiting = await_it(portal)
    before = stored_account(portal, account_id)
    portal.clock.shift(days=2)
    approved = accounts_of(portal).approve(account_id, waiting.flow_id, **WHY)
    assert isinstance(approved, Account)
    after = stored_account(portal, account_id)
    assert (AccountStatus.ACTIVE, before.epoch + 1, before.credential_version + 1) == (
        after.status,
        after.epoch,
        after.credential_version,
    )
    assert (False, False, None) == (after.first_use, after.needs_approval, after.password_expires_at)
    assert after.expected_person_index is not None
    assert portal.keyring.same_index(after.expected_person_index, "person", OFFICER.national_id.reveal())
    (binding,) = stored_bindings(portal, account_id)
    assert (after.binding_id, portal.clock(), None) == (binding.id, binding.started_at, binding.ended_at)
    assert CLERK == portal.keyring.open(f"binding.email:{binding.id}", binding.email_sealed)
    over = stored_flow(portal, waiting.flow_id)
    assert [None] * 4 == [over.password_hash, over.identity_sealed, over.person_index, over.email_sealed]
    assert Ended(reason="completed") == portal.elaas.current(waiting.flow_id, browser=waiting.browser).step

    with pytest.raises(Refused, match="credential_wrong"):
        portal.begin(portal.browser(), password=ISSUED)
    signed_in = portal.begin(portal.browser(), password=CHOSEN).step
    assert isinstance(signed_in, SignedIn)
    assert (OFFICER.national_id, binding.id) == (signed_in.person.national_id, signed_in.binding_id)


def test_r1_4_who_was_approved_is_the_expected_one_from_then_on(portal: Portal) -> None:
    """A re-issue would open the account to the next holder of a letter, with an approval or without."""
    account_id = provisioned(portal)
    waiting = await_it(portal)
    accounts_of(portal).approve(account_id, waiting.flow_id, **WHY)
    reissued = accounts_of(portal).reissue(account_id, **WHY)
    portal.idp.citizen, browser = STRANGER, portal.browser()
    flow_id = portal.begin(browser, password=reissued.password).flow_id
    with pytest.raises(Refused, match="person_mismatch"):
        portal.elaas.receive_callback(portal.callback_query(flow_id, browser), browser=browser)
    portal.idp.citizen = OFFICER
    portal.clock.shift(minutes=2)
    portal.elaas.receive_callback(portal.callback_query(flow_id, browser), browser=browser)
    portal.elaas.submit_email(flow_id, CLERK, browser=browser)
    step = portal.elaas.confirm_and_set_password(
        flow_id, portal.code(), "another long phrase of mine", browser=browser
    ).step
    assert "password_set" == step.kind


def test_r1_4_an_approval_is_told_to_the_person_and_to_the_office(portal: Portal) -> None:
    """Who waits would not learn that they may sign in; or nobody in the office who took the account up."""
    account_id = provisioned(portal)
    waiting = await_it(portal)
    sent = len(portal.outbox.mails)
    accounts_of(portal).approve(account_id, waiting.flow_id, **WHY)
    mails = portal.outbox.mails[sent:]
    assert [
        (CLERK, say("mail.account.approved.subject").th),
        (OFFICE, say("mail.account.taken_up.subject").th),
    ] == [(mail.recipient.value, mail.subject.split(" · ")[0]) for mail in mails]
    for mail in mails:
        assert [] == [word for word in WHY.values() if word in mail.text]


def test_the_trail_says_who_approved_and_why(portal: Portal) -> None:
    """Nobody would answer for having let somebody in (R7.1)."""
    account_id = provisioned(portal)
    waiting = await_it(portal)
    portal.events.clear()
    accounts_of(portal).approve(account_id, waiting.flow_id, **WHY)
    (event,) = portal.events
    (binding,) = stored_bindings(portal, account_id)
    assert ("account.approved", "done", account_id, waiting.flow_id, binding.id, *WHY.values()) == (
        event.kind,
        event.outcome,
        event.account_id,
        event.flow_id,
        event.binding_id,
        event.by,
        event.reason,
    )


def test_approving_one_ends_the_others(portal: Portal) -> None:
    """Two people would hold one account, or the other would wait for nothing."""
    account_id = provisioned(portal)
    one = await_it(portal)
    other = await_it(portal, STRANGER, "stranger@elsewhere.example.go.th")
    accounts_of(portal).approve(account_id, one.flow_id, **WHY)
    assert () == accounts_of(portal).awaiting_approval(account_id)
    assert Ended(reason="superseded") == portal.elaas.current(other.flow_id, browser=other.browser).step
    with pytest.raises(Refused, match="approval_unknown"):
        accounts_of(portal).approve(account_id, other.flow_id, **WHY)
    (binding,) = stored_bindings(portal, account_id)
    assert portal.keyring.same_index(binding.person_index, "person", OFFICER.national_id.reveal())


@pytest.mark.parametrize("act", ["approve", "reject"])
def test_what_awaits_nothing_there_is_unknown(portal: Portal, act: str) -> None:
    """One account would be opened by what was said of another, or twice, or before the person is done."""
    account_id, other_id = provisioned(portal), provisioned(portal, "laas-5100102")
    waiting = await_it(portal)
    portal.clock.shift(minutes=2)
    half_way = portal.confirmed(portal.browser()).flow_id
    call = getattr(accounts_of(portal), act)
    for named, flow_id in (
        (other_id, waiting.flow_id),
        (account_id, half_way),
        (account_id, account_id),
        (account_id, "no such flow"),
        (account_id, ""),
    ):
        with pytest.raises(Refused, match="approval_unknown"):
            call(named, flow_id, **WHY)
    for named in ("no such account", waiting.flow_id):
        with pytest.raises(Refused, match="account_unknown"):
            call(named, waiting.flow_id, **WHY)
    with pytest.raises(Refused, match="account_invalid"):
        call(account_id, waiting.flow_id, by=" ", reason="nobody")
    call(account_id, waiting.flow_id, **WHY)
    with pytest.raises(Refused, match="approval_unknown"):
        call(account_id, waiting.flow_id, **WHY)


def test_who_is_rejected_is_told_and_the_letter_is_still_good(portal: Portal) -> None:
    """Who is refused would wait for ever, or the right person would need another letter."""
    account_id = provisioned(portal)
    waiting = await_it(portal, STRANGER, "stranger@elsewhere.example.go.th")
    before, sent = stored_account(portal, account_id), len(portal.outbox.mails)
    portal.events.clear()
    account = accounts_of(portal).reject(account_id, waiting.flow_id, **WHY)
    assert (AccountStatus.ISSUED, before) == (account.status, stored_account(portal, account_id))
    (mail,) = portal.outbox.mails[sent:]
    assert ("stranger@elsewhere.example.go.th", say("mail.account.rejected.subject").th) == (
        mail.recipient.value,
        mail.subject.split(" · ")[0],
    )
    (event,) = portal.events
    assert ("account.rejected", waiting.flow_id, *WHY.values()) == (
        event.kind,
        event.flow_id,
        event.by,
        event.reason,
    )
    over = stored_flow(portal, waiting.flow_id)
    assert [None] * 3 == [over.password_hash, over.identity_sealed, over.email_sealed]
    assert Ended(reason="rejected") == portal.elaas.current(waiting.flow_id, browser=waiting.browser).step
    with pytest.raises(Refused, match="flow_ended"):
        portal.elaas.cancel(waiting.flow_id, browser=waiting.browser)

    again = await_it(portal)
    accounts_of(portal).approve(account_id, again.flow_id, **WHY)
    assert isinstance(portal.begin(portal.browser(), password=CHOSEN).step, SignedIn)


@pytest.mark.parametrize("act", ["approve", "reject"])
def test_inv5_a_notice_that_cannot_be_sent_undoes_nothing(portal: Portal, act: str) -> None:
    """A mail server that is away would keep an account closed, or open."""
    account_id = provisioned(portal)
    waiting = await_it(portal)
    notices = 2 if act == "approve" else 1
    for _ in range(notices):
        portal.outbox.fail_next("mail_not_accepted")
    portal.events.clear()
    getattr(accounts_of(portal), act)(account_id, waiting.flow_id, **WHY)
    expected = {"approve": AccountStatus.ACTIVE, "reject": AccountStatus.ISSUED}[act]
    assert expected is stored_account(portal, account_id).status
    assert ["notice.failed"] * notices == portal.kinds()[1:]
    assert 1 + notices == len({event.id for event in portal.events})


def test_inv5_who_waits_waits_though_the_office_could_not_be_told(portal: Portal) -> None:
    """An office's mailbox that is full would cost the person the whole onboarding."""
    account_id = provisioned(portal)
    browser = portal.browser()
    flow_id = portal.confirmed(browser).flow_id
    portal.outbox.fail_next("mail_recipient_refused")
    assert isinstance(portal.elaas.set_password(flow_id, CHOSEN, browser=browser).step, AwaitApproval)
    assert "notice.failed" == portal.kinds()[-1]
    assert 1 == len(accounts_of(portal).awaiting_approval(account_id))


def test_a_hand_over_may_ask_for_approval_anew(portal: Portal) -> None:
    """The next officer would come in without the approval that the first one needed."""
    account_id = provisioned(portal)
    accounts_of(portal).approve(account_id, await_it(portal).flow_id, **WHY)
    (old,) = stored_bindings(portal, account_id)
    handed = accounts_of(portal).hand_over(account_id, FirstUse(needs_approval=True), **WHY)
    waiting = await_it(
        portal,
        STRANGER,
        "next@sommut.example.go.th",
        issued=handed.password,
        chosen="another long phrase of mine",
    )
    with pytest.raises(Refused, match="credential_wrong"):
        portal.begin(portal.browser(), password=CHOSEN)
    accounts_of(portal).approve(account_id, waiting.flow_id, **WHY)
    signed_in = portal.begin(portal.browser(), password="another long phrase of mine").step
    assert isinstance(signed_in, SignedIn)
    kept, new = stored_bindings(portal, account_id)
    assert (old.id, new.id, STRANGER.national_id) == (
        kept.id,
        signed_in.binding_id,
        signed_in.person.national_id,
    )


def test_a_hand_over_to_somebody_named_asks_for_none(portal: Portal) -> None:
    """Who was named by the administrator would wait for the administrator."""
    account_id = provisioned(portal)
    handed = accounts_of(portal).hand_over(account_id, Expected(OFFICER.national_id), **WHY)
    browser = portal.browser()
    flow_id = portal.begin(browser, password=handed.password).flow_id
    portal.elaas.receive_callback(portal.callback_query(flow_id, browser), browser=browser)
    portal.elaas.submit_email(flow_id, CLERK, browser=browser)
    step = portal.elaas.confirm_and_set_password(flow_id, portal.code(), CHOSEN, browser=browser).step
    assert "password_set" == step.kind
