"""What has to pass before a change is merged: `uvx nox` runs the default sessions, cheapest first.

While you work: `uvx nox -s fast`. The slow evidence runs when asked for: `uvx nox -s pythons lowest flavours
conformance races fuzz fuzz_guided id_token guards mutation bench`.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import nox

nox.needs_version = ">=2025.5.1"
nox.options.default_venv_backend = "uv"
nox.options.reuse_venv = "yes"
nox.options.error_on_missing_interpreters = True
nox.options.sessions = [
    "lint",
    "unasync",
    "messages",
    "architecture",
    "types",
    "docs",
    "wheel",
    "api",
    "tests",
    "browser",
]

PYTHON = "{}.{}".format(*sys.version_info)
"""The interpreter that runs nox: whoever has one Python of 3.11 to 3.14 needs no other."""

LOWEST_PYTHON = "3.11"
ALL = "-e.[sql,postgres,smtp-async,web,django,flask,totp,otel,cli,demo,testing]"
COVERAGE_FLOOR = 97
"""Branch coverage in per cent, a little under what is measured: it may rise, it may not fall."""

AT_ONCE = ("--numprocesses=auto", "--maxprocesses=4", "--dist=worksteal")
"""On every core, four at most: each process starts a PostgreSQL, or a Chromium, of its own."""

FAST = "@scripts/fast_suite.args"
"""The synchronous facade in memory: the other flavours run the same acts. Without what takes seconds by itself."""

DJANGO = ("tests/integrations", "tests/providers/test_store_django.py")
"""Where the version of Django matters."""

NO_BROWSER = "--ignore=tests/browser"
NO_API = "--ignore=tests/api"
"""Their tests import playwright and schemathesis, which only those sessions install."""


def install(session: nox.Session, *groups: str, project: str | None = ALL) -> None:
    """Everything at the versions of constraints.txt, so that today's run is tomorrow's."""
    wanted = [f"--group={group}" for group in groups]
    if project is not None:
        wanted.append(project)
    session.install("--constraint", "constraints.txt", *wanted)


@nox.session(python=PYTHON)
def fast(session: nox.Session) -> None:
    """What decides, and the facade over memory: in under a minute on two cores, and without a database."""
    install(session, "test", project="-e.[sql,testing,totp]")
    session.run("pytest", "--numprocesses=auto", FAST, *session.posargs)


@nox.session(python=[LOWEST_PYTHON, "3.12", "3.13", "3.14"])
def pythons(session: nox.Session) -> None:
    """The fast suite and the walk on every Python that we declare (R10.1), and both Djangos: 6.0 needs Python 3.12.

    `scripts/on_debian.sh` does the same in a chroot, for a Python that is not on this machine.
    """
    install(session, "test")
    if session.python != LOWEST_PYTHON:
        session.install("django>=6.0,<6.1")  # constraints.txt has the LTS
    session.run("pytest", "--numprocesses=auto", FAST, *session.posargs)
    session.run("pytest", *AT_ONCE, *DJANGO)
    session.run("elaas-identity", "demo", "--walk")


@nox.session(python=LOWEST_PYTHON)
def lowest(session: nox.Session) -> None:
    """The lowest version of each dependency that we declare, and the providers over them (R10.2)."""
    chosen, for_tests = (str(Path(session.create_tmp()) / name) for name in ("lowest.txt", "for_tests.txt"))
    Path(for_tests).write_text("idna>=3.18\n", encoding="utf-8")  # what httpx2 wants, which the tests install
    wanted = (
        "--all-extras",
        "--python-version",
        LOWEST_PYTHON,
        "--resolution",
        "lowest-direct",
        "--constraint",
        for_tests,
        "pyproject.toml",
    )
    session.run("uv", "pip", "compile", "--quiet", *wanted, "--output-file", chosen, external=True)
    session.install("--constraint", chosen, "--group=test", ALL)
    held = "tests/oidc", "tests/providers", *session.posargs
    session.run("pytest", *AT_ONCE, "-m", "not long and not wheel", *held)
    session.run("elaas-identity", "demo", "--walk")


@nox.session(python=PYTHON)
def conformance(session: nox.Session) -> None:
    """The OpenID Foundation's relying-party tests, mirrored and counted by name, in each way to ask (R5)."""
    install(session, "test")
    session.run("python", "-m", "scripts.conformance", "-p", "no:cacheprovider", *session.posargs)


@nox.session(python=PYTHON)
def lint(session: nox.Session) -> None:
    """Style, likely bugs and layout; the changelog's fragments are readable."""
    install(session, "lint", "release", project=None)
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("towncrier", "build", "--draft", "--version=next", silent=True)


@nox.session(python=PYTHON)
def unasync(session: nox.Session) -> None:
    """`_sync/` is what scripts/unasync.py makes of `_async/`, to the letter."""
    install(session, "lint", project=None)
    session.run("python", "scripts/unasync.py", "--check")


@nox.session(python=PYTHON)
def messages(session: nox.Session) -> None:
    """The compiled catalogues are those of the Thai and English sources."""
    install(session, "messages", project=None)
    session.run("python", "scripts/messages.py", "--check")


@nox.session(python=PYTHON)
def architecture(session: nox.Session) -> None:
    """Arrows point down only, and from `flow` down everything is sans-I/O."""
    install(session, "architecture")
    session.run("lint-imports", "--no-cache")


