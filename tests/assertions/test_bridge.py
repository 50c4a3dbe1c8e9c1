"""From a sign-in at the portal to a statement believed on the other side, once."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from elaas_identity import Expected, Keyring, Misconfigured, ProviderFailed, Refused
from elaas_identity.accounts.account import AccountKind, AccountStatus
from elaas_identity.assertions.records import PersonReference, UsedAssertion
from elaas_identity.assertions.signing_keys import AssertionKeys
from elaas_identity.assertions.verification import VerifiedAssertion
from elaas_identity.assertions.verification import used as used_up
from elaas_identity.change import Change, Conflict, Key, Outcome
from elaas_identity.events import Event
from elaas_identity.providers.memory import AsyncMemoryStore, MemoryStore
from tests.assertions.bridge import (
    E_PAYMENT,
    FIRST,
    GFMS,
    KEYS,
    PORTAL,
    SECOND,
    Bridge,
    signed_in_of,
)
from tests.facade.portal import CHOSEN, OFFICER, STRANGER, USERNAME
from tests.facade.stored import stored_account

WHY: dict[str, str] = {"by": "admin-1", "reason": "order 7/2568"}


def digest_of(what: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(what.encode()).digest()).rstrip(b"=").decode()


PAYMENT = digest_of("pay 1,200.00 baht to the invented contractor")


def claims_of(assertion: str) -> dict[str, Any]:
    payload = assertion.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


def refused(verifier: Any, assertion: str, **expected: Any) -> str:
    with pytest.raises(Refused) as caught:
        verifier.verify(assertion, **expected)
    return caught.value.code


def test_what_the_portal_says_is_what_the_other_side_reads(bridge: Bridge) -> None:
    """Fails if account, agency, kind, assurance or transaction come out otherwise than they went in."""
    who = bridge.signed_in()
    assertion = bridge.assertion(who, transaction_digest=PAYMENT, lifetime=timedelta(seconds=30))
    verified: VerifiedAssertion = bridge.verifier().verify(assertion, expected_transaction_digest=PAYMENT)
    now = bridge.portal.clock()
    assert (PORTAL, who.account.id, AccountKind.LOCAL_GOVERNMENT, "5100101", "เทศบาลตำบลสมมติ") == (
        verified.issuer,
        verified.account_id,
        verified.account_kind,
        verified.agency_code,
        verified.agency_name,
    )
    assert (who.assurance.ial, who.assurance.methods) == (verified.assurance.ial, verified.assurance.methods)
    assert (who.credential_version, PAYMENT) == (verified.credential_version, verified.transaction_digest)
    assert (now, now + timedelta(seconds=30)) == (verified.issued_at, verified.expires_at)


def test_r7_2_nothing_says_who_the_person_is(bridge: Bridge) -> None:
    """Fails if national ID, subject, name, address or username leave the portal, or stand in a repr or an event."""
    who = bridge.signed_in()
    assertions = bridge.assertions()
    assertion = bridge.assertion(who, by=assertions)
    verified = bridge.verifier().verify(assertion)
    told = json.dumps(claims_of(assertion), ensure_ascii=False)
    told += f"{verified!r} {assertions!r} {bridge.portal.events!r} {assertion}"
    for secret in (
        OFFICER.national_id.reveal(),
        who.person.subject,
        OFFICER.name,
        OFFICER.family_name,
        "sommut.example.go.th",
        USERNAME,
    ):
        assert secret not in told
    for named in (verified.person_reference, assertion, claims_of(assertion)["jti"]):
        assert named not in f"{verified!r} {assertions!r} {bridge.portal.events!r}"


def test_the_reference_is_random_and_one_for_each_system(bridge: Bridge) -> None:
    """Fails if two systems can tell that it is the same person, or one cannot tell that it is."""
    who = bridge.signed_in()
    references = {
        audience: {claims_of(bridge.assertion(who, audience))["sub"] for _ in range(3)}
        for audience in (GFMS, E_PAYMENT)
    }
    assert [1, 1] == [len(each) for each in references.values()]
    assert 2 == len(set.union(*references.values()))


def test_r7_4_the_reference_outlives_the_keys(bridge: Bridge) -> None:
    """Fails if after a rotation of the keyring, or of signing keys, everybody is a stranger on the other side."""
    who = bridge.signed_in()
    before = claims_of(bridge.assertion(who))["sub"]
    renewed = bridge.assertions(
        AssertionKeys({"2027a": SECOND}, current="2027a"), keyring=Keyring({"k9": bytes(32)}, current="k9")
    )
    assert before == claims_of(bridge.assertion(who, by=renewed))["sub"]


def test_a_hand_over_gives_a_new_reference_and_ends_the_old_sign_in(bridge: Bridge) -> None:
    """Fails if the new officer is taken for the old one, or the old one's session still speaks for the account."""
    portal = bridge.portal
    leaving = bridge.signed_in()
    before = claims_of(bridge.assertion(leaving))["sub"]
    issued = portal.elaas.accounts.hand_over(leaving.account.id, Expected(STRANGER.national_id), **WHY)
    with pytest.raises(Refused, match="sign_in_outdated"):
        bridge.assertion(leaving)

    portal.idp.citizen = STRANGER
    browser = portal.browser()
    flow_id = portal.begin(browser, password=issued.password).flow_id
    portal.elaas.receive_callback(portal.callback_query(flow_id, browser), browser=browser)
    portal.clock.shift(minutes=2)
    portal.elaas.submit_email(flow_id, "another@sommut.example.go.th", browser=browser)
    portal.elaas.confirm_and_set_password(flow_id, portal.code(), CHOSEN + " สอง", browser=browser)
    arriving = signed_in_of(portal.begin(portal.browser(), password=CHOSEN + " สอง"))
    assert before != claims_of(bridge.assertion(arriving))["sub"]
    with pytest.raises(Refused, match="sign_in_outdated"):
        bridge.assertion(leaving)


