"""What `import elaas_identity` costs and brings along, and what the package offers."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import elaas_identity

PUBLIC = [
    "Account",
    "AccountChoice",
    "AccountKind",
    "AccountStatus",
    "AssertionKeys",
    "AssertionSettings",
    "AssertionVerifier",
    "Assertions",
    "AsyncAssertionVerifier",
    "AsyncAssertions",
    "AsyncAudit",
    "AsyncElaasIdentity",
    "AsyncThaID",
    "Audit",
    "AuditKeys",
    "AuthenticatorEnrolled",
    "AwaitApproval",
    "Browser",
    "ChooseAccount",
    "ElaasIdentity",
    "ElaasIdentityError",
    "EmailChanged",
    "Ended",
    "EnrolAuthenticator",
    "EnterAuthenticatorCode",
    "EnterOneTimeCode",
    "Expected",
    "FirstUse",
    "FlowPolicy",
    "Keyring",
    "Misconfigured",
    "NationalID",
    "NewAccount",
    "PasswordPolicy",
    "PasswordSet",
    "PendingApproval",
    "Progress",
    "ProvideCredential",
    "ProvideEmail",
    "ProviderFailed",
    "Refused",
    "Session",
    "SetPassword",
    "SignInPolicy",
    "SignedIn",
    "Step",
    "StepUpProof",
    "SteppedUp",
    "ThaID",
    "VerifiedAssertion",
    "VerifiedIdentity",
    "VerifyIdentity",
    "transaction_digest",
]

NOT_LOADED = {
    "a framework": ("fastapi", "starlette", "flask", "django", "werkzeug"),
    "a database driver or toolkit": ("sqlalchemy", "alembic", "psycopg", "sqlite3"),
    "a template engine": ("jinja2",),
    "a mail client": ("aiosmtplib", "aiosmtpd", "smtplib"),
    "a client library that nobody asked for": ("httpx2", "requests", "authlib.integrations"),
    "a resolver, which costs 78 ms": ("dns",),
    # Not rich: httpx loads it for its own command line wherever it is installed.
    "the portal's tools": ("uvicorn", "argparse", "elaas_identity.cli", "elaas_identity.testing"),
}


def imported(*flags: str) -> subprocess.CompletedProcess[str]:
    """A fresh interpreter that imports the package, asks for every public name, and lists what is loaded."""
    code = "import elaas_identity, sys; from elaas_identity import *; print(*sorted(sys.modules), sep='\\n')"
    # Without the coverage of subprocesses, which loads a database driver of its own.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    return subprocess.run(
        [sys.executable, *flags, "-c", code],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=environment,
    )


def test_the_import_is_silent_even_where_warnings_are_errors() -> None:
    """Fails if a portal that runs with `-W error` cannot import the package, or is told something by it."""
    run = imported("-W", "error")
    assert (0, "") == (run.returncode, run.stderr)


@pytest.mark.parametrize("what", NOT_LOADED)
def test_the_import_loads_nothing_that_was_not_asked_for(what: str) -> None:
    """Fails if importing the core pays for, or needs, something that only an extra or another portal uses."""
    loaded = set(imported().stdout.split())
    assert [] == [name for name in NOT_LOADED[what] if name in loaded]


def test_the_public_names_are_these() -> None:
    """Fails if a name that portals import disappears, or one slips in that would then have to be kept."""
    assert PUBLIC == sorted(elaas_identity.__all__)
    assert [] == [name for name in PUBLIC if not hasattr(elaas_identity, name)]


def test_nothing_is_started_by_the_import() -> None:
    """Fails if a thread or a child process that the portal did not ask for is there before anybody made an object."""
    code = "import elaas_identity, threading; print(threading.active_count())"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True
    )
    assert "1" == run.stdout.strip()


def test_every_public_name_has_a_home_and_no_other() -> None:
    """Fails if a name is offered and cannot be loaded, or can be loaded and is not offered."""
    homes = " ".join(elaas_identity._MODULES.values()).split()
    assert PUBLIC == sorted(homes)
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = elaas_identity.no_such_name
