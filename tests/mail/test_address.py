"""R8.1 to R8.3: one plain address or none, whatever is typed; nothing of it in a repr; nobody asked."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from smtplib import quoteaddr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elaas_identity.errors import Misconfigured, Refused
from elaas_identity.mail.address import (
    DISPOSABLE_DOMAINS,
    ROLE_NAMES,
    EmailAddress,
    EmailPolicy,
    parse_email,
)

ANY = EmailPolicy()
THAI_DOMAIN = "xn--m3cj0d.xn--o3cw4h"


def refusal_of(text: str, policy: EmailPolicy = ANY) -> str:
    with pytest.raises(Refused) as refused:
        parse_email(text, policy)
    assert "email" == refused.value.field
    assert "" == refused.value.detail
    assert refused.value.__suppress_context__ or refused.value.__context__ is None
    return refused.value.code


@pytest.mark.parametrize(
    ("typed", "value", "shown"),
    [
        ("somchai@example.go.th", "somchai@example.go.th", "example.go.th"),
        ("Somchai.S@Example.GO.TH", "Somchai.S@example.go.th", "example.go.th"),
        ("  somchai@example.go.th ", "somchai@example.go.th", "example.go.th"),
        ("clerk+laas@example.go.th", "clerk+laas@example.go.th", "example.go.th"),
        ("o'neil_1@example.go.th", "o'neil_1@example.go.th", "example.go.th"),
        ("clerk@อบต.ไทย", f"clerk@{THAI_DOMAIN}", "อบต.ไทย"),
        (f"clerk@{THAI_DOMAIN.upper()}", f"clerk@{THAI_DOMAIN}", "อบต.ไทย"),
        ("สมชาย@อบต.ไทย", f"สมชาย@{THAI_DOMAIN}", "อบต.ไทย"),
    ],
)
def test_address_is_taken_as_meant(typed: str, value: str, shown: str) -> None:
    """R8.2: the local part keeps its case, the domain has an ASCII form to send to and one for people."""
    address = parse_email(typed, ANY)
    assert (value, shown) == (address.value, address.domain_shown)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "somchai",
        "@example.go.th",
        "somchai@",
        "somchai@example",
        "somchai@@example.go.th",
        "som chai@example.go.th",
        ".somchai@example.go.th",
        "somchai.@example.go.th",
        "som..chai@example.go.th",
        "somchai@example..th",
        "somchai@-example.go.th",
        "somchai@exa_mple.go.th",
        "somchai@example.go.th.",
        "somchai@example.go.123",
        # header and recipient injection (R8.1)
        "somchai@example.go.th\r\nBcc: b@example.go.th",
        "a@example.go.th, b@example.go.th",
        "a@example.go.th;b@example.go.th",
        "a@example.go.th b@example.go.th",
        "=?utf-8?q?a=0A?=@example.go.th",
        "a@example.go.th\x00",
        "a\x7f@example.go.th",
        # other ways to write an address than the plain one
        "Somchai <somchai@example.go.th>",
        "<somchai@example.go.th>",
        "somchai(a comment)@example.go.th",
        "somchai@(a comment)example.go.th",
        '"som chai"@example.go.th',
        '"somchai"@example.go.th',
        "somchai@[127.0.0.1]",
        "somchai@[IPv6:::1]",
        "mailto:somchai@example.go.th",
        "@relay.example.go.th:somchai@example.go.th",
        # what the eye does not see, or sees wrongly
        "som\u200bchai@example.go.th",
        "som\u202echai@example.go.th",
        "somchai@exam\u200dple.go.th",
        "somchai＠example.go.th",
        "\u0e31somchai@example.go.th",
        "som\ud800chai@example.go.th",
        # names that no mail server of the world answers to (RFC 6761)
        "somchai@localhost",
        "somchai@portal.test",
        "somchai@portal.invalid",
        "somchai@portal.local",
    ],
)
def test_anything_but_one_plain_address_is_refused(text: str) -> None:
    """R8.1: what is taken here goes into a header and an envelope."""
    assert "email_invalid" == refusal_of(text)


# Three labels of 63 and one more fill a domain of the wanted length.
def domain_of(octets: int) -> str:
    labels = ["d" * 63, "d" * 63, "d" * 63]
    rest = octets - len(".".join(labels)) - len(".th") - 1
    return ".".join([*labels, "d" * rest, "th"])


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("a" * 64 + "@example.go.th", True),
        ("a" * 65 + "@example.go.th", False),
        ("ก" * 21 + "@example.go.th", True),
        ("ก" * 22 + "@example.go.th", False),
        ("a@" + "d" * 63 + ".th", True),
        ("a@" + "d" * 64 + ".th", False),
        ("a@" + domain_of(252), True),
        ("a@" + domain_of(253), False),
        ("ab@" + domain_of(251), True),
        ("ab@" + domain_of(252), False),
        ("a" * 1_000_000 + "@example.go.th", False),
    ],
    ids=lambda value: f"{len(value)} characters" if isinstance(value, str) else None,
)
def test_lengths_are_octets(text: str, taken: bool) -> None:
    """R8.2: 64 for the local part, 254 for the whole (RFC 5321 §4.5.3.1); a domain of 255 fits no address."""
    if taken:
        assert text == parse_email(text, ANY).value
    else:
        assert "email_invalid" == refusal_of(text)


@given(
    st.one_of(
        st.emails(),
        st.text(max_size=40),
        st.tuples(st.text(max_size=12), st.sampled_from(["example.go.th", "อบต.ไทย", "EXAMPLE.go.th"])).map(
            "@".join
        ),
    )
)
def test_whatever_is_typed_gives_one_address_or_a_refusal(text: str) -> None:
    """R8.1, R8.2: no other exception; and an address is read again, by us and by smtplib, as it was."""
    try:
        address = parse_email(text, ANY)
    except Refused:
        return
    assert address == parse_email(address.value, ANY)
    assert f"<{address.value}>" == quoteaddr(address.value)
    assert address.domain == address.domain.lower()
    assert address.domain.isascii()
    assert 1 == address.value.count("@")
    assert not [each for each in address.value if each.isspace() or ord(each) < 33]


@pytest.mark.parametrize(
    ("typed", "masked"),
    [
        ("somchai@example.go.th", "so•••@example.go.th"),
        ("somc@example.go.th", "so•••@example.go.th"),
        ("som@example.go.th", "s•••@example.go.th"),
        ("so@example.go.th", "s•••@example.go.th"),
        ("s@example.go.th", "•••@example.go.th"),
        ("clerk@อบต.ไทย", "cl•••@อบต.ไทย (xn--m3cj0d.xn--o3cw4h)"),
        # F13: the first letter is Cyrillic, and looks like the one of an address that the reader knows.
        ("clerk@\u0435xample.go.th", "cl•••@\u0435xample.go.th (xn--xample-2of.go.th)"),
    ],
)
def test_masked_form_shows_little(typed: str, masked: str) -> None:
    """R7.2: who sees the page learns no address, nor how long it is."""
    assert masked == parse_email(typed, ANY).masked


def test_repr_shows_nothing() -> None:
    """R7.2: an address in a log is personal data in a log."""
    address = parse_email("somchai@example.go.th", ANY)
    assert ["EmailAddress('•••')"] * 3 == [repr(address), str(address), f"{address}"]


def test_case_variants_share_a_budget() -> None:
    """R3.6: else `SOMCHAI@…` would be mailed five times more, and `SomChai@…` again."""
    forms = {parse_email(text, ANY).index_form for text in ("somchai@example.go.th", "SomChai@EXAMPLE.go.th")}
    assert {"somchai@example.go.th"} == forms


def test_only_a_local_part_beyond_ascii_needs_smtputf8() -> None:
    """R8.2: a Thai domain has an ASCII form and needs no special server."""
    texts = ("clerk@example.go.th", "clerk@อบต.ไทย", "สมชาย@example.go.th")
    assert [False, False, True] == [parse_email(text, ANY).needs_smtputf8 for text in texts]


def test_equal_addresses_are_equal() -> None:
    """A flow compares the address that it sealed with the one it reads back."""
    assert EmailAddress("a", "example.go.th", "example.go.th") == parse_email("a@EXAMPLE.go.th", ANY)
    assert parse_email("A@example.go.th", ANY) != parse_email("a@example.go.th", ANY)


# Policy


def test_roles_and_domains_are_refused_by_policy_only() -> None:
    """R8.3: off by default, since offices share mailboxes; a policy that says so is kept, also for subdomains."""
    strict = EmailPolicy(refuse_role_addresses=True, refused_domains=DISPOSABLE_DOMAINS | {THAI_DOMAIN})
    refused = (
        *(f"{name.upper()}@example.go.th" for name in ROLE_NAMES),
        "a@mailinator.com",
        "a@MAILINATOR.com",
        "a@deep.below.mailinator.com",
        "clerk@อบต.ไทย",
        "clerk@หมู่.อบต.ไทย",
    )
    taken = (
        "saraban@example.go.th",
        "a@notmailinator.com",
        "a@mailinator.com.example.go.th",
        "admin2@example.go.th",
    )
    assert ["email_not_allowed"] * len(refused) == [refusal_of(text, strict) for text in refused]
    for text in taken:
        parse_email(text, strict)
    for text in refused:
        parse_email(text, ANY)


@pytest.mark.parametrize(
    "domain", ["อบต.ไทย", "Mailinator.com", "@mailinator.com", "mailinator", "", ".com", "a b.com"]
)
def test_refused_domain_that_would_never_match_is_said(domain: str) -> None:
    """A list in another form would refuse nobody, and nobody would notice."""
    with pytest.raises(Misconfigured) as wrong:
        EmailPolicy(refused_domains=frozenset({domain}))
    assert "policy" == wrong.value.code


def test_deliverability_is_bounded() -> None:
    """R8.3: a time-out of nothing would refuse to wait for any answer."""
    with pytest.raises(Misconfigured):
        EmailPolicy(deliverability_timeout=timedelta(0))
    assert not ANY.check_deliverability


def test_syntax_asks_nobody_and_loads_no_resolver() -> None:
    """R8.3: the resolver costs 78 ms to import, and seconds to ask."""
    program = (
        "import sys; from elaas_identity.mail.address import *;"
        "parse_email('somchai@example.go.th', EmailPolicy(check_deliverability=True));"
        "print([name for name in sys.modules if name.split('.')[0] == 'dns'])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "[]" == done.stdout.strip()


@pytest.mark.parametrize(
    "typed",
    [
        "somchai@example.go.th",
        "Somchai.S+laas@Example.GO.TH",
        "clerk@อบต.ไทย",
        f"clerk@{THAI_DOMAIN}",
        "สมชาย@อบต.ไทย",
        "clerk@saraban.xn--o3cw4h",
    ],
)
def test_sealed_address_is_restored(typed: str) -> None:
    """R8.2: the mail would go to another mailbox than the one that was proven, or the page would show another."""
    address = parse_email(typed, ANY)
    assert address == EmailAddress.restored(address.value)


@pytest.mark.parametrize("text", ["", "@", "clerk", "clerk@", "@example.go.th"])
def test_other_sealed_texts_are_no_addresses(text: str) -> None:
    """Half an address would be mailed to; the error says what is wrong, and nothing of the text."""
    with pytest.raises(Misconfigured) as wrong:
        EmailAddress.restored(text)
    assert "store_schema" == wrong.value.code
    assert "example" not in str(wrong.value)


@pytest.mark.parametrize(
    "invisible", ["\u200b", "\ufeff", "\u00a0", "\u200e", "\u2060", " ", "\t", "\n"], ids=ascii
)
def test_f50_a_pasted_address_is_the_address(invisible: str) -> None:
    """An address that was copied from a page would be refused, for what nobody sees around it."""
    pasted = parse_email(f"{invisible}Clerk@sommut.example.go.th{invisible}", EmailPolicy())
    assert "Clerk@sommut.example.go.th" == pasted.value