def test_inv7_a_suspended_account_is_not_spoken_for(bridge: Bridge) -> None:
    """Fails if a live session outlasts an administrator's act; the refusal is told of."""
    who = bridge.signed_in()
    bridge.portal.elaas.accounts.suspend(who.account.id, **WHY)
    with pytest.raises(Refused, match="sign_in_outdated"):
        bridge.assertion(who)
    told = bridge.portal.events[-1]
    assert ("assertion.refused", "refused", "sign_in_outdated", who.account.id) == (
        told.kind,
        told.outcome,
        told.code,
        told.account_id,
    )
    with pytest.raises(Refused, match="account_unknown"):
        bridge.assertions().assertion_for(
            GFMS, replace(who.session("sid"), account_id="nobody"), assurance=who.assurance
        )


def test_r7_1_each_assertion_leaves_an_event(bridge: Bridge) -> None:
    """Fails if nobody could say later to whom the portal spoke of whom."""
    who = bridge.signed_in()
    bridge.portal.events.clear()
    bridge.assertion(who, browser=bridge.portal.browser())
    (event,) = bridge.portal.events
    assert ("assertion.issued", "done", who.account.id, who.binding_id, GFMS, "req-1") == (
        event.kind,
        event.outcome,
        event.account_id,
        event.binding_id,
        event.audience,
        event.correlation_id,
    )
    stored = Key(Event, event.id)
    assert bridge.portal.store.load(stored).one(stored) is not None


@pytest.mark.parametrize(
    "ask",
    [
        {"audience": "https://evil.example"},
        {"audience": GFMS + "/"},
        {"transaction_digest": "pay 1,200.00 baht"},
        {"lifetime": timedelta(seconds=61)},
    ],
    ids=lambda ask: next(iter(ask)),
)
def test_what_the_portal_may_not_ask_for(bridge: Bridge, ask: dict[str, Any]) -> None:
    """Fails if anything is signed or stored for it."""
    who = bridge.signed_in()
    bridge.portal.events.clear()
    with pytest.raises(Misconfigured, match="assertion_settings"):
        bridge.assertion(who, **ask)
    assert [] == bridge.portal.events


def test_an_assertion_is_good_once(bridge: Bridge) -> None:
    """Fails if what was seen on the way can be shown again, to another process, at any time."""
    assertion = bridge.assertion(bridge.signed_in())
    shared = bridge.store()
    assert bridge.verifier(shared).verify(assertion)
    for _ in range(2):
        with pytest.raises(Refused) as again:
            bridge.verifier(shared).verify(assertion)
        assert ("assertion_replayed", "the assertion was accepted before (`jti`)") == (
            again.value.code,
            again.value.detail,
        )
    bridge.portal.clock.shift(seconds=64)
    assert "assertion_replayed" == refused(bridge.verifier(shared), assertion)
    bridge.portal.clock.shift(seconds=1)
    assert "assertion_expired" == refused(bridge.verifier(shared), assertion)


