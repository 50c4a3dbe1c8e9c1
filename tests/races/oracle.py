"""What must hold of every race, written from DESIGN §5 and the circular's clause 1, not from the code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from elaas_identity import ElaasIdentityError, PasswordSet, Progress, SignedIn
from elaas_identity.accounts.account import AccountRecord, BindingRecord
from elaas_identity.accounts.provisioning import Reissued
from elaas_identity.change import Change
from elaas_identity.flow.events import Event
from elaas_identity.flow.flow import AttemptRecord, FlowRecord
from elaas_identity.one_time_code.mail import Mail
from tests.races.scenes import Scene
from tests.races.scheduler import Ended, Request, Seat, Violation
from tests.races.world import Commit, Load, ReadMailbox, Redeem, Send, SharedWorld

MOVES = {
    # purpose, from, to → the events that tell of it, one of them in the same commit
    ("onboarding", None, "identity"): {"onboarding.begun"},
    ("onboarding", "identity", "identity"): {"identity.requested", "identity.returned"},
    ("onboarding", "identity", "email"): {"identity.verified"},
    ("onboarding", "email", "one_time_code"): {"email.given"},
    ("onboarding", "one_time_code", "one_time_code"): {"email.given", "one_time_code.resent", "mail.failed"},
    ("onboarding", "one_time_code", "password"): {"one_time_code.confirmed"},
    ("onboarding", "one_time_code", "done"): {"password.set"},
    ("onboarding", "password", "done"): {"password.set"},
    ("sign_in", None, "done"): {"sign_in.completed"},
    ("sign_in", None, "password"): {"sign_in.password_change_required"},
    ("sign_in", "password", "done"): {"password.set"},
}
"""The order of clause 1 (invariant 1). Every stage that waits may also end."""
ENDINGS = {"cancelled": "flow.cancelled", "expired": "flow.expired", "superseded": "flow.superseded"}
WAITING = {"identity", "email", "one_time_code", "password"}

LIMITS = {
    "one_time_code.flow": 5,
    "one_time_code.account": 20,
    "mail.cool_down": 1,
    "mail.account_address": 5,
    "mail.address": 30,
    "mail.flow": 10,
    "flows": 30,
    "sign_in.60": 5,
    "sign_in.900": 10,
    "sign_in.3600": 20,
    "sign_in.86400": 40,
    "sign_in.consecutive": 100,
    "sign_in.client": 300,
}
"""R3.5, R3.6, R4.1 and the policy's own choices. The clock stands still, so every window is full."""

BUMPS = {"password.set": 1, "account.reissued": 1, "account.unlocked": 1, "password_hash.upgraded": 0}
"""By how much the epoch of an account moves with what is told of it (invariant 7)."""

NO_PROGRESS = {
    "credential_wrong",
    "issued_credential_expired",
    "sign_in_throttled",
    "flow_limit",
    "callback_other_browser",
    "callback_unknown",
    "callback_malformed",
    "account_exists",
}
"""Refusals that are about no flow, or say nothing of it."""


@dataclass(frozen=True)
class Compared:
    """A one-time code was compared: of which flow, against which code, and whether it matched."""

    flow_id: str
    code_id: str
    right: bool


def perform_in(scene: Scene) -> Callable[[SharedWorld, Request], tuple[SharedWorld, Any]]:
    """How the scene's world answers requests."""
    from_before = {
        flow.one_time_code_reference for flow in scene.world.rows(FlowRecord) if flow.one_time_code_reference
    }

    def perform(world: SharedWorld, request: Request) -> tuple[SharedWorld, Any]:
        match request:
            case Load():
                return world, world.store.load(*request.keys)
            case Commit():
                return world.commit(request.change)
            case Redeem():
                return SharedWorld(world.store, (*world.redeemed, request.attempt_id), world.mails), None
            case Send():
                if not request.arrives:
                    return world, None
                return SharedWorld(world.store, world.redeemed, (*world.mails, request.mail)), None
            case ReadMailbox():
                found = [mail.text for mail in world.mails if request.reference in mail.subject]
                if not found and request.reference in from_before:
                    found = ["the mail from before"]
                return world, found[-1] if found else None
        raise TypeError(f"nobody performs {request!r}")

    return perform


