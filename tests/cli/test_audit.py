"""`elaas-identity audit`, as an administrator calls it."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from elaas_identity.audit.checkpoint import AuditKeys
from elaas_identity.change import Change, Done
from elaas_identity.cli import main
from elaas_identity.providers.sql import SQLStore, upgrade
from elaas_identity.testing.store_examples import an_event


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A database with three events of an hour ago."""
    url = f"sqlite:///{tmp_path / 'elaas.db'}"
    upgrade(url)
    store = SQLStore(url)
    at = datetime.now(UTC) - timedelta(hours=1)
    events = tuple(an_event(f"event-{number}", at=at, by="somebody (invented)") for number in (1, 2, 3))
    assert Done() == store.commit(Change(inserts=events))
    store.close()
    return url


@pytest.fixture
def keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """A file with a key that the command made."""
    assert 0 == main(["audit", "keygen", "--id", "a1"])
    path = tmp_path / "audit.jwk"
    path.write_text(capsys.readouterr().out)
    return str(path)


def tamper(url: str, statement: str) -> None:
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        connection.execute(statement)
    connection.close()


def test_seal_verify_export(url: str, keys: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Fails if an administrator cannot seal from cron, keep the checkpoint, and verify against it."""
    assert 0 == main(["audit", "seal", "--url", url, "--keys", keys])
    line = capsys.readouterr().out
    kept = tmp_path / "kept.ndjson"
    kept.write_text(line)
    assert 0 == main(["audit", "seal", "--url", url, "--keys", keys])
    assert ("", "There is nothing new to seal.\n") == capsys.readouterr()

    head = json.loads(line)["head"]
    assert 0 == main(["audit", "verify", "--url", url, "--keys", keys, "--checkpoint", str(kept)])
    assert (f"3 events; head {head}\n", "") == capsys.readouterr()

    assert 0 == main(["audit", "export", "--url", url, "--keys", keys])
    lines = capsys.readouterr().out.splitlines()
    assert ["event", "event", "event", "checkpoint"] == [json.loads(each)["type"] for each in lines]
    assert "somebody" not in "".join(lines)
    assert 0 == main(["audit", "export", "--personal", "--url", url, "--keys", keys])
    assert "somebody" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE elaas_events SET code = 'person_mismatch' WHERE id = 'event-2'", "edited at 2: "),
        ("DELETE FROM elaas_events WHERE id = 'event-2'", "removed at 2: "),
    ],
)
def test_a_changed_row_is_named(
    url: str, keys: str, statement: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Fails if a hand-edited or deleted row passes, or is found without its place."""
    assert 0 == main(["audit", "seal", "--url", url, "--keys", keys])
    tamper(url, statement)
    capsys.readouterr()
    assert 1 == main(["audit", "verify", "--url", url, "--keys", keys])
    out, err = capsys.readouterr()
    assert "" == out
    assert err.startswith(f"elaas-identity: {said}")


def test_a_cut_off_row_is_found_with_a_kept_checkpoint(
    url: str, keys: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Fails if the end of the trail can be dropped."""
    assert 0 == main(["audit", "seal", "--url", url, "--keys", keys])
    kept = tmp_path / "kept.ndjson"
    kept.write_text(capsys.readouterr().out)
    for table in ("elaas_events", "elaas_audit_links", "elaas_audit_checkpoints"):
        tamper(url, f"DELETE FROM {table}")
    assert 1 == main(["audit", "verify", "--url", url, "--keys", keys, "--checkpoint", str(kept)])
    assert "cut_off at 1: " in capsys.readouterr().err


def test_public_keys_are_enough_to_verify(
    url: str, keys: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Fails if an auditor has to be given the key that signs."""
    assert 0 == main(["audit", "seal", "--url", url, "--keys", keys])
    capsys.readouterr()
    assert 0 == main(["audit", "keygen", "--public", keys])
    public = tmp_path / "public.jwks"
    public.write_text(capsys.readouterr().out)
    assert '"d"' not in public.read_text()
    assert 0 == main(["audit", "verify", "--url", url, "--keys", str(public)])


def test_keys_come_from_the_environment_too(
    url: str, keys: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Fails if cron has to be given a file with the private key."""
    monkeypatch.delenv("ELAAS_IDENTITY_AUDIT_KEYS", raising=False)
    assert 1 == main(["audit", "seal", "--url", url])
    assert "ELAAS_IDENTITY_AUDIT_KEYS" in capsys.readouterr().err
    monkeypatch.setenv("ELAAS_IDENTITY_AUDIT_KEYS", Path(keys).read_text())
    assert 0 == main(["audit", "seal", "--url", url])
    assert "a1" == json.loads(capsys.readouterr().out)["kid"]


def test_which_of_several_keys_signs(
    url: str, keys: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Fails if a rotation cannot be done from the command line."""
    second = AuditKeys.fresh_key("a2", b"x" * 40)
    both = tmp_path / "both.jwks"
    both.write_text(f'{{"keys": [{Path(keys).read_text()}, {second}]}}')
    monkeypatch.setenv("ELAAS_IDENTITY_CURRENT_AUDIT_KEY", "a2")
    assert 0 == main(["audit", "seal", "--url", url, "--keys", str(both)])
    assert "a2" == json.loads(capsys.readouterr().out)["kid"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["audit"],
        ["audit", "verify"],
        ["audit", "verify", "--url", "sqlite:///never.db", "--keys", "no such file"],
        ["audit", "keygen", "--id", "Not An Id"],
    ],
)
def test_what_does_not_fit_together_is_said(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Fails if a half-given command is a traceback."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert 2 == ended.value.code
    assert "error:" in capsys.readouterr().err


def test_a_missing_checkpoint_file_is_said(url: str, keys: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Fails if a mistyped file name verifies against nothing, and passes."""
    with pytest.raises(SystemExit) as ended:
        main(["audit", "verify", "--url", url, "--keys", keys, "--checkpoint", "no such file"])
    assert 2 == ended.value.code
    assert "no such file" in capsys.readouterr().err


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_files_as_windows_writes_them_are_read(
    url: str, keys: str, tmp_path: Path, encoding: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """F46: a checkpoint that PowerShell's `>` kept would be called forged, and a key file broken."""
    assert 0 == main(["audit", "seal", "--url", url, "--keys", keys])
    kept = tmp_path / "kept.ndjson"
    kept.write_text(capsys.readouterr().out.replace("\n", "\r\n"), encoding=encoding, newline="")
    Path(keys).write_text(Path(keys).read_text(encoding="utf-8"), encoding=encoding)
    assert 0 == main(["audit", "verify", "--url", url, "--keys", keys, "--checkpoint", str(kept)])


@pytest.mark.parametrize("raw", [b"\xff\xfe\x00", b"{\x00}\x00", b"\x80\x81", b"\xfe\xff\xd8\x00"])
@pytest.mark.parametrize("which", ["--keys", "--checkpoint"])
def test_a_file_that_is_no_text_is_unreadable_and_not_forged(
    url: str, keys: str, tmp_path: Path, raw: bytes, which: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """F46: an administrator would hear of a forgery where a file is damaged."""
    damaged = tmp_path / "damaged"
    damaged.write_bytes(raw)
    with pytest.raises(SystemExit) as ended:
        main(["audit", "verify", "--url", url, "--keys", keys, which, str(damaged)])
    said = capsys.readouterr().err
    assert (2, True, False) == (ended.value.code, "damaged cannot be read" in said, "forged" in said)
