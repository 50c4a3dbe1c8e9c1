"""The mailers for tests do what a mailer does, and fail when told to."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from elaas_identity.errors import ProviderFailed
from elaas_identity.mail.address import EmailPolicy, parse_email
from elaas_identity.mail.composing import About, Mail
from elaas_identity.mail.notices import notice
from elaas_identity.mail.one_time_code import one_time_code_mail
from elaas_identity.ports import AsyncMailer, Mailer
from elaas_identity.providers.smtp import SMTPMailer
from elaas_identity.testing import LoopbackSMTP, MailFailure, ReceivedMail
from elaas_identity.testing.at_once import Awaited
from elaas_identity.testing.mailer_contract import MAIL
from elaas_identity.testing.outbox import AsyncOutbox, Outbox
from tests.facade.portal import Driven

NOW = datetime(2026, 11, 24, 2, 15, tzinfo=UTC)
ADDRESS = parse_email("somchai@example.go.th", EmailPolicy())


@pytest.fixture(params=["sync", "async"])
def outbox(request: pytest.FixtureRequest) -> Iterator[tuple[Any, Mailer]]:
    """The outbox, and a way to send to it."""
    if request.param == "sync":
        box = Outbox()
        mailer: Mailer = box
        yield box, mailer
        return
    async_box = AsyncOutbox()
    async_mailer: AsyncMailer = async_box
    with asyncio.Runner() as runner:
        yield async_box, Awaited(async_mailer, runner)


def test_mails_are_kept_in_order(outbox: tuple[Any, Mailer]) -> None:
    """A test asserts on the newest mail, and on how many there are."""
    box, mailer = outbox
    with pytest.raises(LookupError):
        _ = box.latest
    second = replace(MAIL, subject="second")
    mailer.send(MAIL)
    mailer.send(second)
    mailer.close()
    assert ([MAIL, second], second) == (box.mails, box.latest)


@pytest.mark.parametrize("code", ["123456", "1234567", "01234567", "012345678", "0123456789"])
def test_code_is_the_newest_one_as_typed(outbox: tuple[Any, Mailer], code: str) -> None:
    """Every example and test needs it; a notice that came later has none, and no other number is one."""
    box, mailer = outbox
    with pytest.raises(LookupError):
        _ = box.code
    agency = "เทศบาล: 1234 5678 สมมติ"
    for sent in ("0" * len(code), code):
        mailer.send(
            one_time_code_mail(
                recipient=ADDRESS,
                code=sent,
                reference="KMRT",
                about=About(agency, "laas-5100101"),
                purpose="onboarding",
                expires_at=NOW,
                lifetime_minutes=10,
            )
        )
    mailer.send(notice("password.set", recipient=ADDRESS, about=About(agency, "laas-5100101"), at=NOW))
    assert code == box.code


def test_next_mails_fail_as_told(outbox: tuple[Any, Mailer]) -> None:
    """R9.5: refused, failed and unknown are three things; in the last case the mail may well arrive."""
    box, mailer = outbox
    box.fail_next("mail_recipient_refused")
    box.fail_next("mail_outcome_unknown", arrives=True)
    assert ("mail_recipient_refused", "mail_outcome_unknown") == box.failures_left
    with pytest.raises(AssertionError, match="'mail_recipient_refused', 'mail_outcome_unknown'"):
        box.check_failures_met()
    for code, arrived in (("mail_recipient_refused", 0), ("mail_outcome_unknown", 1)):
        with pytest.raises(ProviderFailed) as failed:
            mailer.send(MAIL)
        assert (code, arrived) == (failed.value.code, len(box.mails))
    mailer.send(MAIL)
    assert 2 == len(box.mails)
    box.check_failures_met()


@pytest.fixture(params=["sync", "async", "smtp"])
def box(request: pytest.FixtureRequest) -> Iterator[tuple[Any, Mailer]]:
    """Each of the three, driven step by step, and a way to send to it."""
    with asyncio.Runner() as runner:
        if request.param == "smtp":
            with LoopbackSMTP() as server:
                yield server, SMTPMailer(server.host, server.port, sender="a@example.go.th", security="none")
            return
        outbox = Outbox()
        if request.param == "sync":
            yield outbox, outbox
        else:
            awaited = AsyncOutbox(outbox)
            yield Driven(awaited, runner.run), Awaited(awaited, runner)


def code_mail(reference: str, code: str = "01234567", to: str = "somchai@example.go.th") -> Mail:
    return one_time_code_mail(
        recipient=parse_email(to, EmailPolicy()),
        code=code,
        reference=reference,
        about=About("เทศบาลตำบลสมมติ: 1234 5678", "laas-5100101"),
        purpose="onboarding",
        expires_at=NOW,
        lifetime_minutes=10,
    )


def test_the_newest_mail_to_an_address_is_waited_for(box: tuple[Any, Mailer]) -> None:
    """A test would read another person's mail, or an old code."""
    outbox, mailer = box
    for reference, code, to in (
        ("AAAA", "11112222", "somchai@example.go.th"),
        ("BBBB", "012345678", "somchai@example.go.th"),
        ("CCCC", "33334444", "clerk@อบต.ไทย"),
    ):
        mailer.send(code_mail(reference, code, to))
    mail = outbox.wait_for(" somchai@EXAMPLE.go.th")
    assert ("012345678", "BBBB") == (mail.one_time_code, mail.reference)
    assert code_mail("BBBB").subject == mail.subject
    assert code_mail("BBBB", "012345678").text.strip() == mail.text.strip()
    assert "<strong" in mail.html
    assert ("somchai@example.go.th",) == mail.recipients
    assert "CCCC" == outbox.wait_for("clerk@อบต.ไทย").reference
    assert "BBBB" == outbox.wait_for("somchai@example.go.th", count=2).reference
    assert "01234" not in repr(mail)


