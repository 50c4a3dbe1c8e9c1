"""Each guard taken out once: the races must show it, or they prove nothing (see docs/security.md)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from elaas_identity.accounts import administration
from elaas_identity.accounts.account import AccountRecord, AccountStatus
from elaas_identity.accounts.acts import ACTS
from elaas_identity.change import Change, Key
from elaas_identity.effects import Act, load
from elaas_identity.flow import (
    advance,
    authenticator,
    budgets,
    identity,
    mailbox,
    opening,
    password,
    person_first,
    signed_in,
    signing_in,
)
from elaas_identity.flow.flow import FlowRecord
from elaas_identity.mail.address import EmailAddress
from elaas_identity.providers.memory import MemoryStore
from tests.races.cast import Cast
from tests.world.actor import Violation
from tests.world.scenes import Scene
from tests.world.shared import SharedWorld
from tests.world.witnessing import comparisons_witnessed

Patch = pytest.MonkeyPatch


def nothing_reserved(patch: Patch) -> None:
    patch.setattr(mailbox, "reserve_attempt", lambda rules, seen, moment: Change())


def expectations_dropped(record: type[Any]) -> Callable[[Patch], None]:
    """The store ignores what a change expects of records of that type."""

    def taken_out(patch: Patch) -> None:
        real = SharedWorld.commit

        def commit(world: SharedWorld, change: Change) -> Any:
            kept = tuple(each for each in change.expects if each.key.record is not record)
            return real(world, replace(change, expects=kept))

        patch.setattr(SharedWorld, "commit", commit)

    return taken_out


def versions_ignored(patch: Patch) -> None:
    real = MemoryStore._write

    def write(store: MemoryStore, record: Any, staged: Any) -> bool:
        stored = store._row(type(record), record.id, staged)
        return real(store, record if stored is None else replace(record, version=stored.version), staged)

    patch.setattr(MemoryStore, "_write", write)


def attempt_not_consumed(patch: Patch) -> None:
    real = identity.consume_attempt
    patch.setattr(identity, "consume_attempt", lambda *given: replace(real(*given), writes=()))


def nothing_compared(patch: Patch) -> None:
    patch.setattr(mailbox, "is_right", lambda *given: True)


def any_footing(patch: Patch) -> None:
    patch.setattr(advance.Seen, "same_footing", lambda seen, other: True)


def epoch_not_bumped(patch: Patch) -> None:
    def changed(account: AccountRecord) -> AccountRecord:
        return replace(account, epoch=account.epoch - 1)

    on_the_account(patch, changed)


def still_issued(patch: Patch) -> None:
    on_the_account(patch, lambda account: replace(account, password_is_issued=True))


def on_the_account(patch: Patch, changed: Callable[[AccountRecord], AccountRecord]) -> None:
    real = password.complete

    def complete(*given: Any) -> Change:
        change = real(*given)
        writes = [changed(each) if isinstance(each, AccountRecord) else each for each in change.writes]
        return replace(change, writes=tuple(writes))

    patch.setattr(password, "complete", complete)


def account_not_written(patch: Patch) -> None:
    real = password.complete

    def complete(*given: Any) -> Change:
        change = real(*given)
        writes = [each for each in change.writes if not isinstance(each, AccountRecord)]
        return replace(change, writes=tuple(writes))

    patch.setattr(password, "complete", complete)


def mails_not_charged(patch: Patch) -> None:
    patch.setattr(budgets, "mails", lambda *given: ())


def read_one_after_the_other(patch: Patch) -> None:
    def see(rules: Any, moment: Any, flow_id: str) -> Act[advance.Seen | None]:
        flow_key, codes = Key(FlowRecord, flow_id), budgets.code_attempts(rules.policy, flow_id)
        read = yield from load(flow_key, codes)
        flow = read.one(flow_key)
        assert flow is not None
        account_key = Key(AccountRecord, flow.account_id)
        account = (yield from load(account_key)).one(account_key)
        assert account is not None
        return advance.Seen(flow, account, read.used(codes, moment.now))

    patch.setattr(opening, "see", see)


def attempts_unbounded(patch: Patch) -> None:
    real = identity.request_attempt

    def request_attempt(rules: Any, seen: Any, moment: Any, attempt_id: str, address: Any) -> Change:
        change = real(rules, seen, moment, attempt_id, address)
        (flow,) = change.writes
        live = (*seen.flow.live_attempts, attempt_id)
        return replace(change, writes=(replace(flow, live_attempts=live),))  # type: ignore[type-var]

    patch.setattr(identity, "request_attempt", request_attempt)


def nobody_signs_in(patch: Patch) -> None:
    patch.setattr(signing_in, "may_sign_in", lambda account: False)


def untyped_error(patch: Patch) -> None:
    def wrong(*given: Any) -> Change:
        raise KeyError("untyped")

    patch.setattr(mailbox, "record_wrong", wrong)


def stage_skipped(patch: Patch) -> None:
    """The right person goes straight to the code."""
    real = identity.verify_identity

    def verify_identity(*given: Any) -> Change:
        change = real(*given)
        (flow,) = change.writes
        return replace(change, writes=(replace(flow, stage="password"),))  # type: ignore[type-var]

    patch.setattr(identity, "verify_identity", verify_identity)


def anybody_holds_it(patch: Patch) -> None:
    patch.setattr(opening, "is_held", lambda rules, account, binding, identity: True)


def address_as_first_read(patch: Patch) -> None:
    """A choice that lost a race takes the account anew, and the address from before."""
    real = person_first.choose
    first: dict[str, EmailAddress] = {}

    def choose(
        rules: Any, seen: advance.Seen, moment: Any, account_id: str
    ) -> tuple[advance.Seen, EmailAddress]:
        pinned, address = real(rules, seen, moment, account_id)
        return pinned, first.setdefault(seen.flow.id, address)

    patch.setattr(person_first, "choose", choose)


def recognised_for_nothing(patch: Patch) -> None:
    real = identity.verify_identity
    patch.setattr(identity, "verify_identity", lambda *given: replace(real(*given), charges=()))


def still_bound(patch: Patch) -> None:
    in_the_table(patch, ends_binding=False)


def any_status(patch: Patch) -> None:
    in_the_table(patch, allowed=frozenset(AccountStatus))


def in_the_table(patch: Patch, **changes: Any) -> None:
    """Every act of an administrator, changed so."""
    acts = {name: replace(act, **changes) for name, act in ACTS.items()}
    patch.setattr(administration, "ACTS", acts)


def code_stays_good(patch: Patch) -> None:
    real = authenticator.accept_code

    def accept_code(*given: Any) -> tuple[Change, int | None] | None:
        decided = real(*given)
        if decided is None:
            return None
        change, left = decided
        kept = tuple(each for each in change.writes if isinstance(each, FlowRecord))
        return replace(change, writes=kept), left

    patch.setattr(authenticator, "accept_code", accept_code)


def no_app_code_reserved(patch: Patch) -> None:
    patch.setattr(authenticator, "reserve_attempt", lambda rules, seen, moment: Change())


def new_address_trusted(patch: Patch) -> None:
    real = person_first.choose

    def choose(
        rules: Any, seen: advance.Seen, moment: Any, account_id: str
    ) -> tuple[advance.Seen, EmailAddress]:
        pairs = [(account, replace(binding, email_changed_at=None)) for account, binding in seen.choices]
        return real(rules, replace(seen, choices=tuple(pairs)), moment, account_id)

    patch.setattr(person_first, "choose", choose)


def proven_for_ever(patch: Patch) -> None:
    patch.setattr(signing_in, "end_proven", lambda change, *_: change)


def seconded_by_oneself(patch: Patch) -> None:
    patch.setattr(administration, "is_seconded", lambda asked, by, now: asked is not None)


def asking_not_used_up(patch: Patch) -> None:
    patch.setattr(administration, "second", lambda change, asked, now: change)


def told_as_first_seen(patch: Patch) -> None:
    def see_again(rules: Any, moment: Any, seen: advance.Seen) -> Act[advance.Seen]:
        yield from ()
        return seen

    patch.setattr(signing_in, "see_again", see_again)


def any_transaction(patch: Patch) -> None:
    real = signed_in.use_proof

    def use_proof(rules: Any, seen: advance.Seen, moment: Any, session: Any, digest: str) -> Change:
        return real(rules, seen, moment, session, str(seen.flow.transaction_digest))

    patch.setattr(signed_in, "use_proof", use_proof)


GUARDS: list[tuple[Callable[[Patch], None], str, tuple[str, ...], str]] = [
    (nothing_reserved, "code", ("wrong", "wrong"), "were compared"),
    (expectations_dropped(FlowRecord), "code", ("second_right", "second_right"), "at another stage"),
    (expectations_dropped(AccountRecord), "code", ("right", "reissue"), "earlier epoch"),
    (expectations_dropped(AccountRecord), "password", ("cancel", "second_sets_password"), "earlier epoch"),
    (expectations_dropped(AccountRecord), "code", ("resend_refused", "unlock"), "earlier epoch"),
    (versions_ignored, "code", ("second_right", "second_right"), "skipped"),
    (versions_ignored, "password", ("set_password", "second_sets_password"), "earlier epoch"),
    (attempt_not_consumed, "identity", ("callback",), "before it was consumed"),
    (any_footing, "code", ("right", "other_email"), "confirmed without the right code"),
    (nothing_compared, "code", ("wrong",), "confirmed without the right code"),
    (epoch_not_bumped, "password", ("set_password",), "moved the epoch by 0"),
    (still_issued, "password", ("set_password",), "half changed"),
    (account_not_written, "password", ("set_password",), "done without its account"),
    (mails_not_charged, "code", ("other_email", "other_email"), "within the cool-down"),
    (read_one_after_the_other, "password", ("looks", "set_password"), "superseded.*completed"),
    (attempts_unbounded, "identity", ("authorize",), "more than five"),
    (nobody_signs_in, "password", ("reissue",), "beginning anew fails"),
    (untyped_error, "code", ("wrong",), "untyped"),
    (stage_skipped, "identity", ("callback",), "skipped"),
    (expectations_dropped(AccountRecord), "recovery_account", ("choose", "suspend"), "earlier epoch"),
    (expectations_dropped(AccountRecord), "recovery_code", ("right", "hand_over"), "earlier epoch"),
    (versions_ignored, "recovery_account", ("choose", "choose_other"), "another account"),
    (anybody_holds_it, "recovery_account", ("choose", "hand_over"), "offered|earlier epoch"),
    (address_as_first_read, "recovery_account", ("choose", "onboards_anew"), "that is not bound"),
    (recognised_for_nothing, "recovery_identity", ("callback",), "not charged to its person"),
    (still_bound, "recovery_password", ("hand_over",), "binding disagree"),
    (versions_ignored, "step_up", ("consume", "consume"), "that is done was written|handed out"),
    (expectations_dropped(AccountRecord), "step_up", ("consume", "suspend"), "earlier epoch"),
    (any_transaction, "step_up", ("consume_for_another",), "another transaction"),
    (code_stays_good, "authenticator_code", ("app_code", "second_app_code"), "stays good"),
    (no_app_code_reserved, "authenticator_code", ("app_wrong", "app_wrong"), "were compared"),
    (expectations_dropped(AccountRecord), "new_app", ("app_code", "unlock"), "earlier epoch"),
    (versions_ignored, "approval", ("approve", "approve_other"), "earlier epoch|is active"),
    (new_address_trusted, "email_change", ("right", "second_chooses"), "that has just changed"),
    (proven_for_ever, "issued_credential", ("submit_credential",), "without ThaID"),
    (told_as_first_seen, "credential", ("submit_wrong", "cancel"), "told"),
    (seconded_by_oneself, "four_eyes", ("unlock", "unlock"), "alone"),
    (asking_not_used_up, "four_eyes", ("unlock", "unlock_seconded"), "alone"),
    (any_status, "suspended", ("close_account", "restore"), "restored of an account that is closed"),
]


@pytest.mark.parametrize(("take_out", "scene", "acts", "shown"), GUARDS)
def test_r9_1_a_guard_taken_out_is_seen(
    scenes: dict[str, Scene],
    monkeypatch: pytest.MonkeyPatch,
    take_out: Callable[[Patch], None],
    scene: str,
    acts: tuple[str, ...],
    shown: str,
) -> None:
    """The races would pass over code without its guard."""
    take_out(monkeypatch)
    with comparisons_witnessed(), pytest.raises(Violation, match=shown):
        Cast(scenes[scene]).race(*acts)
