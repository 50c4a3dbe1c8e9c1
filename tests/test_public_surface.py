"""What is public, by theme: every name that a public signature uses can be imported from a public module."""

from __future__ import annotations

import dataclasses
import inspect
import re
import typing
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

THEMES = (
    "elaas_identity",
    "elaas_identity.accounts",
    "elaas_identity.assertions",
    "elaas_identity.audit",
    "elaas_identity.django",
    "elaas_identity.errors",
    "elaas_identity.events",
    "elaas_identity.fastapi",
    "elaas_identity.flask",
    "elaas_identity.mail",
    "elaas_identity.policy",
    "elaas_identity.ports",
    "elaas_identity.providers.event_log",
    "elaas_identity.providers.http",
    "elaas_identity.providers.memory",
    "elaas_identity.providers.otel",
    "elaas_identity.providers.rate_limited_log",
    "elaas_identity.providers.smtp",
    "elaas_identity.providers.sql",
    "elaas_identity.providers.system",
    "elaas_identity.providers.thaid",
    "elaas_identity.sessions",
    "elaas_identity.steps",
    "elaas_identity.testing",
    "elaas_identity.web",
)
"""The public modules. Everything else may change in any version; CONTRIBUTING says so."""

NEEDS = {"elaas_identity.django": "django", "elaas_identity.flask": "flask"}
HERE = [theme for theme in THEMES if find_spec(NEEDS.get(theme, "elaas_identity")) is not None]
"""Those whose extra is installed. CI has all of them."""


def public() -> dict[str, Any]:
    """Every public object by its theme and name."""
    return {
        f"{theme}.{name}": getattr(import_module(theme), name)
        for theme in HERE
        for name in import_module(theme).__all__
    }


def signatures(thing: Any) -> Iterator[Any]:
    """What a public object has that is annotated: itself, its public methods, its fields and properties."""
    if inspect.isfunction(thing):
        yield thing
    if not inspect.isclass(thing):
        return
    yield thing
    for name, member in inspect.getmembers(thing):
        own = member.fget if isinstance(member, property) else member
        if (name == "__init__" or not name.startswith("_")) and callable(own):
            yield inspect.unwrap(own) if inspect.isfunction(own) or inspect.ismethod(own) else own


def used(thing: Any) -> set[type]:
    """The classes of ours in an object's annotations."""
    names: dict[str, Any] = {}
    for theme in HERE:
        names |= vars(import_module(theme))
    try:
        hints = typing.get_type_hints(thing, localns=names)
    except (TypeError, NameError, AttributeError):
        hints = {}
    if inspect.isclass(thing) and not dataclasses.is_dataclass(thing):
        hints = {name: hint for name, hint in hints.items() if not name.startswith("_")}
    return {each for hint in hints.values() for each in classes(hint)}


def classes(hint: Any) -> Iterator[type]:
    if isinstance(hint, type) and hint.__module__.startswith("elaas_identity"):
        yield hint
    for argument in typing.get_args(hint):
        yield from classes(argument)


def test_names_in_public_signatures_are_public() -> None:
    """A portal would have to import from a module that may change in any version."""
    found = public()
    known = {id(each) for each in found.values()}
    missing = {
        f"{each.__module__}.{each.__qualname__} in {name}"
        for name, thing in found.items()
        for part in signatures(thing)
        for each in used(part)
        if id(each) not in known and "Protocol" not in each.__name__
    }
    assert set() == missing


@pytest.mark.parametrize("theme", HERE)
def test_a_theme_offers_what_it_lists(theme: str) -> None:
    """`from theme import *` would fail, or a name would be listed twice."""
    module = import_module(theme)
    assert sorted(set(module.__all__)) == sorted(module.__all__)
    assert all(hasattr(module, name) for name in module.__all__)


def test_the_page_lists_every_theme() -> None:
    """A portal would not find a public module, or would rely on one that is not public."""
    page = (Path(__file__).parent.parent / "docs" / "public_names.md").read_text(encoding="utf-8")
    assert list(THEMES) == re.findall(r"^\| `([\w.]+)` \|", page, re.MULTILINE)
