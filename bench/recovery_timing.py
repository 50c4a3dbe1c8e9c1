"""What the time of a refusal tells where the person comes first (R4.2): `submit_credential`, and a recovery.

`submit_credential`, asked by somebody whom ThaID has proven: Welch's t between each two of an unknown username, a wrong
password for an account of their own, one of their own that is suspended, and another person's account, over 1,000
refusals each in random order: its absolute value stays below 4.5.

`recover` takes no username, so that there is nothing to guess at: what it answers is the same for everybody. After the
trip, a person without an account is told so in words, and one who has an account is shown it; the two times differ, and
are printed and not bounded. That is no secret: it is said to the proven person, about themselves, and to nobody else.

Takes about five minutes. `python bench/recovery_timing.py`.
"""

from __future__ import annotations

import random
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import combinations
from statistics import fmean
from time import perf_counter

from elaas_identity import Browser, FlowPolicy, NationalID, Refused
from elaas_identity.flow.policy import Limit
from elaas_identity.providers.memory import MemoryStore
from elaas_identity.testing import CITIZENS
from elaas_identity.testing.citizens import Citizen
from portal import Portal
from sign_in_timing import BOUND, EACH, PER_NAME, suspend, welch

KINDS = ("unknown", "wrong", "suspended", "another's")
PEOPLE = EACH // PER_NAME
RECOVERIES = 200
HOUR = timedelta(hours=1)
POLICY = FlowPolicy(
    # Throttled answers cost no Argon2 and are open about it: they are not what is compared.
    person_failures=(Limit(len(KINDS) * (PER_NAME + 2), HOUR),),
    recoveries_per_person=Limit(RECOVERIES, HOUR),
    flows_per_account=Limit(RECOVERIES, HOUR),
)


@dataclass(frozen=True)
class Person:
    """Somebody with a username for each kind of refusal, and the flow in which ThaID has proven them."""

    names: dict[str, str]
    browser: Browser
    flow_id: str


def citizen(number: int) -> Citizen:
    """An invented one, each with an ID of their own."""
    body = f"19999{number:07}"
    total = sum((13 - place) * int(digit) for place, digit in enumerate(body))
    return replace(CITIZENS[0], national_id=NationalID(f"{body}{(11 - total % 11) % 10}"))


def come_back(portal: Portal, flow_id: str, browser: Browser, who: Citizen) -> float:
    """The trip to ThaID; answers the seconds that the return took and that were the library's own."""
    url = portal.elaas.authorize(flow_id, browser=browser).url
    query = portal.emulator.approve(url, who).partition("?")[2]
    elsewhere, start = portal.transport.seconds, perf_counter()
    with suppress(Refused):
        portal.elaas.receive_callback(query, browser=browser)
    return perf_counter() - start - (portal.transport.seconds - elsewhere)


def proven(portal: Portal, number: int) -> Person:
    """A person with an account in use, and one that was in use until it was suspended."""
    own, suspended, browser = f"own-{number:03}", f"suspended-{number:03}", Browser.new(portal.keyring)
    who = citizen(number)
    _, suspended_id = portal.provision(own, suspended, citizen=who)
    for username in (own, suspended):
        portal.onboard(username, citizen=who)
    suspend(portal, suspended_id)
    flow_id = portal.elaas.begin_with_thaid(browser=browser).flow_id
    come_back(portal, flow_id, browser, who)
    names = {
        "unknown": f"unknown-{number:03}",
        "wrong": own,
        "suspended": suspended,
        "another's": f"own-{(number + 1) % PEOPLE:03}",
    }
    return Person(names, browser, flow_id)


def refusal(portal: Portal, person: Person, kind: str) -> float:
    """How long it takes to be refused."""
    start = perf_counter()
    with suppress(Refused):
        portal.elaas.submit_credential(
            person.flow_id, person.names[kind], "not the password", browser=person.browser
        )
    return perf_counter() - start


def credentials(portal: Portal) -> float:
    """Measures `submit_credential`; answers the largest |t|."""
    people = [proven(portal, number) for number in range(PEOPLE)]
    for person in people:
        for kind in KINDS:
            refusal(portal, person, kind)
    turns = [(person, kind) for person in people for kind in KINDS for _ in range(PER_NAME)]
    random.shuffle(turns)
    times: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for person, kind in turns:
        times[kind].append(refusal(portal, person, kind))
    print(f"submit_credential, refused because    mean of {EACH}    ratio")
    for kind in KINDS:
        mean = fmean(times[kind])
        print(f"{kind:34}  {mean * 1000:9.2f} ms    {mean / fmean(times['unknown']):.3f}")
    worst = 0.0
    for one, other in combinations(KINDS, 2):
        t = welch(times[one], times[other])
        worst = max(worst, abs(t))
        print(f"t({one}, {other}) = {t:+.2f}")
    print(f"largest |t| {worst:.2f}   (below {BOUND})")
    return worst


def recoveries(portal: Portal) -> None:
    """Measures what a proven person is told about themselves, which is no secret."""
    times: dict[str, list[float]] = {"without": [], "with": []}
    turns = [kind for kind in times for _ in range(RECOVERIES)]
    random.shuffle(turns)
    for place, kind in enumerate(turns):
        browser = Browser.new(portal.keyring)
        flow_id = portal.elaas.recover(browser=browser).flow_id
        who = citizen(place % PEOPLE + (PEOPLE if kind == "without" else 0))
        times[kind].append(come_back(portal, flow_id, browser, who))
    print(f"recover, return of a person    mean of {RECOVERIES}")
    for kind, taken in times.items():
        print(f"{kind + ' an account':27}  {fmean(taken) * 1000:9.2f} ms")
    print(
        f"t(without, with) = {welch(times['without'], times['with']):+.2f}   (no bound: they are told in words)"
    )


def main() -> int:
    """Answers 1 where two refusals of `submit_credential` can be told apart."""
    portal = Portal(MemoryStore(), POLICY, [citizen(number) for number in range(2 * PEOPLE)])
    worst = credentials(portal)
    recoveries(portal)
    return int(worst >= BOUND)


if __name__ == "__main__":
    sys.exit(main())
