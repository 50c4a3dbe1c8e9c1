"""The wheel, alone in an empty environment: what a stranger installs, and not this checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.wheel

ROOT = Path(__file__).resolve().parent.parent

CONTAINED = (
    "elaas_identity/py.typed",
    "elaas_identity/messages/locale/th/LC_MESSAGES/elaas_identity.mo",
    "elaas_identity/messages/locale/en/LC_MESSAGES/elaas_identity.mo",
    "elaas_identity/web/templates/*.html",
    "elaas_identity/web/static/*.css",
    "elaas_identity/providers/migrations/versions/*.py",
    "elaas_identity/passwords/*.txt*",
)

MISSING = {
    "sql": "from elaas_identity.providers.sql import SQLStore; SQLStore('sqlite://')",
    "smtp-async": """
from elaas_identity.providers.smtp import AsyncSMTPMailer
AsyncSMTPMailer('smtp.example.go.th', sender='no-reply@example.go.th')
""",
    "web": "from elaas_identity.web.pages import Pages",
    "django": "import elaas_identity.django",
    "fastapi": "from elaas_identity.fastapi import elaas_router",
    "flask": "from elaas_identity.flask import ElaasFlask",
    "totp": "from elaas_identity.authenticator_app.enrolment import qr_svg; qr_svg('otpauth://totp/')",
    "otel": "from elaas_identity.providers.otel import OpenTelemetryEvents",
    "testing": "from elaas_identity.testing import LoopbackSMTP; LoopbackSMTP().start()",
}
"""What needs an extra, used where the extra is not there."""

COMMANDS_WITH_EXTRAS = {
    "sql": ["db", "upgrade", "--url", "sqlite:///never.db"],
    "demo": ["demo", "--walk"],
}


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run to the end; the environment is this one without what would lead back to the checkout."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))
    }
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=kept | {"PYTHONIOENCODING": "utf-8"} | environment,
        timeout=280,
        check=False,
    )


def done(*command: str | Path) -> None:
    """Run a command that has to succeed."""
    result = run(*command)
    assert result.returncode == 0, result.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the sources."""
    folder = tmp_path_factory.mktemp("wheel")
    done("uv", "build", "--quiet", "--wheel", "--out-dir", folder, ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def scripts(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands of an environment that holds the wheel, without an extra, and nothing else."""
    folder = tmp_path_factory.mktemp("environment") / "venv"
    done("uv", "venv", "--quiet", "--python", sys.executable, folder)
    python = folder / "bin" / "python"
    done("uv", "pip", "install", "--quiet", "--python", python, "-c", ROOT / "constraints.txt", wheel)
    return folder / "bin"


@pytest.mark.parametrize("pattern", CONTAINED)
def test_the_wheel_holds_what_is_no_module(wheel: Path, pattern: str) -> None:
    """Fails if a file that the code opens at run time stays behind in the checkout."""
    with zipfile.ZipFile(wheel) as archive:
        assert [name for name in archive.namelist() if Path(name).match(pattern)], pattern


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    """Fails if tests, sources of translations' tools or somebody's database are shipped along."""
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}
        ends = {Path(name).suffix for name in archive.namelist()}
    assert {"elaas_identity", "pytest_elaas_identity.py"} == {
        top for top in tops if not top.endswith(".dist-info")
    }
    assert set() == ends & {".db", ".pyc", ".orig", ".key", ".pem"}


def test_the_core_alone_runs_the_whole_flow(scripts: Path, tmp_path: Path) -> None:
    """Fails if somebody who installs the wheel without any extra cannot onboard an account."""
    example = tmp_path / "minimal.py"
    example.write_bytes((ROOT / "examples" / "minimal.py").read_bytes())
    result = run(scripts / "python", "-W", "error", example)
    assert (0, "") == (result.returncode, result.stderr)
    assert "signed in" in result.stdout


def test_the_import_is_silent_there_too(scripts: Path) -> None:
    """Fails if the core imports something that only the developers' environment has, or warns."""
    result = run(scripts / "python", "-W", "error", "-c", "import elaas_identity")
    assert (0, "", "") == (result.returncode, result.stdout, result.stderr)


@pytest.mark.parametrize("extra", MISSING)
def test_a_missing_extra_names_the_command(scripts: Path, extra: str) -> None:
    """Fails if the developer is left with a ModuleNotFoundError and has to guess the extra."""
    use = f"""
from elaas_identity import Misconfigured
try:
    exec({MISSING[extra]!r})
except Misconfigured as missing:
    print(missing.code, missing.detail)
"""
    result = run(scripts / "python", "-c", use)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("extra_missing ")
    assert f'pip install "elaas-identity[{extra}]"' in result.stdout.replace("'", '"')


@pytest.mark.parametrize("extra", COMMANDS_WITH_EXTRAS)
def test_a_command_without_its_extra_names_the_command_to_run(scripts: Path, extra: str) -> None:
    """Fails if the command line answers a missing extra with a traceback."""
    result = run(scripts / "elaas-identity", *COMMANDS_WITH_EXTRAS[extra])
    assert result.returncode != 0
    assert "Traceback" not in result.stderr
    assert f"elaas-identity[{extra}]" in result.stderr


def test_keys_are_made_without_any_extra(scripts: Path) -> None:
    """Fails if the first thing a portal needs, a key, cannot be made and used with the core alone."""
    made = run(scripts / "elaas-identity", "keygen", "--id", "2026a")
    assert made.returncode == 0, made.stderr
    use = "from elaas_identity import Keyring; print(Keyring.from_env())"
    used = run(scripts / "python", "-c", use, ELAAS_IDENTITY_KEYS=made.stdout.strip())
    assert (0, "Keyring(2026a; current: 2026a)") == (used.returncode, used.stdout.strip())


def test_a_missing_driver_names_the_command(wheel: Path, tmp_path: Path) -> None:
    """Fails if a portal that moves to PostgreSQL is not told which extra has its driver."""
    folder = tmp_path / "venv"
    done("uv", "venv", "--quiet", "--python", sys.executable, folder)
    constraints = ("-c", ROOT / "constraints.txt")
    done(
        "uv",
        "pip",
        "install",
        "--quiet",
        "--python",
        folder / "bin" / "python",
        *constraints,
        f"{wheel}[sql]",
    )
    result = run(
        folder / "bin" / "elaas-identity", "db", "upgrade", "--url", "postgresql://portal@db.invalid/portal"
    )
    assert result.returncode != 0
    assert "elaas-identity[postgres]" in result.stderr
    assert "Traceback" not in result.stderr
