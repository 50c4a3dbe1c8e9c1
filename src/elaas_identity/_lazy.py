"""Loads the names of a package when they are first asked for (PEP 562), so that a portal pays for what it uses."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazily(package: str, modules: Mapping[str, str]) -> Callable[[str], Any]:
    """The `__getattr__` of a package.

    Args:
        modules: a module below `elaas_identity` → the names that it defines, with spaces between them.
    """
    homes = {name: module for module, names in modules.items() for name in names.split()}

    def found(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(f"elaas_identity.{homes[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    return found
