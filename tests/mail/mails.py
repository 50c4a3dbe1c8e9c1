"""Each mail that the library sends, made with invented names."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args

from elaas_identity.mail.address import EmailPolicy, parse_email
from elaas_identity.mail.notices import (
    AdministratorAct,
    account_taken_up_notice,
    administrator_acted_notice,
    approval_awaited_notice,
    approved_notice,
    authenticator_enrolled_notice,
    email_changed_notice_to_new,
    email_changed_notice_to_old,
    password_set_notice,
    recovery_code_used_notice,
    rejected_notice,
)
from elaas_identity.mail.one_time_code import Mail, one_time_code_mail

RECIPIENT = parse_email("somchai@example.go.th", EmailPolicy())
AGENCY = "เทศบาลตำบลสมมติ (แต่งขึ้น)"
PERSON = "นาย สมมติ ตัวอย่าง"
NEW_MASKED = parse_email("tuayang@example.or.th", EmailPolicy()).masked
AT = datetime(2026, 11, 24, 2, 15, 59, 999_999, tzinfo=UTC)
UNTIL = datetime(2026, 11, 27, 2, 15, 59, 999_999, tzinfo=UTC)
CODE = "01234567"
ACTS: tuple[AdministratorAct, ...] = get_args(AdministratorAct)


def a_code_mail(code: str = CODE, agency_name: str = AGENCY, expires_at: datetime = AT) -> Mail:
    return one_time_code_mail(
        recipient=RECIPIENT,
        code=code,
        reference="KMRT",
        agency_name=agency_name,
        expires_at=expires_at,
        lifetime_minutes=10,
    )


def a_notice_to_the_old_address(
    new_masked: str = NEW_MASKED, agency_name: str = AGENCY, until: datetime = UNTIL
) -> Mail:
    return email_changed_notice_to_old(
        recipient=RECIPIENT, agency_name=agency_name, new_masked=new_masked, at=AT, until=until
    )


def notices(
    agency_name: str = AGENCY, person_name: str = PERSON, new_masked: str = NEW_MASKED
) -> dict[str, Mail]:
    """All but the mail with the code, by the names of their golden files."""
    to, agency, at = RECIPIENT, agency_name, AT
    return {
        "password_set": password_set_notice(recipient=to, agency_name=agency, at=at),
        "account_taken_up": account_taken_up_notice(
            recipient=to, agency_name=agency, person_name=person_name, at=at
        ),
        "approval_awaited": approval_awaited_notice(
            recipient=to, agency_name=agency, person_name=person_name, at=at
        ),
        "approved": approved_notice(recipient=to, agency_name=agency, at=at),
        "rejected": rejected_notice(recipient=to, agency_name=agency, at=at),
        "email_changed_to_old": a_notice_to_the_old_address(new_masked, agency),
        "email_changed_to_new": email_changed_notice_to_new(recipient=to, agency_name=agency, at=at),
        "authenticator_enrolled": authenticator_enrolled_notice(recipient=to, agency_name=agency, at=at),
        "recovery_code_used": recovery_code_used_notice(recipient=to, agency_name=agency, left=3, at=at),
        **{
            f"administrator_{act}": administrator_acted_notice(
                recipient=to, agency_name=agency, act=act, at=at
            )
            for act in ACTS
        },
    }


NOTICES = notices()
MAILS = {"one_time_code": a_code_mail(), **NOTICES}
