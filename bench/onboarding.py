"""What an onboarding costs beside the Argon2 that it cannot do without: one verify and one hash (R11.1, R11.2, R11.4).

ThaID and the mail server are machines elsewhere, so their time is taken off. `python bench/onboarding.py`; it answers
1 where a goal is not reached. Ratios are of medians in one run, in which everything takes turns, so that whatever else
the machine does falls on all of it alike.
"""

from __future__ import annotations

import secrets
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

from elaas_identity.passwords.hashing import PasswordHashing
from elaas_identity.policy import FOR_TESTS
from elaas_identity.ports import Store
from elaas_identity.providers.memory import MemoryStore
from elaas_identity.providers.sql import SQLStore, upgrade
from portal import CHOSEN, ISSUED, Portal
from postgresql import postgresql

ALONE, ROUNDS, EACH, CHEAP = 30, 7, 6, 60
"""Onboardings of one thread; rounds of two threads, and how many each does in one; onboardings with cheap hashes."""
RATIO = {"memory": 1.05, "SQLite": 1.08, "PostgreSQL": 1.15}
"""R11.1: at most so many times the two hashes, in one thread."""
OWN_MILLISECONDS = {"SQLite": 4.0}
"""R11.2: at most so much time of the library's own, the cheapest hashing included."""
SHARE = {"SQLite": 0.93, "PostgreSQL": 0.90}
"""R11.4: at least so much of what Argon2 alone does a second, in two threads on two cores."""


def floor() -> float:
    """The seconds of one verify and one hash."""
    hashing = PasswordHashing()
    start = perf_counter()
    hashing.verify(_HASHED, ISSUED)
    hashing.hash(CHOSEN, secrets.token_bytes(16))
    return perf_counter() - start


_HASHED = PasswordHashing().hash(ISSUED, secrets.token_bytes(16))


@contextmanager
def stores() -> Iterator[dict[str, Store]]:
    """Each store, empty."""
    with ExitStack() as opened:
        folder = opened.enter_context(tempfile.TemporaryDirectory())
        urls = {"SQLite": f"sqlite:///{Path(folder) / 'bench.db'}"}
        urls["PostgreSQL"] = opened.enter_context(postgresql())
        made: dict[str, Store] = {"memory": MemoryStore()}
        for name, url in urls.items():
            upgrade(url)
            made[name] = SQLStore(url)
            opened.callback(made[name].close)
        yield made


def alone(portals: dict[str, Portal]) -> dict[str, list[float]]:
    """Seconds of the two hashes, and of an onboarding over each store, in turn."""
    names = [f"alone-{number}" for number in range(ALONE)]
    for portal in portals.values():
        portal.provision(*names)
    seconds: dict[str, list[float]] = {name: [] for name in ("Argon2", *portals)}
    for name in names:
        seconds["Argon2"].append(floor())
        for store, portal in portals.items():
            seconds[store].append(portal.onboard(name, checked=False))
    return seconds


def a_second(work: list[Iterable[Callable[[], float]]]) -> float:
    """How many are done a second, each list of work in a thread of its own."""

    def speed(pieces: Iterable[Callable[[], float]]) -> float:
        taken = [piece() for piece in pieces]
        return len(taken) / sum(taken)

    with ThreadPoolExecutor(len(work)) as threads:
        return sum(threads.map(speed, work))


def together(pairs: dict[str, list[Portal]]) -> dict[str, list[float]]:
    """Hashes and onboardings a second in two threads, in turn."""
    speeds: dict[str, list[float]] = {name: [] for name in ("Argon2", *pairs)}
    for turn in range(ROUNDS):
        names = [f"together-{turn}-{number}" for number in range(EACH)]
        speeds["Argon2"].append(a_second([[floor] * EACH] * 2))
        for store, pair in pairs.items():
            for portal in pair:
                portal.provision(*names)
            speeds[store].append(
                a_second(
                    [[partial(portal.onboard, name, checked=False) for name in names] for portal in pair]
                )
            )
    return speeds


def cheap(portals: dict[str, Portal]) -> dict[str, list[float]]:
    """Seconds of an onboarding whose hashes cost nothing, over each store in turn."""
    names = [f"cheap-{number}" for number in range(CHEAP)]
    for portal in portals.values():
        portal.provision(*names)
    seconds: dict[str, list[float]] = {store: [] for store in portals}
    for name in names:
        for store, portal in portals.items():
            seconds[store].append(portal.onboard(name, checked=False))
    return seconds


def main() -> int:
    """Answers 1 where a goal is not reached."""
    missed = False

    def row(label: str, figure: str, ratio: float | None, bound: str, holds: bool) -> None:
        nonlocal missed
        missed |= not holds
        shown = "" if ratio is None else f"{ratio:6.3f}"
        print(f"  {label:12} {figure:>14} {shown:>7}   {bound}{'' if holds else '   not reached'}")

    with stores() as made:
        dear = {name: [Portal(store), Portal(store)] for name, store in made.items()}
        inexpensive = {name: Portal(store, FOR_TESTS) for name, store in made.items()}
        for portal in (*(portal for pair in dear.values() for portal in pair), *inexpensive.values()):
            # More than ten, after which PostgreSQL has settled on its plans.
            warm = [f"warm-up-{number}" for number in range(12 if portal in inexpensive.values() else 2)]
            portal.provision(*warm)
            for name in warm:
                portal.onboard(name)
        own = cheap(inexpensive)
        seconds = alone({name: pair[0] for name, pair in dear.items()})
        speeds = together(dear)

    print(f"One thread: an onboarding ÷ one Argon2 verify and one hash (R11.1), medians of {ALONE}")
    for name, costs in seconds.items():
        ratio, most = median(costs) / median(seconds["Argon2"]), RATIO.get(name)
        bound = "" if most is None else f"at most {most:.2f}"
        row(name, f"{median(costs) * 1000:.1f} ms", ratio, bound, most is None or ratio <= most)
    print(f"The library's own time, with the cheapest hashing (R11.2), medians of {CHEAP}")
    for name, each in own.items():
        taken, limit = median(each) * 1000, OWN_MILLISECONDS.get(name)
        bound = "" if limit is None else f"at most {limit:.1f} ms"
        row(name, f"{taken:.2f} ms", None, bound, limit is None or taken <= limit)
    print(
        f"Two threads: onboardings a second ÷ Argon2's own (R11.4), medians of {ROUNDS} rounds of {EACH} each"
    )
    for name, rates in speeds.items():
        ratio, least = median(rates) / median(speeds["Argon2"]), SHARE.get(name)
        bound = "" if least is None else f"at least {least:.2f}"
        row(name, f"{median(rates):.1f} /s", ratio, bound, least is None or ratio >= least)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
