"""A gateway's scanner finds every link that is planted, and nothing at all in our mails."""

from __future__ import annotations

import asyncio
import email
import email.policy
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from elaas_identity.mail.address import EmailPolicy, parse_email
from elaas_identity.mail.composing import Mail
from elaas_identity.testing import AsyncMailScanner, MailScanner, ReceivedMail
from elaas_identity.testing.mail_scanner import found_in
from tests.mail.mails import MAILS

ADDRESS = parse_email("somchai.s@example.go.th", EmailPolicy())
PORTAL = "https://portal.test"


def planted(text: str = "none", html: str = "none", subject: str = "none") -> Mail:
    return Mail(ADDRESS, subject, f"{text}\n", html)


class Portal:
    """Remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, list[str]]]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        fields = parse_qs(request.content.decode(), keep_blank_values=True)
        self.asked.append((request.method, str(request.url), fields))
        return httpx.Response(405 if request.method == "POST" and not fields else 200)


@pytest.mark.parametrize(
    ("mail", "url"),
    [
        (planted(text=f"Press {PORTAL}/confirm?t=1."), f"{PORTAL}/confirm?t=1"),
        (planted(text=f"({PORTAL}/confirm)"), f"{PORTAL}/confirm"),
        (planted(text="HTTP://portal.test/confirm"), "HTTP://portal.test/confirm"),
        (planted(text="ไปที่ portal.test/confirm นะ"), f"{PORTAL}/confirm"),
        (planted(text="portal.test"), PORTAL),
        (planted(text=f"<{PORTAL}/{'long-' * 30}end>"), f"{PORTAL}/{'long-' * 30}end"),
        (planted(subject=f"at {PORTAL}/s"), f"{PORTAL}/s"),
        (planted(html=f"<a href='{PORTAL}/a?x=1&amp;y=2'>here</a>"), f"{PORTAL}/a?x=1&y=2"),
        (planted(html="<a href=&#104;ttps://portal.test/e>here</a>"), f"{PORTAL}/e"),
        (planted(html="<A HREF=//portal.test/p>here</A>"), "//portal.test/p"),
        (planted(html="<a href='/confirm'>here</a>"), "/confirm"),
        (planted(html=f"<base href='{PORTAL}'><a href='confirm'>here</a>"), f"{PORTAL}/confirm"),
        (planted(html=f"<img src={PORTAL}/pixel.png>"), f"{PORTAL}/pixel.png"),
        (planted(html=f"<img srcset='{PORTAL}/1x 1x'>"), f"{PORTAL}/1x"),
        (planted(html=f"<p style=\"background: url('{PORTAL}/b')\">"), f"{PORTAL}/b"),
        (planted(html=f"<style>p {{background: url({PORTAL}/c)}}</style>"), f"{PORTAL}/c"),
        (planted(html=f"<!--[if mso]><a href='{PORTAL}/mso'>x</a><![endif]-->"), f"{PORTAL}/mso"),
        (planted(html=f"<meta http-equiv=Refresh content='0; URL={PORTAL}/r'>"), f"{PORTAL}/r"),
        (planted(html="<p>portal.test/in-words</p>"), f"{PORTAL}/in-words"),
        (planted(html=f"<button formaction='{PORTAL}/f'>x</button>"), f"{PORTAL}/f"),
        (planted(html=f"<form action='{PORTAL}/f'><button>x</button></form>"), f"{PORTAL}/f"),
    ],
)
def test_whatever_is_planted_is_found(mail: Mail, url: str) -> None:
    """R3.9: a link that the scanner overlooks would seem to be none."""
    assert url in [found.url for found in found_in(mail)]


@pytest.mark.parametrize(
    "link", ["mailto:help@example.go.th", "tel:+6621234567", "cid:logo", "data:image/png;base64,AA"]
)
def test_what_cannot_be_fetched_is_left_alone(link: str) -> None:
    """A mail with nothing to fetch would seem to have a link."""
    assert [] == found_in(
        planted(html=f"<a href='{link}'>x</a>", text="ถาม help.desk@office.example.go.th เวลา 18.16 น.")
    )


def test_header_and_further_parts_are_read() -> None:
    """One-click unsubscribing is a POST to an address in a header (RFC 8058)."""
    message: Any = email.message_from_bytes(
        b"List-Unsubscribe: <https://portal.test/leave>\nMIME-Version: 1.0\n"
        b'Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/calendar; charset=utf-8\n'
        b"Content-Transfer-Encoding: base64\n\naHR0cHM6Ly9wb3J0YWwudGVzdC9tZWV0\n--b--\n",
        policy=email.policy.default,
    )
    found = found_in(ReceivedMail("", (), message))
    assert [f"{PORTAL}/leave", f"{PORTAL}/meet"] == [each.url for each in found]


FORM = f"""<form action="{PORTAL}/confirm?old=1"><input name=token value="a b"><input type=submit value=go>
<button name=act value=yes>x</button></form> <a href="{PORTAL}/confirm">x</a> <a href="{PORTAL}/confirm">again</a>"""
DONE = [
    ("GET", f"{PORTAL}/confirm?token=a+b&act=yes", {}, 200),
    ("POST", f"{PORTAL}/confirm?old=1", {"token": "a b", "act": "yes"}, 200),
    ("GET", f"{PORTAL}/confirm", {}, 200),
    ("POST", f"{PORTAL}/confirm", {}, 405),
    ("GET", f"{PORTAL}/confirm?old=1", {}, 200),
    ("POST", f"{PORTAL}/confirm?old=1", {}, 405),
]


def test_everything_is_fetched_and_posted_once_and_told() -> None:
    """R3.9: a portal that confirms on GET or on an automatic POST would not be noticed."""
    portal = Portal()
    with httpx.Client(transport=httpx.MockTransport(portal)) as client:
        done = MailScanner(client).scan(planted(html=FORM))
    expected = [(one[0], one[1], {name: [value] for name, value in one[2].items()}) for one in DONE]
    assert expected == portal.asked
    assert DONE == [(each.method, each.url, each.fields, each.status) for each in done]


def test_an_async_client_does_the_same() -> None:
    """Invariant 11: an asynchronous portal would be scanned less."""

    async def scanned() -> Any:
        async with httpx.AsyncClient(transport=httpx.MockTransport(Portal())) as client:
            return await AsyncMailScanner(client).scan(planted(html=FORM))

    done = asyncio.run(scanned())
    with httpx.Client(transport=httpx.MockTransport(Portal())) as client:
        assert MailScanner(client).scan(planted(html=FORM)) == done
    assert DONE == [(each.method, each.url, each.fields, each.status) for each in done]


@pytest.mark.parametrize("name", MAILS)
def test_our_mails_give_a_scanner_nothing_to_do(name: str) -> None:
    """R3.9, R8.5: a gateway would complete a flow, or use up a code, before the person reads the mail."""
    portal = Portal()
    with httpx.Client(transport=httpx.MockTransport(portal)) as client:
        assert () == MailScanner(client).scan(MAILS[name])
    assert [] == portal.asked
