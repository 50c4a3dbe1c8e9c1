"""What leaves an act that failed shows no secret, whoever raised it (R7.2).

An act is a generator: passwords, codes and people are locals of its frames, and fields of the effects that it yields.
"""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any, get_args

import pytest

import elaas_identity
from elaas_identity import (
    AccountKind,
    AssertionKeys,
    AssertionSettings,
    AuditKeys,
    Browser,
    ElaasIdentityError,
    Expected,
    NewAccount,
    PasswordSet,
    ProviderFailed,
    SignedIn,
    VerifiedIdentity,
    effects,
    transaction_digest,
)
from elaas_identity._async.assertion_verifier import AsyncAssertionVerifier
from elaas_identity._sync.accounts import Accounts
from elaas_identity._sync.assertion_verifier import AssertionVerifier
from elaas_identity._sync.assertions import Assertions
from elaas_identity._sync.audit import Audit
from elaas_identity._sync.elaas_identity import ElaasIdentity
from elaas_identity._sync.sessions import Sessions
from elaas_identity.change import Change, Key
from elaas_identity.effects import Effect
from elaas_identity.events import Event
from elaas_identity.flow.flow import FlowRecord
from elaas_identity.mail.address import EmailPolicy, parse_email
from elaas_identity.mail.composing import Mail
from elaas_identity.oidc.authorization import AttemptProof, Callback
from elaas_identity.oidc.token import Grant
from elaas_identity.providers.memory import AsyncMemoryStore, MemoryStore
from elaas_identity.testing.clock import FIRST_MORNING
from elaas_identity.testing.secrecy import found
from tests.canaries.values import CHOSEN, CONTACT, EMAIL, ISSUED, OFFICER, SESSION_REF, SIGNING_KEY, STRANGER
from tests.canaries.watched import AUDIENCE
from tests.facade import portal as plain
from tests.facade.portal import USERNAME, Driven, Portal, made

PACKAGE = str(Path(elaas_identity.__file__).parent)
ISSUER = "https://portal.example.go.th"
CODE, STATE, TOKEN = "31415926", "canary-state-0d1f", "canary-access-token-55aa"
SECRETS: dict[str, str | bytes] = {
    "issued password": ISSUED,
    "new password": CHOSEN,
    "e-mail": EMAIL,
    "contact": CONTACT,
    "session": SESSION_REF,
    "code": CODE,
    "state": STATE,
    "token": TOKEN,
    "national ID": OFFICER.national_id.reveal(),
    "stranger's national ID": STRANGER.national_id.reveal(),
    "name": OFFICER.given_name,
}


NEVER_REFUSE = ("Accounts.awaiting", "Accounts.get", "Sessions.of_account", "Sessions.end(")
"""Acts that answer with nothing what they do not find, or have nothing to do."""


@dataclass
class Port:
    """A port that raises, whatever is asked of it."""

    problem: Callable[[], BaseException]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            raise ValueError(f"no answer to {args!r} {kwargs!r}")
        except ValueError as cause:
            raise self.problem() from cause

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self


class Interruption(BaseException):
    """As a cancellation, or Ctrl-C."""


PROBLEMS: dict[str, Callable[[], BaseException]] = {
    "typed": lambda: ProviderFailed("store_unavailable"),
    "untyped": lambda: RuntimeError("no connection"),
    "interrupted": lambda: Interruption(),
}


@dataclass
class Called:
    """Every public act, with canaries for arguments."""

    portal: Portal
    browser: Browser
    objects: dict[type, Any]
    arguments: dict[str, Any]

    def acts(self) -> Iterator[tuple[str, Callable[..., Any], dict[str, Any]]]:
        for kind, called in self.objects.items():
            for name, function in inspect.getmembers(kind, inspect.isfunction):
                if function.__code__.co_name == "call" and not name.startswith("_"):
                    known = [
                        each for each in inspect.signature(function).parameters if each in self.arguments
                    ]
                    yield (
                        f"{kind.__name__}.{name}",
                        getattr(called, name),
                        {each: self.arguments[each] for each in known},
                    )

    def breaks(self, port: str, problem: Callable[[], BaseException]) -> None:
        for called in self.objects.values():
            setattr(called._driver, port, Port(problem))


