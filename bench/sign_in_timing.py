"""Whether the time of a refusal tells an unknown username from a wrong password or a suspended account (R4.2).

Welch's t between each two of the three, over 1,000 refusals each in random order: its absolute value stays below 4.5.
Takes about a minute. `python bench/sign_in_timing.py`.
"""

from __future__ import annotations

import random
import sys
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import combinations
from math import sqrt
from statistics import fmean, variance
from time import perf_counter

from elaas_identity import AccountStatus, Browser, FlowPolicy, Refused
from elaas_identity.accounts.account import AccountRecord
from elaas_identity.change import Change, Done, Key
from elaas_identity.flow.policy import Limit
from elaas_identity.providers.memory import MemoryStore
from portal import Portal

EACH = 1000
PER_NAME = 50
BOUND = 4.5


def welch(one: list[float], other: list[float]) -> float:
    """Welch's t of two samples."""
    spread = variance(one) / len(one) + variance(other) / len(other)
    return (fmean(one) - fmean(other)) / sqrt(spread)


def suspend(portal: Portal, account_id: str) -> None:
    """As an administrator's act leaves it."""
    key = Key(AccountRecord, account_id)
    account = portal.store.load(key).one(key)
    assert account is not None
    suspended = replace(account, status=AccountStatus.SUSPENDED, epoch=account.epoch + 1)
    assert isinstance(portal.store.commit(Change(writes=(suspended,))), Done)


def refusal(portal: Portal, username: str) -> float:
    """How long it takes to be refused."""
    browser = Browser.new(portal.keyring)
    start = perf_counter()
    with suppress(Refused):
        portal.elaas.begin(username, "not the password", browser=browser)
    return perf_counter() - start


def main() -> int:
    """Answers 1 where two of them can be told apart."""
    # Throttled answers cost no Argon2 and are open about it: they are not what is compared.
    portal = Portal(MemoryStore(), FlowPolicy(sign_in_failures=(Limit(100, timedelta(minutes=1)),)))
    names = {kind: [f"{kind}-{number:03}" for number in range(EACH // PER_NAME)] for kind in KINDS}
    portal.provision(*names["wrong"])
    for account_id in portal.provision(*names["suspended"]):
        suspend(portal, account_id)
    turns = [(kind, name) for kind in KINDS for name in names[kind] for _ in range(PER_NAME)]
    random.shuffle(turns)
    for _, name in turns[:30]:
        refusal(portal, f"{name}-warm-up")
    times: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for kind, name in turns:
        times[kind].append(refusal(portal, name))
    print(f"refused because    mean of {EACH}    ratio")
    for kind in KINDS:
        print(
            f"{kind:16}  {fmean(times[kind]) * 1000:9.2f} ms    {fmean(times[kind]) / fmean(times['unknown']):.3f}"
        )
    worst = 0.0
    for one, other in combinations(KINDS, 2):
        t = welch(times[one], times[other])
        worst = max(worst, abs(t))
        print(f"t({one}, {other}) = {t:+.2f}")
    print(f"largest |t| {worst:.2f}   (below {BOUND})")
    return int(worst >= BOUND)


KINDS = ("unknown", "wrong", "suspended")

if __name__ == "__main__":
    sys.exit(main())