def expect(holds: object, otherwise: str) -> None:
    """Raise `Violation` unless it holds."""
    if not holds:
        raise Violation(otherwise)


class RaceOracle:
    """Judges the races of one scene."""

    def __init__(
        self, scene: Scene, *, leads_on: Callable[[Scene, SharedWorld], None] = lambda scene, world: None
    ) -> None:
        self._scene = scene
        self._leads_on = leads_on
        self._led: set[Any] = set()
        self.perform = perform_in(scene)
        self._account = _known(scene.world.row(AccountRecord, scene.account_id))
        self._events = len(scene.world.rows(Event))

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
            _judge_change(before, after, request.change, seats[moved].witnessed)
        if isinstance(request, Redeem):
            attempt = before.row(AttemptRecord, request.attempt_id)
            expect(
                attempt and attempt.consumed_at, "an authorization code was exchanged before it was consumed"
            )
            expect(
                request.attempt_id not in before.redeemed, "a state was exchanged twice (invariant 4, R5.1)"
            )
        if isinstance(request, Send):
            _judge_mail(before, request.mail)
        return [
            self._memory(after, seat, index == moved, request, changed=after is not before)
            for index, seat in enumerate(seats)
        ]

    def _memory(self, after: SharedWorld, seat: Seat, moved: bool, request: Request, *, changed: bool) -> Any:
        about = seat.actor.about
        if about is None or seat.result is not None or seat.killed:
            return None
        if moved:
            fresh = isinstance(request, Commit) or seat.memory is None
            so_far = frozenset() if fresh else seat.memory
        elif seat.memory is None or not changed:
            return seat.memory
        else:
            so_far = seat.memory
        return so_far | {self.stands(after, about)}

    def stands(self, world: SharedWorld, flow_id: str) -> tuple[Any, ...]:
        """Where a flow stands in truth, by the design's words."""
        flow = _known(world.row(FlowRecord, flow_id))
        account = _known(world.row(AccountRecord, flow.account_id))
        status = "issued" if flow.purpose == "onboarding" else "active"
        if flow.stage == "done":
            return ("ended", "completed")
        if flow.stage == "ended":
            return ("ended", flow.end)
        if account.epoch != flow.account_epoch or account.status != status:
            return ("ended", "superseded")
        if flow.stage == "one_time_code":
            used = world.charged("one_time_code.flow", flow_id)
            if used >= LIMITS["one_time_code.flow"]:
                return ("ended", "one_time_code_exhausted")
            return ("enter_one_time_code", flow.one_time_code_reference, LIMITS["one_time_code.flow"] - used)
        return (
            {"identity": "verify_identity", "email": "provide_email", "password": "set_password"}[flow.stage],
        )

    # Every end of an actor

    def at_end(self, world: SharedWorld, seat: Seat, ended: Ended) -> Any:
        """A typed outcome; and who lost is told where they stand."""
        error, value = ended.error, ended.value
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
            if isinstance(value.step, (PasswordSet, SignedIn)):
                return (value.step.kind, value.flow_id, value.step.binding_id)
            return (value.step.kind,)
        if isinstance(value, Reissued):
            return ("reissued", value.password)
        return (type(value).__name__,)

    def _judge_progress(self, seat: Seat, progress: Progress | None) -> None:
        if progress is not None and progress.flow_id == seat.actor.about:
            told = told_step(progress)
            expect(
                told in seat.memory, f"told {told}, when the flow stood at {sorted(seat.memory, key=repr)}"
            )

    # Every world at rest

    def at_rest(self, world: SharedWorld, seats: tuple[Seat, ...]) -> None:
        """What holds when everybody is done; and that some act leads on."""
        kinds = Counter(
            event.kind for event in world.rows(Event) if event.account_id == self._scene.account_id
        )
        before = Counter(
            event.kind
            for event in self._scene.world.rows(Event)
            if event.account_id == self._scene.account_id
        )
        account = _known(world.row(AccountRecord, self._scene.account_id))
        bumps = sum(by * (kinds[kind] - before[kind]) for kind, by in BUMPS.items())
        expect(
            account.epoch == self._account.epoch + bumps, "the epoch does not tell of every act (invariant 7)"
        )
        for one in world.rows(AccountRecord):
            _judge_account(world, one)
        self._judge_comparisons(seats)
        self._judge_winners(world, seats, kinds - before)
        for name, charges in world.budgets():
            expect(charges <= LIMITS[name], f"the budget {name} is over its limit")
        if world.matters not in self._led:
            self._led.add(world.matters)
            self._leads_on(self._scene, world)

    def _judge_comparisons(self, seats: tuple[Seat, ...]) -> None:
        compared = Counter(each.flow_id for seat in seats for each in seat.witnessed)
        compared[self._scene.officers[0].flow_id] += self._scene.used
        for count in compared.values():
            expect(
                count <= LIMITS["one_time_code.flow"],
                f"{count} codes of one flow were compared (invariant 2)",
            )

    def _judge_winners(self, world: SharedWorld, seats: tuple[Seat, ...], new: Counter[Any]) -> None:
        told = Counter(seat.result for seat in seats if seat.result and seat.result[0] == "password_set")
        expect(all(count == 1 for count in told.values()), "PasswordSet was handed out twice")
        expect(sum(told.values()) <= new["password.set"], "PasswordSet was handed out for nothing")
        names = {seat.actor.name.partition("#")[0] for seat in seats}
        if self._scene.name == "code" and not any(seat.killed for seat in seats):
            first = names <= {"right", "wrong", "confirm"}
            compared = any(each.right for seat in seats for each in seat.witnessed)
            # The second officer has all attempts left, so that a right code of theirs is compared for certain.
            if (first and compared) or names <= {"second_right", "second_confirms"}:
                won = new["one_time_code.confirmed"] + new["password.set"]
                expect(won == 1, f"{won} winners of right codes (invariant 2)")


