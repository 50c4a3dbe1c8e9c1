"""A portal whose every word is kept, with the real ThaID client over a real socket, and a real mail server."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from operator import attrgetter
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pyotp.totp import TOTP

from elaas_identity import (
    AccountKind,
    AssertionKeys,
    AssertionSettings,
    AsyncElaasIdentity,
    AsyncThaID,
    AuthenticatorEnrolled,
    Browser,
    ElaasIdentity,
    ElaasIdentityError,
    EnrolAuthenticator,
    Keyring,
    SignInPolicy,
    ThaID,
)
from elaas_identity.authenticator_app.totp import DIGITS, STEP_SECONDS
from elaas_identity.events import Event
from elaas_identity.flow.policy import FOR_TESTS
from elaas_identity.flow.steps import AuthorizationRequest
from elaas_identity.oidc.authorization import proof_of
from elaas_identity.oidc.http import Response
from elaas_identity.providers.event_log import EventLog
from elaas_identity.providers.http import AsyncHTTPXTransport, HTTPXTransport
from elaas_identity.providers.memory import AsyncMemoryStore, MemoryStore
from elaas_identity.providers.smtp import AsyncSMTPMailer, SMTPMailer
from elaas_identity.providers.sql import AsyncSQLStore, SQLStore, upgrade
from elaas_identity.testing import Client, LoopbackSMTP, SeededRandom, SteppingClock, Switches, ThaIDEmulator
from elaas_identity.testing.citizens import Citizen
from tests.canaries.values import (
    CHOSEN,
    CLIENT_SECRET,
    CONTACT,
    EMAIL,
    ISSUED,
    KEY,
    LABEL,
    MISTYPED,
    NEW_MAILBOX,
    NEXT,
    NO_RECOVERY_CODE,
    NOT_AN_EMAIL,
    OFFICER,
    OTHER_REF,
    SESSION_REF,
    SIGNING_KEY,
    STRANGER,
    TOO_SHORT,
    TYPO,
)
from tests.facade.portal import Driven, code_in

REDIRECT_URI = "https://portal.example.go.th/auth/callback"
AUDIENCE = "https://gfms.example.go.th"
POLICY = replace(
    FOR_TESTS,
    sign_in_by_kind={
        AccountKind.PROVINCIAL_OFFICE: SignInPolicy.PASSWORD_AND_TOTP,
        AccountKind.SUBORDINATE_AGENCY: SignInPolicy.THAID,
    },
    four_eyes=frozenset({"hand_over"}),
)


@dataclass
class Watched:
    """A portal under watch: everything that it writes, says or raises is kept."""

    elaas: Any
    store: Any
    thaid: ThaIDEmulator
    smtp: LoopbackSMTP
    clock: SteppingClock
    keyring: Keyring
    browser: Browser
    folder: Path
    flavour: str
    log: list[logging.LogRecord] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    answers: list[Any] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)
    tokens: dict[str, str | bytes] = field(default_factory=dict)
    trips: dict[str, str | bytes] = field(default_factory=dict)
    codes: dict[str, str | bytes] = field(default_factory=dict)
    factors: dict[str, str | bytes] = field(default_factory=dict)
    """The app's secret, what it showed, and the sheet of recovery codes."""
    reissued: list[str] = field(default_factory=list)

    def call(self, act: str, *given: Any, **named: Any) -> Any:
        """Call the act of that name, in the portal's browser where it takes one, and keep what comes of it.

        None where it was refused.
        """
        if "." not in act:  # of a person, who has a browser
            named = {"browser": self.browser, **named}
        try:
            answer = attrgetter(act)(self.elaas)(*given, **named)
        except ElaasIdentityError as error:
            self.errors.append(error)
            return None
        self.answers.append(answer)
        return answer

    def refused(self, code: str, act: str, *given: Any, **named: Any) -> None:
        """Call, and be refused."""
        assert self.call(act, *given, **named) is None
        assert code == getattr(self.errors[-1], "code", None)

    def leave(self, flow_id: str) -> str:
        """To ThaID; the URL's secrets are noted."""
        request = self.call("authorize", flow_id)
        assert isinstance(request, AuthorizationRequest)
        self.urls.append(request.url)
        (state,) = parse_qs(urlsplit(request.url).query)["state"]
        proof = proof_of(self.keyring, state)
        assert proof is not None
        number = len(self.urls)
        self.trips |= {
            f"state {number}": proof.state,
            f"nonce {number}": proof.nonce,
            f"verifier {number}": proof.code_verifier,
        }
        return request.url

    def come_back(self, url: str, citizen: Citizen = OFFICER) -> str:
        """The query of a person who said yes."""
        query = urlsplit(self.thaid.approve(url, citizen)).query
        (code,) = parse_qs(query)["code"]
        self.trips[f"authorization code {len(self.trips)}"] = code
        return query

    def mailed_code(self) -> str:
        body = self.smtp.mails[-1].message.get_body(("plain",))
        assert body is not None
        code = code_in(body.get_content())
        self.codes[f"one-time code {len(self.codes)}"] = code
        self.codes[f"one-time code, grouped {len(self.codes)}"] = f"{code[:4]} {code[4:]}"
        return code

    def keep_enrolment(self, step: EnrolAuthenticator) -> None:
        """What is shown to the person who enrols an app."""
        self.factors |= {
            "app's secret": step.secret,
            "app's secret, raw": base64.b32decode(step.secret),
            "app's URI": step.uri,
        }

    def shown_by_app(self) -> str:
        """What the app shows now."""
        app = TOTP(str(self.factors["app's secret"]), digits=DIGITS, interval=STEP_SECONDS)
        shown = app.at(self.clock())
        self.factors[f"shown by the app {len(self.factors)}"] = shown
        return shown

    def keep_sheet(self, step: AuthenticatorEnrolled) -> None:
        """The recovery codes, as they are written and without the dashes."""
        for number, code in enumerate(step.recovery_codes):
            self.factors |= {f"sheet {number}": code, f"sheet {number}, compact": code.replace("-", "")}

    def keep_tokens(self, endpoint: str, response: Response) -> Response:
        """What the token endpoint gives out."""
        if endpoint == "token" and response.status == 200:
            for name, value in json.loads(response.body).items():
                if name.endswith("token"):
                    self.tokens[f"{name} {len(self.tokens)}"] = value
        return response

    @property
    def credentials(self) -> dict[str, str | bytes]:
        """What proves something to somebody."""
        return {
            "issued password": ISSUED,
            "new password": CHOSEN,
            "mistyped password": MISTYPED,
            "short password": TOO_SHORT,
            "next password": NEXT,
            "session": SESSION_REF,
            "other session": OTHER_REF,
            "on no sheet": NO_RECOVERY_CODE,
            "signing key": SIGNING_KEY,
            "client secret": CLIENT_SECRET,
            "keyring secret": KEY,
            "keyring secret, raw": base64.urlsafe_b64decode(KEY + "="),
            "browser token": self.browser.token,
            **{f"re-issued password {number}": text for number, text in enumerate(self.reissued)},
            **self.tokens,
            **self.trips,
            **self.codes,
            **self.factors,
        }

    @property
    def people(self) -> dict[str, str | bytes]:
        """Who they are."""
        return {
            "national ID": OFFICER.national_id.reveal(),
            "stranger's national ID": STRANGER.national_id.reveal(),
            "e-mail": EMAIL,
            "mistyped e-mail": TYPO,
            "no e-mail": NOT_AN_EMAIL,
            "contact": CONTACT,
            "new mailbox": NEW_MAILBOX,
            "label of a session": LABEL,
            **self.names,
        }

    @property
    def names(self) -> dict[str, str | bytes]:
        return {
            f"{whose} {name}": getattr(citizen, name)
            for whose, citizen in (("officer's", OFFICER), ("stranger's", STRANGER))
            for name in ("given_name", "family_name", "family_name_en", "name", "name_en")
        }

    @property
    def secrets(self) -> dict[str, str | bytes]:
        return self.credentials | self.people


