"""The contract of identity providers: kept by ThaID of both flavours, and by none that breaks a promise."""

from __future__ import annotations

import logging
import threading
import unittest
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from elaas_identity.errors import ElaasIdentityError, ProviderFailed
from elaas_identity.oidc.authorization import AttemptProof, Callback
from elaas_identity.oidc.token import Grant
from elaas_identity.testing import CITIZENS, TEST_CLIENT, IdentityProviderContract, ThaIDEmulator
from elaas_identity.testing.clock import SteppingClock
from elaas_identity.testing.identity_provider_contract import a_proof
from tests.facade.portal import ScriptedIdentityProvider
from tests.testing.broken import check_caught, check_every_promise_is_tried


class OverTheEmulator(IdentityProviderContract):
    """Through an emulator of this test's own."""

    secrets = (TEST_CLIENT.client_secret,)
    emulator: ThaIDEmulator

    def _provider(self, *, is_async: bool = False) -> Any:
        self.emulator = ThaIDEmulator()
        return self.emulator.async_relying_party() if is_async else self.emulator.relying_party()

    def approved(self, authorization_url: str) -> str:
        return self.emulator.approve(authorization_url, CITIZENS[0]).partition("?")[2]

    def denied(self, authorization_url: str) -> str:
        return self.emulator.deny(authorization_url).partition("?")[2]

    def cut_off(self) -> None:
        def broken(*_: object) -> Any:
            raise OSError

        self.emulator.alter_response = broken


class TestThaID(OverTheEmulator):
    """As pytest's users write it."""

    @pytest.fixture(params=[False, True], ids=["sync", "async"])
    def identity_provider(self, request: pytest.FixtureRequest) -> Any:
        return self._provider(is_async=request.param)


class TestThaIDByUnittest(OverTheEmulator, unittest.TestCase):
    """As unittest's users write it."""

    def identity_provider(self) -> Any:
        return self._provider()


class Wrapped:
    """A good provider, of which a subclass breaks one thing."""

    states_ial = True

    def __init__(self, good: Any) -> None:
        self.good = good
        self.issuer = good.issuer

    def authorization_url(self, proof: AttemptProof, *, max_age: timedelta | None) -> str:
        return str(self.good.authorization_url(proof, max_age=max_age))

    def redeem(self, callback: Callback, proof: AttemptProof, *, now: datetime) -> Grant:
        granted: Grant = self.good.redeem(callback, proof, now=now)
        return granted

    def revoke(self, grant: Grant) -> None:
        self.good.revoke(grant)

    def __repr__(self) -> str:
        return "Wrapped()"


LOCK = threading.Lock()
Redeem = Callable[[Wrapped, Callback, AttemptProof, datetime], Grant]


def redeeming(redeem: Redeem) -> type[Wrapped]:
    def redeemed(self: Wrapped, callback: Callback, proof: AttemptProof, *, now: datetime) -> Grant:
        return redeem(self, callback, proof, now)

    return type("Broken", (Wrapped,), {"redeem": redeemed})


def asking(change: Callable[[str, AttemptProof], str]) -> type[Wrapped]:
    def url(self: Wrapped, proof: AttemptProof, *, max_age: timedelta | None) -> str:
        return change(str(self.good.authorization_url(proof, max_age=max_age)), proof)

    return type("Broken", (Wrapped,), {"authorization_url": url})


def granting(**changes: Any) -> type[Wrapped]:
    """Says something else of the person."""
    return redeeming(
        lambda self, callback, proof, now: _changed(self.good.redeem(callback, proof, now=now), changes)
    )


def _changed(grant: Grant, changes: dict[str, Any]) -> Grant:
    made = {name: value(grant.identity) if callable(value) else value for name, value in changes.items()}
    return replace(grant, identity=replace(grant.identity, **made))


def remembering(self: Wrapped, callback: Callback, proof: AttemptProof, now: datetime) -> Grant:
    with LOCK:
        known = vars(self).setdefault("known", {})
        if callback.code not in known:
            known[callback.code] = self.good.redeem(callback, proof, now=now)
        grant: Grant = known[callback.code]
        return grant


def of_whatever_attempt(self: Wrapped, callback: Callback, proof: AttemptProof, now: datetime) -> Grant:
    """Neither nonce nor verifier is looked at."""
    grant: Grant = self.good.redeem(callback, a_proof(1), now=now)
    return grant


def believing(self: Wrapped, callback: Callback, proof: AttemptProof, now: datetime) -> Grant:
    try:
        kept: Grant = self.good.redeem(callback, proof, now=now)
    except ProviderFailed:
        return ScriptedIdentityProvider(SteppingClock(now)).redeem(callback, proof, now=now)
    return kept


