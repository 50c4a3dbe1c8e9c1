"""Where the library's own time in an onboarding goes: the share of each package in a profile.

`python bench/onboarding_shares.py`. The profiler makes what calls many small functions look dearer than it is, so read
the shares as an order, not as milliseconds.
"""

from __future__ import annotations

import pstats
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from cProfile import Profile
from pathlib import Path
from typing import ParamSpec, TypeVar

from elaas_identity.policy import FOR_TESTS
from elaas_identity.ports import Store
from elaas_identity.providers.memory import MemoryStore
from elaas_identity.providers.sql import SQLStore, upgrade
from portal import Portal
from postgresql import postgresql

P = ParamSpec("P")
T = TypeVar("T")

WARM_UP, PROFILED = 20, 100
"""Onboardings before the profile, after which statements are compiled and plans settled, and in it."""
BUILT_IN = {
    "sqlite3": "the database and its driver",
    "psycopg": "the database and its driver",
    "_hashlib": "cryptography",
    "openssl": "cryptography",
    "argon2": "cryptography",
    "_cffi": "cryptography",
}
"""What a function without a file belongs to, by a word in its name."""
PACKAGES = {
    "sqlalchemy": "SQLAlchemy",
    "psycopg": "the database and its driver",
    "cryptography": "cryptography",
    "argon2": "cryptography",
    "joserfc": "joserfc and Authlib",
    "authlib": "joserfc and Authlib",
    "elaas_identity": "elaas_identity",
}
"""What a file belongs to, by the folder that it is in."""


def owner(file: str, function: str) -> str:
    """Which part of the whole a function counts to."""
    if file == "~":
        return next((part for word, part in BUILT_IN.items() if word in function), "Python")
    folders = Path(file).parts
    return next((part for package, part in PACKAGES.items() if package in folders), "Python")


def paused(profile: Profile, call: Callable[P, T]) -> Callable[P, T]:
    """The call without the profiler: ThaID is a machine elsewhere."""

    def run(*arguments: P.args, **named: P.kwargs) -> T:
        profile.disable()
        try:
            return call(*arguments, **named)
        finally:
            profile.enable()

    return run


def shares(store: Store) -> list[tuple[str, float]]:
    """Each part and its share of the time, largest first."""
    portal = Portal(store, FOR_TESTS)
    names = [f"profiled-{number}" for number in range(WARM_UP + PROFILED)]
    portal.provision(*names)
    for name in names[:WARM_UP]:
        portal.onboard(name, checked=False)
    profile = Profile()
    portal.transport.send = paused(profile, portal.transport.send)  # type: ignore[method-assign]
    portal.emulator.approve = paused(profile, portal.emulator.approve)  # type: ignore[method-assign]
    profile.enable()
    for name in names[WARM_UP:]:
        portal.onboard(name, checked=False)
    profile.disable()
    parts: Counter[str] = Counter()
    for (file, _, function), (_, _, own, _, _) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        parts[owner(file, function)] += own
    return [(part, own / parts.total()) for part, own in parts.most_common()]


def main() -> int:
    """Print the shares over each store."""
    with tempfile.TemporaryDirectory() as folder, postgresql() as url:
        stores: dict[str, Store] = {"memory": MemoryStore()}
        for name, place in (("SQLite", f"sqlite:///{Path(folder) / 'bench.db'}"), ("PostgreSQL", url)):
            upgrade(place)
            stores[name] = SQLStore(place)
        for name, store in stores.items():
            print(f"{name}: {', '.join(f'{part} {share:.0%}' for part, share in shares(store))}")
            store.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
