"""Canaries (R7.2, invariant 8): values that nobody else would write, sent through every path, looked for everywhere.

A whole onboarding and its refusals with the real ThaID client over a real socket; everything logged at DEBUG, every
repr and text, every event, every error with the locals of our frames, what is pickled or dumped as JSON, every URL, and
all that is at rest. Looked for as they are and in every form that undoes itself, a plain hash included.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import json
import logging
import pickle
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args
from urllib.parse import parse_qs, quote, quote_plus, urlsplit

import pytest
from pydantic import TypeAdapter

import elaas_identity
from elaas_identity import (
    AccountKind,
    AsyncElaasIdentity,
    AsyncThaID,
    Browser,
    ElaasIdentity,
    ElaasIdentityError,
    Expected,
    Keyring,
    NationalID,
    NewAccount,
    Progress,
    Step,
    ThaID,
)
from elaas_identity.flow.events import Event
from elaas_identity.flow.policy import FOR_TESTS
from elaas_identity.flow.steps import AuthorizationRequest
from elaas_identity.oidc.authorization import parse_callback, proof_of
from elaas_identity.oidc.http import Response
from elaas_identity.providers.event_log import EventLog
from elaas_identity.providers.http import AsyncHTTPXTransport, HTTPXTransport
from elaas_identity.providers.memory import AsyncMemoryStore, MemoryStore
from elaas_identity.providers.smtp import AsyncSMTPMailer, SMTPMailer
from elaas_identity.providers.sql import AsyncSQLStore, SQLStore, upgrade
from elaas_identity.testing import Client, EmulatedThaID, LoopbackSMTP, SeededRandom, SteppingClock, Switches
from elaas_identity.testing.citizens import Citizen
from tests.facade.portal import FLAVOURS, USERNAME, Driven, code_in

PACKAGE = str(Path(elaas_identity.__file__).parent)
REDIRECT_URI = "https://portal.example.go.th/auth/callback"

ISSUED = "canary-issued letter 7f3a91"
CHOSEN = "คานารี รหัสผ่านใหม่ canary-chosen 5d0c"
MISTYPED = "canary-mistyped password 88e1"
TOO_SHORT = "canary-short7"
CLIENT_SECRET = "canary-client:secret+/ 3b9d"
KEY = base64.urlsafe_b64encode(b"canary-keyring-secret-of-32bytes").decode().rstrip("=")
EMAIL, TYPO = "canary.clerk@sommut.example.go.th", "canary.typo@sommut.example.go.th"
NOT_AN_EMAIL = "canary not-an-address@"
CONTACT = "canary.contact@sommut.example.go.th"


def national_id(body: str) -> NationalID:
    """The invented ID that begins with these twelve digits."""
    total = sum((13 - place) * int(digit) for place, digit in enumerate(body))
    return NationalID(f"{body}{(11 - total % 11) % 10}")


OFFICER = Citizen(
    national_id=national_id("199990481726"),
    title="นาย",
    given_name="คานารีสมมติ",
    family_name="ไม่ควรมีใครเห็น",
    title_en="Mr.",
    given_name_en="Kanaree (invented)",
    family_name_en="Neverseen",
    gender="male",
    birthdate="1987-06-05",
)
STRANGER = replace(
    OFFICER,
    national_id=national_id("199990736451"),
    given_name="แปลกหน้าสมมติ",
    family_name="ไม่ควรเห็นเช่นกัน",
    given_name_en="Plaekna (invented)",
    family_name_en="Notseeneither",
)


def forms(secret: str | bytes) -> set[bytes]:
    """The secret as it is, and as whatever writes it may have turned it."""
    raw = secret if isinstance(secret, bytes) else secret.encode()
    written = {raw, binascii.hexlify(raw), binascii.hexlify(raw).upper()}
    digest = hashlib.sha256(raw)
    written |= {digest.hexdigest().encode(), digest.hexdigest().upper().encode(), digest.digest()}
    for plain in (raw, digest.digest()):
        written |= {base64.b64encode(plain).rstrip(b"="), base64.urlsafe_b64encode(plain).rstrip(b"=")}
    if isinstance(secret, str):
        written |= {quote(secret).encode(), quote(secret, safe="").encode(), quote_plus(secret).encode()}
        written |= {json.dumps(secret)[1:-1].encode(), json.dumps(secret, ensure_ascii=False)[1:-1].encode()}
        written |= {repr(secret)[1:-1].encode(), ascii(secret)[1:-1].encode(), secret.encode("utf-16-le")}
    return written


def found(secrets: dict[str, str | bytes], haystack: bytes) -> list[str]:
    """The names of the secrets that are in it."""
    return [name for name, secret in secrets.items() if any(form in haystack for form in forms(secret))]


def test_every_form_is_looked_for() -> None:
    """The tests below would pass because nothing is ever found."""
    secret = "canary-ก/ä"
    hidden = [
        secret.encode(),
        base64.b64encode(secret.encode()),
        base64.urlsafe_b64encode(secret.encode()),
        secret.encode().hex().encode(),
        quote_plus(secret).encode(),
        json.dumps({"a": secret}).encode(),
        hashlib.sha256(secret.encode()).hexdigest().encode(),
        ascii([secret]).encode(),
    ]
    assert [["it"]] * len(hidden) == [found({"it": secret}, b"before " + text + b" after") for text in hidden]
    assert [] == found({"it": secret}, b"canary-x")


@dataclass
class Watched:
    """A portal under watch: everything that it writes, says or raises is kept."""

    elaas: Any
    store: Any
    thaid: EmulatedThaID
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
    reissued: list[str] = field(default_factory=list)

    def call(self, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call, and keep what comes of it; None where it was refused."""
        try:
            answer = method(*args, **kwargs)
        except ElaasIdentityError as error:
            self.errors.append(error)
            return None
        self.answers.append(answer)
        return answer

    def refused(self, code: str, method: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """Call, and be refused."""
        assert self.call(method, *args, **kwargs) is None
        assert code == getattr(self.errors[-1], "code", None)

    def leave(self, flow_id: str) -> str:
        """To ThaID; the URL's secrets are noted."""
        request = self.call(self.elaas.authorize, flow_id, browser=self.browser)
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
        query = urlsplit(self.thaid.emulator.approve(url, citizen)).query
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
            "client secret": CLIENT_SECRET,
            "keyring secret": KEY,
            "keyring secret, raw": base64.urlsafe_b64decode(KEY + "="),
            "browser token": self.browser.token,
            **{f"re-issued password {number}": text for number, text in enumerate(self.reissued)},
            **self.tokens,
            **self.trips,
            **self.codes,
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


class Kept(logging.Handler):
    """Keeps every record, whoever logs it."""

    def __init__(self, records: list[logging.LogRecord]) -> None:
        super().__init__(logging.DEBUG)
        self._records = records

    def emit(self, record: logging.LogRecord) -> None:
        self._records.append(record)


@pytest.fixture(params=FLAVOURS)
def watched(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Watched]:
    flavour: str = request.param
    clock, keyring = SteppingClock(), Keyring({"k1": KEY}, current="k1")
    client = Client(client_id="portal", client_secret=CLIENT_SECRET, redirect_uris=(REDIRECT_URI,))
    url = f"sqlite:///{tmp_path / 'elaas.db'}"
    if flavour.endswith("sqlite"):
        upgrade(url)
    log: list[logging.LogRecord] = []
    with ExitStack() as stack:
        kept, root = Kept(log), logging.getLogger()
        levels = {name: logging.getLogger(name).level for name in ("", "httpx", "httpcore", "sqlalchemy")}
        root.addHandler(kept)
        stack.callback(root.removeHandler, kept)
        for name, level in levels.items():
            logging.getLogger(name).setLevel(logging.DEBUG)
            stack.callback(logging.getLogger(name).setLevel, level)
        thaid = stack.enter_context(
            EmulatedThaID(
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
            "policy": FOR_TESTS,
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
            tmp_path,
            flavour,
            log,
            events,
        )
        thaid.emulator.alter_response = built.keep_tokens
        walk(built)
        yield built


def walk(w: Watched) -> None:
    """Everything that can happen to a person, ending well."""
    elaas, browser = w.elaas, w.browser
    letter = NewAccount(
        username=USERNAME,
        password=ISSUED,
        kind=AccountKind.LOCAL_GOVERNMENT,
        agency_code="5100101",
        agency_name="เทศบาลตำบลตัวอย่าง",
        person=Expected(OFFICER.national_id),
        contact=CONTACT,
    )
    w.answers.append(letter)
    (made,) = w.call(elaas.accounts.provision, [letter], by="admin-1", reason="letter")
    account_id = made.account.id
    w.refused(
        "account_invalid",
        elaas.accounts.provision,
        [replace(letter, username="other", password_hash=MISTYPED)],
        by="a",
        reason="b",
    )
    w.refused(
        "email_invalid",
        elaas.accounts.provision,
        [replace(letter, username="other", contact=NOT_AN_EMAIL)],
        by="a",
        reason="b",
    )

    w.refused("credential_wrong", elaas.begin, USERNAME, MISTYPED, browser=browser)
    w.refused("credential_wrong", elaas.begin, MISTYPED, ISSUED, browser=browser)
    w.refused("browser_unknown", elaas.begin, USERNAME, ISSUED, browser=replace(browser, token=MISTYPED))
    flow_id = w.call(elaas.begin, USERNAME, ISSUED, browser=browser).flow_id

    # To ThaID and back, in every way that goes wrong
    w.refused("callback_malformed", elaas.receive_callback, f"code={MISTYPED}&state=a b", browser=browser)
    stranger = Browser.new(w.keyring, random=bytes(32))
    w.refused(
        "callback_other_browser",
        elaas.receive_callback,
        w.come_back(w.leave(flow_id)),
        browser=stranger,
    )
    denied = urlsplit(w.thaid.emulator.deny(w.leave(flow_id))).query
    w.refused("identity_denied", elaas.receive_callback, denied, browser=browser)
    w.refused("callback_unknown", elaas.receive_callback, denied, browser=browser)
    w.refused(
        "person_mismatch",
        elaas.receive_callback,
        w.come_back(w.leave(flow_id), STRANGER),
        browser=browser,
    )
    for lie in (
        {"nonce": "another"},
        {"aud": MISTYPED},
        {"sub": None},
        {"iss": f"https://{MISTYPED.replace(' ', '-')}"},
    ):
        w.thaid.emulator.alter_id_token = lambda claims, lie=lie: claims | lie
        w.refused(
            "identity_provider_answer_invalid",
            elaas.receive_callback,
            w.come_back(w.leave(flow_id)),
            browser=browser,
        )
    w.thaid.emulator.alter_id_token = lambda claims: claims | {"pid": "1" + claims["pid"][1:-1] + "x"}
    w.refused(
        "identity_evidence_missing",
        elaas.receive_callback,
        w.come_back(w.leave(flow_id)),
        browser=browser,
    )
    w.thaid.emulator.alter_id_token = None

    def quotes_all(endpoint: str, response: Response) -> Response:
        """A token endpoint that fails, and says back what it was sent."""
        if endpoint != "token":
            return response
        sent = w.thaid.emulator.last("token")
        assert sent is not None
        return Response(
            status=400,
            headers={"content-type": "application/json"},
            body=json.dumps({"error": sent.body.decode(), "error_description": str(sent.headers)}).encode(),
        )

    w.thaid.emulator.alter_response = quotes_all
    w.refused(
        "identity_provider_answer_invalid",
        elaas.receive_callback,
        w.come_back(w.leave(flow_id)),
        browser=browser,
    )
    w.thaid.emulator.alter_response = w.keep_tokens
    query = w.come_back(w.leave(flow_id))
    w.answers.append(parse_callback(query))
    w.call(elaas.receive_callback, query, browser=browser)

    # The mailbox
    w.refused("email_invalid", elaas.submit_email, flow_id, NOT_AN_EMAIL, browser=browser)
    w.smtp.answer_recipient = lambda address: f"550 5.1.1 <{address}> is nobody here"
    w.refused("email_not_accepted", elaas.submit_email, flow_id, TYPO, browser=browser)
    w.smtp.answer_recipient = None
    w.smtp.answer_mail = lambda mail: f"451 4.3.0 {mail.message['subject']}: {mail.recipients[0]}"
    w.refused("mail_not_accepted", elaas.submit_email, flow_id, TYPO, browser=browser)
    w.smtp.answer_mail = None
    w.call(elaas.submit_email, flow_id, EMAIL, browser=browser)
    code = w.mailed_code()
    w.refused("mail_throttled", elaas.resend_one_time_code, flow_id, browser=browser)
    w.refused("one_time_code_malformed", elaas.submit_one_time_code, flow_id, code[:7], browser=browser)
    w.refused(
        "one_time_code_wrong",
        elaas.submit_one_time_code,
        flow_id,
        f"{(int(code) + 1) % 10**8:08}",
        browser=browser,
    )
    w.refused("password_too_short", elaas.confirm, flow_id, code, TOO_SHORT, browser=browser)
    w.clock.advance(timedelta(seconds=61))
    w.call(elaas.resend_one_time_code, flow_id, browser=browser)
    w.call(elaas.current, flow_id, browser=browser)
    w.call(elaas.submit_one_time_code, flow_id, w.mailed_code(), browser=browser)

    # The new password
    w.refused("password_too_short", elaas.set_password, flow_id, TOO_SHORT, browser=browser)
    w.refused(
        "password_character_not_allowed",
        elaas.set_password,
        flow_id,
        CHOSEN + "\u200b",
        browser=browser,
    )
    w.refused("password_same_as_before", elaas.set_password, flow_id, ISSUED, browser=browser)
    w.call(elaas.set_password, flow_id, CHOSEN, browser=browser)
    w.refused("flow_ended", elaas.set_password, flow_id, CHOSEN, browser=browser)
    w.call(elaas.begin, USERNAME, CHOSEN, browser=browser)

    # A forgotten password
    w.clock.advance(timedelta(minutes=2))
    flow_id = w.call(elaas.recover, browser=browser).flow_id
    w.call(elaas.receive_callback, w.come_back(w.leave(flow_id)), browser=browser)
    w.refused("account_unknown", elaas.choose_account, flow_id, "nobody's", browser=browser)
    w.call(elaas.choose_account, flow_id, account_id, browser=browser)
    w.mailed_code()

    again = w.call(elaas.accounts.reissue, account_id, by="admin-1", reason="lost")
    w.reissued.append(again.password)
    w.call(elaas.accounts.unlock, account_id, by="admin-1", reason="called")
    w.call(elaas.accounts.find, USERNAME)

    # Providers that break in their own words
    flow_id = w.call(elaas.begin, USERNAME, again.password, browser=browser).flow_id
    w.thaid.stop()
    w.refused(
        "identity_provider_unavailable",
        elaas.receive_callback,
        f"code=canary-code-7c2e&state={parse_qs(urlsplit(w.leave(flow_id)).query)['state'][0]}",
        browser=browser,
    )
    w.trips["authorization code, lost"] = "canary-code-7c2e"


def test_r7_2_no_canary_is_logged(watched: Watched) -> None:
    """A log, read by operators and kept for months, would hold what opens an account."""
    assert {"elaas_identity.events", "httpcore.connection"} <= {record.name for record in watched.log}
    if watched.flavour.endswith("sqlite"):
        assert any(record.name.startswith("sqlalchemy.engine") for record in watched.log)
    formatter = logging.Formatter("%(message)s %(pathname)s %(funcName)s")
    # aiosmtpd, the mail server of these tests, logs under `mail.log` what it is sent: it is the other side.
    for record in (record for record in watched.log if record.name != "mail.log"):
        text = formatter.format(record) + repr(record.args) + repr(record.__dict__)
        assert [] == found(watched.secrets, text.encode("utf-8", "surrogatepass")), (record.name, record.msg)


def test_r7_2_no_canary_is_in_an_event(watched: Watched) -> None:
    """The audit trail, kept for years, would hold what opens an account."""
    assert len(watched.events) > 30
    for event in watched.events:
        text = repr(event) + str(event) + TypeAdapter(Event).dump_json(event).decode()
        assert [] == found(watched.secrets, text.encode()), event.kind
        assert [] == found(watched.secrets, pickle.dumps(event)), event.kind


def test_r7_2_no_canary_is_in_an_error_or_in_its_traceback_with_locals(watched: Watched) -> None:
    """An error reporter that records the locals of frames would send secrets to somebody else's server."""
    assert len(watched.errors) > 25
    for error in watched.errors:
        assert isinstance(error, ElaasIdentityError)
        assert (None, None) == (error.__cause__, error.__context__), error.code
        told = traceback.TracebackException.from_exception(error, capture_locals=True)
        ours = [frame for frame in told.stack if frame.filename.startswith(PACKAGE)]
        locals_ = "".join(f"{frame.name}: {frame.locals}" for frame in ours)
        whole = "".join(traceback.format_exception(error))
        text = f"{error}{error!r}{error.args!r}{error.__dict__!r}{error.message}{locals_}{whole}"
        # A refusal may say which of the person's passwords it means by its rule, and never the text itself.
        assert [] == found(watched.secrets, text.encode("utf-8", "surrogatepass")), error.code
        with suppress(TypeError):
            assert [] == found(watched.credentials, pickle.dumps(error)), error.code


def reached(value: Any, seen: dict[int, Any]) -> dict[int, Any]:
    """The object and everything of this library's that it holds."""
    if isinstance(value, (list, tuple)):
        for one in value:
            reached(one, seen)
    elif is_dataclass(value) and id(value) not in seen:
        seen[id(value)] = value
        for each in fields(value):
            reached(getattr(value, each.name), seen)
    elif type(value).__module__.startswith("elaas_identity") and id(value) not in seen:
        seen[id(value)] = value
    return seen


def test_r7_2_no_canary_is_in_what_an_object_says_of_itself(watched: Watched) -> None:
    """A line of debugging, `print(progress)`, would show what nobody should see."""
    objects = reached([*watched.answers, watched.browser, watched.keyring, OFFICER.national_id], {})
    driven = getattr(watched.elaas, "_driven", watched.elaas)
    everything = [
        *objects.values(),
        driven,
        driven.accounts,
        driven._trips._identity_provider,
        driven._mailing._mailer,
        driven._shell,
        driven._shell.moment(watched.browser),
        driven._rules,
        proof_of(watched.keyring, str(watched.trips["state 1"])),
    ]
    assert len({type(one) for one in everything}) > 15
    for one in everything:
        text = f"{one!r}{one}{[one]}"
        assert [] == found(watched.secrets, text.encode()), type(one)


def test_r7_2_no_credential_is_pickled_or_dumped_with_a_step(watched: Watched) -> None:
    """A cache or a queue that pickles a step would keep what opens an account. (The name is there to be shown.)"""
    progresses = [answer for answer in watched.answers if isinstance(answer, Progress)]
    assert {
        "verify_identity",
        "choose_account",
        "provide_email",
        "enter_one_time_code",
        "set_password",
        "password_set",
        "signed_in",
    } == {progress.step.kind for progress in progresses}
    hidden = watched.credentials | {
        name: secret for name, secret in watched.people.items() if name not in watched.names
    }
    for progress in progresses:
        for one in (progress, progress.step):
            with suppress(TypeError):
                assert [] == found(hidden, pickle.dumps(one)), progress.step.kind
        dumped = TypeAdapter[Any](Progress).dump_json(progress)
        assert [] == found(hidden, dumped), progress.step.kind
        assert [] == found(hidden, TypeAdapter[Any](Step).dump_json(progress.step)), progress.step.kind
    assert len(get_args(Step)) - 1 == len({progress.step.kind for progress in progresses})


def test_r7_2_what_must_not_leave_the_process_is_not_pickled(watched: Watched) -> None:
    """A person, or the keys of everything, would lie in a cache."""
    (signed_in,) = [
        one for one in watched.answers if isinstance(one, Progress) and one.step.kind == "signed_in"
    ]
    driven = getattr(watched.elaas, "_driven", watched.elaas)
    person = getattr(signed_in.step, "person", None)
    for one in (watched.keyring, OFFICER.national_id, person, signed_in, driven._trips._identity_provider):
        with pytest.raises(TypeError):
            pickle.dumps(one)


def test_r7_2_urls_carry_state_and_nonce_and_nothing_else(watched: Watched) -> None:
    """A URL is in histories, proxies' logs and referrers."""
    assert len(watched.urls) > 8
    for url in watched.urls:
        query = parse_qs(urlsplit(url).query)
        # By protocol: state and nonce as they are, and the verifier's hash as the challenge (RFC 7636).
        mine = {query.pop(name)[0] for name in ("state", "nonce", "code_challenge")}
        rest = url
        for value in mine:
            assert 1 == rest.count(value)
            rest = rest.replace(value, "")
        assert [] == found(watched.secrets, rest.encode())
        assert {"S256"} == set(query["code_challenge_method"])
    for endpoint in ("token", "revoke", "jwks"):
        request = watched.thaid.emulator.last(endpoint)
        assert request is not None
        assert [] == found(watched.secrets, request.url.encode())


def test_r7_2_a_mail_carries_its_code_and_no_other_secret(watched: Watched) -> None:
    """A mailbox, often shared, would hold more than the code that it proves."""
    hidden = {
        name: secret
        for name, secret in watched.secrets.items()
        if "code" not in name and "e-mail" not in name and name not in ("contact", *watched.names)
    }
    assert 5 == len(watched.smtp.mails)
    for mail in watched.smtp.mails:
        text = str(mail.message["subject"]) + "".join(
            str(part.get_content()) for part in mail.message.walk() if not part.is_multipart()
        )
        assert [] == found(hidden, text.encode())
        assert [] == found(watched.codes, str(mail.message["subject"]).encode())


def test_inv8_nothing_at_rest_is_worth_stealing(watched: Watched) -> None:
    """A stolen backup would open accounts, or name people. A plain hash of an ID or a code is as good as the thing."""
    if watched.flavour.endswith("memory"):
        contents = getattr(watched.store, "_driven", watched.store).contents()
        assert {"AccountRecord", "FlowRecord", "AttemptRecord", "BindingRecord", "Event", "Budget"} == set(
            contents
        )
        dumps = {"memory": repr(contents).encode() + json.dumps(contents, default=str).encode()}
    else:
        dumps = {file.name: file.read_bytes() for file in watched.folder.glob("elaas.db*")}
        assert "elaas.db-wal" in dumps
        assert any(USERNAME.encode() not in dump and b"onboarding.begun" in dump for dump in dumps.values())
    for name, dump in dumps.items():
        assert [] == found(watched.secrets, dump), name
