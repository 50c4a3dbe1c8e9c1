"""The mailers for tests do what a mailer does, and fail when told to."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from elaas_identity.errors import ProviderFailed
from elaas_identity.mail.address import EmailPolicy, parse_email
from elaas_identity.mail.composing import About
from elaas_identity.mail.notices import notice
from elaas_identity.mail.one_time_code import one_time_code_mail
from elaas_identity.ports import AsyncMailer, Mailer
from elaas_identity.testing.mailer_contract import MAIL, AwaitedMailer
from elaas_identity.testing.outbox import AsyncOutbox, Outbox

NOW = datetime(2026, 11, 24, 2, 15, tzinfo=UTC)
ADDRESS = parse_email("somchai@example.go.th", EmailPolicy())


@pytest.fixture(params=["sync", "async"])
def outbox(request: pytest.FixtureRequest) -> Iterator[tuple[Any, Mailer]]:
    """The outbox, and a way to send to it."""
    if request.param == "sync":
        box = Outbox()
        mailer: Mailer = box
        yield box, mailer
        return
    async_box = AsyncOutbox()
    async_mailer: AsyncMailer = async_box
    with asyncio.Runner() as runner:
        yield async_box, AwaitedMailer(async_mailer, runner)


def test_mails_are_kept_in_order(outbox: tuple[Any, Mailer]) -> None:
    """A test asserts on the newest mail, and on how many there are."""
    box, mailer = outbox
    with pytest.raises(LookupError):
        _ = box.latest
    second = replace(MAIL, subject="second")
    mailer.send(MAIL)
    mailer.send(second)
    mailer.close()
    assert ([MAIL, second], second) == (box.mails, box.latest)


@pytest.mark.parametrize("code", ["123456", "1234567", "01234567", "012345678", "0123456789"])
def test_code_is_the_newest_one_as_typed(outbox: tuple[Any, Mailer], code: str) -> None:
    """Every example and test needs it; a notice that came later has none, and no other number is one."""
    box, mailer = outbox
    with pytest.raises(LookupError):
        _ = box.code
    agency = "เทศบาล: 1234 5678 สมมติ"
    for sent in ("0" * len(code), code):
        mailer.send(
            one_time_code_mail(
                recipient=ADDRESS,
                code=sent,
                reference="KMRT",
                about=About(agency, "laas-5100101"),
                purpose="onboarding",
                expires_at=NOW,
                lifetime_minutes=10,
            )
        )
    mailer.send(notice("password.set", recipient=ADDRESS, about=About(agency, "laas-5100101"), at=NOW))
    assert code == box.code


def test_next_mails_fail_as_told(outbox: tuple[Any, Mailer]) -> None:
    """R9.5: refused, failed and unknown are three things; in the last case the mail may well arrive."""
    box, mailer = outbox
    box.fail_next("mail_recipient_refused")
    box.fail_next("mail_outcome_unknown", arrives=True)
    for code, arrived in (("mail_recipient_refused", 0), ("mail_outcome_unknown", 1)):
        with pytest.raises(ProviderFailed) as failed:
            mailer.send(MAIL)
        assert (code, arrived) == (failed.value.code, len(box.mails))
    mailer.send(MAIL)
    assert 2 == len(box.mails)
