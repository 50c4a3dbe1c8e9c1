"""What must hold of every race, written from docs/security.md and the circular's clause 1, not from the code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from elaas_identity import ElaasIdentityError, Progress, SteppedUp
from elaas_identity.accounts.account import AccountRecord, BindingRecord
from elaas_identity.accounts.four_eyes import AskedAct
from elaas_identity.accounts.provisioning import Reissued
from elaas_identity.change import Change
from elaas_identity.effects import Commit, Redeem
from elaas_identity.events import Event
from elaas_identity.flow.flow import AttemptRecord, FlowRecord
from tests.world.account_rules import judge_account
from tests.world.actor import Ended, Request, Seat
from tests.world.observed import Compared, Tried, expect, is_pinned, known, whose
from tests.world.rules import judge_change, judge_mail
from tests.world.scenes import TRANSACTION, Scene
from tests.world.session_rules import judge_sign_out
from tests.world.shared import Posted, SharedWorld, performing, shown
from tests.world.tables import HANDED_OUT, LIMITS, NEEDS_A_SECOND, NO_PROGRESS, STEPS, WINNERS, WRITES


class RaceOracle:
    """Judges the races of one scene."""

    def __init__(
        self,
        scene: Scene,
        *,
        leads_on: Callable[[Scene, SharedWorld, timedelta], None] = lambda scene, world, later: None,
    ) -> None:
        self._scene = scene
        self._leads_on = leads_on
        self._led: set[Any] = set()
        self.perform = performing(scene.world)
        self.shown = shown

    # Every operation

    def after_step(
        self,
        before: SharedWorld,
        after: SharedWorld,
        seats: tuple[Seat, ...],
        moved: int,
        request: Request,
    ) -> list[Any]:
        """Judge one operation; each seat's memory is what its flow has been since it last looked or wrote."""
        if isinstance(request, Commit) and after is not before:
            judge_change(before, after, request.change, seats[moved].witnessed)
            self._judge_address(before, request.change)
            self._judge_second(before, request.change)
        if isinstance(request, Redeem):
            attempt, about = before.row(AttemptRecord, request.proof.attempt_id), seats[moved].actor.about
            is_purged = attempt is None and about is not None and before.row(FlowRecord, about) is None
            expect(
                is_purged or (attempt and attempt.consumed_at),
                "an authorization code was exchanged before it was consumed",
            )
            expect(
                request.proof.attempt_id not in before.redeemed,
                "a state was exchanged twice (invariant 4, R5.1)",
            )
        if isinstance(request, Posted):
            judge_mail(before, request.mail, self._new_events(before))
        return [
            self._memory(after, seat, index == moved, request, changed=after is not before)
            for index, seat in enumerate(seats)
        ]

    def _memory(self, after: SharedWorld, seat: Seat, moved: bool, request: Request, *, changed: bool) -> Any:
        about = seat.actor.about
        if about is None or seat.result is not None or seat.killed:
            return None
        if after.row(FlowRecord, about) is None:
            return seat.memory or frozenset()  # purged: told as it was last seen
        if moved:
            fresh = isinstance(request, Commit) or seat.memory is None
            so_far = frozenset() if fresh else seat.memory
        elif seat.memory is None or not changed:
            return seat.memory
        else:
            so_far = seat.memory
        return so_far | self.stands(after, about, self._scene.now + seat.actor.later)

    def stands(self, world: SharedWorld, flow_id: str, now: datetime) -> frozenset[tuple[Any, ...]]:
        """Where a flow stands in truth, by the invariants; and what it offers."""
        flow = world.row(FlowRecord, flow_id)
        if flow is None:
            return frozenset()
        if flow.stage == "done":
            return frozenset({("ended", "completed")})
        if flow.stage == "ended":
            return frozenset({("ended", flow.end)})
        if now >= flow.expires_at:
            return frozenset({("ended", "expired")})
        if not is_pinned(world, flow):
            return frozenset({("ended", "superseded")})
        step: tuple[Any, ...] = (STEPS[flow.stage],)
        if flow.stage == "account":
            return frozenset({step, *(("offered", each) for each in self._held_by(world, flow))})
        if flow.stage in ("one_time_code", "authenticator_code"):
            used = world.charged("one_time_code.flow", flow_id)
            if used >= LIMITS["one_time_code.flow"]:
                return frozenset({("ended", f"{flow.stage}_exhausted")})
            step = (*step, flow.one_time_code_reference, LIMITS["one_time_code.flow"] - used)
        return frozenset({step})

    @staticmethod
    def _held_by(world: SharedWorld, flow: FlowRecord) -> set[str]:
        bound = {each.id: each for each in world.rows(BindingRecord) if each.ended_at is None}
        return {
            account.id
            for account in world.rows(AccountRecord)
            if account.status == "active"
            and account.binding_id in bound
            and whose(bound[account.binding_id].person_index) == whose(flow.person_index)
        }

    def _judge_address(self, before: SharedWorld, change: Change) -> None:
        """A recovery's code goes to the address that is bound: who lost that mailbox needs an administrator."""
        for flow in change.writes:
            if isinstance(flow, FlowRecord) and flow.purpose == "recovery" and flow.stage == "one_time_code":
                account = known(before.row(AccountRecord, flow.account_id))
                binding = known(before.row(BindingRecord, account.binding_id))
                bound = self._opened(f"binding.email:{binding.id}", binding.email_sealed)
                mailed = self._opened(f"flow.email:{flow.id}", flow.email_sealed)
                expect(mailed == bound, "a recovery's code went to an address that is not bound")
                expect(binding.email_changed_at is None, "a recovery trusts an address that has just changed")

    def _judge_second(self, before: SharedWorld, change: Change) -> None:
        """Four eyes: what needs two administrators was asked for by another one before, and that is used up (R1.3)."""
        acts = {NEEDS_A_SECOND[act] for act in self._scene.policy.four_eyes}
        for event in (*change.inserts, *change.tells):
            if isinstance(event, Event) and event.kind in acts:
                (used_up,) = [each for each in change.writes if isinstance(each, AskedAct)] or (None,)
                first = None if used_up is None else before.row(AskedAct, used_up.id)
                seconded = first is not None and first.by != event.by and self._scene.now < first.expires_at
                expect(seconded, f"{event.kind} by one administrator alone")

    def _opened(self, label: str, sealed: str | None) -> str:
        return self._scene.keyring.open(label, known(sealed))

    # Every end of an actor

    def at_end(self, world: SharedWorld, seat: Seat, ended: Ended) -> Any:
        """A typed outcome; and who lost is told where they stand."""
        error, value = ended.error, ended.value
        if self._scene.name == "session" and error is None:
            judge_sign_out(world, seat, self._scene)
        if error is not None:
            expect(isinstance(error, ElaasIdentityError), f"an untyped error: {error!r}")
            assert isinstance(error, ElaasIdentityError)
            expect(error.code != "store_contended", "two or three actors are no contention")
            expect(
                seat.actor.about is None or error.progress or error.code in NO_PROGRESS, "no progress told"
            )
            self._judge_progress(seat, error.progress)
            return ("error", error.code)
        if isinstance(value, Progress):
            self._judge_progress(seat, value)
            if isinstance(value.step, SteppedUp):
                asked_for = value.step.transaction_digest == TRANSACTION
                expect(asked_for, "stepped up for another transaction than was asked for")
            if value.step.kind in HANDED_OUT:
                return (value.step.kind, value.flow_id, value.step.binding_id)  # type: ignore[union-attr]
            return (value.step.kind,)
        if isinstance(value, Reissued):
            return ("reissued", value.password)
        return (type(value).__name__,)

    def _judge_progress(self, seat: Seat, progress: Progress | None) -> None:
        if progress is not None and progress.flow_id == seat.actor.about:
            for told in told_step(progress):
                expect(
                    told in seat.memory,
                    f"told {told}, when the flow stood at {sorted(seat.memory, key=repr)}",
                )

    # Every world at rest

    def at_rest(self, world: SharedWorld, seats: tuple[Seat, ...]) -> None:
        """What holds when everybody is done; and that some act leads on."""
        for account in self._scene.world.rows(AccountRecord):
            of_it = self._new_events(world, account.id)
            bumps = sum(rule.bump * of_it[kind] for kind, rule in WRITES.items())
            expect(
                known(world.row(AccountRecord, account.id)).epoch == account.epoch + bumps,
                "the epoch does not tell of every act (invariant 7)",
            )
        for one in world.rows(AccountRecord):
            judge_account(world, one)
        self._judge_comparisons(seats)
        self._judge_winners(seats, self._new_events(world))
        for name, charges in world.budgets():
            expect(charges <= LIMITS[name], f"the budget {name} is over its limit")
        later = max((seat.actor.later for seat in seats), default=timedelta(0))
        if (world.matters, later) not in self._led:
            self._led.add((world.matters, later))
            self._leads_on(self._scene, world, later)

    def _new_events(self, world: SharedWorld, account_id: str | None = None) -> Counter[str]:
        """What happened in the race, to everybody or to one account, and how often."""
        before = self._scene.world
        return Counter(
            str(event.kind)
            for event in world.rows(Event)
            if before.row(Event, event.id) is None and account_id in (None, event.account_id)
        )

    def _judge_comparisons(self, seats: tuple[Seat, ...]) -> None:
        compared = Counter(
            each.flow_id for seat in seats for each in seat.witnessed if isinstance(each, Compared)
        )
        # Looked at again after a lost race, a code of the app is still one attempt.
        compared.update(
            flow_id
            for seat in seats
            for flow_id in {each.flow_id for each in seat.witnessed if isinstance(each, Tried)}
        )
        compared[self._scene.officers[0].flow_id] += self._scene.used
        for count in compared.values():
            expect(
                count <= LIMITS["one_time_code.flow"],
                f"{count} codes of one flow were compared (invariant 2)",
            )

    def _judge_winners(self, seats: tuple[Seat, ...], new: Counter[Any]) -> None:
        for kind, event in HANDED_OUT.items():
            told = Counter(seat.result for seat in seats if seat.result and seat.result[0] == kind)
            expect(all(count == 1 for count in told.values()), f"{kind} was handed out twice")
            expect(sum(told.values()) <= new[event], f"{kind} was handed out for nothing")
        names = {seat.actor.name.partition("#")[0] for seat in seats}
        if any(seat.killed for seat in seats):
            return
        for winner in WINNERS:
            if winner.scene == self._scene.name and winner.acts == names:
                expect(new[winner.happens] == winner.times, f"{winner.happens} {new[winner.happens]} times")
        if self._scene.name == "authenticator_code" and names <= {"app_code", "app_wrong", "spare_code"}:
            right = any(isinstance(each, Tried) and each.right for seat in seats for each in seat.witnessed)
            expect(new["sign_in.completed"] == right, "a right code that was compared did not sign in")
        if self._scene.name in ("code", "recovery_code"):
            first = names <= {"right", "wrong", "confirm"}
            compared = any(each.right for seat in seats for each in seat.witnessed)
            # The second officer has all attempts left, so that a right code of theirs is compared for certain.
            if (first and compared) or names <= {"second_right", "second_confirms"}:
                won = new["one_time_code.confirmed"] + new["password.set"]
                expect(won == 1, f"{won} winners of right codes (invariant 2)")


def told_step(progress: Progress) -> list[tuple[Any, ...]]:
    """A step as `RaceOracle.stands` says it."""
    step = progress.step
    if step.kind in HANDED_OUT:
        return [("ended", "completed")]
    match step.kind:
        case "ended":
            return [("ended", step.reason)]
        case "enter_one_time_code":
            return [(step.kind, step.reference, step.attempts_left)]
        case "enter_authenticator_code":
            return [(step.kind, None, step.attempts_left)]
        case "choose_account":
            return [(step.kind,), *(("offered", choice.account.id) for choice in step.choices)]
    return [(step.kind,)]
