"""No text of anybody's forges, hides or recolours a line of the log (R7.3, ASVS 16.4.1)."""

from __future__ import annotations

import json
import logging
import unicodedata
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from elaas_identity import Browser, ElaasIdentityError
from elaas_identity.events import Event
from elaas_identity.providers.event_log import EventLog
from elaas_identity.testing.clock import FIRST_MORNING
from tests.facade.portal import ISSUED, USERNAME, Portal, made

FORGED = (
    "officer\r\nWARNING elaas_identity.events: account.unlocked by root",
    "\x1b[2J\x1b[31mred\x1b[0m",
    "\u202egnp.exe\u202c",
    "\u2066hidden\u2069",
    "\u2028next line\u2029",
    "\x85next\x0bline\x0c",
    "\x00\x07\x08",
    "\ud800",
    "ok\u200b\ufeff",
)


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """As a file would have them."""
    formatter = logging.Formatter("%(levelname)s %(name)s %(message)s")
    return [formatter.format(record) for record in caplog.records]


def assert_harmless(line: str) -> None:
    """One line, of visible characters, in ASCII."""
    assert line.isascii()
    assert line.isprintable(), line
    assert 1 == len(line.splitlines())


def everybody_writes(portal: Portal, text: str) -> None:
    """The text, everywhere that one can be given."""
    account_id = portal.provision()
    browser = Browser.new(portal.keyring, random=bytes(32), address=text, correlation_id=text)
    for call in (
        lambda: portal.elaas.begin(text, ISSUED, browser=browser),
        lambda: portal.elaas.begin(USERNAME, text, browser=browser),
        lambda: portal.elaas.receive_callback(text, browser=browser),
        lambda: portal.elaas.receive_callback(f"error={text}&state=k1.{'A' * 43}", browser=browser),
        lambda: portal.elaas.authorize(text, browser=browser),
        lambda: portal.elaas.accounts.unlock(account_id, by=text, reason=text),
        lambda: portal.elaas.accounts.reissue(account_id, by=text, reason=text),
        lambda: portal.elaas.accounts.reissue(text, by=text, reason=text),
        lambda: portal.provision(text, agency_name=text, agency_code=text),
        lambda: portal.elaas.begin(USERNAME, ISSUED, browser=browser),
    ):
        with suppress(ElaasIdentityError):
            call()


@pytest.mark.parametrize("text", FORGED)
@pytest.mark.parametrize("flavour", ["sync-memory", "async-sqlite"])
def test_r7_3_no_text_reaches_a_log_line_raw(
    flavour: str, text: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Who names themselves with a line feed would write lines of the log of their own."""
    caplog.set_level(logging.DEBUG, logger="elaas_identity")
    with made(flavour, tmp_path, listeners=[EventLog()]) as portal:
        everybody_writes(portal, text)
    written = [line for line in lines(caplog) if " elaas_identity" in line]
    assert len(written) > 5
    assert any("account.unlocked" in line for line in written)
    for line in written:
        assert_harmless(line)


def test_r7_3_the_trail_itself_holds_visible_text(tmp_path: Path) -> None:
    """Whoever reads the trail with another tool than EventLog would meet what the log was spared."""
    with made("sync-memory", tmp_path) as portal:
        for number, text in enumerate(FORGED):
            account_id = portal.provision(f"laas-{number:07}")
            portal.elaas.accounts.unlock(account_id, by=text, reason=text)
        given_ = [
            value for event in portal.events for value in (event.by, event.reason, event.correlation_id)
        ]
    for value in filter(None, given_):
        assert value.isprintable()
        assert not {"Cc", "Cf", "Cs", "Zl", "Zp"} & {unicodedata.category(each) for each in value}


@given(st.text(st.characters(codec=None)))
@example("\u202e\r\n")
@settings(
    max_examples=200,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_r7_3_an_event_is_one_line_whatever_it_holds(text: str) -> None:
    """A field added to events later would not be encoded."""
    logger, written = logging.getLogger("tests.one_line"), list[str]()
    logger.propagate = False

    class Written(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(record.getMessage())

    handler = Written()
    logger.addHandler(handler)
    with_text = dict.fromkeys(
        ("code", "purpose", "stage", "account_id", "flow_id", "by", "reason", "client", "correlation_id"),
        text,
    )
    logger.setLevel(logging.INFO)
    EventLog(logger)(Event(id=text, at=FIRST_MORNING, kind="account.unlocked", **with_text))  # type: ignore[arg-type]
    logger.removeHandler(handler)
    (line,) = written
    assert_harmless(line)
    assert text == json.loads(line)["by"]


def test_r7_3_what_goes_wrong_beside_the_flow_is_named_by_its_kind_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A listener or provider whose exception quotes a hostile text would write it into our log."""

    def breaks(event: Event) -> None:
        raise RuntimeError(FORGED[0] + FORGED[1])

    with made("sync-memory", tmp_path, listeners=[breaks]) as portal:
        portal.provision()
        portal.idp.revoke = breaks  # type: ignore[assignment]
        portal.identify(portal.browser())
    written = [record.getMessage() for record in caplog.records if record.name == "elaas_identity"]
    assert "a listener failed on identity.verified: RuntimeError" in written
    assert "revocation failed: identity_provider_unavailable" in written
    for line in written:
        assert_harmless(line)
