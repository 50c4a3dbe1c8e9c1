"""What the walk does in the other two agencies: an authenticator app, and an approval; and the trail, at the end."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

from pyotp.totp import TOTP

from elaas_identity.demo.expecting import WentWrong, code_in, expect, expect_heading, expect_in
from elaas_identity.demo.issued import ISSUED, Issued
from elaas_identity.demo.visitor import Visitor
from elaas_identity.demo.world import World
from elaas_identity.messages import say
from elaas_identity.testing.citizens import COLLEAGUE, NO_ASSURANCE, OFFICER

_LOCAL, PROVINCIAL, SUBORDINATE = ISSUED
PASSWORD = "สามคำ ของสำนักงาน จำง่าย"  # noqa: S105 - invented, and good for the demonstration alone
_SECRET = re.compile(r"\b([A-Z2-7]{4}(?: [A-Z2-7]{4}){7})\b")


class OfficesWalk:
    """The steps of two other officers, and of an administrator."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._secret = ""

    def steps(
        self, person: Visitor, newcomer: Visitor, administrator: Visitor
    ) -> tuple[tuple[str, Callable[[], None]], ...]:
        """Name and act of each, in order."""
        return (
            ("second factor: an app is enrolled after password and ThaID", lambda: self._enrolled(person)),
            ("second factor: its code signs in, and only once", lambda: self._second_factor(person)),
            ("approval: whoever came first waits for an administrator", lambda: self._waits(newcomer)),
            (
                "approval: given, and the person signs in with ThaID second",
                lambda: self._approved(newcomer, administrator),
            ),
            ("audit: the whole trail is sealed and verified", lambda: self._audited(administrator)),
        )

    def _enrolled(self, person: Visitor) -> None:
        self._onboard(person, PROVINCIAL, COLLEAGUE.name, "province@example.go.th")
        expect_heading("ตั้งรหัสผ่านใหม่เรียบร้อยแล้ว", person)
        self._enter(person, PROVINCIAL)
        self._prove(person, COLLEAGUE.name)
        expect_heading(say("page.enrol_authenticator.title").th, person)
        shown = _SECRET.search(person.page.text)
        if shown is None:
            raise WentWrong("the app's secret, in groups of four", "none on the page")
        self._secret = shown[1].replace(" ", "")
        person.submit("/authenticator", authenticator_code=self._code())
        expect_heading(say("page.authenticator_enrolled.title").th, person)

    def _second_factor(self, person: Visitor) -> None:
        self._world.later(timedelta(minutes=2))
        code = self._code()
        self._enter(person, PROVINCIAL)
        person.submit("/authenticator-code", authenticator_code=code)
        expect_heading("ท่านเข้าสู่ระบบแล้ว", person)
        self._enter(person, PROVINCIAL)
        person.submit("/authenticator-code", authenticator_code=code)
        expect_in(say("error.authenticator_code_wrong").th, person.page.alert)

    def _waits(self, newcomer: Visitor) -> None:
        self._onboard(newcomer, SUBORDINATE, OFFICER.name, "nursery@example.go.th")
        expect_heading(say("page.await_approval.title").th, newcomer)
        self._enter(newcomer, SUBORDINATE)
        expect_in(say("error.approval_awaited").th, newcomer.page.alert)

    def _approved(self, newcomer: Visitor, administrator: Visitor) -> None:
        administrator.open(self._world.origin + "/office")
        administrator.choose(say("page.act.approve").th)
        expect(("nursery@example.go.th",), self._world.smtp.mails[-2].recipients)
        self._enter(newcomer, SUBORDINATE)
        expect_heading("ยืนยันตัวตนผ่าน ThaID", newcomer)
        self._prove(newcomer, NO_ASSURANCE.name)
        expect_in(say("error.identity_assurance_low").th, newcomer.page.alert)
        self._prove(newcomer, OFFICER.name)
        expect_heading("ท่านเข้าสู่ระบบแล้ว", newcomer)

    def _audited(self, administrator: Visitor) -> None:
        self._world.later(timedelta(minutes=1))  # what has just happened is sealed a little later
        administrator.open(self._world.origin + "/office")
        administrator.submit("/office/audit")
        told = say("page.demo.office.audit.intact", count="").th.strip()
        expect_in(told.split()[0], administrator.page.text)

    def _onboard(self, person: Visitor, account: Issued, name: str, email: str) -> None:
        self._enter(person, account, account.password)
        self._prove(person, name)
        person.submit("/email", email=email)
        person.submit("/one-time-code", one_time_code=code_in(self._world.smtp.mails[-1]))
        person.submit("/password", new_password=PASSWORD, new_password_again=PASSWORD)

    def _code(self) -> str:
        return TOTP(self._secret).at(self._world.now())

    def _prove(self, person: Visitor, name: str) -> None:
        person.submit("/authorize")
        person.choose(name)

    def _enter(self, person: Visitor, account: Issued, password: str = PASSWORD) -> None:
        person.open(self._world.origin + "/sign-in")
        person.submit("/sign-in", username=account.username, password=password)
