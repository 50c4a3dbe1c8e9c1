"""Configures Django, where it is installed, before a test module imports what needs its models. CI has it."""

from __future__ import annotations

from importlib.util import find_spec

if find_spec("django") is None:
    collect_ignore_glob = ["test_django*.py"]
else:
    from tests.integrations import django_portal  # noqa: F401
