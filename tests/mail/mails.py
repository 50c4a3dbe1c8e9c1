"""Each mail that the library sends, made with invented names."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args

from elaas_identity.mail.address import EmailPolicy, parse_email
from elaas_identity.mail.composing import About, Mail
from elaas_identity.mail.notices import NoticeKind, notice
from elaas_identity.mail.one_time_code import one_time_code_mail
from elaas_identity.mail.texts import LIBRARY_TEXTS, MailTexts

RECIPIENT = parse_email("somchai@example.go.th", EmailPolicy())
AGENCY = "เทศบาลตำบลสมมติ (แต่งขึ้น)"
PERSON = "นาย สมมติ ตัวอย่าง"
NEW_MASKED = parse_email("tuayang@example.or.th", EmailPolicy()).masked
AT = datetime(2026, 11, 24, 2, 15, 59, 999_999, tzinfo=UTC)
UNTIL = datetime(2026, 11, 27, 2, 15, 59, 999_999, tzinfo=UTC)
CODE = "01234567"
USERNAME = "laas-5100101"
ABOUT = About(AGENCY, USERNAME)
KINDS: tuple[NoticeKind, ...] = get_args(NoticeKind)


def a_code_mail(
    code: str = CODE,
    agency_name: str = AGENCY,
    expires_at: datetime = AT,
    *,
    username: str = USERNAME,
    purpose: str = "onboarding",
    texts: MailTexts = LIBRARY_TEXTS,
) -> Mail:
    return one_time_code_mail(
        recipient=RECIPIENT,
        code=code,
        reference="KMRT",
        about=About(agency_name, username),
        purpose=purpose,
        expires_at=expires_at,
        lifetime_minutes=10,
        texts=texts,
    )


def a_notice(
    kind: NoticeKind,
    *,
    agency_name: str = AGENCY,
    username: str = USERNAME,
    person_name: str = PERSON,
    new_masked: str = NEW_MASKED,
    until: datetime = UNTIL,
    left: int = 3,
) -> Mail:
    return notice(
        kind,
        recipient=RECIPIENT,
        about=About(agency_name, username),
        at=AT,
        person_name=person_name,
        new_masked=new_masked,
        until=until,
        left=left,
    )


NOTICES: dict[str, Mail] = {kind: a_notice(kind) for kind in KINDS}
MAILS = {
    "one_time_code": a_code_mail(),
    "one_time_code.recovery": a_code_mail(purpose="recovery"),
    "one_time_code.email_change": a_code_mail(purpose="email_change"),
    **NOTICES,
}
"""By the names of their golden files."""
