"""F20, F21, F6: what a mail server says means the same to both mailers, and no server holds one for ever."""

from __future__ import annotations

import select
import socket
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import replace
from email import message_from_bytes
from email.header import decode_header, make_header
from email.utils import getaddresses
from typing import Any

import pytest

from elaas_identity.errors import Misconfigured
from elaas_identity.mail.address import EmailPolicy, parse_email
from elaas_identity.ports import Mailer
from elaas_identity.providers.smtp import AsyncSMTPMailer, SMTPMailer
from elaas_identity.testing.mailer_contract import MAIL, failure_of
from tests.authority import LOOPBACK, Authority
from tests.providers.smtp_dialects import Answer, Dialect, Endless
from tests.providers.test_smtp import PASSWORD, SENDER, authority, make

__all__ = ["authority", "make"]  # fixtures

Make = Callable[..., Mailer]
SENT = "sent"
THAI = replace(MAIL, recipient=parse_email("สมชาย@example.go.th", EmailPolicy()))


def outcome(mailer: Mailer, mail: Any = MAIL) -> str:
    """The failure's code and detail, or that the mail was sent."""
    try:
        mailer.send(mail)
    except Exception as error:
        return str(error)
    return SENT


def plain(make: Make, server: Any, **settings: Any) -> Mailer:
    """A mailer to that server, without TLS."""
    return make(server.host, server.port, security="none", **settings)


DIALECTS: list[tuple[str, dict[str, Answer], str]] = [
    ("ordinary", {}, SENT),
    ("HELO only", {"EHLO": "502 5.5.1 what is that"}, SENT),
    ("HELO only, 500", {"EHLO": "500 what"}, SENT),
    ("no hello at all", {"EHLO": "550 no", "HELO": "550 5.7.1 not you"}, "before: the server answered 550"),
    (
        "EHLO refused, then gone",
        {"EHLO": "501 5.5.4 bad name", "HELO": None},
        "after the server answered 501",
    ),
    ("421 to EHLO", {"EHLO": "421 4.7.0 try later"}, "before: the server answered 421"),
    ("421 at the greeting", {"greeting": "421 4.3.2 busy"}, "before: the server answered 421"),
    ("421 to MAIL", {"MAIL": "421 4.3.2 busy"}, "before: the server answered 421"),
    ("a greeting of many lines", {"greeting": "220-here\r\n220-no spam\r\n220 go on"}, SENT),
    ("bare line feeds", {"greeting": b"220 here\n", "MAIL": b"250 ok\n"}, SENT),
    ("numbers alone", {"MAIL": "250", "RCPT": "250", "content": "250"}, SENT),
    ("another 2xx to EHLO", {"EHLO": "220 here"}, SENT),
    ("another 2xx to MAIL", {"MAIL": "252 perhaps"}, SENT),
    ("251 to RCPT", {"RCPT": "251 will forward"}, SENT),
    ("252 to RCPT", {"RCPT": "252 cannot verify, will try"}, SENT),
    ("3xx to RCPT", {"RCPT": "354 go on"}, "recipient: the server answered 354"),
    ("another 2xx to the content", {"content": "252 will try"}, SENT),
    ("354 of many lines", {"DATA": "354-go\r\n354 on", "content": "250 queued"}, "no reply"),
    ("250 to DATA", {"DATA": "250 go on"}, "before: the server answered 250"),
    (
        "554 to DATA",
        {"DATA": "554 no valid recipients"},
        "mail_not_accepted: before: the server answered 554",
    ),
    ("gone at DATA", {"DATA": None}, "mail_not_accepted: before: SMTPServerDisconnected"),
    ("gone at RCPT", {"RCPT": None}, "mail_not_accepted: recipient: SMTPServerDisconnected"),
    ("gone at the content", {"content": None}, "mail_outcome_unknown: no reply: SMTPServerDisconnected"),
    ("two numbers in one reply", {"MAIL": "250-ok\r\n550 not so"}, "before: the server answered 550"),
    ("bytes beyond ASCII", {"MAIL": b"250 \xe0\xb8\xa3\xff\r\n"}, SENT),
    ("two digits", {"MAIL": "25 ok"}, "before: ValueError"),
    ("no space after the number", {"MAIL": "2500 ok"}, SENT),
    ("HTTP", {"greeting": "HTTP/1.1 400 Bad Request"}, "before: ValueError"),
    ("gone at the goodbye", {"QUIT": None}, SENT),
]


