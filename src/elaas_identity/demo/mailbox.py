"""The demonstration's mailbox: every mail that arrived by SMTP, newest first, as text and as HTML."""

from __future__ import annotations

from collections.abc import Sequence

from elaas_identity.testing import ReceivedMail
from elaas_identity.web.exchange import WebRequest, WebResponse
from elaas_identity.web.pages import Pages

_MAIL_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
"""For a mail's HTML: what it brings with itself may be shown, nothing runs, nothing is fetched."""


class MailboxPages:
    """Pages over the list that the SMTP server fills."""

    def __init__(self, mails: Sequence[ReceivedMail], pages: Pages) -> None:
        self._mails = mails
        self._pages = pages

    def listed(self, request: WebRequest) -> WebResponse:
        """All mails."""
        mails = [
            {"number": number, "to": ", ".join(mail.recipients), "subject": str(mail.message["subject"])}
            for number, mail in enumerate(self._mails)
        ]
        return self._pages.page(request, "mailbox.html", mails=mails[::-1])

    def shown(self, number: int, request: WebRequest) -> WebResponse | None:
        """One mail, or None."""
        if number not in range(len(self._mails)):
            return None
        mail = self._mails[number]
        page = self._pages.page(
            request,
            "mail.html",
            number=number,
            to=", ".join(mail.recipients),
            subject=str(mail.message["subject"]),
            text=body_of(mail, "plain"),
            has_html=bool(body_of(mail, "html")),
        )
        own = "script-src 'self'; style-src 'self'; img-src 'self'; frame-src 'self'"
        return _with_policy(page, f"default-src 'none'; {own}")

    def html(self, number: int) -> WebResponse | None:
        """A mail's HTML by itself, to be shown in a frame without any rights."""
        if number not in range(len(self._mails)):
            return None
        return WebResponse(
            status=200,
            headers=(
                ("content-type", "text/html; charset=utf-8"),
                ("content-security-policy", _MAIL_POLICY),
                ("referrer-policy", "no-referrer"),
                ("cache-control", "no-store"),
            ),
            body=body_of(self._mails[number], "html").encode(),
        )


def body_of(mail: ReceivedMail, kind: str) -> str:
    """The mail's part of that kind (`plain`, `html`), or nothing."""
    part = mail.message.get_body(preferencelist=(kind,))
    return "" if part is None else str(part.get_content())


def _with_policy(page: WebResponse, policy: str) -> WebResponse:
    headers = tuple(
        (name, policy if name == "content-security-policy" else value) for name, value in page.headers
    )
    return WebResponse(status=page.status, headers=headers, body=page.body)
