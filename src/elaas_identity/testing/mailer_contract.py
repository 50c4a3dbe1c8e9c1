"""What every mailer has to keep, as tests that any SMTP mailer can be put to, a portal's own included:

    class TestOurMailer(MailerContract):
        @pytest.fixture
        def mailer_to(self):
            return lambda server: OurMailer(server.host, server.port, timeout=0.5)   # or an async one

The servers are real ones (`LoopbackSMTP`; needs the extra `testing`). The mailer's time-out should be short: two tests
wait for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from threading import Event
from typing import TypeAlias

from elaas_identity.errors import ProviderFailed
from elaas_identity.mail.address import EmailAddress, EmailPolicy, parse_email
from elaas_identity.mail.composing import Mail
from elaas_identity.ports import Mailer
from elaas_identity.testing.at_once import Actor, Call, at_once
from elaas_identity.testing.contract import Contract, nothing_secret, overheard, same
from elaas_identity.testing.loopback_smtp import LoopbackSMTP
from elaas_identity.testing.received_mail import ReceivedMail

MailerTo: TypeAlias = Callable[[LoopbackSMTP], Mailer]
"""Makes a mailer that hands its mails to this server."""

ADDRESS = parse_email("Somchai.S@example.go.th", EmailPolicy())
MAIL = Mail(
    recipient=ADDRESS,
    subject="รหัสผ่านชั่วคราว (OTP) อ้างอิง KMRT · e-LAAS one-time code, ref. KMRT",
    text="รหัส: 0123 4567\n.\nFrom here on it is English.\n",
    html="<p>รหัส: <b>0123 4567</b></p>\n",
)
"""With what goes wrong on the way: two scripts, a lone dot, a line that begins with `From`."""


SECRETS = ("4567", "Somchai", "example.go.th")
"""What no log and no exception may say of `MAIL`."""

CROWD = 8


def failure_of(mailer: Mailer, mail: Mail = MAIL) -> ProviderFailed:
    """How sending fails. It has to, and in the one way that the port allows."""
    try:
        mailer.send(mail)
    except ProviderFailed as failure:
        nothing_secret("the exception", f"{failure!r} {failure} {failure.detail}", SECRETS)
        return failure
    raise AssertionError("the mail was sent")


class MailerContract(Contract):
    """The promises of `elaas_identity.ports.Mailer`, one test each."""

    def test_mail_arrives_whole_at_its_one_recipient(self, mailer_to: MailerTo) -> None:
        """R8.1, R8.4: another envelope, or a part that changed on the way, would be another mail."""
        with LoopbackSMTP() as server:
            mailer_to(server).send(MAIL)
            (received,) = server.mails
        same((ADDRESS.value,), received.recipients)
        message = received.message
        same(MAIL.subject, message["Subject"])
        same([ADDRESS.value], [each.addr_spec for each in message["To"].addresses])
        same("multipart/alternative", message.get_content_type())
        parts = [(part.get_content_type(), part.get_content().splitlines()) for part in message.iter_parts()]
        same([("text/plain", MAIL.text.splitlines()), ("text/html", MAIL.html.splitlines())], parts)

    def test_every_mail_is_sent_once(self, mailer_to: MailerTo) -> None:
        """R3.6: at most one mail a code; and a mailer is not spent after the first."""
        with LoopbackSMTP() as server:
            mailer = mailer_to(server)
            for number in range(3):
                mailer.send(replace(MAIL, subject=f"mail {number}"))
            mailer.close()
            same(
                [f"mail {number}" for number in range(3)], [mail.message["Subject"] for mail in server.mails]
            )

    def test_many_mails_at_once_arrive_once_each(self, mailer_to: MailerTo) -> None:
        """R9.2: on the first morning everybody asks at once; one person would get another's code, or none."""
        with LoopbackSMTP() as server:
            mailer = mailer_to(server)

            def sent(number: int) -> Actor[None]:
                yield Call("send", (replace(MAIL, subject=f"mail {number}", text=f"text {number}\n"),))

            at_once(mailer, [sent(number) for number in range(CROWD)])
            arrived = sorted((str(mail.message["Subject"]), mail.text) for mail in server.mails)
        same([(f"mail {number}", f"text {number}") for number in range(CROWD)], arrived)

    def test_nothing_secret_is_told(self, mailer_to: MailerTo) -> None:
        """R7.2: whoever reads the log would have every code before its person."""
        with overheard(but="mail.log") as lines, LoopbackSMTP() as server:  # which is the server's own
            mailer = mailer_to(server)
            mailer.send(MAIL)
            server.answer_recipient = lambda _address: "550 5.1.1 no mailbox Somchai.S@example.go.th"
            failure_of(mailer)
            server.answer_recipient, server.answer_mail = None, lambda _mail: "451 4.3.0 later"
            failure_of(mailer)
            shown = repr(mailer)
        nothing_secret("the log", "\n".join(lines), (*SECRETS, *self.secrets))
        nothing_secret("the repr", shown, (*SECRETS[:2], *self.secrets))

    def test_refused_recipient_is_told_apart(self, mailer_to: MailerTo) -> None:
        """R3.6: the person can correct the address, and is charged nothing."""
        for reply in ("550 5.1.1 no mailbox Somchai.S@example.go.th", "553 5.1.3 no", "556 5.1.10 null MX"):
            with LoopbackSMTP() as server:
                server.answer_recipient = lambda _address, reply=reply: reply
                same("mail_recipient_refused", failure_of(mailer_to(server)).code)
                same([], server.mails)

    def test_refusal_for_now_is_not_the_recipients(self, mailer_to: MailerTo) -> None:
        """R3.6: greylisting, a full queue or a missing login says nothing about the address."""
        for reply in ("450 4.2.0 greylisted", "452 4.3.1 full", "421 4.3.2 busy", "530 5.7.0 log in"):
            with LoopbackSMTP() as server:
                server.answer_recipient = lambda _address, reply=reply: reply
                same("mail_not_accepted", failure_of(mailer_to(server)).code)
                same([], server.mails)

    def test_refused_content_is_certainly_not_sent(self, mailer_to: MailerTo) -> None:
        """R3.6: a reply is an answer: charge and cool-down go back."""
        for reply in ("451 4.3.0 later", "552 5.2.2 mailbox full", "554 5.7.1 looks like spam"):
            with LoopbackSMTP() as server:
                server.answer_mail = lambda _mail, reply=reply: reply
                same("mail_not_accepted", failure_of(mailer_to(server)).code)

    def test_lost_reply_leaves_the_outcome_unknown(self, mailer_to: MailerTo) -> None:
        """Invariant 5: the server may have the mail. A second code under the first one's charge would be two mails."""

        def cut(_mail: ReceivedMail) -> str | None:
            raise ConnectionResetError

        with LoopbackSMTP() as server:
            server.answer_mail = cut
            same("mail_outcome_unknown", failure_of(mailer_to(server)).code)

    def test_late_reply_leaves_the_outcome_unknown(self, mailer_to: MailerTo) -> None:
        """Invariant 5: who stops waiting does not know."""
        done = Event()

        def wait(_mail: ReceivedMail) -> str | None:
            done.wait(30)
            return None

        with LoopbackSMTP() as server:
            server.answer_mail = wait
            code = failure_of(mailer_to(server)).code
            done.set()
        same("mail_outcome_unknown", code)

    def test_silence_before_the_content_is_certain(self, mailer_to: MailerTo) -> None:
        """R3.6: without its content there is no mail."""
        done = Event()

        def wait(_address: str) -> str | None:
            done.wait(30)
            return None

        with LoopbackSMTP() as server:
            server.answer_recipient = wait
            code = failure_of(mailer_to(server)).code
            done.set()
        same("mail_not_accepted", code)

    def test_connection_cut_before_the_content_is_certain(self, mailer_to: MailerTo) -> None:
        """R3.6: without its content there is no mail."""

        def cut(_address: str) -> str | None:
            raise ConnectionResetError

        with LoopbackSMTP() as server:
            server.answer_recipient = cut
            same("mail_not_accepted", failure_of(mailer_to(server)).code)

    def test_no_server_is_certain(self, mailer_to: MailerTo) -> None:
        """R3.6: nobody was there to take it."""
        with LoopbackSMTP() as server:
            pass
        same("mail_not_accepted", failure_of(mailer_to(server)).code)

    def test_mailer_recovers_with_its_server(self, mailer_to: MailerTo) -> None:
        """Invariant 5: a mailer that stays broken would strand everybody until a restart."""
        with LoopbackSMTP() as server:
            mailer = mailer_to(server)
            server.answer_recipient = lambda _address: "451 4.3.0 later"
            failure_of(mailer)
            server.answer_recipient = None
            mailer.send(MAIL)
            same(1, len(server.mails))

    def test_second_recipient_is_refused_before_anything_is_sent(self, mailer_to: MailerTo) -> None:
        """R8.1: an address that did not come from `parse_email` must not turn into two, or into a header."""
        domain = "example.go.th"
        hostile = (
            EmailAddress("a@x.example, b", domain, domain),
            EmailAddress("a", f"{domain}\n", domain),
            EmailAddress("a", f"{domain}\r\nBcc: b@{domain}", domain),
            EmailAddress("=?utf-8?q?a=0A?=", domain, domain),
            EmailAddress("a>\r\nRCPT TO:<b", domain, domain),
            EmailAddress("", domain, domain),
        )
        with LoopbackSMTP() as server:
            for recipient in hostile:
                failure = failure_of(mailer_to(server), replace(MAIL, recipient=recipient))
                same("mail_recipient_refused", failure.code)
            same([], server.mails)

    def test_subject_cannot_become_a_header(self, mailer_to: MailerTo) -> None:
        """R8.1: a line feed, or an encoded word that holds one (cpython #121650), begins a header of the sender's."""
        with LoopbackSMTP() as server:
            for subject in (
                "a\nBcc: b@example.go.th",
                "a\r",
                "a\n",
                "=?utf-8?q?a=0ABcc:_b?=",
                "a\u2028b",
                "",
            ):
                failure = failure_of(mailer_to(server), replace(MAIL, subject=subject))
                same("mail_not_accepted", failure.code)
            same([], server.mails)

    def test_address_beyond_ascii_arrives_where_it_is_offered(self, mailer_to: MailerTo) -> None:
        """R8.2: a Thai mailbox gets its mail, subject and all, from a server that offers SMTPUTF8."""
        mail = replace(MAIL, recipient=parse_email("สมชาย@อบต.ไทย", EmailPolicy()))
        with LoopbackSMTP() as server:
            mailer_to(server).send(mail)
            (received,) = server.mails
        same((mail.recipient.value,), received.recipients)
        # Python's parser takes headers in UTF-8 (RFC 6532) for garbage, so they are read as they came.
        headers = {
            name: value.encode("ascii", "surrogateescape").decode()
            for name, value in received.message.raw_items()
        }
        same(True, mail.recipient.value in headers["To"])
        same(True, mail.subject in " ".join(headers["Subject"].split()))

    def test_address_beyond_ascii_is_refused_where_it_is_not(self, mailer_to: MailerTo) -> None:
        """R8.2: no other spelling of the address exists, so this server refuses it for certain."""
        mail = replace(MAIL, recipient=parse_email("สมชาย@example.go.th", EmailPolicy()))
        with LoopbackSMTP(smtputf8=False) as server:
            same("mail_recipient_refused", failure_of(mailer_to(server), mail).code)
            same([], server.mails)

    def test_thai_domain_needs_no_special_server(self, mailer_to: MailerTo) -> None:
        """R8.2: a domain has an ASCII form, so any server can take it."""
        mail = replace(MAIL, recipient=parse_email("clerk@อบต.ไทย", EmailPolicy()))
        with LoopbackSMTP(smtputf8=False) as server:
            mailer_to(server).send(mail)
            same(("clerk@xn--m3cj0d.xn--o3cw4h",), server.mails[0].recipients)
