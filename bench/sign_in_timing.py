"""Whether the time of a refusal tells what is stored under a name (R4.2).

Welch's t between each two kinds of name, over 1,000 refusals each in random order: its absolute value stays below 4.5.
Without hashes of a former system: unknown, wrong password, suspended, and a hash made before the policy was raised.
With legacy verifiers: unknown, bcrypt, a fast hash, one that nobody can read, and one whose verifier raises.
Takes about a quarter of an hour; a number after the name is how many refusals of each kind, in place of 1,000.
`python bench/sign_in_timing.py`.
"""

from __future__ import annotations

import hashlib
import random
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import combinations
from math import sqrt
from statistics import fmean, variance
from time import perf_counter
from typing import Any

import bcrypt

from elaas_identity import AccountStatus, Browser, FlowPolicy, Refused
from elaas_identity.accounts.account import AccountRecord
from elaas_identity.change import Change, Done, Key
from elaas_identity.flow.policy import Limit
from elaas_identity.passwords.hashing import CHEAPEST_FOR_TESTS, PasswordHashing
from elaas_identity.providers.memory import MemoryStore
from portal import Portal

EACH = 1000
PER_NAME = 50
AT_ONCE = 8
"""A refusal beside legacy verifiers takes a second, most of which it waits."""
BOUND = 4.5

OLD = PasswordHashing(CHEAPEST_FOR_TESTS).hash("another password", bytes(16))
BCRYPT = bcrypt.hashpw(b"another password", bcrypt.gensalt(10)).decode()
FORMER = {"bcrypt": BCRYPT, "fast": f"sha256${'0' * 64}", "unreadable": "nobody knows", "raises": "raises"}


class Former:
    """What a portal passes for hashes of its former system."""

    def recognises(self, stored: str) -> bool:
        return stored.startswith(("$2b$", "sha256$", "raises"))

    def verify(self, stored: str, password: str) -> bool:
        if stored == "raises":
            raise ValueError("password cannot be longer than 72 bytes")
        if stored.startswith("$2b$"):
            return bcrypt.checkpw(password.encode(), stored.encode())
        return hashlib.sha256(password.encode()).hexdigest() == stored.removeprefix("sha256$")


def welch(one: list[float], other: list[float]) -> float:
    """Welch's t of two samples."""
    spread = variance(one) / len(one) + variance(other) / len(other)
    return (fmean(one) - fmean(other)) / sqrt(spread)


def suspend(portal: Portal, account_id: str) -> None:
    """As an administrator's act leaves it."""
    change(portal, account_id, status=AccountStatus.SUSPENDED)


def change(portal: Portal, account_id: str, **fields: Any) -> None:
    """The account with other fields."""
    key = Key(AccountRecord, account_id)
    account = portal.store.load(key).one(key)
    assert account is not None
    changed = replace(account, epoch=account.epoch + 1, **fields)
    assert isinstance(portal.store.commit(Change(writes=(changed,))), Done)


def refusal(portal: Portal, username: str) -> float:
    """How long it takes to be refused."""
    browser = Browser.new(portal.keyring)
    start = perf_counter()
    with suppress(Refused):
        portal.elaas.begin(username, "not the password", browser=browser)
    return perf_counter() - start


def compare(kinds: dict[str, dict[str, Any] | None], each: int, at_once: int, *legacy: Former) -> float:
    """The largest |t| between two kinds of name; each kind is what its accounts hold, or None for no account."""
    # Throttled answers cost no Argon2 and are open about it: they are not what is compared.
    wide = FlowPolicy(sign_in_failures=(Limit(200, timedelta(minutes=1)),))
    portal = Portal(MemoryStore(), wide, legacy_verifiers=legacy)
    names = {kind: [f"{kind}-{number:03}" for number in range(max(1, each // PER_NAME))] for kind in kinds}
    for kind, fields in kinds.items():
        if fields is not None:
            for account_id in portal.provision(*names[kind]):
                change(portal, account_id, **fields)
    turns = [(kind, name) for kind in kinds for name in names[kind] for _ in range(each // len(names[kind]))]
    random.shuffle(turns)
    for _, name in turns[:30]:
        refusal(portal, f"{name}-warm-up")
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    with ThreadPoolExecutor(at_once) as threads:
        for (kind, _), took in zip(
            turns, threads.map(lambda turn: refusal(portal, turn[1]), turns), strict=True
        ):
            times[kind].append(took)
    print(f"refused because    mean of {each}    ratio")
    for kind in kinds:
        mean = fmean(times[kind])
        print(f"{kind:16}  {mean * 1000:9.2f} ms    {mean / fmean(times['unknown']):.3f}")
    worst = 0.0
    for one, other in combinations(kinds, 2):
        t = welch(times[one], times[other])
        worst = max(worst, abs(t))
        print(f"t({one}, {other}) = {t:+.2f}")
    return worst


def main() -> int:
    """Answers 1 where two of them can be told apart."""
    each = int(sys.argv[1]) if sys.argv[1:] else EACH
    today: dict[str, dict[str, Any] | None] = {
        "unknown": None,
        "wrong": {},
        "suspended": {"status": AccountStatus.SUSPENDED},
        "old": {"password_hash": OLD},
    }
    former: dict[str, dict[str, Any] | None] = {
        "unknown": None,
        "wrong": {},
        **{kind: {"password_hash": stored} for kind, stored in FORMER.items()},
    }
    worst = max(compare(today, each, 1), compare(former, each, AT_ONCE, Former()))
    print(f"largest |t| {worst:.2f}   (below {BOUND})")
    return int(worst >= BOUND)


if __name__ == "__main__":
    sys.exit(main())
