"""`elaas-identity thaid-emulator`, as a developer runs it beside the portal."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from elaas_identity import Keyring, ThaID
from elaas_identity.cli import main
from elaas_identity.mail.address import EmailAddress
from elaas_identity.mail.composing import Mail
from elaas_identity.oidc.authorization import new_proof, parse_callback
from elaas_identity.providers.smtp import SMTPMailer
from elaas_identity.testing import CITIZENS

SECRET = "of an environment variable"
ANY = ("--port", "0", "--mailbox-port", "0", "--smtp-port", "0")


def test_what_it_prints_is_what_works(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pasted settings that do not work, a secret on the terminal, a mail that nobody sees, or a traceback at Ctrl-C."""
    monkeypatch.setenv("THAID_SECRET", SECRET)
    command = ("thaid-emulator", *ANY, "--client-id", "mine", "--secret-from-env", "THAID_SECRET")
    callback = "http://127.0.0.1:9/auth/callback?a=1"
    running = subprocess.Popen(
        [sys.executable, "-m", "elaas_identity.cli", *command, "--redirect-uri", callback],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert running.stdout is not None
        said = ""
        while "Ctrl-C" not in said:
            line = running.stdout.readline()
            assert line, running.stderr and running.stderr.read()
            said += line
        assert said.count("***") == 4
        assert SECRET not in said
        assert all(citizen.national_id.reveal() in said for citizen in CITIZENS)
        pasted = said[said.index("identity_provider=") : said.index("Who can prove")]
        settings: dict[str, Any] = eval(
            f"dict({pasted})", {"ThaID": ThaID, "SMTPMailer": SMTPMailer, "os": os}
        )
        proves_a_person(settings["identity_provider"], callback)
        mailbox = re.search(r"http://127\.0\.0\.1:\d+(?=/mailbox)", said)
        assert mailbox is not None
        shows_a_mail(settings["mailer"], mailbox[0])
        running.send_signal(signal.SIGINT)
        rest, errors = running.communicate(timeout=60)
    finally:
        running.kill()
        running.wait()
    assert (0, "", "\nthaid-emulator: ended\n") == (running.returncode, errors, rest)


def proves_a_person(thaid: ThaID, callback: str) -> None:
    """By the form of the page, as a browser does it."""
    proof = new_proof(Keyring({"k": b"k" * 32}, current="k"), bytes(32))
    url = thaid.authorization_url(proof, max_age=None)
    page = httpx.get(url)
    assert "ตัวจำลอง ThaID" in page.text
    reference = re.search(r'name="page" value="([^"]+)"', page.text)
    assert reference is not None
    back = httpx.post(url, data={"page": reference[1], "approve": "1"}).headers["location"]
    assert back.startswith(callback + "&code=")
    query = back.partition("a=1&")[2]
    grant = thaid.redeem(parse_callback(query), proof, now=datetime.now(UTC))
    assert CITIZENS[1].national_id == grant.identity.national_id
    thaid.revoke(grant)
    thaid.close()


def shows_a_mail(mailer: SMTPMailer, mailbox: str) -> None:
    mail = Mail(
        recipient=EmailAddress.restored("officer@example.go.th"),
        subject="เรื่องทดสอบ",
        text="รหัส: 1234 5678\n",
        html="<p>รหัส: 1234 5678</p>",
    )
    mailer.send(mail)
    mailer.close()
    with httpx.Client(base_url=mailbox, follow_redirects=True) as browser:
        listed = browser.get("/")
        assert "เรื่องทดสอบ" in listed.text
        assert "1234 5678" in browser.get("/mailbox/0").text
        assert "<p>" in browser.get("/mailbox/0/html").text
        style = re.search(r'href="(/static/elaas\.css[^"]*)"', listed.text)
        assert style is not None
        assert "text/css" in browser.get(style[1]).headers["content-type"]
        refused = [
            browser.get(path).status_code for path in ("/mailbox/1", "/mailbox/1/html", "/static/x", "/x")
        ]
        assert [404] * 4 == refused
        assert 404 == browser.post("/mailbox").status_code
        assert 421 == browser.get("/mailbox", headers={"host": "evil.example"}).status_code


@pytest.mark.parametrize("option", ["--port", "--mailbox-port", "--smtp-port"])
def test_a_port_that_is_taken(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A second one, started by mistake, would be a traceback."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ports = {**dict(zip(ANY[::2], ANY[1::2], strict=True)), option: str(taken.getsockname()[1])}
        assert 1 == main(["thaid-emulator", *(word for pair in ports.items() for word in pair)])
    assert f"thaid-emulator: {option} cannot be used" in capsys.readouterr().err


def test_a_secret_that_is_not_there(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty secret would be taken for one."""
    monkeypatch.delenv("THAID_SECRET", raising=False)
    assert 1 == main(["thaid-emulator", *ANY, "--secret-from-env", "THAID_SECRET"])
    assert "THAID_SECRET" in capsys.readouterr().err


@pytest.mark.parametrize(
    "uri", ["portal", "http://portal.test", "thaid://x/y", "http://p.test/a#b", "http://p .test/"]
)
def test_a_redirect_uri_that_cannot_be_one(uri: str) -> None:
    """Nobody could ever come back to it."""
    with pytest.raises(SystemExit) as ended:
        main(["thaid-emulator", *ANY, "--redirect-uri", uri])
    assert 2 == ended.value.code


def test_what_to_install(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """From a plain install it would be a traceback."""
    monkeypatch.setattr("elaas_identity.cli.find_spec", lambda name: None if name == "aiosmtpd" else object())
    assert 2 == main(["thaid-emulator"])
    assert "aiosmtpd: pip install 'elaas-identity[web,testing]'" in capsys.readouterr().err
