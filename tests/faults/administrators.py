"""What an administrator does, in scenarios; and the list of all."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from elaas_identity import AccountStatus, Ended, FirstUse, Refused
from elaas_identity.flow.policy import FOR_TESTS
from elaas_identity.flow.transitions import Purpose, Stage
from tests.facade.portal import CHOSEN, ISSUED, OFFICER
from tests.faults.scenarios import (
    ChangeEmail,
    ChangePassword,
    EnrolAnew,
    EnrolAtSignIn,
    Kept,
    OnboardThaIDFirst,
    SignInByThaIDAlone,
    SignInThaIDFirst,
    SignInWithApp,
    SignInWithRecoveryCode,
    SignInWithThaID,
    StepUp,
)
from tests.faults.walker import PASSWORD, Walker

WHY: dict[str, str] = {"reason": "order 7/2568"}


class Approve(Kept):
    OPENS_FOR = FirstUse(needs_approval=True)
    ONBOARDED = False
    SIGNED_IN_BY: ClassVar[set[str]] = {PASSWORD}

    def prepare(self) -> None:
        super().prepare()
        self.passwords = [ISSUED, CHOSEN]
        self.decided = False

    def _await_approval(self, step: object) -> None:
        accounts, account_id = self.elaas.accounts, self.world.account_id
        (waiting,) = accounts.awaiting_approval(account_id)
        self.decided = True
        accounts.approve(account_id, waiting.flow_id, by="admin-1", **WHY)
        self.passwords.reverse()

    def whole(self) -> tuple[object, ...]:
        account = self.account()
        done = [flow for flow in self.flows().values() if flow.stage is Stage.DONE]
        assert self.decided or [] == [flow for flow in done if flow.purpose is Purpose.ONBOARDING]
        return (
            account.status is AccountStatus.ACTIVE,
            [account.binding_id] == [binding.id for binding in self.bound()],
            account.epoch == self.epoch + 1,
            self.happened("account.approved") == 1,
        )


class Reject(Approve):
    def _await_approval(self, step: object) -> None:
        accounts, account_id = self.elaas.accounts, self.world.account_id
        (waiting,) = accounts.awaiting_approval(account_id)
        accounts.reject(account_id, waiting.flow_id, by="admin-1", **WHY)

    def _ended(self, step: Ended) -> None:
        self.reached = step.reason == "rejected"
        super()._ended(step)

    def whole(self) -> tuple[object, ...]:
        assert (AccountStatus.ISSUED, []) == (self.account().status, self.bound())
        rejected = [flow for flow in self.flows().values() if flow.end == "rejected"]
        return (len(rejected) == 1, self.happened("account.rejected") == 1)


class FourEyes(Kept):
    POLICY = replace(FOR_TESTS, four_eyes=frozenset({"suspend"}))

    def prepare(self) -> None:
        super().prepare()
        self.asked = list[str]()

    def act(self) -> None:
        by = "admin-2" if self.asked[-1:] == ["answered"] else "admin-1"
        self.asked.append(by)
        try:
            self.elaas.accounts.suspend(self.world.account_id, by=by, **WHY)
        except Refused as refused:
            if refused.code == "second_person_needed":
                assert "admin-1" == by, "a second one asked, and it was not done"
                self.asked.append("answered")
                return
            assert "account_status" == refused.code
        self.reached = True

    def refused(self, refused: Refused) -> None:
        raise AssertionError(refused.code)

    def whole(self) -> tuple[object, ...]:
        account = self.account()
        if account.status is AccountStatus.SUSPENDED:
            assert {"admin-1", "admin-2"} <= set(self.asked), "one pair of eyes was enough"
        return (
            account.status is AccountStatus.SUSPENDED,
            account.epoch == self.epoch + 1,
            self.happened("account.suspended") == 1,
        )


class ErasePerson(SignInWithApp):
    def prepare(self) -> None:
        super().prepare()
        self.elaas.accounts.close_account(self.world.account_id, by="admin-1", **WHY)

    def act(self) -> None:
        self.elaas.accounts.erase_person(OFFICER.national_id, by="admin-1", **WHY)
        self.reached = True

    def whole(self) -> tuple[object, ...]:
        (binding,), app = self.bound(), self.app()
        assert app is not None
        return (
            binding.erased_at is not None,
            not any((binding.identity_sealed, binding.email_sealed, binding.person_index)),
            not app.is_confirmed,
            not app.recovery_codes_sealed,
            self.happened("person.erased") == 1,
        )


SCENARIOS: tuple[type[Walker], ...] = (
    SignInWithThaID,
    SignInWithApp,
    SignInWithRecoveryCode,
    EnrolAtSignIn,
    EnrolAnew,
    OnboardThaIDFirst,
    SignInThaIDFirst,
    SignInByThaIDAlone,
    StepUp,
    ChangeEmail,
    ChangePassword,
    Approve,
    Reject,
    FourEyes,
    ErasePerson,
)