@pytest.mark.parametrize(
    ("changes", "expected"), [each[1:] for each in DIALECTS], ids=[each[0] for each in DIALECTS]
)
def test_f21_a_dialect_means_the_same_to_both(make: Make, changes: dict[str, Answer], expected: str) -> None:
    """F21: whether an agency's mails go out would depend on whether its portal is asynchronous."""
    if changes.get("DATA") == "354-go\r\n354 on":  # the content is read and answered by no script
        changes = {**changes, "": None}
    with Dialect(changes) as server:
        assert expected in outcome(plain(make, server))
        assert 1 == len(server.contents) or expected != SENT


def test_f21_a_lone_dot_and_the_content_arrive_as_they_were(make: Make) -> None:
    """F21: a line that begins with a dot would end the mail, or lose its dot."""
    with Dialect() as server:
        plain(make, server).send(replace(MAIL, text="one\n.\n..two\n"))
    (content,) = server.contents
    assert b"\r\n..\r\n" in content
    assert b"\r\n...two\r\n" in content


@pytest.mark.parametrize("offer", ["250 SMTPUTF8", "250-8BITMIME\r\n250 smtputf8"])
def test_f21_smtputf8_is_used_where_it_is_offered(make: Make, offer: str) -> None:
    """R8.2, F21: in whatever case the offer is written."""
    with Dialect({"EHLO": f"250-here\r\n{offer}"}) as server:
        plain(make, server).send(THAI)
    assert f"MAIL FROM:<{SENDER}> SMTPUTF8 BODY=8BITMIME" in server.heard
    assert "RCPT TO:<สมชาย@example.go.th>" in server.heard


def test_f21_who_knows_helo_only_offers_no_smtputf8(make: Make) -> None:
    """R8.2, F21."""
    with Dialect({"EHLO": "502 what"}) as server:
        assert "mail_recipient_refused" == failure_of(plain(make, server), THAI).code


def by_login(*expected: str, last: str = "235 2.7.0 welcome") -> Callable[[str], str]:
    """The answers to what is said after `AUTH`: asks for each expected thing, and refuses anything else."""
    left = list(expected)

    def answer(said: str) -> str:
        if not left or b64decode(said.rpartition(" ")[2]).decode() != left.pop(0):
            return "535 5.7.8 no"
        return "334 VXNlcm5hbWU6" if left else last

    return answer


def no_initial(form: Answer) -> Callable[[str], str]:
    """An `AUTH` that takes no response with the command."""
    return lambda said: "501 5.5.4 no initial response" if said.count(" ") > 1 else str(form)


PLAIN = f"\0portal\0{PASSWORD}"
LOGINS: list[tuple[str, str, Callable[[], dict[str, Answer]]]] = [
    ("PLAIN at once", "AUTH PLAIN LOGIN", lambda: {"AUTH": by_login(PLAIN)}),
    ("PLAIN when asked", "AUTH PLAIN", lambda: {"AUTH": no_initial("334 "), "": by_login(PLAIN)}),
    (
        "LOGIN when asked",
        "AUTH LOGIN",
        lambda: {"AUTH": no_initial("334 VXNlcm5hbWU6"), "": by_login("portal", PASSWORD)},
    ),
    (
        "LOGIN of old servers",
        "AUTH=LOGIN",
        lambda: {"AUTH": no_initial("334 "), "": by_login("portal", PASSWORD)},
    ),
    (
        "LOGIN in small letters",
        "auth login",
        lambda: {"AUTH": no_initial("334 "), "": by_login("portal", PASSWORD)},
    ),
    (
        "LOGIN at once only",
        "AUTH LOGIN",
        lambda: {
            "AUTH": lambda said: "334 UGFzc3dvcmQ6" if said.count(" ") > 1 else "501 5.5.4 no",
            "": by_login(PASSWORD),
        },
    ),
    (
        "PLAIN offered and not there",
        "AUTH PLAIN LOGIN",
        lambda: {
            "AUTH": lambda said: "504 5.5.4 what" if "PLAIN" in said else no_initial("334 ")(said),
            "": by_login("portal", PASSWORD),
        },
    ),
]


@pytest.mark.parametrize(
    ("offer", "changes"), [each[1:] for each in LOGINS], ids=[each[0] for each in LOGINS]
)
def test_f21_a_login_is_taken_in_the_form_that_the_server_has(
    make: Make, authority: Authority, offer: str, changes: Callable[[], dict[str, Answer]]
) -> None:
    """F21: a server that takes no initial response would refuse a right password, in both mailers."""
    answers = {"EHLO": f"250-here\r\n250 {offer}", **changes()}
    with Dialect(answers, tls=authority.serving(LOOPBACK)) as server:
        mailer = make(
            server.host,
            server.port,
            security="tls",
            username="portal",
            password=PASSWORD,
            ssl_context=authority.trusted(),
        )
        assert SENT == outcome(mailer)


