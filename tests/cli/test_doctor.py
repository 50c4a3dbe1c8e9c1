"""`elaas-identity doctor`: what is wrong is said, with what to do; what is well is not called wrong."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from elaas_identity import AsyncElaasIdentity, AsyncThaID, ElaasIdentity, FlowPolicy, Keyring, ThaID
from elaas_identity.audit.checkpoint import AuditKeys
from elaas_identity.cli import main
from elaas_identity.cli.doctor import Finding, examined
from elaas_identity.errors import ProviderFailed
from elaas_identity.flow.policy import FOR_TESTS
from elaas_identity.oidc.http import Request, Response
from elaas_identity.providers.memory import MemoryStore
from elaas_identity.providers.smtp import AsyncSMTPMailer, SMTPMailer
from elaas_identity.providers.sql import AsyncSQLStore, SQLStore, upgrade
from elaas_identity.providers.thaid import SANDBOX
from elaas_identity.testing import Client, Outbox, ThaIDEmulator
from elaas_identity.testing.loopback_smtp import LoopbackSMTP

CALLBACK = "https://portal.example.go.th/auth/callback"
NOW = datetime.now(UTC)
EMULATOR = ThaIDEmulator(
    "https://thaid.test",
    clients=[Client(client_id="portal", client_secret="not a secret", redirect_uris=(CALLBACK,))],
)
FRESH = Keyring.fresh_secret(bytes(range(32)))
REGISTERED: dict[str, Any] = {"client_id": "portal", "client_secret": "not a secret"}


def thaid(issuer: str = "https://thaid.test", redirect_uri: str = CALLBACK) -> ThaID:
    return ThaID(**REGISTERED, redirect_uri=redirect_uri, issuer=issuer, transport=EMULATOR.transport)


def facade(**parts: Any) -> ElaasIdentity:
    whole: dict[str, Any] = {
        "identity_provider": thaid(),
        "mailer": Outbox(),
        "store": MemoryStore(),
        "keyring": Keyring({"k": FRESH}, current="k"),
        **parts,
    }
    return ElaasIdentity(**whole)


class Publishes:
    """ThaID as far as the doctor asks it, at another time of day."""

    def __init__(self, **headers: str) -> None:
        self._headers = headers
        self._carried = EMULATOR.transport

    def send(self, request: Request) -> Response:
        answer = self._carried.send(request)
        return replace(answer, headers={**answer.headers, **self._headers})

    def close(self) -> None:
        pass


def found(tmp_path: Path, elaas: Any = None, **given: Any) -> dict[str, Finding]:
    asked: dict[str, Any] = {"transport": Publishes(), "environ": {}, "folder": tmp_path, **given}
    findings = list(examined(elaas or facade(), **asked))
    assert all(
        each.state == "ok" or each.do or "not asked" in each.says or "not look" in each.says
        for each in findings
    )
    return {each.what: each for each in findings}


def test_what_is_well_is_not_called_wrong(tmp_path: Path) -> None:
    """A developer who has done everything right would look for a fault."""
    url = f"sqlite:///{tmp_path / 'elaas.db'}"
    upgrade(url)
    environ = {"ELAAS_IDENTITY_KEYS": f"2026a:{FRESH}"}
    with LoopbackSMTP() as server:
        mailer = SMTPMailer(server.host, server.port, sender="a@example.go.th", security="none")
        store = SQLStore(url)
        elaas = facade(mailer=mailer, store=store)
        states = {what: each.state for what, each in found(tmp_path, elaas, environ=environ).items()}
        elaas.close()
        store.close()
        assert [] == server.mails
    assert set(states.values()) == {"ok"}, states
    assert {"keyring", "redirect URI", "identity provider", "mail", "store", "policy"} == set(states)


def test_an_asynchronous_portal_is_examined_too(tmp_path: Path) -> None:
    """Half of the portals could not use it."""
    url = f"sqlite:///{tmp_path / 'elaas.db'}"
    with LoopbackSMTP() as server, asyncio.Runner() as loop:
        mailer = AsyncSMTPMailer(server.host, server.port, sender="a@example.go.th", security="none")
        store = AsyncSQLStore(url)
        elaas = AsyncElaasIdentity(
            identity_provider=AsyncThaID(**REGISTERED, redirect_uri=CALLBACK),
            mailer=mailer,
            store=store,
            keyring=Keyring({"k": FRESH}, current="k"),
        )
        findings = found(tmp_path, elaas, done=loop.run)
        assert ("ok", "wrong") == (findings["mail"].state, findings["store"].state)
        assert "db upgrade" in findings["store"].do
        loop.run(elaas.close())
        loop.run(store.close())


@pytest.mark.parametrize(
    "secret",
    ["a" * 43, Keyring.fresh_secret(b"password" * 4), "not base64 ไทย", Keyring.fresh_secret(bytes(32))],
)
def test_a_secret_that_somebody_made_up_is_wrong(tmp_path: Path, secret: str) -> None:
    """R1.3: what is typed in by a person can be guessed, and opens every national ID."""
    environ = {"ELAAS_IDENTITY_KEYS": f"good:{FRESH},weak:{secret}"}
    finding = found(tmp_path, environ=environ)["keyring"]
    assert ("wrong", True) == (finding.state, "weak" in finding.says)
    assert secret not in f"{finding}"


def test_secrets_in_a_file_are_for_its_owner_and_not_for_git(tmp_path: Path) -> None:
    """Common fault: keys in the repository, which every contractor has."""
    env = tmp_path / ".env"
    env.write_text(f"DEBUG=1\nexport ELAAS_IDENTITY_KEYS=k:{FRESH}\n", encoding="utf-8")
    env.chmod(0o644)
    assert ("wrong", "chmod 600 .env") == (found(tmp_path)[".env"].state, found(tmp_path)[".env"].do)
    env.chmod(0o600)
    assert "ok" == found(tmp_path)[".env"].state
    for command in (("init", "-q"), ("add", "-f", ".env")):
        subprocess.run(("git", *command), cwd=tmp_path, check=True)
    assert ("wrong", True) == (found(tmp_path)[".env"].state, "git rm" in found(tmp_path)[".env"].do)
    (tmp_path / ".env.example").write_text("ELAAS_IDENTITY_KEYS=\n", encoding="utf-8")
    assert ".env.example" not in found(tmp_path)


def test_what_is_for_this_machine_alone_is_told(tmp_path: Path) -> None:
    """The cookies would not come back in production, or nobody would be real."""
    local = facade(identity_provider=thaid(redirect_uri="http://127.0.0.1:8000/auth/callback"))
    assert "look" == found(tmp_path, local)["redirect URI"].state
    findings = list(
        examined(facade(identity_provider=thaid(SANDBOX)), transport=Publishes(), environ={}, folder=tmp_path)
    )
    assert [("look", True), ("wrong", False)] == [
        (each.state, "sandbox: " in each.says) for each in findings if each.what == "identity provider"
    ]
    assert "look" == found(tmp_path)["store"].state


def test_a_policy_for_tests_is_wrong(tmp_path: Path) -> None:
    """R2.5: passwords would be hashed so that a laptop guesses them."""
    assert "wrong" == found(tmp_path, facade(policy=FOR_TESTS))["policy"].state
    assert "ok" == found(tmp_path, facade(policy=FlowPolicy()))["policy"].state


class _Answers:
    """Answers the same to everything, or cannot be reached."""

    def __init__(self, response: Response | None) -> None:
        self._response = response

    def send(self, request: Request) -> Response:
        if self._response is None:
            raise ProviderFailed("identity_provider_unavailable", detail="ConnectError")
        return self._response

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    "transport",
    [
        _Answers(None),
        _Answers(Response(status=503)),
        _Answers(Response(status=200, body=b"<html>")),
        _Answers(Response(status=200, body=b'{"issuer": "https://another.test"}')),
    ],
    ids=range(4),
)
def test_an_identity_provider_that_cannot_be_asked_is_wrong(tmp_path: Path, transport: Any) -> None:
    """R5.8: a raw error; or every officer would be the first to find out."""
    finding = found(tmp_path, transport=transport)["identity provider"]
    assert ("wrong", True) == (finding.state, "https://thaid.test" in finding.says)


@pytest.mark.parametrize(
    ("off", "state"),
    [
        (timedelta(0), "ok"),
        (timedelta(seconds=20), "ok"),
        (timedelta(seconds=45), "wrong"),
        (timedelta(hours=-7), "wrong"),
    ],
    ids=str,
)
def test_r5_4_a_clock_that_is_off_is_told(tmp_path: Path, off: timedelta, state: str) -> None:
    """R5.4: every ID token would be refused, "expired" or "from the future"."""
    elaas = facade(clock=lambda: NOW + off)
    findings = found(tmp_path, elaas, transport=Publishes(date=format_datetime(NOW, usegmt=True)))
    assert state == findings["clock"].state
    assert "clock" not in found(tmp_path, transport=Publishes(date="yesterday"))


REFUSES: dict[str, Callable[[LoopbackSMTP], dict[str, Any]]] = {
    "nobody listens": lambda server: {"port": 1},
    "no STARTTLS": lambda server: {"security": "starttls"},
}


@pytest.mark.parametrize("why", REFUSES)
def test_a_mail_server_that_does_not_let_us_in_is_wrong(tmp_path: Path, why: str) -> None:
    """F20: the first officer would wait for a mail that never comes."""
    with LoopbackSMTP() as server:
        set_up: dict[str, Any] = {"port": server.port, "security": "none", **REFUSES[why](server)}
        port = set_up.pop("port")
        mailer = SMTPMailer(server.host, port, sender="a@example.go.th", timeout=3, **set_up)
        assert "wrong" == found(tmp_path, facade(mailer=mailer))["mail"].state


MODULE = """
from elaas_identity import ElaasIdentity, Keyring, ThaID
from elaas_identity.providers.memory import MemoryStore
from elaas_identity.testing import Outbox

