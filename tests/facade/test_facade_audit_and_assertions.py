"""`elaas.assertions` and `elaas.audit`: the facade with both, from an onboarding to the other side (R7.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from elaas_identity import (
    AccountKind,
    AssertionSettings,
    AssertionVerifier,
    Misconfigured,
    Refused,
    Session,
    SignedIn,
    SteppedUp,
    VerifiedAssertion,
    transaction_digest,
)
from elaas_identity.assertions.records import PersonReference, reference_id
from elaas_identity.audit.checkpoint import Checkpoint
from elaas_identity.change import Key
from elaas_identity.events import Event
from elaas_identity.person.assurance import Assurance
from elaas_identity.providers.memory import MemoryStore
from tests.assertions.bridge import E_PAYMENT, GFMS, KEYS, PORTAL, said_of
from tests.audit.trail import KEYS as AUDIT_KEYS
from tests.audit.trail import MINUTE
from tests.facade.portal import CHOSEN, FLAVOURS, OFFICER, Portal, made

DIGEST = transaction_digest("จ่าย 1,250,000.00 บาท ให้ผู้รับจ้างสมมติ".encode())
SETTINGS = AssertionSettings(keys=KEYS, issuer=PORTAL, audiences={GFMS, E_PAYMENT})


@pytest.fixture(params=FLAVOURS)
def whole(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Portal]:
    """A portal that states to other systems, and seals its trail."""
    with made(request.param, tmp_path, assertions=SETTINGS, audit_keys=AUDIT_KEYS) as built:
        yield built


def signed_in(portal: Portal) -> SignedIn:
    portal.provision()
    portal.onboarded()
    step = portal.begin(portal.browser(), password=CHOSEN).step
    assert isinstance(step, SignedIn)
    return step


def other_side(portal: Portal, audience: str = GFMS) -> AssertionVerifier:
    """Another system, which has what the portal publishes."""
    return AssertionVerifier(
        issuer=PORTAL,
        audience=audience,
        keys=portal.elaas.assertions.jwks(),
        store=MemoryStore(),
        clock=portal.clock,
    )


def test_what_a_step_up_proved_is_stated_and_believed_once(whole: Portal) -> None:
    """A disbursement would be approved on another system's word of nobody in particular, or twice."""
    who, browser = signed_in(whole), whole.browser()
    session = who.session("session-1")
    flow_id = whole.elaas.step_up(session, DIGEST, browser=browser).flow_id
    whole.elaas.receive_callback(whole.callback_query(flow_id, browser), browser=browser)
    proven = whole.elaas.consume_step_up(flow_id, session, DIGEST, browser=browser).step
    assert isinstance(proven, SteppedUp)
    text = whole.elaas.assertions.assertion_for(
        GFMS,
        session,
        assurance=proven.assurance,
        transaction_digest=proven.transaction_digest,
        browser=browser,
    )
    verifier = other_side(whole)
    believed = verifier.verify(text, expected_transaction_digest=DIGEST)
    assert isinstance(believed, VerifiedAssertion)
    assert (
        PORTAL,
        proven.account.id,
        AccountKind.LOCAL_GOVERNMENT,
        "5100101",
        proven.assurance,
        DIGEST,
    ) == (
        believed.issuer,
        believed.account_id,
        believed.account_kind,
        believed.agency_code,
        believed.assurance,
        believed.transaction_digest,
    )
    assert OFFICER.national_id.reveal() not in f"{text}{believed!r}"
    with pytest.raises(Refused, match="assertion_replayed"):
        verifier.verify(text, expected_transaction_digest=DIGEST)
    with pytest.raises(Refused, match="assertion_invalid"):
        other_side(whole, E_PAYMENT).verify(text, expected_transaction_digest=DIGEST)
    event = whole.events[-1]
    assert ("assertion.issued", GFMS, proven.binding_id, "req-1") == (
        event.kind,
        event.audience,
        event.binding_id,
        event.correlation_id,
    )


def test_of_a_plain_sign_in_it_says_no_more_than_that(whole: Portal) -> None:
    """A password alone would pass for ThaID on the other side; or a reference would tell who it is."""
    who = signed_in(whole)
    first, second = (
        other_side(whole).verify(whole.elaas.assertions.assertion_for(GFMS, **said_of(who))) for _ in range(2)
    )
    assert (who.assurance, None) == (first.assurance, first.transaction_digest)
    assert (True, False) == (first.person_reference == second.person_reference, first.id == second.id)
    elsewhere = other_side(whole, E_PAYMENT).verify(
        whole.elaas.assertions.assertion_for(E_PAYMENT, **said_of(who))
    )
    assert first.person_reference != elsewhere.person_reference


@pytest.mark.parametrize("act", ["suspend", "close_account", "reissue"])
def test_inv7_nothing_is_stated_of_who_is_not_in_any_more(whole: Portal, act: str) -> None:
    """An administrator's act would not reach the other systems."""
    who = signed_in(whole)
    getattr(whole.elaas.accounts, act)(who.account.id, by="admin-1", reason="order 7/2568")
    with pytest.raises(Refused, match="sign_in_outdated"):
        whole.elaas.assertions.assertion_for(GFMS, **said_of(who))
    assert ("assertion.refused", "sign_in_outdated") == (whole.events[-1].kind, whole.events[-1].code)


