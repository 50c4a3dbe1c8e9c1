"""What the walk does after the mandated flow: a password is forgotten, and the account passes to another officer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from elaas_identity import Expected
from elaas_identity.demo.expecting import WentWrong, code_in, expect, expect_heading, expect_in
from elaas_identity.demo.issued import Issued
from elaas_identity.demo.visitor import Visitor
from elaas_identity.demo.world import World
from elaas_identity.messages import say
from elaas_identity.testing.citizens import COLLEAGUE, OFFICER

AFTER_FORGETTING = "ลืมไปแล้ว แต่ตั้งใหม่ได้"
SUCCESSOR_EMAIL = "successor@example.go.th"
SUCCESSORS_PASSWORD = "สี่คำ ของคนใหม่ ที่จำได้"  # noqa: S105 - invented, and good for the demonstration alone


class Afterwards:
    """The steps that follow an onboarding. `password` is the one that was set in it, `email` the address."""

    def __init__(self, world: World, account: Issued, email: str, password: str) -> None:
        self._world = world
        self._account = account
        self._email = email
        self._password = password
        self._issued_anew = ""

    def steps(self, person: Visitor, successor: Visitor) -> tuple[tuple[str, Callable[[], None]], ...]:
        """Name and act of each, in order."""
        return (
            ("forgotten password: ThaID comes first, without a username", lambda: self._forgotten(person)),
            ("forgotten password: a person without an account is told so", lambda: self._nobody(person)),
            ("forgotten password: a code goes to the bound mailbox only", lambda: self._mailed(person)),
            ("forgotten password: a new one is set, the old one refused", lambda: self._replaced(person)),
            ("hand-over: the account passes on, the first officer is out", lambda: self._passed_on(person)),
            ("hand-over: their ThaID does not open it any more", lambda: self._not_theirs(person)),
            ("hand-over: the second officer begins and signs in", lambda: self._succeeded(successor)),
        )

    def _forgotten(self, person: Visitor) -> None:
        self._world.later(timedelta(days=1))  # the address was changed: a recovery trusts it after a day
        person.open(self._world.origin + "/sign-in")
        person.submit("/recover")
        expect_heading("ยืนยันตัวตนผ่าน ThaID", person)

    def _nobody(self, person: Visitor) -> None:
        mails = len(self._world.smtp.mails)
        self._prove(person, COLLEAGUE.name)
        expect_heading("ยืนยันตัวตนผ่าน ThaID", person)
        expect_in(say("error.person_without_account").th, person.page.alert)
        expect(mails, len(self._world.smtp.mails))

    def _mailed(self, person: Visitor) -> None:
        self._prove(person, OFFICER.name)
        expect_heading("เลือกบัญชีที่จะตั้งรหัสผ่านใหม่", person)
        person.choose(self._account.username)
        expect_heading("กรอกรหัสผ่านชั่วคราว (OTP)", person)
        expect((self._email,), self._world.smtp.mails[-1].recipients)
        if person.page.form("/email"):
            raise WentWrong("no way to another mailbox", "a form for another address")

    def _replaced(self, person: Visitor) -> None:
        self._confirm(person, AFTER_FORGETTING)
        self._refused(person, self._password)
        self._enter(person, AFTER_FORGETTING)
        expect_heading("ท่านเข้าสู่ระบบแล้ว", person)

    def _passed_on(self, person: Visitor) -> None:
        accounts = self._world.administrator.accounts
        account = accounts.find(self._account.username)
        assert account is not None
        passed_on = accounts.hand_over(
            account.id, Expected(COLLEAGUE.national_id), by="demo", reason="the officer has moved"
        )
        self._issued_anew = passed_on.password
        person.open(self._world.origin + "/")
        expect_heading("เข้าสู่ระบบ", person)
        self._refused(person, AFTER_FORGETTING)

    def _not_theirs(self, person: Visitor) -> None:
        self._enter(person, self._issued_anew)
        self._prove(person, OFFICER.name)
        expect_heading("ยืนยันตัวตนผ่าน ThaID", person)
        expect_in(say("error.person_mismatch").th, person.page.alert)

    def _succeeded(self, successor: Visitor) -> None:
        self._enter(successor, self._issued_anew)
        self._prove(successor, COLLEAGUE.name)
        successor.submit("/email", email=SUCCESSOR_EMAIL)
        expect((SUCCESSOR_EMAIL,), self._world.smtp.mails[-1].recipients)
        self._confirm(successor, SUCCESSORS_PASSWORD)
        self._enter(successor, SUCCESSORS_PASSWORD)
        expect_heading("ท่านเข้าสู่ระบบแล้ว", successor)

    def _prove(self, person: Visitor, name: str) -> None:
        person.submit("/authorize")
        person.choose(name)

    def _confirm(self, person: Visitor, password: str) -> None:
        person.submit("/one-time-code", one_time_code=code_in(self._world.smtp.mails[-1]))
        person.submit("/password", new_password=password, new_password_again=password)
        expect_heading("ตั้งรหัสผ่านใหม่เรียบร้อยแล้ว", person)

    def _refused(self, person: Visitor, password: str) -> None:
        self._enter(person, password)
        expect_in(say("error.credential_wrong").th, person.page.alert)

    def _enter(self, person: Visitor, password: str) -> None:
        person.open(self._world.origin + "/sign-in")
        person.submit("/sign-in", username=self._account.username, password=password)
