"""What the walk does as somebody who is signed in: a payment, another mailbox; and how they get in past a guesser."""

from __future__ import annotations

from collections.abc import Callable

from elaas_identity.demo.expecting import code_in, expect, expect_heading, expect_in
from elaas_identity.demo.issued import Issued
from elaas_identity.demo.visitor import Visitor
from elaas_identity.demo.world import World
from elaas_identity.messages import say
from elaas_identity.testing.citizens import COLLEAGUE, OFFICER

NEW_EMAIL = "treasurer@example.go.th"
GUESSES = 6
"""One more than are looked at in a minute."""
TOO_MANY = say("error.sign_in_throttled", seconds=60).th.partition(" ")[0]
"""How the page begins to say so, however long the wait is."""


class SignedInWalk:
    """The steps of an officer who has onboarded. `password` is theirs, `email` the bound address."""

    def __init__(self, world: World, account: Issued, email: str, password: str) -> None:
        self._world = world
        self._account = account
        self._email = email
        self._password = password
        self._approved = ""

    def steps(self, person: Visitor, guesser: Visitor) -> tuple[tuple[str, Callable[[], None]], ...]:
        """Name and act of each, in order."""
        return (
            ("step-up: a payment wants ThaID once more; another's does not do", lambda: self._asked(person)),
            ("step-up: the proof is good for this payment, once", lambda: self._stepped_up(person)),
            (
                "assertion: the other system believes it once, for this payment",
                self._believed,
            ),
            ("change of e-mail: ThaID first, then a code to the new address", lambda: self._changed(person)),
            ("change of e-mail: the old mailbox is told", self._told),
            ("change of e-mail: for a day no recovery trusts the new one", self._cooling_off),
            ("sessions: one button signs out everywhere else", lambda: self._alone(person)),
            (
                "locked out: a guesser has used up the username's tries",
                lambda: self._guessed(person, guesser),
            ),
            (
                "locked out: ThaID first lets the officer in, all the same",
                lambda: self._way_back(person, guesser),
            ),
        )

    def _asked(self, person: Visitor) -> None:
        person.open(self._world.origin + "/")
        person.submit("/payments")
        expect_heading("ยืนยันตัวตนผ่าน ThaID", person)
        self._prove(person, COLLEAGUE.name)
        expect_in(say("error.person_mismatch").th, person.page.alert)

    def _stepped_up(self, person: Visitor) -> None:
        self._prove(person, OFFICER.name)
        expect_heading("ตรวจสอบรายการก่อนอนุมัติ", person)
        proof = person.page.form("/step-up")
        person.submit("/step-up")
        expect_heading("อนุมัติการจ่ายเงินแล้ว", person)
        self._approved = person.page.text
        assert proof is not None
        person.page.forms.append(proof)
        person.submit("/step-up")
        expect_in(say("error.flow_ended").th, person.page.alert)

    def _believed(self) -> None:
        expect_in(self._account.agency_name, self._approved)
        expect_in("assertion_replayed", self._approved)

    def _changed(self, person: Visitor) -> None:
        person.open(self._world.origin + "/")
        person.submit("/account/email")
        self._prove(person, OFFICER.name)
        expect_heading("ระบุอีเมลใหม่ของท่าน", person)
        person.submit("/email", email=NEW_EMAIL)
        mail = self._world.smtp.mails[-1]
        expect((NEW_EMAIL,), mail.recipients)
        person.submit("/one-time-code", one_time_code=code_in(mail))
        expect(200, person.status)
        person.open(self._world.origin + "/")
        expect_heading("ท่านเข้าสู่ระบบแล้ว", person)

    def _told(self) -> None:
        expect([(self._email,), (NEW_EMAIL,)], [mail.recipients for mail in self._world.smtp.mails[-2:]])

    def _cooling_off(self) -> None:
        mails = len(self._world.smtp.mails)
        with Visitor() as elsewhere:
            elsewhere.open(self._world.origin + "/sign-in")
            elsewhere.submit("/recover")
            self._prove(elsewhere, OFFICER.name)
            elsewhere.choose(self._account.username)
            expect_in("อีเมลของบัญชีนี้เพิ่งมีการเปลี่ยน", elsewhere.page.alert)
        expect(mails, len(self._world.smtp.mails))

    def _alone(self, person: Visitor) -> None:
        with Visitor({"user-agent": "a browser in another office"}) as elsewhere:
            self._enter(elsewhere, self._password)
            person.open(self._world.origin + "/")
            expect_in("a browser in another office", person.page.text)
            person.submit("/sign-out-elsewhere")
            expect_heading("ท่านเข้าสู่ระบบแล้ว", person)
            elsewhere.open(self._world.origin + "/")
            expect(self._world.origin + "/sign-in?next=/", elsewhere.url)

    def _guessed(self, person: Visitor, guesser: Visitor) -> None:
        for _ in range(GUESSES):
            self._enter(guesser, "a guess at the password")
        expect_in(TOO_MANY, guesser.page.alert)
        person.open(self._world.origin + "/")
        person.submit("/sign-out")
        self._enter(person, self._password)
        expect_in(TOO_MANY, person.page.alert)

    def _way_back(self, person: Visitor, guesser: Visitor) -> None:
        person.open(self._world.origin + "/sign-in")
        person.submit("/with-thaid")
        self._prove(person, OFFICER.name)
        expect_in(OFFICER.name, person.page.text)
        self._enter(guesser, "the attack goes on meanwhile")
        expect_in(TOO_MANY, guesser.page.alert)
        person.submit("/credential", username=self._account.username, password=self._password)
        expect_heading("ท่านเข้าสู่ระบบแล้ว", person)
        expect_in("ThaID", person.page.text)

    def _prove(self, person: Visitor, name: str) -> None:
        person.submit("/authorize")
        person.choose(name)

    def _enter(self, person: Visitor, password: str) -> None:
        person.open(self._world.origin + "/sign-in")
        person.submit("/sign-in", username=self._account.username, password=password)