@nox.session(python=PYTHON)
def types(session: nox.Session) -> None:
    """mypy and pyright, both strict, over both facades, the examples and what users of the types rely on."""
    install(session, "types", "test", "browser", "mutation", "messages", "api")
    session.run("mypy")
    session.run("pyright")


@nox.session(python=PYTHON)
def docs(session: nox.Session) -> None:
    """Every code block runs, the diagram is the table's, the examples do what they say."""
    install(session, "test")
    session.run("python", "scripts/flow_diagram.py", "--check")
    session.run("python", "scripts/example_diffs.py", "--check")
    session.run("python", "scripts/asvs.py", "--check")
    # A page is one example: its blocks run in one process.
    by_page = ("--numprocesses=auto", "--maxprocesses=4", "--dist=loadfile")
    session.run("pytest", *by_page, "README.md", "docs", "tests/test_docs.py", *session.posargs)


@nox.session(python=PYTHON)
def wheel(session: nox.Session) -> None:
    """The built wheel alone in an empty environment, and what a missing extra says."""
    install(session, "test")
    session.run("pytest", "-m", "wheel", "tests/test_packaging.py", *session.posargs)


@nox.session(python=PYTHON)
def api(session: nox.Session) -> None:
    """What others make of the OpenAPI document: a fuzzer that reads it, and the types of a front end."""
    install(session, "test", "api")
    session.run("pytest", "tests/api", *session.posargs)


@nox.session(python=PYTHON)
def tests(session: nox.Session) -> None:
    """The suite, with branch coverage, on every core."""
    install(session, "test", "lint", "messages")
    session.run("coverage", "erase")
    elsewhere = (NO_BROWSER, NO_API, "--ignore=tests/test_docs.py")
    chosen = ("-m", "not wheel and not long and not other_flavour", *session.posargs)
    session.run("coverage", "run", "-m", "pytest", *AT_ONCE, *elsewhere, *chosen)
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report", f"--fail-under={0 if session.posargs else COVERAGE_FLOOR}")


@nox.session(python=PYTHON)
def flavours(session: nox.Session) -> None:
    """The synchronous facade in memory and the asynchronous one on SQLite: `tests` has the other pairing."""
    install(session, "test")
    session.run("pytest", *AT_ONCE, NO_BROWSER, NO_API, "-m", "other_flavour and not long", *session.posargs)


@nox.session(python=PYTHON)
def browser(session: nox.Session) -> None:
    """The pages as a person sees them, in Debian's Chromium."""
    if shutil.which("chromium") is None:
        session.skip("no `chromium` on this machine: apt-get install chromium fonts-thai-tlwg")
    install(session, "test", "browser", "messages")
    session.run("pytest", "-m", "browser", *AT_ONCE, "tests/browser", *session.posargs)


@nox.session(python=PYTHON)
def races(session: nox.Session) -> None:
    """Exhaustive interleavings of two and three actors, with crashes and retries (R9.1)."""
    install(session, "test")
    session.run("pytest", "-m", "long", "tests/races", *session.posargs)


@nox.session(python=PYTHON)
def fuzz(session: nox.Session) -> None:
    """The other long tests: 100,000 malformed callbacks (R9.4), distributions, soak."""
    install(session, "test")
    session.run("pytest", NO_BROWSER, NO_API, "-m", "long", "--ignore=tests/races", *session.posargs)


@nox.session(python=PYTHON)
def fuzz_guided(session: nox.Session) -> None:
    """What anybody can send, fuzzed by coverage (R9.4): `uvx nox -s fuzz_guided -- 3600 id_token`.

    Seconds for each target, 60 unless given, and which targets, all unless given.
    """
    install(session, "test", "fuzz")
    seconds, *targets = session.posargs or ["60"]
    for target in targets or [path.stem for path in sorted(Path("fuzz").glob("[!_]*.py"))]:
        session.run("python", "-m", "fuzz", target, seconds)


@nox.session(python=PYTHON)
def id_token(session: nox.Session) -> None:
    """Every bit of a valid ID token flipped, and every claim changed in every way (R5.4), with their number."""
    install(session, "test")
    session.run("pytest", "-s", "-q", "tests/oidc/test_id_token_changed.py", *session.posargs)


@nox.session(python=PYTHON)
def guards(session: nox.Session) -> None:
    """Each guard of the invariants, taken out: a test misses it."""
    install(session, "test")
    session.run("python", "scripts/guards.py", *session.posargs)


@nox.session(python=PYTHON)
def mutation(session: nox.Session) -> None:
    """Mutants of the code that decides, and those that no test kills (R9.6); what is left is in docs/assurance.md.

    `mutmut show NAME` says what a mutant is; the folder `mutants/` keeps the verdicts from run to run.
    """
    install(session, "test", "mutation")
    session.run("python", "scripts/mutants.py", *session.posargs)
    session.run("mutmut", "results")


@nox.session(python=PYTHON)
def bench(session: nox.Session) -> None:
    """Ratios within one run, so that they mean the same on any machine."""
    install(session, "test")
    for name in (
        "import_cost",
        "onboarding",
        "onboarding_shares",
        "sign_in_timing",
        "recovery_timing",
        "id_token",
    ):
        # 1 says that a goal is not reached, which the figures show.
        session.run("python", f"bench/{name}.py", success_codes=[0, 1])