@pytest.fixture(params=["sync-memory", "async-memory"])
def called(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Called]:
    keys = AssertionKeys({"a1": SIGNING_KEY}, current="a1")
    options: dict[str, Any] = {
        "assertions": AssertionSettings(keys=keys, issuer=ISSUER, audiences=[AUDIENCE]),
        "audit_keys": AuditKeys(AuditKeys.fresh_key("k1", bytes(40))),
    }
    with made(request.param, tmp_path, **options) as portal:
        portal.idp.citizen = OFFICER
        browser = portal.browser()
        onboarded = portal.provision("onboarded", person=Expected(OFFICER.national_id))
        flow = portal.begin(browser, "onboarded", plain.ISSUED)
        portal.elaas.receive_callback(portal.callback_query(flow.flow_id, browser), browser=browser)
        portal.elaas.submit_email(flow.flow_id, EMAIL, browser=browser)
        portal.elaas.confirm_and_set_password(flow.flow_id, portal.code(), CHOSEN, browser=browser)
        signed_in = portal.begin(browser, "onboarded", CHOSEN).step
        assert isinstance(signed_in, SignedIn)
        portal.provision(person=Expected(OFFICER.national_id), password=ISSUED)
        flow_id = portal.begin(browser, password=ISSUED).flow_id
        said: dict[str, Any] = {
            "session": signed_in.session(SESSION_REF),
            "assurance": signed_in.assurance,
        }
        letter = NewAccount(
            username="another",
            password=ISSUED,
            kind=AccountKind.LOCAL_GOVERNMENT,
            agency_code="5100101",
            agency_name="เทศบาลตำบลตัวอย่าง",
            person=Expected(OFFICER.national_id),
            contact=CONTACT,
        )
        yield Called(
            portal,
            browser,
            {
                ElaasIdentity: portal.elaas,
                Accounts: portal.elaas.accounts,
                Sessions: portal.elaas.sessions,
                Assertions: portal.elaas.assertions,
                Audit: portal.elaas.audit,
                AssertionVerifier: verifier(portal, keys),
            },
            {
                **said,
                "account_id": onboarded,
                "signed_in": signed_in,
                "token": portal.elaas.sessions.start(signed_in),
                "only": None,
                "change": PasswordSet(
                    account=signed_in.account, binding_id=signed_in.binding_id, credential_version=2
                ),
                "label": "",
                "browser": browser,
                "flow_id": flow_id,
                "username": USERNAME,
                "password": ISSUED,
                "current_password": CHOSEN,
                "new_password": CHOSEN,
                "email": EMAIL,
                "one_time_code": CODE,
                "authenticator_code": CODE,
                "raw_query": portal.callback_query(flow_id, browser),
                "transaction_digest": transaction_digest(b"pay"),
                "new": [letter],
                "person": Expected(STRANGER.national_id),
                "national_id": STRANGER.national_id,
                "by": "admin-1",
                "reason": "letter",
                "retired": "k0",
                "audience": AUDIENCE,
                "assertion": portal.elaas.assertions.assertion_for(AUDIENCE, **said),
                "before": FIRST_MORNING,
                "age": timedelta(days=1),
            },
        )


def verifier(portal: Portal, keys: AssertionKeys) -> Any:
    """The other system's, in the portal's flavour."""
    made_of: dict[str, Any] = {
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "keys": keys.jwks(),
        "clock": portal.clock,
    }
    if isinstance(portal.elaas, Driven):
        return Driven(AsyncAssertionVerifier(store=AsyncMemoryStore(), **made_of), portal.elaas._run)
    return AssertionVerifier(store=MemoryStore(), **made_of)


def ours(error: BaseException) -> list[FrameType]:
    """The frames of this library, the outermost first."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    return [frame for frame in frames if frame.f_code.co_filename.startswith(PACKAGE)]


def raised(act: Callable[..., Any], arguments: dict[str, Any]) -> BaseException:
    """What leaves the act; it leaves nothing else behind, and no secret."""
    with pytest.raises(BaseException) as caught:  # an interruption too
        act(**arguments)
    error = caught.value
    assert (None, None) == (error.__cause__, error.__context__)
    (outermost, *others) = ours(error)
    below = [frame for frame in others if frame is not outermost]
    assert "call" == outermost.f_code.co_name
    assert [] == found(SECRETS, repr(outermost.f_locals).encode())
    assert {"self", "method", "error", "hints", "in_order"} >= set(outermost.f_locals)
    if isinstance(error, ElaasIdentityError):
        assert [] == below
    # Of a mistake it is still to be seen where it was made, and with no local.
    assert [] == [frame.f_code.co_name for frame in below if frame.f_locals]
    return error


@pytest.mark.parametrize("how", PROBLEMS)
def test_r7_2_no_act_lets_frames_out_when_its_store_raises(called: Called, how: str) -> None:
    """An error reporter that records locals would send passwords and people to somebody else's server."""
    called.breaks("store", PROBLEMS[how])
    met = {name: raised(act, arguments) for name, act, arguments in called.acts()}
    assert 40 < len(met)
    expected = Interruption if how == "interrupted" else ProviderFailed
    assert {} == {name: error for name, error in met.items() if not isinstance(error, expected)}


