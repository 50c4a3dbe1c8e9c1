"""Makes pytest run the code blocks of README and docs, each page as one example from top to bottom."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

ROOT = Path(__file__).parent

# No test measures time, those that draw their input included: a busy machine would fail them.
settings.register_profile(
    "patient", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("patient")


def in_a_fresh_folder(namespace: dict[str, Any]) -> None:
    """Each page gets a database file of its own, and leaves nothing in the checkout."""
    from tempfile import TemporaryDirectory

    folder = namespace["_folder"] = TemporaryDirectory()
    namespace["folder"] = Path(folder.name)


def leave_it(namespace: dict[str, Any]) -> None:
    """Take the page's folder away."""
    namespace["_folder"].cleanup()


pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser(), SkipParser()],
    patterns=["README.md", "docs/*.md"],
    excludes=["docs/testing.md"],  # a suite of tests: tests/testing/test_testing_page.py runs it as one
    setup=in_a_fresh_folder,
    teardown=leave_it,
).pytest()