def test_f21_cram_md5_answers_the_challenge(make: Make, authority: Authority) -> None:
    """RFC 2195 §2: its own example, in which user and password are invented."""
    challenge = b64encode(b"<1896.697170952@postoffice.reston.mci.net>").decode()
    said: list[str] = []

    def heard(line: str) -> str:
        said.append(b64decode(line).decode())
        return "235 welcome"

    changes: dict[str, Answer] = {
        "EHLO": "250-here\r\n250 AUTH CRAM-MD5",
        "AUTH": f"334 {challenge}",
        "": heard,
    }
    with Dialect(changes, tls=authority.serving(LOOPBACK)) as server:
        make(
            server.host,
            server.port,
            security="tls",
            username="tim",
            password="tanstaaftanstaaf",
            ssl_context=authority.trusted(),
        ).send(MAIL)
    assert ["tim b913a602c7eda7a495b4e6e7334d3890"] == said


@pytest.mark.parametrize(
    ("offer", "auth", "detail"),
    [
        ("AUTH PLAIN LOGIN", "535 5.7.8 no", "before: the server answered 535"),
        ("AUTH PLAIN", "421 4.7.0 too many", "before: the server answered 421"),
        ("AUTH PLAIN", "334 ", "before: the server answered 501"),
        ("AUTH GSSAPI", "235 no", "before: the server offers no login by PLAIN, LOGIN or CRAM-MD5"),
        ("SIZE 1000", "235 no", "before: the server offers no login by PLAIN, LOGIN or CRAM-MD5"),
    ],
)
def test_f20_a_refused_login_is_told_with_the_servers_number(
    make: Make, authority: Authority, offer: str, auth: str, detail: str
) -> None:
    """F20, F21: the operator would not learn what the server said; and no mail goes out without its login."""
    changes: dict[str, Answer] = {
        "EHLO": f"250-here\r\n250 {offer}",
        "AUTH": auth,
        "": lambda said: "501 called off" if said == "*" else "334 ",
    }
    with Dialect(changes, tls=authority.serving(LOOPBACK)) as server:
        failure = failure_of(
            make(
                server.host,
                server.port,
                security="tls",
                username="portal",
                password=PASSWORD,
                ssl_context=authority.trusted(),
            )
        )
        assert ("mail_not_accepted", detail) == (failure.code, failure.detail)
        assert [] == server.contents


# What we call ourselves


@pytest.mark.parametrize(
    ("local_hostname", "said"),
    [
        (None, "portal.example.go.th"),
        ("web1.example.go.th", "web1.example.go.th"),
        ("[192.0.2.7]", "[192.0.2.7]"),
    ],
)
def test_f20_ehlo_says_a_name_that_servers_take(make: Make, local_hostname: str | None, said: str) -> None:
    """F20: a server that refuses `[127.0.0.1]` would never get a mail. The machine's own name is told to nobody."""

    def strict(line: str) -> str:
        return "550 5.7.1 not your name" if "127.0.0.1" in line else "250 here"

    with Dialect({"EHLO": strict}) as server:
        plain(make, server, local_hostname=local_hostname).send(MAIL)
    assert f"EHLO {said}" == server.heard[0]


@pytest.mark.parametrize("name", ["", "a b", "a\r\nb", "พอร์ทัล.ไทย", "-a", "[a b]", "[]", "a" * 300])
@pytest.mark.parametrize("kind", [SMTPMailer, AsyncSMTPMailer])
def test_f20_a_name_that_no_server_takes_is_refused_at_once(kind: Any, name: str) -> None:
    """F20: each mail would be refused, or a second command slip in."""
    with pytest.raises(Misconfigured, match="local_hostname"):
        kind("smtp.example.go.th", sender=SENDER, local_hostname=name)


@pytest.mark.parametrize("name", ["เทศบาลตำบลสมมติ (New e-LAAS)", 'A "quoted" name, Ltd.', "ส" * 64])
def test_f22_the_sender_has_a_name(make: Make, name: str) -> None:
    """F22: people see who writes to them, and not an address alone."""
    with Dialect() as server:
        plain(make, server, sender_name=name).send(MAIL)
    # By RFC 2047 §6.2: `policy.default` reads a space between two encoded words.
    said = str(make_header(decode_header(message_from_bytes(server.contents[0])["From"])))
    assert [(name, SENDER)] == getaddresses([said])


