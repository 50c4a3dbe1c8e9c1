"""Malformed callbacks (R9.4): nothing untyped comes out, nothing is asked of ThaID, and nobody advances.

Unless a parser of the tests' own, which shares nothing with the library's, finds the callback well-formed.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, urlsplit

import pytest

from elaas_identity import (
    AccountKind,
    Browser,
    ElaasIdentity,
    ElaasIdentityError,
    Expected,
    Keyring,
    NewAccount,
    Progress,
    ProvideEmail,
    Session,
    SignedIn,
    SignInPolicy,
    ThaID,
    VerifyIdentity,
    transaction_digest,
)
from elaas_identity.change import Key
from elaas_identity.flow.flow import AttemptRecord, FlowRecord
from elaas_identity.flow.policy import FOR_TESTS, Limit
from elaas_identity.flow.transitions import Purpose
from elaas_identity.providers.memory import MemoryStore
from elaas_identity.testing import Client, SeededRandom, SteppingClock, ThaIDEmulator
from elaas_identity.testing.outbox import Outbox
from tests.facade.portal import CHOSEN, ISSUED, OFFICER, SECRET, USERNAME, code_in

ISSUER, REDIRECT_URI = "https://thaid.test", "https://portal.example.go.th/auth/callback"
Pairs = list[tuple[str, str]]
PROVEN = {
    Purpose.ONBOARDING: "provide_email",
    Purpose.SIGN_IN: "signed_in",
    Purpose.RECOVERY: "choose_account",
    Purpose.IDENTITY_FIRST: "provide_credential",
    Purpose.AUTHENTICATOR: "enrol_authenticator",
    Purpose.STEP_UP: "step_up_proof",
    Purpose.EMAIL_CHANGE: "provide_email",
}
"""What comes of a good callback."""

MANY: dict[str, Any] = dict.fromkeys(
    ("flows_per_account", "session_flows_per_account", "email_changes_per_account", "recoveries_per_person"),
    Limit(10**9, timedelta(hours=1)),
) | {"sign_in": SignInPolicy.PASSWORD_AND_THAID}


class Portal:
    """A person who has been to ThaID and said yes; what the browser brings back is in somebody else's hands."""

    def __init__(self, purpose: Purpose = Purpose.ONBOARDING) -> None:
        self.purpose, self.session = (
            purpose,
            Session(
                ref="",
                account_id="",
                binding_id="",
                epoch=0,
                credential_version=0,
            ),
        )
        self.clock, self.store = SteppingClock(), MemoryStore()
        client = Client(client_id="portal", client_secret="s3cret", redirect_uris=(REDIRECT_URI,))
        self.thaid = ThaIDEmulator(ISSUER, clients=(client,), clock=self.clock, random=SeededRandom(3))
        keyring = Keyring({"k1": SECRET}, current="k1")
        self.elaas = ElaasIdentity(
            identity_provider=ThaID(
                client_id="portal",
                client_secret="s3cret",
                redirect_uri=REDIRECT_URI,
                issuer=ISSUER,
                transport=self.thaid.transport,
                clock=self.clock,
            ),
            mailer=(outbox := Outbox()),
            store=self.store,
            keyring=keyring,
            policy=replace(FOR_TESTS, **MANY),
            clock=self.clock,
            random=SeededRandom(7),
        )
        self.browser = Browser.new(keyring, random=bytes(32))
        letter = NewAccount(
            username=USERNAME,
            password=ISSUED,
            kind=AccountKind.LOCAL_GOVERNMENT,
            agency_code="5100101",
            agency_name="เทศบาลตำบลสมมติ",
            person=Expected(OFFICER.national_id),
        )
        self.elaas.accounts.provision([letter], by="admin-1", reason="letter")
        self.others: list[str] = ["k1." + "A" * 43]
        if purpose is not Purpose.ONBOARDING:
            self.onboard(outbox)
        self.begin()

    def onboard(self, outbox: Outbox) -> None:
        """Somebody has come this far, and signs in."""
        self.flow_id = self.elaas.begin(USERNAME, ISSUED, browser=self.browser).flow_id
        self.leave()
        self.elaas.receive_callback(self.query, browser=self.browser)
        self.elaas.submit_email(self.flow_id, "clerk@sommut.example.go.th", browser=self.browser)
        code = code_in(outbox.latest.text)
        self.elaas.confirm_and_set_password(self.flow_id, code, CHOSEN, browser=self.browser)
        if self.purpose is not Purpose.SIGN_IN:
            signed_in = self.by_thaid()
            self.session = signed_in.session("the portal's session")

    def by_thaid(self) -> SignedIn:
        """Signed in."""
        self.flow_id = self.elaas.begin(USERNAME, CHOSEN, browser=self.browser).flow_id
        self.leave()
        step = self.elaas.receive_callback(self.query, browser=self.browser).step
        assert isinstance(step, SignedIn)
        return step

    def begin(self) -> None:
        """A new flow."""
        self.flow_id = self.begun().flow_id
        self.leave()

    def begun(self) -> Progress:
        match self.purpose:
            case Purpose.ONBOARDING:
                return self.elaas.begin(USERNAME, ISSUED, browser=self.browser)
            case Purpose.SIGN_IN:
                return self.elaas.begin(USERNAME, CHOSEN, browser=self.browser)
            case Purpose.RECOVERY:
                return self.elaas.recover(browser=self.browser)
            case Purpose.IDENTITY_FIRST:
                return self.elaas.begin_with_thaid(browser=self.browser)
            case Purpose.AUTHENTICATOR:
                return self.elaas.enrol_authenticator(self.session, browser=self.browser)
            case Purpose.STEP_UP:
                return self.elaas.step_up(self.session, transaction_digest(b"pay"), browser=self.browser)
            case Purpose.EMAIL_CHANGE:
                return self.elaas.change_email(self.session, browser=self.browser)
            case Purpose.PASSWORD_CHANGE:
                raise AssertionError("it makes no trip")

    def leave(self) -> None:
        """A new attempt, which ThaID has approved; `query` is what it sent the person back with."""
        self.clock.shift(seconds=1)
        request = self.elaas.authorize(self.flow_id, browser=self.browser)
        self.query = urlsplit(self.thaid.approve(request.url, OFFICER)).query
        answer = parse_qs(self.query)
        (self.state,), (self.code,) = answer["state"], answer["code"]

    def consumed(self) -> bool:
        """Whether the attempt has been used up."""
        flow_key = Key(FlowRecord, self.flow_id)
        flow = self.store.load(flow_key).one(flow_key)
        assert flow is not None
        if not flow.live_attempts:
            return True
        key = Key(AttemptRecord, flow.live_attempts[-1])
        attempt = self.store.load(key).one(key)
        assert attempt is not None
        return attempt.consumed_at is not None


