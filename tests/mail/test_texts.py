"""What a portal puts into the library's mails: whom to ask, and its own wording."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from elaas_identity import Misconfigured
from elaas_identity.mail import Help, MailTexts
from elaas_identity.mail.composing import Mail
from elaas_identity.mail.notices import notice
from elaas_identity.messages import Message
from elaas_identity.web.exchange import WebRequest, WebResponse
from elaas_identity.web.pages import Pages
from elaas_identity.web.site import Site
from tests.facade.officer import onboard
from tests.facade.portal import made
from tests.mail.mails import ABOUT, AT, RECIPIENT, a_code_mail

HELP = Help(
    office=Message("สำนักงานส่งเสริมการปกครองท้องถิ่น <ทดสอบ>", "Provincial office <for tests>"),
    telephone="02-000-0000",
    hours=Message("วันราชการ 8.30–16.30 น.", "Mon–Fri, 8:30–16:30"),
)
NAME = Message("ระบบทดสอบ", "Test portal")


def _mail(texts: MailTexts) -> Mail:
    return notice("password.set", recipient=RECIPIENT, about=ABOUT, at=AT, texts=texts)


def test_a_mail_names_whom_to_ask_in_both_languages() -> None:
    """R8.4: the mail says "tell your administrator", and the person would not know where to find one."""
    mail = _mail(MailTexts(help=HELP))
    thai, english = mail.text.split("-" * 40)
    assert f"{HELP.office.th} · โทร. 02-000-0000 · วันราชการ 8.30–16.30 น.\n\nอีเมลฉบับนี้" in thai
    assert f"{HELP.office.en} · Tel. 02-000-0000 · Mon–Fri, 8:30–16:30\n\nThis e-mail" in english
    assert "Provincial office &lt;for tests&gt;" in mail.html
    assert "<ทดสอบ>" not in mail.html


def test_what_is_not_known_of_the_office_leaves_no_gap() -> None:
    """An office without a telephone would read as one whose number was forgotten."""
    text = _mail(MailTexts(help=Help(office=HELP.office))).text
    assert f"{HELP.office.en}\n\nThis e-mail" in text
    assert _mail(MailTexts()).text == text.replace(f"\n\nสอบถามหรือแจ้งปัญหาได้ที่ {HELP.office.th}", "").replace(
        f"\n\nQuestions or problems? Please contact {HELP.office.en}", ""
    )


WORDED = {
    "mail.greeting": Message("ถึง {agency}", "To {agency}"),
    "mail.account": Message("บัญชี", "Account"),
    "mail.automatic": Message("จบ", "The end"),
    "mail.help": Message("ถาม {office}", "Ask {office}"),
    "mail.help.telephone": Message("☎ {telephone}", "☎ {telephone}"),
}


@pytest.mark.parametrize(
    ("mail", "own"),
    [
        (
            lambda texts: notice("password.set", recipient=RECIPIENT, about=ABOUT, at=AT, texts=texts),
            {
                "mail.password.set.what": Message("ตั้งแล้ว", "It was set"),
                "mail.password.set.not_you": Message("ใคร", "Who"),
            },
        ),
        (
            lambda texts: a_code_mail(texts=texts),
            {
                "mail.one_time_code.code": Message("เลข", "Number"),
                "mail.one_time_code.subject": Message("{reference}", "Reference {reference}"),
            },
        ),
    ],
    ids=["notice", "one-time code"],
)
def test_a_portals_own_wording_stands_in_place_of_ours(
    mail: Callable[[MailTexts], Mail], own: dict[str, Message]
) -> None:
    """Every string of the mails can be the portal's; one that is passed over would be the library's for ever."""
    ours, theirs = mail(MailTexts(help=HELP)), mail(MailTexts(help=HELP, texts=WORDED | own))
    assert f"To {ABOUT.agency_name}\n\nAccount\n\n" in theirs.text
    assert "\n\nAsk Provincial office <for tests> · ☎ 02-000-0000 · " in theirs.text
    assert theirs.text.endswith("\n\nThe end\n")
    for message in own.values():
        said = message.en.format(reference="KMRT")
        assert said in theirs.text + theirs.subject
        assert said not in ours.text + ours.subject


def test_a_portals_own_way_to_say_a_moment_stands_wherever_a_notice_says_one() -> None:
    """A mail would say one moment in the portal's way, and the other in ours."""
    own = Message("{day} {month} {year} {time}", "own way: {day} {month} {year}, {time}")
    mail = notice(
        "email.changed.to_old",
        recipient=RECIPIENT,
        about=ABOUT,
        at=AT,
        until=AT + timedelta(days=1),
        new_masked="cl•••@sommut.example.go.th",
        texts=MailTexts(help=HELP, texts={"date.moment": own}),
    )
    assert 2 == mail.text.count("own way: ")


@pytest.mark.parametrize(
    ("message_id", "text"),
    [
        ("page.skip", "x"),
        ("mail.no_such", "x"),
        ("mail.greeting", "{code}"),
        ("mail.greeting", "{agency"),
        ("mail.automatic", "https://portal.example.go.th/"),
        ("mail.automatic", "กด WWW.portal.example.go.th"),
        ("mail.automatic", "mailto:help@example.go.th"),
    ],
)
def test_a_text_that_no_mail_may_say_is_refused_at_once(message_id: str, text: str) -> None:
    """R3.9: a link would be taught to people by the real mails; a missing place would stop each mail when it is due."""
    for own in (Message(text, "x"), Message("x", text)):
        with pytest.raises(Misconfigured, match="mailer_settings"):
            MailTexts(texts={message_id: own})


def test_the_facade_writes_every_mail_with_them(tmp_path: Path) -> None:
    """The code's mail or the notices would leave them out; or the pages would have to be told again whom to ask."""
    texts = MailTexts(help=HELP, texts={"mail.automatic": Message("จบ", "The end of it")})
    with made("sync-memory", tmp_path, mail_texts=texts) as portal:
        onboard(portal)
        sent = portal.outbox.mails
        assert len(sent) > 1
        assert [] == [
            mail.subject
            for mail in sent
            if "The end of it" not in mail.text or HELP.office.en not in mail.text
        ]
        assert texts == portal.elaas.mail_texts
        assert HELP.telephone in _page(Pages.of(portal.elaas, Site(name=NAME)))
        own = Help(office=Message("ศูนย์ช่วยเหลือ", "Help desk"))
        page = _page(Pages.of(portal.elaas, Site(name=NAME, help=own)))
        assert own.office.th in page
        assert HELP.telephone not in page


def _page(pages: Pages) -> str:
    answer = pages.parse(WebRequest(method="GET", path="/nowhere"))
    assert isinstance(answer, WebResponse)
    return answer.body.decode()