@pytest.mark.parametrize("name", ["a\nBcc: b@example.go.th", "=?utf-8?q?a=0A?=", "a\u202eb", "ส" * 65])
@pytest.mark.parametrize("kind", [SMTPMailer, AsyncSMTPMailer])
def test_f22_a_name_that_could_become_a_header_is_refused_at_once(kind: Any, name: str) -> None:
    """R8.1, F22."""
    with pytest.raises(Misconfigured, match="sender_name"):
        kind("smtp.example.go.th", sender=SENDER, sender_name=name)


# Servers without end


def while_listened_to(part: bytes, *, pause: float = 0.0) -> Callable[[socket.socket], None]:
    """Say that again and again, until the client has gone."""

    def script(connection: socket.socket) -> None:
        connection.settimeout(10)
        while True:
            if select.select([connection], [], [], pause)[0] and not connection.recv(4096):
                return
            connection.sendall(part)

    return script


@pytest.mark.parametrize(
    "part", [b"220-and so on\r\n", b"220-" + b"x" * 500, b"x" * 5000], ids=["lines", "line", "garbage"]
)
def test_f6_a_server_that_never_ends_its_greeting_is_left(make: Make, part: bytes) -> None:
    """F6: the process would grow without end. The deadline here is far away: it is the size that ends it."""
    with Endless(while_listened_to(part)) as server:
        failure = failure_of(plain(make, server, timeout=60.0))
        assert ("mail_not_accepted", "before") == (failure.code, failure.detail.partition(":")[0])
        assert server.hung_up.wait(10)


@pytest.mark.parametrize("part", [b"2", b"220-\r\n"], ids=["bytes", "lines"])
def test_f6_a_server_that_drips_is_left_at_the_deadline(make: Make, part: bytes) -> None:
    """F6: each byte comes in time, and the person would wait for hours."""
    with Endless(while_listened_to(part, pause=0.05)) as server:
        failure = failure_of(plain(make, server, timeout=0.4))
        assert ("mail_not_accepted", "before: TimeoutError") == (failure.code, failure.detail)
        assert server.hung_up.wait(10)


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_f6_a_handshake_that_never_ends_is_left_at_the_deadline(make: Make, security: str) -> None:
    """F6: TLS has no bytes of SMTP to count; its time counts all the same."""

    def script(connection: socket.socket) -> None:
        connection.settimeout(10)
        if security == "starttls":
            for reply in (b"220 here\r\n", b"250-here\r\n250 STARTTLS\r\n", b"220 go on\r\n"):
                connection.sendall(reply)
                connection.recv(4096)
        # The header of a record of 16 KiB, and then its bytes one by one.
        connection.sendall(b"\x16\x03\x03\x40\x00")
        while_listened_to(b"\x00", pause=0.05)(connection)

    with Endless(script) as server:
        failure = failure_of(make(server.host, server.port, security=security, timeout=0.4))
        assert ("mail_not_accepted", "before: TimeoutError") == (failure.code, failure.detail)
        assert server.hung_up.wait(10)


def test_f6_a_drip_after_the_content_leaves_the_outcome_open(make: Make) -> None:
    """F6, R3.6: the server has the mail, and may send it."""

    def script(connection: socket.socket) -> None:
        connection.settimeout(10)
        for reply in (b"220 here", b"250 here", b"250 ok", b"250 ok", b"354 go on"):
            connection.sendall(reply + b"\r\n")
            connection.recv(4096)
        while_listened_to(b"250-\r\n", pause=0.05)(connection)

    with Endless(script) as server:
        failure = failure_of(plain(make, server, timeout=0.4))
        assert ("mail_outcome_unknown", "no reply: TimeoutError") == (failure.code, failure.detail)
        assert server.hung_up.wait(10)


def test_f21_nothing_that_was_said_before_tls_counts_after_it(make: Make, authority: Authority) -> None:
    """RFC 3207 §6: who sits between would put a reply into the encrypted conversation."""
    answers: dict[str, Answer] = {
        "EHLO": "250-here\r\n250 STARTTLS",
        "STARTTLS": "220 go on\r\n250-evil\r\n250 AUTH PLAIN",
    }
    with Dialect(answers) as server:
        failure = failure_of(make(server.host, server.port, ssl_context=authority.trusted(), timeout=2.0))
        assert "mail_not_accepted" == failure.code
        assert ["EHLO portal.example.go.th", "STARTTLS"] == server.heard[:2]
        assert [] == server.contents
