"""Who plays in a race: an act of a scene as an actor, and who follows when its process is killed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import combinations_with_replacement
from typing import Any

import pytest

from elaas_identity.flow import authenticator
from elaas_identity.one_time_code import one_time_code
from tests.races.acts import ACTS
from tests.races.going_on import go_on
from tests.races.leading_on import leads_on
from tests.races.oracle import RaceOracle
from tests.races.rules import Compared, Tried
from tests.races.scenes import Scene
from tests.races.scheduler import Actor, Exploration, Explored, Violation, witness


class Cast:
    """The actors of one scene. They remember what they did, so that a race begins where others have been."""

    def __init__(self, scene: Scene, oracle: RaceOracle | None = None) -> None:
        self.scene = scene
        self._oracle = oracle or RaceOracle(scene, leads_on=leads_on)
        self._actors: dict[tuple[str, int], Actor] = {}

    def race(self, *acts: str, crashes: int = 0, deduplicate: bool = True) -> Explored:
        """Every schedule of these acts.

        Raises:
            Violation: with the scene, the acts and the schedule.
        """
        actors = [self._actor(act, seat) for seat, act in enumerate(acts)]
        exploration = Exploration(self._oracle, crashes=crashes, deduplicate=deduplicate)
        try:
            return exploration.explore(self.scene.world, *actors)
        except Violation as violation:
            raise Violation(f"{self.scene.name}: {' against '.join(acts)}: {violation}") from None

    def _actor(self, name: str, seat: int) -> Actor:
        known = self._actors.get((name, seat))
        if known is None:
            known = self._actors[name, seat] = self._new_actor(name, seat)
        return known

    def _new_actor(self, name: str, seat: int) -> Actor:
        act, scene, seed = ACTS[name], self.scene, 1_000 + 10 * seat
        officer = None if act.officer is None else scene.officers[act.officer]

        def play(seed: int) -> Any:
            return act.play(scene.facade(seed, mail_arrives=act.mail_arrives), scene)

        if officer is not None and officer.flow_id and act.in_a_flow:
            # A person whose request died looks where they stand; an administrator, and who was beginning, tries again.
            then = Actor(
                f"{name}#{seat}, again", lambda: go_on(scene.facade(seed + 1), officer), officer.flow_id
            )
            return Actor(f"{name}#{seat}", lambda: play(seed), officer.flow_id, then)
        return Actor(
            f"{name}#{seat}", lambda: play(seed), None, Actor(f"{name}#{seat}, again", lambda: play(seed + 1))
        )


def at_home(scene: str) -> tuple[str, ...]:
    """The acts that lead somewhere in the scene."""
    return tuple(name for name, act in ACTS.items() if scene in act.home)


def usual(names: Iterable[str]) -> tuple[str, ...]:
    """Those of the acts that the ordinary run plays against everything."""
    return tuple(name for name in names if ACTS[name].usual)


def usual_at_home(scene: str) -> tuple[str, ...]:
    """The usual acts that lead somewhere in the scene."""
    return usual(at_home(scene))


def races(scene: str, actors: int, who: Callable[[str], tuple[str, ...]] = at_home) -> list[tuple[str, ...]]:
    """Every choice of so many acts, an act against itself included."""
    return list(combinations_with_replacement(who(scene), actors))


@contextmanager
def comparisons_witnessed() -> Iterator[None]:
    """Every comparison of a one-time code, and of an app's, is noted for the oracle."""
    real, accepted = one_time_code.matches, authenticator.accept_code

    def matches(
        keyring: Any, stored: str, code: str, *, flow_id: str, account_id: str, email: str, code_id: str
    ) -> bool:
        right = real(
            keyring, stored, code, flow_id=flow_id, account_id=account_id, email=email, code_id=code_id
        )
        witness(Compared(flow_id, code_id, right))
        return right

    def tried(rules: Any, seen: Any, moment: Any, typed: str) -> Any:
        decided = accepted(rules, seen, moment, typed)
        witness(Tried(seen.flow.id, decided is not None))
        return decided

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(authenticator, "accept_code", tried)
        patch.setattr(one_time_code, "matches", matches)
        yield