def make():
    return ElaasIdentity(
        identity_provider=ThaID(client_id="portal", client_secret="-", redirect_uri="{callback}", issuer="{issuer}"),
        mailer=Outbox(), store=MemoryStore(), keyring=Keyring({{"k": bytes(32)}}, current="k"),
    )

class Portal:
    elaas = make()

number = 7
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A portal's module in the current folder, whose ThaID listens nowhere."""
    text = MODULE.format(callback=CALLBACK, issuer="http://127.0.0.1:1")
    (tmp_path / "a_portal_for_the_doctor.py").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delenv("ELAAS_IDENTITY_KEYS", raising=False)
    return "a_portal_for_the_doctor"


@pytest.mark.parametrize("name", ["make", "Portal.elaas"])
def test_the_command_finds_the_portals_object(
    module: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every operator would have to write a program for it."""
    assert 1 == main(["doctor", "--app", f"{module}:{name}"])
    said = capsys.readouterr().out
    assert "WRONG  identity provider: http://127.0.0.1:1" in said
    assert "LOOK  store: in memory" in said


@pytest.mark.parametrize(
    ("named", "says"),
    [
        ("", "ELAAS_IDENTITY_APP"),
        ("a_portal_for_the_doctor", "MODULE:NAME"),
        ("a_portal_for_the_doctor:nobody", "has no nobody"),
        ("a_portal_for_the_doctor:number", "no ElaasIdentity"),
        ("a_portal_that_there_is_not:elaas", "no module"),
    ],
)
def test_an_object_that_cannot_be_found_is_a_usage_error(
    module: str, named: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A traceback, where one word is to be changed."""
    with pytest.raises(SystemExit) as ended:
        main(["doctor", "--app", named])
    assert 2 == ended.value.code
    assert says in capsys.readouterr().err


def test_the_database_is_that_of_the_portals_object(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An operator would type the database's URL, password included, where others read it."""
    text = MODULE.format(callback=CALLBACK, issuer="http://127.0.0.1:1")
    text = text.replace("store=MemoryStore()", f"store=SQLStore('sqlite:///{tmp_path}/elaas.db')")
    text = "from elaas_identity.providers.sql import SQLStore\n" + text
    (tmp_path / "a_portal_with_a_database.py").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [str(tmp_path), *sys.path])
    monkeypatch.setenv("ELAAS_IDENTITY_APP", "a_portal_with_a_database:Portal.elaas")
    assert 1 == main(["doctor"])
    assert "WRONG  store" in capsys.readouterr().out
    assert 0 == main(["db", "upgrade"])
    capsys.readouterr()
    main(["doctor"])
    assert "ok    store" in capsys.readouterr().out
    monkeypatch.setenv("ELAAS_IDENTITY_AUDIT_KEYS", AuditKeys.fresh_key("k", bytes(40)))
    assert 0 == main(["audit", "verify"])
    with pytest.raises(SystemExit):
        main(["db", "upgrade", "--app", "a_portal_with_a_database:make_none"])
    monkeypatch.delenv("ELAAS_IDENTITY_APP")
    with pytest.raises(SystemExit):
        main(["db", "upgrade"])
    assert "--url or --app" in capsys.readouterr().err
