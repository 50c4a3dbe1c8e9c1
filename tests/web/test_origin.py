"""However a portal's origin is typed, the pages know it as browsers send it, or say at once that it is none."""

from __future__ import annotations

from typing import Any

import pytest

from elaas_identity.errors import Misconfigured
from elaas_identity.keyring import Keyring
from elaas_identity.messages import Message
from elaas_identity.web.browser_cookie import BrowserCookie
from elaas_identity.web.exchange import WebRequest
from elaas_identity.web.origin import origin_of
from elaas_identity.web.pages import Pages
from elaas_identity.web.site import Site

THAID = "https://imauth.bora.dopa.go.th"
KEYRING = Keyring({"test": bytes(range(32))}, current="test")

TYPED = [
    ("https://portal.example", "https://portal.example"),
    ("https://portal.example/", "https://portal.example"),
    ("https://portal.example:443", "https://portal.example"),
    ("https://portal.example:443/", "https://portal.example"),
    ("https://portal.example:/", "https://portal.example"),
    ("https://portal.example:00443", "https://portal.example"),
    ("https://portal.example:8443/", "https://portal.example:8443"),
    ("HTTPS://Portal.EXAMPLE", "https://portal.example"),
    (" https://portal.example\r\n", "https://portal.example"),
    ("https://พอร์ทัล.ไทย", "https://xn--o3cnpj1b0a1q.xn--o3cw4h"),
    ("https://ｐortal。example", "https://portal.example"),
    ("https://xn--O3CW4H.example", "https://xn--o3cw4h.example"),
    ("https://192.0.2.1:443", "https://192.0.2.1"),
    ("https://[2001:DB8:0::1]:443/", "https://[2001:db8::1]"),
    ("http://localhost:80/", "http://localhost"),
    ("http://LOCALHOST:8000", "http://localhost:8000"),
    ("http://portal.localhost:8000", "http://portal.localhost:8000"),
    ("http://127.0.0.1:8000/", "http://127.0.0.1:8000"),
    ("http://127.8.8.8", "http://127.8.8.8"),
    ("http://[0:0::1]:8000", "http://[::1]:8000"),
]

NONE: list[Any] = [
    "",
    " ",
    "null",
    "*",
    "portal.example",
    "//portal.example",
    "https:/portal.example",
    "https:portal.example",
    "https://",
    "https:///",
    "ftp://portal.example",
    "wss://portal.example",
    "https://portal.example/identity",
    "https://portal.example//",
    "https://portal.example/.",
    "https://portal.example?",
    "https://portal.example/?a=b",
    "https://portal.example#",
    "https://portal.example\\",
    "https://user@portal.example",
    "https://user:secret@portal.example",
    "https://@portal.example",
    "https://portal.example:0",
    "https://portal.example:65536",
    "https://portal.example:๔๔๓",
    "https://portal.example:-443",
    "https://portal.example:https",
    "https://portal .example",
    "https://portal\t.example",
    "https://portal\u200b.example:4\u200b43",
    "https://portal%2Eexample",
    "https://portal..example",
    "https://.portal.example",
    "https://portal.example.",
    "https://-portal.example",
    "https://*.example",
    "https://portal.example; script-src *",
    "https://" + "a" * 64 + ".example",
    "https://1.2.3",
    "https://0x7f.1",
    "https://999.1.1.1",
    "https://[::1",
    "https://[fe80::1%25eth0]",
    "https://[::ffff:127.0.0.1]",
    "http://portal.example",
    "http://localhost.example",
    "http://127.0.0.1.example",
    "http://0.0.0.0:8000",
    "http://10.0.0.1",
    "http://[::]:8000",
    b"https://portal.example",
    None,
    443,
]


def pages(origin: Any, identity_provider: Any = (THAID,)) -> Pages:
    return Pages(
        keyring=KEYRING,
        origin=origin,
        site=Site(name=Message("ก", "A")),
        identity_provider_origins=identity_provider,
    )


@pytest.mark.parametrize(("typed", "sent"), TYPED)
def test_an_origin_is_known_as_browsers_send_it(typed: str, sent: str) -> None:
    """F53: every form of a browser without `Sec-Fetch-Site` would answer 403."""
    assert sent == origin_of("origin", typed)
    cookie = {BrowserCookie().name: KEYRING.mint_browser_token(b"b" * 32)}
    made = pages(typed)
    request = WebRequest(method="POST", path="/recover", cookies=cookie, headers={"origin": sent})
    form = f"csrf={made.form_token(request)}".encode()
    headers = {"origin": sent, "content-type": "application/x-www-form-urlencoded"}
    posted = WebRequest(method="POST", path="/recover", cookies=cookie, headers=headers, body=form)
    assert made.refuse_forged(posted) is None


@pytest.mark.parametrize("typed", NONE)
def test_what_is_no_origin_is_refused_at_construction(typed: Any) -> None:
    """F53: the portal would start, and answer each form with 403."""
    with pytest.raises(Misconfigured) as refused:
        pages(typed)
    assert "page_settings" == refused.value.code
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("typed", ["https://thaid.example; script-src *", "thaid.example", THAID])
def test_the_identity_providers_origins_are_checked_too(typed: str) -> None:
    """F53: a wrong one blocks the way to ThaID in browsers, or adds to the page's content security policy."""
    with pytest.raises(Misconfigured, match="page_settings"):
        pages("https://portal.example", typed if typed == THAID else (typed,))


def test_the_identity_providers_origin_is_written_as_browsers_know_it() -> None:
    """F53: `form-action` would name another origin than the redirect's."""
    page = pages("https://portal.example", ("HTTPS://ThaID.example:443/",)).drawing.page(
        "problem.html", problem=None
    )
    assert "form-action 'self' https://thaid.example;" in (page.header("content-security-policy") or "")
