"""The contract of mailers: kept by ours (tests/providers/test_smtp.py), and by none that breaks a promise."""

from __future__ import annotations

import logging
import time
import unittest
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from elaas_identity.errors import ProviderFailed, ProviderFailedCode
from elaas_identity.mail.composing import Mail
from elaas_identity.providers.smtp import AsyncSMTPMailer, SMTPMailer
from elaas_identity.testing import LoopbackSMTP, MailerContract
from tests.testing.broken import check_caught, check_every_promise_is_tried

OPTIONS: dict[str, Any] = {"sender": "no-reply@example.go.th", "security": "none", "timeout": 0.5}


class TestOursByUnittest(MailerContract, unittest.TestCase):
    """As unittest's users write it; an async mailer is awaited by the contract."""

    def mailer_to(self, server: LoopbackSMTP) -> AsyncSMTPMailer:
        return AsyncSMTPMailer(server.host, server.port, **OPTIONS)


class Wrapped:
    """A good mailer, of which a subclass breaks one thing."""

    def __init__(self, server: LoopbackSMTP) -> None:
        self.good = SMTPMailer(server.host, server.port, **OPTIONS)

    def send(self, mail: Mail) -> None:
        self.good.send(mail)

    def close(self) -> None:
        self.good.close()

    def __repr__(self) -> str:
        return "Wrapped()"


def sending(send: Callable[[Any, Mail], None]) -> type[Wrapped]:
    return type("Broken", (Wrapped,), {"send": send})


def taking(wrong: ProviderFailedCode, instead: ProviderFailedCode | type[Exception] | None) -> type[Wrapped]:
    """Takes one kind of failure for another; None: for a mail that was sent."""

    def send(self: Wrapped, mail: Mail) -> None:
        try:
            self.good.send(mail)
        except ProviderFailed as failure:
            if failure.code != wrong:
                raise
            if isinstance(instead, str):
                raise ProviderFailed(instead) from None
            if instead is not None:
                raise instead() from None

    return sending(send)


def twice(self: Wrapped, mail: Mail) -> None:
    self.good.send(mail)
    self.good.send(mail)


def only_once(self: Wrapped, mail: Mail) -> None:
    if "sent" not in vars(self):
        vars(self)["sent"] = True
        self.good.send(mail)


def broken_for_good(self: Wrapped, mail: Mail) -> None:
    if "failed" in vars(self):
        raise ProviderFailed("mail_not_accepted")
    try:
        self.good.send(mail)
    except ProviderFailed:
        vars(self)["failed"] = True
        raise


def shared(self: Wrapped, mail: Mail) -> None:
    vars(self)["mail"] = mail
    time.sleep(0.002)
    self.good.send(vars(self)["mail"])


def ascii_only(self: Wrapped, mail: Mail) -> None:
    if not mail.recipient.shown.isascii():
        raise ProviderFailed("mail_recipient_refused")
    self.good.send(mail)


def logged(self: Wrapped, mail: Mail) -> None:
    logging.getLogger("a.portal").debug("to %s", mail.recipient.value)
    self.good.send(mail)


def told(self: Wrapped, mail: Mail) -> None:
    try:
        self.good.send(mail)
    except ProviderFailed as failure:
        raise ProviderFailed(failure.code, detail=f"{mail.text}") from None


class Shown(Wrapped):
    def send(self, mail: Mail) -> None:
        self.last = mail
        super().send(mail)

    def __repr__(self) -> str:
        return f"Shown({self.last.text!r})"


BROKEN: list[tuple[str, type[Wrapped]]] = [
    (
        "test_mail_arrives_whole_at_its_one_recipient",
        sending(lambda self, mail: self.good.send(replace(mail, text=mail.html))),
    ),
    (
        "test_mail_arrives_whole_at_its_one_recipient",
        sending(lambda self, mail: self.good.send(replace(mail, subject=mail.subject.upper()))),
    ),
    ("test_every_mail_is_sent_once", sending(twice)),
    ("test_every_mail_is_sent_once", sending(only_once)),
    ("test_many_mails_at_once_arrive_once_each", sending(shared)),
    ("test_nothing_secret_is_told", sending(logged)),
    ("test_nothing_secret_is_told", sending(told)),
    ("test_nothing_secret_is_told", Shown),
    ("test_refused_recipient_is_told_apart", taking("mail_recipient_refused", "mail_not_accepted")),
    ("test_refused_recipient_is_told_apart", taking("mail_recipient_refused", None)),
    ("test_refusal_for_now_is_not_the_recipients", taking("mail_not_accepted", "mail_recipient_refused")),
    ("test_refused_content_is_certainly_not_sent", taking("mail_not_accepted", "mail_outcome_unknown")),
    ("test_lost_reply_leaves_the_outcome_unknown", taking("mail_outcome_unknown", "mail_not_accepted")),
    ("test_lost_reply_leaves_the_outcome_unknown", taking("mail_outcome_unknown", ConnectionError)),
    ("test_late_reply_leaves_the_outcome_unknown", taking("mail_outcome_unknown", "mail_not_accepted")),
    ("test_silence_before_the_content_is_certain", taking("mail_not_accepted", "mail_outcome_unknown")),
    (
        "test_connection_cut_before_the_content_is_certain",
        taking("mail_not_accepted", "mail_outcome_unknown"),
    ),
    ("test_no_server_is_certain", taking("mail_not_accepted", ConnectionError)),
    ("test_no_server_is_certain", taking("mail_not_accepted", None)),
    ("test_mailer_recovers_with_its_server", sending(broken_for_good)),
    (
        "test_second_recipient_is_refused_before_anything_is_sent",
        taking("mail_recipient_refused", None),
    ),
    ("test_subject_cannot_become_a_header", taking("mail_not_accepted", None)),
    ("test_address_beyond_ascii_arrives_where_it_is_offered", sending(ascii_only)),
    (
        "test_address_beyond_ascii_is_refused_where_it_is_not",
        taking("mail_recipient_refused", "mail_not_accepted"),
    ),
    ("test_thai_domain_needs_no_special_server", sending(ascii_only)),
]


@pytest.mark.parametrize(("promise", "broken"), BROKEN)
def test_a_broken_mailer_is_caught(promise: str, broken: type[Wrapped]) -> None:
    """A portal would send a code twice, to nobody, or to two."""
    check_caught(TestOursByUnittest(promise), promise, mailer_to=lambda server: broken(server))


def test_every_promise_is_broken_once() -> None:
    """A test of the contract that no mailer fails may hold nothing."""
    check_every_promise_is_tried(MailerContract, {promise for promise, _ in BROKEN})
