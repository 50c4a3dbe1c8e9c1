"""The command `elaas-identity`, as people call it."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

import elaas_identity
from elaas_identity.cli import main
from elaas_identity.demo.issued import ISSUED
from elaas_identity.keyring import Keyring


def command(*arguments: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "elaas_identity.cli", *arguments],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody could say which version they have."""
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert 0 == ended.value.code
    assert f"elaas-identity {elaas_identity.__version__}\n" == capsys.readouterr().out


def test_without_a_command_it_says_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    """The person would see nothing, or a traceback."""
    assert 2 == main([])
    assert "demo" in capsys.readouterr().out


def test_the_walk_over_the_mandated_policy() -> None:
    """`elaas-identity demo --walk` would not show the whole flow with real password hashing."""
    done = command("demo", "--walk")
    assert "" == done.stderr
    assert "mandated flow: completed" == done.stdout.splitlines()[-1]
    assert 0 == done.returncode


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_demo_announces_itself_and_ends_cleanly(number: signal.Signals) -> None:
    """Ctrl-C would leave a traceback, a status that means failure, or a server."""
    demo = subprocess.Popen(
        [sys.executable, "-m", "elaas_identity.cli", "demo"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert demo.stdout is not None
        said = ""
        while "Ctrl-C" not in said:
            line = demo.stdout.readline()
            assert line, demo.stderr and demo.stderr.read()
            said += line
        demo.send_signal(number)
        rest, errors = demo.communicate(timeout=60)
    finally:
        demo.kill()
        demo.wait()
    assert (0, "") == (demo.returncode, errors)
    assert rest.endswith("demo: ended\n")
    assert re.search(r"http://127\.0\.0\.1:\d+/sign-in\n", said)
    for issued in ISSUED:
        assert issued.username in said
        assert issued.password in said
        assert issued.citizen is None or issued.citizen.name in said


@pytest.mark.parametrize(
    "module", ["rich", "fastapi", "uvicorn", "jinja2", "sqlalchemy", "aiosmtplib", "aiosmtpd"]
)
def test_a_missing_extra_names_what_to_install(
    module: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`elaas-identity demo` from a plain install would be a traceback."""
    monkeypatch.setattr("elaas_identity.cli.find_spec", lambda name: None if name == module else object())
    assert 2 == main(["demo"])
    said = capsys.readouterr().err
    assert module in said
    assert "pip install 'elaas-identity[demo]'" in said


@pytest.mark.parametrize(
    "arguments",
    [
        ["demo", "--walk", "--issuer", "https://op.example"],
        ["demo", "--issuer", "https://op.example", "--port", "8000"],
        ["demo", "--issuer", "https://op.example", "--client-id", "c", "--client-secret-file", "f"],
        ["demo", "--client-id", "c"],
        ["demo", "--port", "65536"],
        ["demo", "--port", "๘๐"],
        [
            *("demo", "--issuer", "https://op.example", "--client-id", "c", "--client-secret-file", "f"),
            *("--redirect-uri", "http://192.0.2.1:80/auth/callback"),
        ],
        ["db", "upgrade"],
        ["keygen", "--id", "Not An Id"],
    ],
)
def test_what_does_not_fit_together_is_said(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A half-given option would be dropped without a word."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert 2 == ended.value.code
    assert "error:" in capsys.readouterr().err


def test_an_unreadable_secret_file_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """R7.2: a traceback would come instead; or the file's content be repeated."""
    secret = tmp_path / "secret"
    secret.write_bytes(b"\xff\xfecanary!")  # half a character too many for UTF-16
    for file in (secret, tmp_path / "none"):
        given = ["--client-id", "c", "--client-secret-file", str(file), "--port", "8000"]
        assert 2 == main(["demo", "--issuer", "https://op.example", *given])
    said = capsys.readouterr().err
    assert 2 == said.count("client secret cannot be read")
    assert "canary" not in said


def test_keygen_makes_what_the_keyring_reads(capsys: pytest.CaptureFixture[str]) -> None:
    """The secret that we hand out would not be accepted; or be the same twice."""
    assert 0 == main(["keygen", "--id", "one"])
    assert 0 == main(["keygen"])
    first, second = capsys.readouterr().out.split()
    keyring = Keyring.from_env(
        {"ELAAS_IDENTITY_KEYS": f"{first},{second}", "ELAAS_IDENTITY_CURRENT_KEY": "one"}
    )
    assert "one" == keyring.current
    assert re.fullmatch(r"20\d\d-\d\d", second.partition(":")[0])


def test_db_upgrade_makes_the_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A portal could not be set up; or a second run would fail."""
    url = f"sqlite:///{tmp_path / 'elaas.db'}"
    assert 0 == main(["db", "upgrade", "--url", url])
    assert 0 == main(["db", "upgrade", "--url", url])
    with sqlite3.connect(tmp_path / "elaas.db") as database:
        names = [name for (name,) in database.execute("select name from sqlite_master where type = 'table'")]
    database.close()
    assert any(name.startswith("elaas_") for name in names)
    assert "up to date" in capsys.readouterr().out


def test_db_upgrade_says_what_is_wrong_with_the_url(capsys: pytest.CaptureFixture[str]) -> None:
    """R7.2: a mistyped URL would be a traceback, with the database's password in it."""
    assert 1 == main(["db", "upgrade", "--url", "nosuchdb://user:canary@host/db"])
    said = capsys.readouterr().err
    assert "store_settings" in said
    assert "canary" not in said


def test_importing_the_command_is_light() -> None:
    """Every call of the command would pay for web servers, databases and templates."""
    heavy = ("fastapi", "uvicorn", "sqlalchemy", "jinja2", "aiosmtpd", "alembic")
    code = f"import sys, elaas_identity.cli; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "[]" == done.stdout.strip()