def _judge_change(
    before: SharedWorld, after: SharedWorld, change: Change, witnessed: tuple[Any, ...]
) -> None:
    told = Counter(event.kind for event in change.inserts if isinstance(event, Event))
    for record in (*change.inserts, *change.writes):
        if isinstance(record, FlowRecord):
            _judge_flow(before, after, record, told, witnessed)
        if isinstance(record, AccountRecord):
            _judge_account_write(before, after, record, told)
        if isinstance(record, AttemptRecord):
            old = before.row(AttemptRecord, record.id)
            expect(old is None or old.consumed_at is None, "an authorization attempt was consumed twice")
    for charge in change.charges:
        if charge.budget.name == "one_time_code.flow":
            flow = _known(before.row(FlowRecord, charge.budget.subject))
            expect(flow.stage == "one_time_code", "an attempt was reserved at another stage")
            expect(_is_pinned(before, flow), "an attempt was reserved in a flow that is superseded")


def _judge_flow(
    before: SharedWorld,
    after: SharedWorld,
    new: FlowRecord,
    told: Counter[Any],
    witnessed: tuple[Any, ...],
) -> None:
    old = before.row(FlowRecord, new.id)
    come_from = None if old is None else str(old.stage)
    expect(old is None or come_from in WAITING, f"a flow that is {come_from} was written")
    if new.stage == "ended":
        expect(new.end and told[ENDINGS[new.end]] == 1, f"ended as {new.end} without its event")
        if new.end == "superseded":
            expect(not _is_pinned(before, new), "superseded, though nothing had moved on")
            return
    else:
        events = MOVES.get((new.purpose, come_from, str(new.stage)), set())
        expect(events, f"{come_from} → {new.stage}: a stage was skipped (invariant 1)")
        expect(
            sum(told[kind] for kind in events) == 1, f"{come_from} → {new.stage} without exactly its event"
        )
    expect(_is_pinned(before, new), "written by a flow of an earlier epoch (invariant 7)")
    expect(len(new.live_attempts) <= 5, "more than five live attempts (invariant 10)")
    if (come_from, new.stage) == ("identity", "email"):
        attempts = [each for each in before.rows(AttemptRecord) if each.flow_id == new.id]
        redeemed = any(each.id in before.redeemed and each.consumed_at for each in attempts)
        expect(redeemed and new.identity_sealed, "an identity that nobody proved")
    if new.stage == "one_time_code":
        expect(new.email_sealed and new.one_time_code_digest, "no code to enter")
    if come_from == "one_time_code" and new.stage in ("password", "done"):
        assert old is not None
        expect(
            Compared(new.id, old.one_time_code_id or "", True) in witnessed,
            "confirmed without the right code",
        )
    if (come_from == "password" and new.stage == "done") or (come_from, new.stage) == (
        "one_time_code",
        "done",
    ):
        account = _known(after.row(AccountRecord, new.account_id))
        was = _known(before.row(AccountRecord, new.account_id))
        expect(account.status == "active" and account.version == was.version + 1, "done without its account")