def test_two_assertions_of_one_moment_are_two(bridge: Bridge) -> None:
    """Fails if a double click at the portal burns the second visit."""
    who, verifier = bridge.signed_in(), bridge.verifier()
    first, second = (verifier.verify(bridge.assertion(who)) for _ in range(2))
    assert first.person_reference == second.person_reference
    assert first.id != second.id


def test_what_is_refused_is_not_used_up(bridge: Bridge) -> None:
    """Fails if somebody who shows it where it does not belong can keep it from where it does."""
    assertion = bridge.assertion(bridge.signed_in(), transaction_digest=PAYMENT)
    shared = bridge.store()
    assert "assertion_invalid" == refused(bridge.verifier(shared, audience=E_PAYMENT), assertion)
    other = digest_of("pay 9,999,999.00 baht to somebody else")
    verifier = bridge.verifier(shared)
    assert "assertion_invalid" == refused(verifier, assertion, expected_transaction_digest=other)
    assert verifier.verify(assertion, expected_transaction_digest=PAYMENT)


def test_both_sides_may_share_a_sql_store(bridge: Bridge) -> None:
    """Fails if the record of a used assertion fits one kind of store only."""
    assertion = bridge.assertion(bridge.signed_in())
    shared = bridge.portal_store()
    verified = bridge.verifier(shared).verify(assertion)
    assert "assertion_replayed" == refused(bridge.verifier(shared), assertion)
    used = Key(UsedAssertion, used_up(verified).id)
    assert bridge.portal.store.load(used).one(used) is not None


def test_r9_1_of_many_at_once_one_is_believed(bridge: Bridge) -> None:
    """Fails if two processes that share a store both pay."""
    assertion, shared = bridge.assertion(bridge.signed_in()), MemoryStore()
    if bridge.is_async:
        verifiers = [bridge.verifier(AsyncMemoryStore(shared)) for _ in range(8)]
        codes = [code_of(verifier, assertion) for verifier in verifiers]
    else:
        verifiers = [bridge.verifier(shared) for _ in range(8)]
        with ThreadPoolExecutor(8) as threads:
            codes = list(threads.map(code_of, verifiers, [assertion] * 8))
    assert ["assertion_replayed"] * 7 + ["believed"] == sorted(codes)


def code_of(verifier: Any, assertion: str) -> str:
    try:
        verifier.verify(assertion)
    except Refused as error:
        return error.code
    return "believed"


class Broken:
    """A store that fails in its own way before or after it has done its work; sync and async alike."""

    def __init__(self, store: Any, failure: Exception, *, after: bool) -> None:
        self._store, self._failure, self._after = store, failure, after

    def commit(self, change: Change) -> Any:
        if self._after:
            self._store.commit(change)
        raise self._failure


class AsyncBroken(Broken):
    async def commit(self, change: Change) -> Outcome:
        if self._after:
            await self._store.commit(change)
        raise self._failure


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    "failure", [OSError("s3cret"), KeyError("s3cret"), ProviderFailed("store_unavailable")], ids=repr
)
def test_inv5_a_store_that_cannot_be_asked_believes_nothing(
    bridge: Bridge, failure: Exception, after: bool
) -> None:
    """Fails if an outage opens the door, or the fault's own text comes out."""
    assertion, shared = bridge.assertion(bridge.signed_in()), bridge.store()
    broken = (AsyncBroken if bridge.is_async else Broken)(shared, failure, after=after)
    with pytest.raises(ProviderFailed) as caught:
        bridge.verifier(broken).verify(assertion)
    assert "store_unavailable" == caught.value.code
    assert "s3cret" not in str(caught.value)
    assert caught.value.__cause__ is None
    again = bridge.verifier(shared)
    if after:
        assert "assertion_replayed" == refused(again, assertion)
    else:
        assert again.verify(assertion)


class Raced:
    """A store where somebody else commits first, once; sync and async alike."""

    def __init__(self, store: Any, first: Callable[[Change], Change]) -> None:
        self.store, self.first = store, [first]

    def load(self, *keys: Any) -> Any:
        return self.store.load(*keys)

    def commit(self, change: Change) -> Any:
        if self.first:
            self.store.commit(self.first.pop()(change))
        return self.store.commit(change)


