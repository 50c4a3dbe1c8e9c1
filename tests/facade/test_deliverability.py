"""Whether a domain takes mail (R8.3): asked only where the policy wants it; a resolver that is down stops nobody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from elaas_identity import EnterOneTimeCode, Refused
from elaas_identity.flow.policy import FOR_TESTS
from elaas_identity.mail.address import EmailPolicy
from elaas_identity.providers import deliverability
from tests.facade.portal import FLAVOURS, Portal, made

ASKING = replace(FOR_TESTS, email=EmailPolicy(check_deliverability=True))


@pytest.fixture(params=FLAVOURS[:2])
def asking(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Portal]:
    with made(request.param, tmp_path, ASKING) as built:
        yield built


@pytest.mark.parametrize("answer", [True, None], ids=["takes mail", "resolver down"])
def test_r8_3_the_flow_goes_on(asking: Portal, answer: bool | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A resolver that is down would keep everybody out."""
    monkeypatch.setattr(deliverability, "check", lambda address, timeout: answer)
    asking.provision()
    assert isinstance(asking.mailed(asking.browser()).step, EnterOneTimeCode)


def test_r8_3_a_domain_without_mail_is_said_at_once(asking: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person would wait for a mail that no server takes."""
    monkeypatch.setattr(deliverability, "check", lambda address, timeout: False)
    asking.provision()
    with pytest.raises(Refused, match="email_not_accepted") as refused:
        asking.mailed(asking.browser())
    assert "email" == refused.value.field
    assert [] == asking.outbox.mails


def test_r8_3_nobody_is_asked_by_default(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    """A portal without DNS would be slow, or the person's domain would be told to a resolver unasked."""

    def asked(*_: object) -> bool:
        raise AssertionError("the DNS was asked")

    monkeypatch.setattr(deliverability, "check", asked)
    portal.provision()
    assert isinstance(portal.mailed(portal.browser()).step, EnterOneTimeCode)