@dataclass(frozen=True)
class Verdict:
    """What a callback may bring about at most."""

    may_ask: bool
    may_advance: bool


def judged(query: str, portal: Portal) -> Verdict:
    """By the standard library's parser: one live state, one code, no error, our issuer if any."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, encoding="utf-8", errors="surrogateescape")
    except ValueError:
        return Verdict(False, False)
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        if value:
            given.setdefault(name, []).append(value)
    may_ask = (
        [portal.state] == given.get("state")
        and 1 == len(given.get("code", []))
        and "error" not in given
        and given.get("iss", [ISSUER]) == [ISSUER]
    )
    return Verdict(may_ask, may_ask and [portal.code] == given["code"])


CHARACTERS = "\x00\x7f\r\n\t %&=+;#?/\\\"'<>\u202e\u200b\ud800ก๑%00%0a%zz%e0%b8%81&&=="
ISSUERS = (ISSUER, ISSUER + "/", "https://evil.example", "", "\x00", "%", ISSUER.upper())
ERRORS = (
    "access_denied",
    "user_denied",
    "duplicate_request",
    "server_error",
    "invalid_scope",
    "\u202e",
    "",
    "x" * 400,
)


def mutations(chance: random.Random, portal: Portal) -> list[Callable[[Pairs], Pairs]]:
    """Ways to spoil the parameters."""

    def somewhere(pairs: Pairs, change: Callable[[str, str], Pairs]) -> Pairs:
        if not pairs:
            return pairs
        at = chance.randrange(len(pairs))
        return [*pairs[:at], *change(*pairs[at]), *pairs[at + 1 :]]

    def garbled(text: str) -> str:
        at = chance.randrange(len(text) + 1)
        return text[:at] + chance.choice(CHARACTERS) + text[at + chance.randrange(2) :]

    def flipped(text: str) -> str:
        if not text:
            return text
        at = chance.randrange(len(text))
        return text[:at] + chr(ord(text[at]) ^ (1 << chance.randrange(7))) + text[at + 1 :]

    def twice_encoded(text: str) -> str:
        return quote(text, safe="", errors="replace").replace("%", "%25")

    return [
        lambda pairs: somewhere(pairs, lambda name, value: []),
        lambda pairs: somewhere(pairs, lambda name, value: [(name, value)] * 2),
        lambda pairs: somewhere(pairs, lambda name, value: [(name, value), (name, garbled(value))]),
        lambda pairs: somewhere(pairs, lambda name, value: [(name, "")]),
        lambda pairs: somewhere(pairs, lambda name, value: [(name, garbled(value))]),
        lambda pairs: somewhere(pairs, lambda name, value: [(name, flipped(value))]),
        lambda pairs: somewhere(pairs, lambda name, value: [(garbled(name), value)]),
        lambda pairs: somewhere(pairs, lambda name, value: [(name.upper(), value)]),
        lambda pairs: somewhere(pairs, lambda name, value: [(name, value[: chance.randrange(len(value) + 1)])]),
        lambda pairs: somewhere(pairs, lambda name, value: [(name, (value * chance.choice((2, 50, 2000)))[:99_999])]),
        lambda pairs: somewhere(pairs, lambda name, value: [(name, twice_encoded(value))]),
        lambda pairs: somewhere(pairs, lambda name, value: [(name, "".join(f"%{ord(c) % 256:02x}" for c in value))]),
        lambda pairs: list(zip([name for name, _ in pairs], reversed([value for _, value in pairs]), strict=True)),
        lambda pairs: chance.sample(pairs, len(pairs)),
        lambda pairs: [(name, chance.choice(portal.others) if name == "state" else value) for name, value in pairs],
        lambda pairs: [*pairs, ("iss", chance.choice(ISSUERS))],
        lambda pairs: [*pairs, ("error", chance.choice(ERRORS))],
        lambda pairs: [("error", chance.choice(ERRORS)) if name == "code" else (name, value) for name, value in pairs],
        lambda pairs: [*pairs, *([("x", "y")] * chance.choice((1, 30, 3000)))],
        lambda pairs: [(f"{name}[]", value) for name, value in pairs],
    ]  # fmt: skip


def spoilt(chance: random.Random, portal: Portal) -> str:
    """The query, after one to three things have happened to it."""
    pairs = [(name, value) for name, _, value in (part.partition("=") for part in portal.query.split("&"))]
    for _ in range(chance.choice((1, 1, 2, 3))):
        pairs = chance.choice(mutations(chance, portal))(pairs)
    query = chance.choice(("&", "&", "&", "&", ";", "&&", "&amp;")).join("=".join(pair) for pair in pairs)
    match chance.randrange(12):
        case 0:
            return "?" + query
        case 1:
            return query[: chance.randrange(len(query) + 1)]
        case 2:
            return query + "#" + query
        case 3:
            return query + chance.choice(CHARACTERS)
    return query


def bombard(portal: Portal, times: int, number: int) -> dict[str, int]:
    """So many callbacks; how often each came to what."""
    chance, came_to = random.Random(number), dict[str, int]()
    for _ in range(times):
        query = spoilt(chance, portal)
        verdict, asked = judged(query.removeprefix("?"), portal), portal.thaid.count("token")
        try:
            outcome: str = portal.elaas.receive_callback(query, browser=portal.browser).step.kind
        except ElaasIdentityError as error:
            outcome = error.code
        step = portal.elaas.current(portal.flow_id, browser=portal.browser).step
        came_to[outcome] = came_to.get(outcome, 0) + 1
        assert portal.thaid.count("token") - asked <= int(verdict.may_ask), query
        assert isinstance(step, VerifyIdentity) or verdict.may_advance, query
        assert (PROVEN[portal.purpose] == outcome) == (not isinstance(step, VerifyIdentity)), query
        if not isinstance(step, VerifyIdentity):
            portal.begin()
        elif portal.consumed():
            portal.others = [*portal.others[-20:], portal.state]
            portal.leave()
    return came_to


def test_r9_4_the_callback_as_it_came_is_taken() -> None:
    """The tests below would pass because nothing is ever accepted."""
    portal = Portal()
    assert Verdict(True, True) == judged(portal.query, portal)
    assert isinstance(portal.elaas.receive_callback(portal.query, browser=portal.browser).step, ProvideEmail)
    assert 1 == portal.thaid.count("token")


def test_r9_4_two_thousand_malformed_callbacks() -> None:
    """A callback that nobody should send would crash the portal, ask ThaID for tokens, or let somebody on."""
    came_to = bombard(Portal(), 2_000, 1)
    assert {
        "callback_malformed",
        "callback_unknown",
        "identity_denied",
        "identity_provider_answer_invalid",
        "provide_email",
    } <= set(came_to)
    assert came_to["callback_malformed"] > 1_000


@pytest.mark.parametrize("purpose", [purpose for purpose in PROVEN if purpose is not Purpose.ONBOARDING])
def test_r9_4_malformed_callbacks_to_flows_of_every_other_purpose(purpose: Purpose) -> None:
    """A flow begun after onboarding, which pays money or opens accounts, would take what an onboarding does not."""
    portal = Portal(purpose)
    came_to = bombard(portal, 250, 1)
    assert {"callback_malformed", "identity_denied", PROVEN[purpose]} <= set(came_to)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_r9_4_a_hundred_thousand_malformed_callbacks() -> None:
    """The same, a hundred thousand times."""
    portal = Portal()
    assert 100_000 == sum(sum(bombard(portal, 10_000, number).values()) for number in range(10, 20))
