"""An act of the table as an actor of a scene, and who follows when its process is killed."""

from __future__ import annotations

from tests.world.actor import Actor, Play
from tests.world.acts import ACTS
from tests.world.going_on import go_on
from tests.world.scenes import Scene
from tests.world.stepping import Fault


def actor_of(scene: Scene, name: str, seat: int, fault: Fault | None = None) -> Actor:
    """The act as an actor.

    Args:
        seat: its number among the actors, which seeds its randomness.
        fault: what its own process meets; whoever follows meets none.
    """
    act, seed = ACTS[name], 1_000 + 10 * seat

    def play(seed: int, fault: Fault | None = None) -> Play:
        return act.play(
            scene.facade(seed, mail_arrives=act.mail_arrives, later=act.later, fault=fault), scene
        )

    officer = None if act.officer is None else scene.officers[act.officer]
    if officer is not None and officer.flow_id and act.in_a_flow:
        # A person whose request died looks where they stand; an administrator, and who was beginning, tries again.
        then = Actor(f"{name}#{seat}, again", lambda: go_on(scene.facade(seed + 1), officer), officer.flow_id)
        return Actor(f"{name}#{seat}", lambda: play(seed, fault), officer.flow_id, then, act.later)
    again = Actor(f"{name}#{seat}, again", lambda: play(seed + 1), later=act.later)
    return Actor(f"{name}#{seat}", lambda: play(seed, fault), None, again, act.later)