def _judge_account_write(
    before: SharedWorld, after: SharedWorld, new: AccountRecord, told: Counter[Any]
) -> None:
    old = before.row(AccountRecord, new.id)
    if old is None:
        expect(told["account.provisioned"] == 1 and new.status == "issued", "an account from nowhere")
        return
    acts = [kind for kind in BUMPS if told[kind]]
    expect(len(acts) == 1, f"an account was written by {acts or 'nobody'}")
    (act,) = acts
    expect(
        new.epoch == old.epoch + BUMPS[act], f"{act} moved the epoch by {new.epoch - old.epoch} (invariant 7)"
    )
    renewed = act in ("password.set", "account.reissued")
    expect(new.credential_version == old.credential_version + renewed, f"{act}: the credential's version")
    status = {"password.set": "active", "account.reissued": "issued"}.get(act, old.status)
    expect(new.status == status, f"{act} made the account {new.status}")
    if not renewed:
        expect(
            (new.binding_id, new.password_is_issued) == (old.binding_id, old.password_is_issued),
            f"half {act}",
        )


def _judge_account(world: SharedWorld, account: AccountRecord) -> None:
    bindings = [each for each in world.rows(BindingRecord) if each.account_id == account.id]
    active = [each.id for each in bindings if each.ended_at is None]
    expect(len(active) <= 1, "two people hold one account")
    expect(account.binding_id == (active[0] if active else None), "the account and its binding disagree")
    if account.status == "active":
        half = account.binding_id is None or account.password_is_issued or account.password_expires_at
        expect(not half, "an active account that is half changed (invariant 5)")
    else:
        expect(account.password_is_issued and account.password_expires_at, "an issued account half changed")


def _judge_mail(before: SharedWorld, mail: Mail) -> None:
    same = (mail.recipient, mail.subject, mail.text)
    sent = [(each.recipient, each.subject, each.text) for each in before.mails]
    expect(same not in sent, "one mail was sent twice (invariant 5)")
    if _is_code(mail):
        others = [each for each in before.mails if _is_code(each) and each.recipient == mail.recipient]
        expect(not others, "two codes to one address within the cool-down (R3.6)")


def _is_code(mail: Mail) -> bool:
    return mail.subject.rpartition(" ")[2].strip("()").isupper()


def _is_pinned(world: SharedWorld, flow: FlowRecord) -> bool:
    account = _known(world.row(AccountRecord, flow.account_id))
    status = "issued" if flow.purpose == "onboarding" else "active"
    return account.epoch == flow.account_epoch and account.status == status


def told_step(progress: Progress) -> tuple[Any, ...]:
    """A step as `RaceOracle.stands` says it."""
    step = progress.step
    match step.kind:
        case "signed_in" | "password_set":
            return ("ended", "completed")
        case "ended":
            return ("ended", step.reason)
        case "enter_one_time_code":
            return (step.kind, step.reference, step.attempts_left)
    return (step.kind,)


def _known(record: Any) -> Any:
    assert record is not None
    return record