def raising(make: Callable[[ElaasIdentityError, Callback], Exception]) -> type[Wrapped]:
    """Fails in another way than the port allows."""

    def redeem(self: Wrapped, callback: Callback, proof: AttemptProof, now: datetime) -> Grant:
        try:
            granted: Grant = self.good.redeem(callback, proof, now=now)
        except ElaasIdentityError as error:
            raise make(error, callback) from None
        return granted

    return redeeming(redeem)


def logging_redeem(self: Wrapped, callback: Callback, proof: AttemptProof, now: datetime) -> Grant:
    logging.getLogger("a.portal").debug("redeeming %s", callback.code)
    granted: Grant = self.good.redeem(callback, proof, now=now)
    return granted


class Once(Wrapped):
    """Fails where a token has been given back before."""

    def revoke(self, grant: Grant) -> None:
        if "gone" in vars(self):
            raise ProviderFailed("identity_provider_answer_invalid")
        vars(self)["gone"] = True


class Silent(Wrapped):
    def redeem(self, callback: Callback, proof: AttemptProof, *, now: datetime) -> Grant:
        return replace(super().redeem(callback, proof, now=now), tokens=("a token",))

    def revoke(self, grant: Grant) -> None:
        """Nobody is asked."""


class Untyped(Wrapped):
    def revoke(self, grant: Grant) -> None:
        try:
            self.good.revoke(grant)
        except ElaasIdentityError:
            raise ConnectionError from None


class Shown(Wrapped):
    def __repr__(self) -> str:
        return f"Shown({TestThaID.secrets})"


BROKEN: list[tuple[str, type[Wrapped]]] = [
    (
        "test_the_person_is_sent_over_https_with_the_state",
        asking(lambda url, _: url.replace("state=", "estate=")),
    ),
    (
        "test_the_person_is_sent_over_https_with_the_state",
        asking(lambda url, _: url.replace("https:", "http:")),
    ),
    ("test_the_verifier_stays_at_home", asking(lambda url, proof: f"{url}&verifier={proof.code_verifier}")),
    ("test_whoever_says_yes_is_a_person", granting(subject="")),
    ("test_whoever_says_yes_is_a_person", granting(issuer="https://elsewhere.test")),
    ("test_whoever_says_yes_is_a_person", granting(national_id=lambda who: who.national_id.reveal())),
    (
        "test_whoever_says_yes_is_a_person",
        granting(verified_at=lambda who: who.verified_at - timedelta(days=1)),
    ),
    (
        "test_whoever_says_yes_is_a_person",
        granting(auth_time=lambda who: who.verified_at.replace(tzinfo=None)),
    ),
    ("test_the_level_comes_as_announced", type("Broken", (Wrapped,), {"states_ial": False})),
    ("test_the_same_person_is_the_same_again", granting(subject=lambda who: f"{who.subject}-{id(who)}")),
    (
        "test_whoever_says_no_is_refused",
        raising(lambda error, _: ProviderFailed("identity_provider_answer_invalid")),
    ),
    ("test_a_code_is_good_once", redeeming(remembering)),
    ("test_a_code_is_good_once_for_many_at_once", redeeming(remembering)),
    ("test_a_code_is_good_for_its_own_attempt", redeeming(of_whatever_attempt)),
    ("test_an_invented_code_proves_nobody", redeeming(believing)),
    ("test_an_invented_code_proves_nobody", raising(lambda error, _: KeyError("code"))),
    (
        "test_a_callback_of_another_issuer_is_refused",
        redeeming(
            lambda self, callback, proof, now: self.good.redeem(
                replace(callback, issuer=None), proof, now=now
            )
        ),
    ),
    ("test_a_provider_that_is_down_has_failed", raising(lambda error, _: ConnectionError())),
    (
        "test_a_provider_that_is_down_has_failed",
        raising(lambda error, _: ProviderFailed("identity_provider_answer_invalid")),
    ),
    ("test_tokens_are_given_back_and_again", Once),
    ("test_giving_back_fails_as_the_port_says", Silent),
    ("test_giving_back_fails_as_the_port_says", Untyped),
    ("test_nothing_secret_is_told", redeeming(logging_redeem)),
    (
        "test_nothing_secret_is_told",
        raising(
            lambda error, callback: ProviderFailed(
                "identity_provider_answer_invalid", detail=f"{callback.code}"
            )
        ),
    ),
    ("test_nothing_secret_is_told", Shown),
]


@pytest.mark.parametrize(("promise", "broken"), BROKEN)
def test_a_broken_identity_provider_is_caught(promise: str, broken: type[Wrapped]) -> None:
    """A portal would open accounts for whoever comes, or strand whoever is right."""
    contract = TestThaID()
    check_caught(contract, promise, identity_provider=broken(contract._provider()))


def test_every_promise_is_broken_once() -> None:
    """A test of the contract that no provider fails may hold nothing."""
    check_every_promise_is_tried(IdentityProviderContract, {promise for promise, _ in BROKEN})
