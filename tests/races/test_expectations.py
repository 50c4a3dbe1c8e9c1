"""R9.1, F66: what commits expect. Every commit of every act is listed by stepping the acts through the scenes.

A commit that writes a flow or an account writes the account or expects it. And each expectation, and each version that
a written record carries, is needed: a race shows it where that one alone is left out of that one commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from elaas_identity.accounts.account import AccountRecord
from elaas_identity.change import Change
from elaas_identity.effects import Commit
from elaas_identity.events import Event
from elaas_identity.flow.flow import FlowRecord
from tests.races.cast import Cast
from tests.world.acting import actor_of
from tests.world.acts import EVERYWHERE, at_home
from tests.world.oracle import RaceOracle
from tests.world.scenes import Scene
from tests.world.shared import SharedWorld, performing
from tests.world.witnessing import comparisons_witnessed

BY_TIME_OR_ACCOUNT = {"expired", "superseded"}
"""Ends that an act only writes down: what brought them about stays true, whatever becomes of the account."""

Signature = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True)
class Committed:
    """A commit as it was asked for, and where."""

    scene: str
    act: str
    before: SharedWorld
    change: Change

    @property
    def signature(self) -> Signature:
        return signature_of(self.change)


def signature_of(change: Change) -> Signature:
    """What tells one kind of commit from another: what it writes, inserts and charges."""
    return (
        tuple(_named(record) for record in change.writes),
        tuple(_named(record) for record in change.inserts),
        tuple(charge.budget.name for charge in change.charges),
    )


def _named(record: Any) -> str:
    if isinstance(record, Event):
        return str(record.kind)
    if isinstance(record, FlowRecord):
        return f"FlowRecord {record.purpose} {record.stage}"
    return type(record).__name__


def commits_of(scene: Scene, name: str, world: SharedWorld) -> Iterator[Committed]:
    """The commits of an act in a world, with nobody beside it."""
    actor, perform = actor_of(scene, name, 0), performing(scene.world)
    place = actor.start()
    while place.ended is None:
        if isinstance(place.request, Commit):
            yield Committed(scene.name, name, world, place.request.change)
        world, answer = perform(world, place.request)
        place = actor.on(place, answer)


def every_commit(scenes: dict[str, Scene]) -> Iterator[Committed]:
    """Of every act where it leads somewhere, and of the same after an administrator has acted."""
    for name in EVERYWHERE.split():
        scene = scenes[name]
        unlocked = scene.world
        for commit in commits_of(scene, "unlock", unlocked):
            unlocked, _ = commit.before.commit(commit.change)
        for act in at_home(name):
            yield from commits_of(scene, act, scene.world)
            yield from commits_of(scene, act, unlocked)


def guarded(change: Change) -> set[str]:
    """The accounts that the commit writes, inserts or expects."""
    held = {record.id for record in (*change.writes, *change.inserts) if isinstance(record, AccountRecord)}
    return held | {
        str(expected.key.value) for expected in change.expects if expected.key.record is AccountRecord
    }


def test_r9_1_every_commit_that_writes_a_flow_holds_its_account(scenes: dict[str, Scene]) -> None:
    """An act would go on for an account that was suspended between its load and its commit."""
    unguarded = {
        (commit.scene, commit.act, commit.signature)
        for commit in every_commit(scenes)
        for record in (*commit.change.writes, *commit.change.inserts)
        if isinstance(record, FlowRecord)
        and record.account_id
        and record.end not in BY_TIME_OR_ACCOUNT
        and record.account_id not in guarded(commit.change)
    }
    assert set() == unguarded


@dataclass(frozen=True)
class LeftOut:
    """One expectation of one kind of commit."""

    signature: Signature
    number: int

    def without(self, change: Change) -> Change:
        """The commit without it."""
        if signature_of(change) != self.signature:
            return change
        kept = [each for number, each in enumerate(change.expects) if number != self.number]
        return replace(change, expects=tuple(kept))


def expectations(scenes: dict[str, Scene]) -> dict[LeftOut, tuple[tuple[str, str], ...]]:
    """Every expectation of every kind of commit, and the scenes and acts that commit so."""
    asked: dict[LeftOut, dict[tuple[str, str], None]] = {}
    for commit in every_commit(scenes):
        signature, change, where = commit.signature, commit.change, (commit.scene, commit.act)
        for number in range(len(change.expects)):
            asked.setdefault(LeftOut(signature, number), {})[where] = None
    return {left_out: tuple(where) for left_out, where in asked.items()}


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("begins", EVERYWHERE.split())
def test_r9_1_every_expectation_is_needed(
    scenes: dict[str, Scene],
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
    begins: str,
) -> None:
    """An expectation that no race misses guards nothing, or is guarded by no test."""
    real, missed, mine = SharedWorld.commit, [], 0
    for left_out, where in expectations(scenes).items():
        if where[0][0] != begins:
            continue
        mine += 1
        monkeypatch.setattr(
            SharedWorld,
            "commit",
            lambda world, change, left_out=left_out: real(world, left_out.without(change)),
        )
        with comparisons_witnessed():
            if not any(breaks(scenes[scene], act) for scene, act in where):
                missed.append(left_out)
        monkeypatch.undo()
    record_property("expectations", mine)
    assert [] == missed


def breaks(scene: Scene, act: str) -> bool:
    """Whether some race of the act breaks an invariant."""
    cast = Cast(scene, RaceOracle(scene, leads_on=lambda scene, world, later: None))
    try:
        for other in dict.fromkeys(("suspend", "unlock", act, *at_home(scene.name))):
            cast.race(act, other)
        cast.race(act, act, "reissue")
    except AssertionError:  # of the oracle, which is a `Violation`, or of an act that found what cannot be
        return True
    return False