def test_r7_2_no_act_lets_frames_out_when_a_rule_refuses(called: Called) -> None:
    """The same, of a refusal, which is raised deep inside."""
    signed_in = called.arguments["signed_in"]
    refused = {
        "browser": replace(called.browser, token="canary of no keyring"),
        "by": "",
        "account_id": "nobody",
        "session": replace(called.arguments["session"], account_id="nobody"),
        "signed_in": replace(signed_in, account=replace(signed_in.account, id="nobody")),
        "token": "no token of a session",
        "assertion": "no assertion",
    }
    called.arguments |= refused
    for name, act, arguments in called.acts():
        if refused.keys() & arguments.keys() and not f"{name}(".startswith(NEVER_REFUSE):
            assert isinstance(raised(act, arguments), ElaasIdentityError), name


@pytest.mark.parametrize(
    ("port", "name"),
    [
        ("_hashing", "ElaasIdentity.begin"),
        ("_hashing", "Accounts.provision"),
        ("_hashing", "Accounts.hand_over"),
        ("_identity_provider", "ElaasIdentity.authorize"),
        ("_identity_provider", "ElaasIdentity.receive_callback"),
        ("_mailer", "ElaasIdentity.submit_email"),
        ("_published_keys", "AssertionVerifier.verify"),
        ("clock", "ElaasIdentity.begin"),
        ("clock", "AssertionVerifier.verify"),
        ("random", "ElaasIdentity.begin"),
        ("random", "Accounts.hand_over"),
    ],
)
def test_r7_2_no_act_lets_frames_out_whichever_port_raises(called: Called, port: str, name: str) -> None:
    """The same, of what an act asks for when it holds a password, a callback or a mail."""
    (act, arguments), *_ = [(act, arguments) for each, act, arguments in called.acts() if each == name]
    if name == "ElaasIdentity.submit_email":
        called.portal.elaas.receive_callback(called.arguments["raw_query"], browser=called.browser)
    called.breaks(port, PROBLEMS["untyped"])
    error = raised(act, arguments)
    assert isinstance(error, RuntimeError if port in ("clock", "random") else ProviderFailed)


def test_r7_2_a_callers_mistake_lets_no_secret_out(called: Called) -> None:
    """A password of the wrong type, or under a wrong name, is a password all the same."""
    wrong = {"username": USERNAME, "password": ISSUED.encode(), "browser": called.browser}
    assert isinstance(raised(called.portal.elaas.begin, wrong), ElaasIdentityError)
    misnamed = {"username": USERNAME, "pass_word": ISSUED, "browser": called.browser}
    assert not isinstance(raised(called.portal.elaas.begin, misnamed), ElaasIdentityError)


def test_r7_2_no_effect_shows_what_it_carries() -> None:
    """A driver of somebody's own that logs effects would log passwords, codes, mails and people."""
    address = parse_email(EMAIL, EmailPolicy())
    proof = AttemptProof(attempt_id="a1", state=STATE, nonce=CODE, code_verifier=TOKEN)
    person = VerifiedIdentity(
        issuer=ISSUER,
        subject=OFFICER.national_id.reveal(),
        national_id=OFFICER.national_id,
        name_th=OFFICER.name,
        name_en=OFFICER.name_en,
        ial=None,
        auth_time=None,
        verified_at=FIRST_MORNING,
    )
    event = Event(id="e1", at=FIRST_MORNING, kind="flow.refused")
    shown: list[Effect] = [
        effects.Load((Key(FlowRecord, "f1"),)),
        effects.Commit(Change(inserts=(event,))),
        effects.Purge(FIRST_MORNING),
        effects.Tell(event),
        effects.Log("revocation failed", "identity_provider_unavailable"),
        effects.ReadClock(),
        effects.Pause(timedelta(seconds=1)),
        effects.Draw(lambda random: random.below(len(ISSUED))),
        effects.Hash(ISSUED),
        effects.Verify(ISSUED, CHOSEN),
        effects.AuthorizationURL(proof, timedelta(minutes=1)),
        effects.Redeem(Callback(state=STATE, code=CODE), proof, FIRST_MORNING),
        effects.Revoke(Grant(identity=person, tokens=(TOKEN,))),
        effects.FetchKeys("a1", FIRST_MORNING),
        effects.CheckDeliverability(address, timedelta(seconds=1)),
        effects.Send(Mail(recipient=address, subject="code", text=CODE, html=CODE)),
    ]
    assert {each.__name__ for each in get_args(Effect)} == {type(each).__name__ for each in shown}
    for each in shown:
        assert [] == found(SECRETS, f"{each!r}{each}{[each]}".encode()), type(each)
