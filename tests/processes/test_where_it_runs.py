"""Portals run under other event loops, under gevent, and in servers that load the application and fork (R10.4)."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from elaas_identity.testing import Client, LoopbackSMTP, ThaIDEmulator
from tests.providers.conftest import sqlite_template, sqlite_url  # noqa: F401  fixtures

ROOT = Path(__file__).parents[2]
FORKS = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")


@pytest.fixture
def outside() -> Iterator[tuple[str, str]]:
    """ThaID's issuer and the mail server's port, both in this process."""
    client = Client(
        client_id="portal",
        client_secret="s3cret",
        redirect_uris=("https://portal.example.go.th/auth/callback",),
    )
    with ThaIDEmulator.served(clients=(client,)) as thaid, LoopbackSMTP() as smtp:
        yield thaid.issuer, str(smtp.port)


@pytest.mark.parametrize(
    "way", ["gevent", "uvloop", pytest.param("fork", marks=FORKS), pytest.param("fork, async", marks=FORKS)]
)
def test_r10_4_officers_get_in(
    outside: tuple[str, str],
    sqlite_url: str,  # noqa: F811
    way: str,
) -> None:
    """A lock, a connection or a thread that this way of running does not have would be waited for."""
    if way in ("gevent", "uvloop"):
        pytest.importorskip(way)
    before = "from gevent import monkey; monkey.patch_all(); " if way == "gevent" else ""
    told = subprocess.run(
        # A fork beside threads is what such servers do; Python 3.12 and later warn of it.
        [
            *(sys.executable, "-W", "error", "-W", "ignore:This process:DeprecationWarning"),
            *("-c", f"{before}import tests.processes.officers", way, *outside, sqlite_url),
        ],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (0, "") == (told.returncode, told.stderr), told.stderr
    assert [f"password_set {number}" for number in range(4)] == sorted(told.stdout.splitlines())


def declared() -> dict[str, Any]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)


def test_r10_1_a_python_that_is_declared_is_run() -> None:
    """F44: the page on PyPI would promise a Python that nobody has tried."""
    classified = {
        each.rsplit(" ", 1)[1]
        for each in declared()["project"]["classifiers"]
        if re.fullmatch(r"Programming Language :: Python :: 3\.\d+", each)
    }
    sessions = (ROOT / "noxfile.py").read_text(encoding="utf-8")
    assert classified == set(re.findall(r'"(3\.\d+)"', sessions))
    assert ">=3.11" == declared()["project"]["requires-python"]
    assert {"3.11", "3.12", "3.13", "3.14"} == classified
    assert "error" in declared()["tool"]["pytest"]["ini_options"]["filterwarnings"]  # ResourceWarning is one


def test_r10_2_every_dependency_has_a_lowest_version() -> None:
    """`nox -s lowest` would take the newest of it, and an old one that does not work would be installed."""
    extras: dict[str, list[str]] = declared()["project"]["optional-dependencies"]
    wanted = [*declared()["project"]["dependencies"], *(each for extra in extras.values() for each in extra)]
    others = [each for each in wanted if not each.startswith("elaas-identity[")]
    assert [] == [each for each in others if not re.match(r"[\w.-]+(\[\w+\])?>=\d", each)]
    assert [] == [each for each in others if each.startswith("sqlalchemy") and ">=2.0.40," not in each]


@pytest.mark.long
def test_r10_4_f68_the_usual_plugins_of_pytest(tmp_path: Path) -> None:
    """A portal's or a distribution's pipeline runs the suite with a report in XML, and on several cores."""
    chosen = ("-n", "1", "tests/races/test_databases.py", "-k", "sqlite_answers and code-right-wrong")
    report = tmp_path / "report.xml"
    told = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", *chosen],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert 0 == told.returncode, told.stdout
    assert 'name="states over SQLite"' in report.read_text(encoding="utf-8")
