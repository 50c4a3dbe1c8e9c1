"""R9.5: a fault at every effect of every act: nothing is half done or done twice, and some act leads on.

Each act is stepped, and one of its effects raises before or after it is done, is refused by a typed error of its port,
or is the last thing that its process does. `tests.world.oracle` judges every operation, as it does in races.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from elaas_identity import ElaasIdentityError
from elaas_identity.effects import CheckDeliverability, Draw, Effect, Log, Pause, ReadClock, Tell
from tests.world.acting import actor_of
from tests.world.actor import Actor, Killed, Seat, Violation
from tests.world.acts import EVERYWHERE, at_home
from tests.world.leading_on import leads_on
from tests.world.observed import expect
from tests.world.oracle import RaceOracle, told_step
from tests.world.scenes import Scene
from tests.world.shared import SharedWorld
from tests.world.stepping import MODES, REFUSALS, SAYS, Fault
from tests.world.witnessing import comparisons_witnessed

OUR_OWN = (Draw, Log, Pause, ReadClock, Tell, CheckDeliverability)
"""Effects that ask no provider: what fails there is not typed, and comes out as it is."""


def effects_of(scene: Scene, oracle: RaceOracle, name: str) -> list[Effect]:
    """What the act asks for, where nothing fails."""
    counted = Fault()
    alone(oracle, scene, scene.world, (), actor_of(scene, name, 0, counted))
    return counted.effects


def faults_at(number: int, effect: Effect) -> Iterator[Fault]:
    """Every way in which that effect fails."""
    for mode in MODES:
        for refusal in range(len(REFUSALS.get(type(effect), ())) if mode == "is refused" else 1):
            yield Fault(number, mode, refusal)


def alone(
    oracle: RaceOracle, scene: Scene, world: SharedWorld, seats: tuple[Seat, ...], actor: Actor
) -> tuple[SharedWorld, tuple[Seat, ...], frozenset[object]]:
    """One actor from start to end, each operation judged: the world after it, and where its flow has stood."""
    place, stood = actor.start(), frozenset[object]()
    seat = Seat(actor, place)
    while place.ended is None:
        before, request = world, place.request
        if actor.about is not None:
            stood |= oracle.stands(before, actor.about, scene.now + actor.later)
        world, answer = oracle.perform(before, request)
        memories = oracle.after_step(before, world, (*seats, seat), len(seats), request)
        place = actor.on(place, answer)
        seat = Seat(actor, place, place.witnessed, memories[-1])
    if actor.about is not None:
        stood |= oracle.stands(world, actor.about, scene.now + actor.later)
    return world, (*seats, seat), stood


def strike(oracle: RaceOracle, scene: Scene, name: str, fault: Fault) -> None:
    """The act meets the fault; then nobody goes on, its person goes on, or does the very same again."""
    actor = actor_of(scene, name, 0, fault)
    world, (seat,), stood = alone(oracle, scene, scene.world, (), actor)
    assert fault.struck
    assert seat.place is not None
    assert seat.place.ended is not None
    error = seat.place.ended.error
    if not isinstance(error, Killed | None):
        typed = isinstance(error, ElaasIdentityError)
        expect(typed or isinstance(fault.effects[-1], OUR_OWN), f"an untyped error: {error!r}")
        expect(not typed or SAYS not in f"{error}{error.args}{error.__dict__}", "it quotes the fault's text")
    if isinstance(error, ElaasIdentityError) and error.progress and error.progress.flow_id == actor.about:
        for told in told_step(error.progress):
            expect(told in stood, f"told {told}, when the flow stood at {sorted(stood, key=repr)}")
    struck = Seat(actor, None, seat.witnessed, killed=True)
    oracle.at_rest(world, (struck,))
    for following in (actor.next, actor_of(scene, name, 7)):
        assert following is not None
        after, (_, last), _ = alone(oracle, scene, world, (struck,), following)
        assert last.place is not None
        assert last.place.ended is not None
        result = oracle.at_end(after, last, last.place.ended)
        oracle.at_rest(after, (struck, Seat(following, None, last.witnessed, result=result)))


@pytest.mark.parametrize("scene", [*EVERYWHERE.split(), "session"])
def test_r9_5_a_fault_at_any_effect_of_any_act_stops_nobody_for_good(
    scenes: dict[str, Scene], scene: str, record_property: Callable[[str, object], None]
) -> None:
    """A fault would let a flow stand further than was proven, take a code twice, or strand its person."""
    begun, runs = scenes[scene], 0
    oracle = RaceOracle(begun, leads_on=leads_on)
    with comparisons_witnessed():
        for name in at_home(scene):
            for number, effect in enumerate(effects_of(begun, oracle, name)):
                for fault in faults_at(number, effect):
                    try:
                        strike(oracle, begun, name, fault)
                    except Violation as violation:
                        where = f"{name} {fault.mode}, at {type(effect).__name__} ({number})"
                        raise Violation(f"{where}: {violation}") from None
                    runs += 1
    assert runs > 0
    record_property("faults", runs)