def test_the_reference_of_a_person_is_kept_with_whose_it_is(whole: Portal) -> None:
    """Nobody could say later which person another system means."""
    who = signed_in(whole)
    stated = other_side(whole).verify(whole.elaas.assertions.assertion_for(GFMS, **said_of(who)))
    key = Key(PersonReference, reference_id(who.binding_id, GFMS))
    expected = PersonReference(
        id=str(key.value),
        version=1,
        binding_id=who.binding_id,
        audience=GFMS,
        reference=stated.person_reference,
        created_at=whole.clock(),
    )
    assert expected == whole.store.load(key).one(key)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [({"account_id": "../etc"}, "account_unknown"), ({"binding_id": "\ud800"}, "sign_in_outdated")],
)
def test_r7_2_what_cannot_be_an_id_is_refused_and_not_told(
    whole: Portal, wrong: dict[str, str], code: str
) -> None:
    """Whatever a portal took from a cookie would stand in the trail, or be an error that nobody expects."""
    said = said_of(signed_in(whole))
    session = replace(said["session"], **wrong)
    with pytest.raises(Refused, match=code):
        whole.elaas.assertions.assertion_for(GFMS, session, assurance=said["assurance"])
    named = None if "account_id" in wrong else session.account_id
    assert ("assertion.refused", named) == (whole.events[-1].kind, whole.events[-1].account_id)


def test_an_assertion_is_for_a_system_that_was_named(whole: Portal) -> None:
    """A slip in a URL would state a person to a stranger."""
    who = signed_in(whole)
    with pytest.raises(Misconfigured, match="assertion_settings"):
        whole.elaas.assertions.assertion_for("https://stranger.example.go.th", **said_of(who))


def told(portal: Portal) -> list[Event]:
    """What was committed: what was only refused is told, and not in the trail."""
    return [event for event in portal.events if event.outcome != "refused"]


def sealed(portal: Portal) -> Checkpoint:
    portal.clock.shift(MINUTE)
    checkpoint = portal.elaas.audit.seal()
    assert isinstance(checkpoint, Checkpoint)
    return checkpoint


def test_r7_1_the_trail_of_an_onboarding_is_sealed_whole(whole: Portal) -> None:
    """An event that a listener heard of would be missing in the trail, or one of it be there that never was."""
    account_id = whole.provision()
    with pytest.raises(Refused):
        whole.begin(whole.browser(), password="not the issued one")
    whole.onboarded()
    first = sealed(whole)
    assert None is whole.elaas.audit.seal()
    whole.elaas.accounts.suspend(account_id, by="admin-1", reason="order 7/2568")
    second = sealed(whole)
    assert (len(told(whole)) - 1, len(told(whole))) == (first.count, second.count)
    found = whole.elaas.audit.verify([first.line(), second.line()])
    assert (None, second.count, second.head) == (found.fault, found.count, found.head)
    key = Key(Event, account_id, field="account_id", limit=1000)
    kept = whole.store.load(key).all(key)
    assert {event.id: event.kind for event in told(whole)} == {event.id: event.kind for event in kept}


def test_what_is_erased_of_the_trail_is_told_like_everything_else(whole: Portal) -> None:
    """The portal's own log would not know that the trail was changed."""
    account_id = whole.provision()
    whole.onboarded()
    whole.clock.shift(MINUTE)
    erased = whole.elaas.audit.erase_events(
        before=whole.clock(), account_id=account_id, by="officer", reason="request 7/2569"
    )
    assert ("audit.erased", "officer", "request 7/2569") == (
        whole.events[-1].kind,
        whole.events[-1].by,
        whole.events[-1].reason,
    )
    sealed(whole)
    found = whole.elaas.audit.verify()
    assert (None, erased) == (found.fault, found.erased)
    whole.clock.shift(days=800)
    older = whole.elaas.audit.erase_older_than(timedelta(days=730), by="officer", reason="retention")
    assert 1 == older  # the statement of the first erasure


NOBODY = Session(
    ref="",
    account_id="",
    binding_id="",
    epoch=0,
    credential_version=0,
)
NOTHING = Assurance(ial=None, methods=(), auth_time=None)
WITHOUT: dict[str, tuple[Callable[[Any], Any], str, str]] = {
    "assertions": (lambda elaas: elaas.assertions, "assertion_settings", "assertions=AssertionSettings(…)"),
    "assertion_for": (
        lambda elaas: elaas.assertions.assertion_for(GFMS, NOBODY, assurance=NOTHING),
        "assertion_settings",
        "assertions=AssertionSettings(…)",
    ),
    "audit": (lambda elaas: elaas.audit, "audit_settings", "audit_keys=AuditKeys(…)"),
}


@pytest.mark.parametrize("name", WITHOUT)
def test_a_facade_that_was_made_without_says_what_to_give(portal: Portal, name: str) -> None:
    """A developer would meet a bare None."""
    ask, code, advice = WITHOUT[name]
    with pytest.raises(Misconfigured) as misconfigured:
        ask(portal.elaas)
    assert code == misconfigured.value.code
    assert advice in (misconfigured.value.detail or "")