class AsyncRaced(Raced):
    async def commit(self, change: Change) -> Outcome:
        if self.first:
            await self.store.commit(self.first.pop()(change))
        outcome: Outcome = await self.store.commit(change)
        return outcome


def raced(bridge: Bridge, first: Callable[[Change], Change]) -> Any:
    """The portal's side, over such a store."""
    return bridge.assertions(store=(AsyncRaced if bridge.is_async else Raced)(bridge.portal_store(), first))


def test_r9_1_two_first_assertions_at_once_agree_on_the_reference(bridge: Bridge) -> None:
    """Fails if a person has two references at one system, or the loser of the race is refused."""
    who, theirs = bridge.signed_in(), "AAAAAAAAAAAAAAAAAAAAAA"

    def the_same_for_another_process(change: Change) -> Change:
        (made,) = (record for record in change.inserts if isinstance(record, PersonReference))
        return Change(inserts=(replace(made, reference=theirs),))

    by = raced(bridge, the_same_for_another_process)
    assert theirs == claims_of(bridge.assertion(who, by=by))["sub"]
    assert theirs == claims_of(bridge.assertion(who))["sub"]


def test_inv7_an_account_that_moves_meanwhile_is_not_spoken_for(bridge: Bridge) -> None:
    """Fails if what was read before an administrator's act is signed after it."""
    who = bridge.signed_in()
    account = stored_account(bridge.portal, who.account.id)
    suspended = replace(account, status=AccountStatus.SUSPENDED, epoch=account.epoch + 1)
    with pytest.raises(Refused, match="sign_in_outdated"):
        bridge.assertion(who, by=raced(bridge, lambda _: Change(writes=(suspended,))))
    assert "assertion.issued" not in bridge.portal.kinds()


class Contended(Raced):
    def commit(self, change: Change) -> Any:
        return Conflict()


class AsyncContended(Raced):
    async def commit(self, change: Change) -> Outcome:
        return Conflict()


def test_r9_1_a_store_that_is_never_free_is_given_up(bridge: Bridge) -> None:
    """Fails if it is tried for ever, or something is signed that was not committed."""
    who = bridge.signed_in()
    contended = (AsyncContended if bridge.is_async else Contended)(
        bridge.portal_store(), lambda change: change
    )
    with pytest.raises(ProviderFailed, match="store_contended"):
        bridge.assertion(who, by=bridge.assertions(store=contended))


def test_purge_takes_no_assertion_that_could_be_shown_again(bridge: Bridge) -> None:
    """Invariant 10: fails if the records of used assertions pile up, or a clock that is ahead opens a replay."""
    assertion, shared = bridge.assertion(bridge.signed_in()), bridge.store()
    verifier = bridge.verifier(shared)
    verifier.verify(assertion)
    bridge.portal.clock.shift(seconds=125)
    assert 0 == verifier.purge()
    bridge.portal.clock.shift(microseconds=1)
    assert 1 == verifier.purge()
    assert "assertion_expired" == refused(verifier, assertion)


def test_keys_rotate_without_anybody_refused(bridge: Bridge) -> None:
    """Accept, promote, retire: fails if an assertion under way is lost, or a retired key still opens doors."""
    who, store = bridge.signed_in(), bridge.store()
    accepted = AssertionKeys({"2026a": FIRST, "2026b": SECOND}, current="2026a")
    promoted = AssertionKeys({"2026a": FIRST, "2026b": SECOND}, current="2026b")
    retired = AssertionKeys({"2026b": SECOND}, current="2026b")
    for signing, published in (
        (KEYS, accepted),
        (accepted, accepted),
        (accepted, promoted),
        (promoted, accepted),
        (promoted, retired),
        (retired, promoted),
    ):
        assertion = bridge.assertion(who, by=bridge.assertions(signing))
        assert bridge.verifier(store, keys=published.jwks()).verify(assertion)
    old = bridge.assertion(who, by=bridge.assertions(KEYS))
    assert "assertion_invalid" == refused(bridge.verifier(store, keys=retired.jwks()), old)
    assert bridge.assertions(promoted).jwks() == accepted.jwks()