@contextmanager
def watched_portal(flavour: str, folder: Path) -> Iterator[Watched]:
    """Watched from the first call to the last; open for as long as it is looked at."""
    clock, keyring = SteppingClock(), Keyring({"k1": KEY}, current="k1")
    client = Client(client_id="portal", client_secret=CLIENT_SECRET, redirect_uris=(REDIRECT_URI,))
    url = f"sqlite:///{folder / 'elaas.db'}"
    if flavour.endswith("sqlite"):
        upgrade(url)
    log: list[logging.LogRecord] = []
    with ExitStack() as stack:
        thaid = stack.enter_context(
            ThaIDEmulator.served(
                clients=(client,),
                citizens=(OFFICER, STRANGER),
                clock=clock,
                random=SeededRandom(3),
                switches=Switches(issue_refresh_token=True),
            )
        )
        smtp = stack.enter_context(LoopbackSMTP())
        runner = stack.enter_context(asyncio.Runner())
        events: list[Event] = []
        common: dict[str, Any] = {
            "keyring": keyring,
            "policy": POLICY,
            "assertions": AssertionSettings(
                keys=AssertionKeys({"a1": SIGNING_KEY}, current="a1"),
                issuer="https://portal.example.go.th",
                audiences=[AUDIENCE],
            ),
            "clock": clock,
            "random": SeededRandom(7),
            "listeners": [events.append, EventLog()],
        }
        party: dict[str, Any] = {
            "client_id": "portal",
            "client_secret": CLIENT_SECRET,
            "redirect_uri": REDIRECT_URI,
            "issuer": thaid.issuer,
            "clock": clock,
        }
        post: dict[str, Any] = {"sender": "no-reply@example.go.th", "security": "none", "clock": clock}
        store: Any
        elaas: Any
        if flavour.startswith("sync"):
            store = MemoryStore() if flavour.endswith("memory") else SQLStore(url)
            transport: Any = HTTPXTransport()
            stack.callback(transport.close)
            elaas = ElaasIdentity(
                identity_provider=ThaID(transport=transport, **party),
                mailer=SMTPMailer(smtp.host, smtp.port, **post),
                store=store,
                **common,
            )
        else:
            inner = AsyncMemoryStore() if flavour.endswith("memory") else AsyncSQLStore(url)
            store, transport = Driven(inner, runner.run), AsyncHTTPXTransport()
            stack.callback(lambda: runner.run(transport.close()))
            elaas = Driven(
                AsyncElaasIdentity(
                    identity_provider=AsyncThaID(transport=transport, **party),
                    mailer=AsyncSMTPMailer(smtp.host, smtp.port, **post),
                    store=inner,
                    **common,
                ),
                runner.run,
            )
        stack.callback(store.close)
        stack.callback(elaas.close)
        built = Watched(
            elaas,
            store,
            thaid,
            smtp,
            clock,
            keyring,
            Browser.new(keyring, random=b"canary-browser-token-of-32-bytes", address="192.0.2.1"),
            folder,
            flavour,
            log,
            events,
        )
        thaid.alter_response = built.keep_tokens
        yield built
