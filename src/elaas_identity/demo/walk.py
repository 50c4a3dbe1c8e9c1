"""`elaas-identity demo --walk`: the mandated flow as a person would go through it, and what must be refused on the way.

Afterwards what an account's life brings: a step-up and an assertion, another mailbox, a guesser, a forgotten
password, a hand-over, a second factor, an approval.

Over real HTTP and SMTP against the demonstration's own servers, with the mandated policy and real password hashing.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx

from elaas_identity.demo.afterwards import Afterwards
from elaas_identity.demo.expecting import WentWrong, code_in, expect, expect_heading, expect_in
from elaas_identity.demo.issued import ISSUED, Issued
from elaas_identity.demo.mailbox import body_of
from elaas_identity.demo.offices_walk import OfficesWalk
from elaas_identity.demo.signed_in_walk import NEW_EMAIL, SignedInWalk
from elaas_identity.demo.visitor import Visitor
from elaas_identity.demo.world import CALLBACK_PATH, World
from elaas_identity.messages import say
from elaas_identity.testing.citizens import COLLEAGUE, OFFICER

EMAIL = "clerk@example.go.th"
NEW_PASSWORD = "ทะเล ภูเขา walks 7 steps"  # noqa: S105 - invented, and good for the demonstration alone


class Walk:
    """The steps, in order; `tell` is given a line for each."""

    def __init__(self, world: World, tell: Callable[[str], None]) -> None:
        assert world.thaid is not None
        self._world = world
        self._emulator = world.thaid
        self._tell = tell
        self._account = ISSUED[0]

    def run(self) -> bool:
        """Walk. False: a step failed, and was told."""
        with Visitor() as person, Visitor() as stranger, Visitor() as other:
            steps: tuple[tuple[str, Callable[[], None]], ...] = (
                (
                    "1 username and password: a wrong password is refused",
                    lambda: self._wrong_password(person),
                ),
                ("1 username and password: the issued ones are accepted", lambda: self._sign_in(person)),
                ("  another browser cannot open this flow", lambda: self._flow_elsewhere(person, stranger)),
                ("  the e-mail step cannot be reached before ThaID", lambda: self._skip_ahead(person)),
                ("  a POST from another site is refused", lambda: self._cross_site(person)),
                ("2 ThaID: the wrong person is refused", lambda: self._wrong_person(person)),
                ("2 ThaID: declined; the flow offers it again", lambda: self._declined(person)),
                ("2 ThaID: a callback in another browser is refused", lambda: self._stolen(person, stranger)),
                ("2 ThaID: the expected person is verified", lambda: self._verified(person)),
                ("  the same callback again changes nothing", lambda: self._replayed(person)),
                ("3 e-mail address: a code is sent to it", lambda: self._email(person)),
                ("4 one-time code: a wrong one is refused", lambda: self._wrong_code(person)),
                ("4 one-time code: the one from the mailbox is confirmed", lambda: self._right_code(person)),
                (
                    "5 new password: a short one and the issued one are refused",
                    lambda: self._bad_passwords(person),
                ),
                ("5 new password: set", lambda: self._new_password(person)),
                ("  the issued password does not sign in any more", lambda: self._issued_again(person)),
                ("  the new password signs in", lambda: self._signed_in(person)),
                ("  a notice was mailed, without the password", self._notices),
                *SignedInWalk(self._world, self._account, EMAIL, NEW_PASSWORD).steps(person, stranger),
                *Afterwards(self._world, self._account, NEW_EMAIL, NEW_PASSWORD).steps(person, stranger),
                *OfficesWalk(self._world).steps(stranger, other, person),
            )
            return all(self._step(name, act) for name, act in steps)

    def _step(self, name: str, act: Callable[[], None]) -> bool:
        begun = time.perf_counter()
        try:
            act()
        except (WentWrong, LookupError, httpx.HTTPError) as problem:
            self._tell(f"{time.perf_counter() - begun:6.2f} s  FAILED  {name}")
            self._tell(f"          {problem}")
            return False
        self._tell(f"{time.perf_counter() - begun:6.2f} s  ok      {name}")
        return True

    # 1 username and password

    def _wrong_password(self, person: Visitor) -> None:
        person.open(self._world.origin + "/")
        self._enter(person, self._account, "not-the-issued-password")
        expect_in(say("error.credential_wrong").th, person.page.alert)

    def _sign_in(self, person: Visitor) -> None:
        self._enter(person, self._account, self._account.password)
        expect_heading("ยืนยันตัวตนผ่าน ThaID", person)

    def _flow_elsewhere(self, person: Visitor, stranger: Visitor) -> None:
        stranger.open(self._world.origin + "/sign-in")
        stranger.open(person.url)
        expect(404, stranger.status)

    def _skip_ahead(self, person: Visitor) -> None:
        person.page.forms[0].action = person.page.forms[0].action.replace("/authorize", "/email")
        person.page.forms[0].fields["email"] = EMAIL
        person.submit("/email")
        expect_heading("ยืนยันตัวตนผ่าน ThaID", person)
        expect(0, len(self._world.smtp.mails))

    def _cross_site(self, person: Visitor) -> None:
        answer = httpx.post(
            person.url + "/cancel", headers={"origin": "https://elsewhere.example"}, trust_env=False
        )
        expect(403, answer.status_code)

    # 2 ThaID

    def _wrong_person(self, person: Visitor) -> None:
        person.submit("/authorize")
        person.choose(COLLEAGUE.name)
        expect_heading("ยืนยันตัวตนผ่าน ThaID", person)
        expect_in(say("error.person_mismatch").th, person.page.alert)
        if OFFICER.given_name in person.page.alert:
            raise WentWrong("no word of whom the account expects", person.page.alert)

    def _declined(self, person: Visitor) -> None:
        person.submit("/authorize")
        person.choose("ไม่ยินยอม")
        expect_heading("ยืนยันตัวตนผ่าน ThaID", person)
        expect_in(say("error.identity_denied").th, person.page.alert)

    def _stolen(self, person: Visitor, stranger: Visitor) -> None:
        redeemed = self._emulator.count("token")
        person.submit("/authorize")
        person.choose(OFFICER.name, until=CALLBACK_PATH)
        stranger.open(person.url)
        expect_in("/problem/callback_other_browser", stranger.url)
        person.open(person.url)  # burnt by the stranger, so it is of no use here either
        expect_heading("ยืนยันตัวตนผ่าน ThaID", person)
        expect(redeemed, self._emulator.count("token"))

    def _verified(self, person: Visitor) -> None:
        person.submit("/authorize")
        person.choose(OFFICER.name)
        expect_heading("ระบุอีเมลของท่าน", person)
        if "code=" in person.url:
            raise WentWrong("an address without the authorization code", person.url.partition("?")[0])

    def _replayed(self, person: Visitor) -> None:
        redeemed = self._emulator.count("token")
        person.open(next(url for url in reversed(person.visited) if CALLBACK_PATH in url))
        expect_heading("ระบุอีเมลของท่าน", person)
        expect(redeemed, self._emulator.count("token"))

    # 3 e-mail address, 4 one-time code

    def _email(self, person: Visitor) -> None:
        person.submit("/email", email=EMAIL)
        expect_heading("กรอกรหัสผ่านชั่วคราว (OTP)", person)
        expect([(EMAIL,)], [mail.recipients for mail in self._world.smtp.mails])

    def _wrong_code(self, person: Visitor) -> None:
        code = self._code()
        person.submit("/one-time-code", one_time_code=("1" if code[0] != "1" else "2") + code[1:])
        expect_in(say("error.one_time_code_wrong").th, person.page.alert)
        expect_heading("กรอกรหัสผ่านชั่วคราว (OTP)", person)

    def _right_code(self, person: Visitor) -> None:
        person.submit("/one-time-code", one_time_code=self._code())
        expect_heading("ตั้งรหัสผ่านใหม่", person)

    def _code(self) -> str:
        return code_in(self._world.smtp.mails[0])

    # 5 new password

    def _bad_passwords(self, person: Visitor) -> None:
        for password, code in (
            ("too short", "password_too_short"),
            (self._account.password, "password_same_as_before"),
        ):
            person.submit("/password", new_password=password, new_password_again=password)
            expect_in(say(f"error.{code}").th, person.page.alert)
            expect_heading("ตั้งรหัสผ่านใหม่", person)

    def _new_password(self, person: Visitor) -> None:
        person.submit("/password", new_password=NEW_PASSWORD, new_password_again=NEW_PASSWORD)
        expect_heading("ตั้งรหัสผ่านใหม่เรียบร้อยแล้ว", person)

    def _issued_again(self, person: Visitor) -> None:
        person.open(self._world.origin + "/sign-in")
        self._enter(person, self._account, self._account.password)
        expect_in(say("error.credential_wrong").th, person.page.alert)

    def _signed_in(self, person: Visitor) -> None:
        self._enter(person, self._account, NEW_PASSWORD)
        expect_heading("ท่านเข้าสู่ระบบแล้ว", person)
        expect(self._world.origin + "/", person.url)

    def _notices(self) -> None:
        notices = self._world.smtp.mails[1:]
        expect({(EMAIL,), (self._account.new_account().contact,)}, {mail.recipients for mail in notices})
        if any(NEW_PASSWORD in body_of(mail, kind) for mail in notices for kind in ("plain", "html")):
            raise WentWrong("notices without the password", "the password in one")

    def _enter(self, person: Visitor, account: Issued, password: str) -> None:
        person.submit("/sign-in", username=account.username, password=password)