def test_a_mail_that_does_not_come_is_missed_in_words(box: tuple[Any, Mailer]) -> None:
    """A test would hang, or say nothing of why."""
    outbox, mailer = box
    mailer.send(code_mail("AAAA"))
    outbox.hold()
    mailer.send(MAIL)
    with pytest.raises(LookupError, match=r"0 of 1 .* within 0 s; 1 came to others, 1 are held back"):
        outbox.wait_for(MAIL.recipient.value, timeout=0)
    with pytest.raises(LookupError, match="1 of 2"):
        outbox.wait_for("somchai@example.go.th", timeout=0, count=2)


def test_a_mail_without_a_code_says_so(box: tuple[Any, Mailer]) -> None:
    """A number of a notice would be typed for a code."""
    outbox, mailer = box
    mailer.send(notice("password.set", recipient=ADDRESS, about=About("สมมติ: 1234 5678", "laas"), at=NOW))
    mail = outbox.wait_for(ADDRESS.value)
    for name in ("one_time_code", "reference"):
        with pytest.raises(LookupError, match="no one-time code"):
            getattr(mail, name)


def test_held_mails_arrive_late_twice_and_out_of_order(box: tuple[Any, Mailer]) -> None:
    """R3.7, R9.5: mail does all that, and a portal has to stand it."""
    outbox, mailer = box
    mailer.send(code_mail("AAAA"))
    outbox.hold()
    for reference in ("BBBB", "CCCC", "DDDD"):
        mailer.send(code_mail(reference))
    assert (1, 3) == (len(outbox.mails), len(outbox.held))
    outbox.deliver(1, 0, 0)
    assert ["AAAA", "CCCC", "BBBB", "BBBB"] == references(outbox)
    with pytest.raises(IndexError):
        outbox.deliver(0, 3)
    mailer.send(code_mail("EEEE"))
    outbox.deliver()
    mailer.send(code_mail("FFFF"))
    assert ["AAAA", "CCCC", "BBBB", "BBBB", "DDDD", "EEEE", "FFFF"] == references(outbox)
    assert [] == outbox.held


def references(outbox: Any) -> list[str]:
    mails = [mail if isinstance(mail, ReceivedMail) else ReceivedMail.of(mail) for mail in outbox.mails]
    return [mail.reference for mail in mails]


@pytest.mark.parametrize(
    ("code", "arrives", "arrived"),
    [
        ("mail_recipient_refused", False, 0),
        ("mail_not_accepted", False, 0),
        ("mail_not_accepted", True, 1),
        ("mail_outcome_unknown", False, 0),
        ("mail_outcome_unknown", True, 1),
    ],
)
def test_each_of_the_three_fails_as_told(
    box: tuple[Any, Mailer], code: MailFailure, arrives: bool, arrived: int
) -> None:
    """R9.5: a portal's own mailer would be tested with other failures than ours."""
    outbox, mailer = box
    outbox.fail_next(code, arrives=arrives)
    with pytest.raises(ProviderFailed) as failed:
        mailer.send(MAIL)
    assert (code, arrived) == (failed.value.code, len(outbox.mails))
    mailer.send(MAIL)
    assert arrived + 1 == len(outbox.mails)


def test_a_mail_that_another_thread_sends_is_waited_for() -> None:
    """A portal that mails from a queue could not be tested."""
    outbox, begun = Outbox(), threading.Event()

    def later() -> None:
        begun.wait(10)
        outbox.send(MAIL)

    thread = threading.Thread(target=later)
    thread.start()
    begun.set()
    assert MAIL.subject == outbox.wait_for(MAIL.recipient.value, timeout=10).subject
    thread.join()


def test_other_tasks_go_on_while_one_waits() -> None:
    """A portal that mails from a task would never get to send."""

    async def both() -> tuple[ReceivedMail, None]:
        outbox = AsyncOutbox()
        return await asyncio.gather(outbox.wait_for(MAIL.recipient.value, timeout=10), outbox.send(MAIL))

    assert MAIL.subject == asyncio.run(both())[0].subject
