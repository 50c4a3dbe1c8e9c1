"""A refused form leads to a page that says why: no reload, double click or back button costs another attempt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest

from elaas_identity import Browser, EnterOneTimeCode, Session
from elaas_identity.change import Key
from elaas_identity.errors import ElaasIdentityError, Misconfigured, ProviderFailed, Refused
from elaas_identity.events import Event
from elaas_identity.flow import budgets, mailbox
from elaas_identity.flow.advance import Rules
from elaas_identity.flow.moment import Moment
from elaas_identity.flow.sign_in_attempt import attempt_of_name
from elaas_identity.flow.steps import EnterAuthenticatorCode, VerifyIdentity
from elaas_identity.messages import Message
from elaas_identity.passwords.preparation import prepare_username
from elaas_identity.web.calls import Asked, mark, perform
from elaas_identity.web.exchange import WebRequest, WebResponse
from elaas_identity.web.pages import Pages
from elaas_identity.web.routes import ROUTES
from elaas_identity.web.site import Site
from tests.facade.app import WITH_APP, App, asked, enrolled
from tests.facade.officer import at_once, onboard, refused, signed_in_of, through_thaid
from tests.facade.portal import CHOSEN, FLAVOURS, ISSUED, USERNAME, Portal, made, progress_of, wrong
from tests.facade.stored import stored_flow
from tests.web.test_account_life_pages import SESSION
from tests.web.test_markup import Markup, said

ORIGIN = "https://portal.example.go.th"


@dataclass
class Tab:
    """A tab of one browser: it sends the forms that it was shown, and follows redirects by GET."""

    portal: Portal
    browser: Browser
    pages: Pages
    path: str = ""
    page: str = ""
    session: Session | None = None

    @classmethod
    def of(cls, portal: Portal) -> Tab:
        pages = Pages(
            keyring=portal.keyring,
            origin=ORIGIN,
            site=Site(name=Message("ก", "A")),
            identity_provider_origins=("https://thaid.example",),
            clock=portal.clock,
        )
        return cls(portal, portal.browser(), pages)

    def load(self, path: str) -> str:
        """A GET: what an address bar, a reload and the back button do."""
        self.path = path
        answer = self._exchange("GET", path)
        while answer.status == 303:
            self.path = answer.header("location") or ""
            answer = self._exchange("GET", self.path)
        assert answer.status == 200, answer
        self.page = answer.body.decode()
        return self.page

    def send(self, action: str, **typed: str) -> str:
        return self.load(self.post(action, **typed).header("location") or "")

    def post(self, action: str, **typed: str) -> WebResponse:
        """The form of the page shown, sent to where its action ends with that."""
        forms: list[tuple[str, dict[str, str]]] = []
        for tag, attributes in Markup(self.page).tags:
            if tag == "form":
                forms.append((attributes["action"], {}))
            elif tag == "input":
                forms[-1][1][attributes["name"]] = attributes.get("value", "")
        path, fields = next(form for form in forms if form[0].endswith(action))
        return self._exchange("POST", path, urlencode({**fields, **typed}).encode())

    def _exchange(self, method: str, path: str, body: bytes = b"") -> WebResponse:
        path, _, query = path.partition("?")
        headers = {"origin": ORIGIN, "content-type": "application/x-www-form-urlencoded"}
        cookies = {self.pages.cookie.name: self.browser.token}
        request = WebRequest(
            method=method, path=path, query=query, headers=headers, cookies=cookies, body=body
        )
        got = self.pages.parse(request, address="192.0.2.1", session=self.session)
        if isinstance(got, WebResponse):
            return got
        try:
            return self.pages.render(got, perform(self.portal.elaas, got))
        except ElaasIdentityError as error:
            return self.pages.render(got, error)


@pytest.fixture(params=FLAVOURS[1:3])
def portal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Portal]:
    with made(request.param, tmp_path) as built:
        yield built


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Portal]:
    with made("sync-memory", tmp_path) as built:
        yield built


def at_code(portal: Portal) -> tuple[Tab, str]:
    """A tab at the page that asks for the code, and the flow's id."""
    portal.provision()
    tab = Tab.of(portal)
    flow_id = portal.mailed(tab.browser).flow_id
    tab.load(tab.pages.flow_url(flow_id))
    return tab, flow_id


def left(portal: Portal, tab: Tab, flow_id: str) -> int:
    step = progress_of(portal.elaas.current(flow_id, browser=tab.browser)).step
    assert isinstance(step, EnterOneTimeCode | EnterAuthenticatorCode)
    return step.attempts_left


def refusals(portal: Portal, flow_id: str, kind: str = "one_time_code.refused") -> int:
    key = Key(Event, flow_id, field="flow_id")
    return sum(event.kind == kind for event in portal.store.load(key).all(key))


# One attempt


def test_f51_reload_back_and_double_click_on_a_refused_code_cost_one_attempt(portal: Portal) -> None:
    """F51: 4 → 3, and 3 → 1: the person's attempts were gone without their typing anything."""
    tab, flow_id = at_code(portal)
    before = tab.page
    code = portal.wrong_code()
    first, second = (tab.post("one-time-code", one_time_code=code) for _ in range(2))
    assert (303, 303) == (first.status, second.status)
    assert first.header("location") == second.header("location")
    said = tab.load(first.header("location") or "")
    for _ in range(3):
        assert said == tab.load(tab.path)  # the reload
        assert 'role="alert"' in said
        assert 4 == left(portal, tab, flow_id)
    assert 1 == refusals(portal, flow_id)
    tab.page = before  # the back button, with a browser that shows what it kept
    tab.send("one-time-code", one_time_code=f" {code[:4]}-{code[4:]} ")
    assert 4 == left(portal, tab, flow_id)
    tab.send("one-time-code", one_time_code=code)  # typed again on the page that said so
    assert 3 == left(portal, tab, flow_id)
    tab.send("one-time-code", one_time_code=wrong(code))
    assert 2 == left(portal, tab, flow_id)
    tab.send("one-time-code", one_time_code=portal.code())
    assert 'name="new_password"' in tab.page


def test_f51_another_value_from_one_page_is_another_attempt(memory: Portal) -> None:
    """F51, invariant 3: a page that was kept would be good for as many guesses as one likes."""
    tab, flow_id = at_code(memory)
    before, code = tab.page, memory.wrong_code()
    for used in range(1, 5):
        tab.page = before
        tab.send("one-time-code", one_time_code=code)
        assert 5 - used == left(memory, tab, flow_id)
        code = wrong(code)
    tab.page = before
    assert 'role="alert"' not in tab.send("one-time-code", one_time_code=code)
    assert (
        "one_time_code_exhausted"
        == refused(memory.elaas.submit_one_time_code, flow_id, memory.code(), browser=tab.browser).code
    )


def test_f51_an_old_value_at_a_new_code_is_another_attempt(memory: Portal) -> None:
    """F51: what was wrong for the code before may be guessed at the new one for nothing."""
    tab, flow_id = at_code(memory)
    form, code = replace(tab.browser, form="one page"), memory.wrong_code()
    for _ in range(2):
        refused(memory.elaas.submit_one_time_code, flow_id, code, browser=form)
    memory.clock.shift(minutes=2)
    memory.elaas.resend_one_time_code(flow_id, browser=tab.browser)
    refused(memory.elaas.submit_one_time_code, flow_id, code, browser=form)
    assert 3 == left(memory, tab, flow_id)


def test_f51_clicks_in_flight_at_once_cost_one_attempt(portal: Portal) -> None:
    """F51: a double click does not wait for the first answer."""
    tab, flow_id = at_code(portal)
    code, form = portal.wrong_code(), replace(tab.browser, form="page 1")
    click = lambda elaas: elaas.submit_one_time_code(flow_id, code, browser=form)  # noqa: E731
    assert ["one_time_code_wrong"] * 4 == at_once(portal, [click] * 4)
    assert 4 == left(portal, tab, flow_id)


def test_f51_a_double_click_on_the_right_code_is_one_win(portal: Portal) -> None:
    """F51, invariant 2: the second click would refuse what the first one has confirmed."""
    tab, _ = at_code(portal)
    first, second = (tab.post("one-time-code", one_time_code=portal.code()) for _ in range(2))
    for answer in (first, second):
        page = tab.load(answer.header("location") or "")
        assert 'name="new_password"' in page
        assert 'role="alert"' not in page


def test_f51_a_right_code_that_was_reserved_and_lost_is_still_right(
    memory: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F51, invariant 5: a crash before the comparison would make the code wrong for good."""
    tab, _ = at_code(memory)
    with monkeypatch.context() as patch:
        patch.setattr(mailbox, "is_right", _dies)
        with pytest.raises(OSError, match="power cut"):
            tab.post("one-time-code", one_time_code=memory.code())
    assert 'name="new_password"' in tab.send("one-time-code", one_time_code=memory.code())


def _dies(*_: Any) -> bool:
    raise OSError("power cut")


def test_f51_the_letters_single_form_counts_a_double_click_once(memory: Portal) -> None:
    """F51: code and password in one form would cost two attempts."""
    tab, flow_id = at_code(memory)
    form, own = replace(tab.browser, form="page 1"), "a long phrase of the officer"
    for _ in range(2):
        refused(memory.elaas.confirm_and_set_password, flow_id, memory.wrong_code(), own, browser=form)
    assert 4 == left(memory, tab, flow_id)
    memory.elaas.confirm_and_set_password(flow_id, memory.code(), own, browser=form)


def test_f51_without_a_page_each_call_is_an_attempt(memory: Portal) -> None:
    """F51, invariant 3: who calls the facade without pages of ours would count nothing."""
    tab, flow_id = at_code(memory)
    for _ in range(2):
        refused(memory.elaas.submit_one_time_code, flow_id, memory.wrong_code(), browser=tab.browser)
    assert 3 == left(memory, tab, flow_id)


@pytest.fixture
def with_app(tmp_path: Path) -> Iterator[tuple[Portal, App]]:
    with made("sync-memory", tmp_path, WITH_APP) as built:
        onboard(built)
        built.clock.shift(minutes=2)
        yield built, enrolled(built)


def test_f51_a_double_click_on_an_apps_code_costs_one_attempt(with_app: tuple[Portal, App]) -> None:
    """F51: the same, for the second factor; half a minute later the same digits are another guess."""
    portal, app = with_app
    tab = Tab.of(portal)
    flow_id = asked(portal, tab.browser).flow_id
    tab.load(tab.pages.flow_url(flow_id))
    before, code = tab.page, app.wrong()
    first, second = (tab.post("authenticator-code", authenticator_code=code) for _ in range(2))
    assert first.header("location") == second.header("location")
    assert 'role="alert"' in tab.load(first.header("location") or "")
    assert 4 == left(portal, tab, flow_id)
    assert 1 == refusals(portal, flow_id, "authenticator.refused")
    portal.clock.shift(seconds=30)
    tab.page = before
    tab.send("authenticator-code", authenticator_code=code)
    assert 3 == left(portal, tab, flow_id)


def test_f51_a_double_click_on_the_address_sends_one_mail(memory: Portal) -> None:
    """F51: two mails, of which the first has a dead code; or "wait" over a mail that has gone out."""
    memory.provision()
    tab = Tab.of(memory)
    tab.load(tab.pages.flow_url(memory.identify(tab.browser).flow_id))
    first, second = (tab.post("email", email="clerk@sommut.example.go.th") for _ in range(2))
    assert 1 == len(memory.outbox.mails)
    for answer in (first, second):
        assert 'role="alert"' not in tab.load(answer.header("location") or "")
    tab.post("resend")
    assert 'role="alert"' in tab.load(tab.post("resend").header("location") or "")
    assert 1 == len(memory.outbox.mails)


def test_f51_a_refused_sign_in_is_not_sent_again_by_a_reload(memory: Portal) -> None:
    """F51: each reload of the page would be a failure of the username's; the page keeps the name."""
    memory.provision()
    tab = Tab.of(memory)
    tab.load("/sign-in")
    page = tab.send("/sign-in", username=USERNAME, password="not the password")
    refusals_told = memory.kinds().count("sign_in.refused")
    for _ in range(10):
        assert said(page) == said(tab.load(tab.path))
    assert refusals_told == memory.kinds().count("sign_in.refused")
    assert f'value="{USERNAME}"' in page
    assert "wait" not in tab.send("/sign-in", username=USERNAME, password=ISSUED)


def failures(portal: Portal, username: str = USERNAME) -> int:
    """What counts against a name by now."""
    subject = prepare_username(username)
    (_, of_a_day) = budgets.username_failures(portal.policy, portal.keyring, subject)[-2:]
    return int(portal.store.load(of_a_day).used(of_a_day, portal.clock()))


PASSWORD_FORMS = ("/sign-in", "/account/password", "credential")


def at_password(portal: Portal, action: str) -> tuple[Tab, dict[str, str], Callable[[], int]]:
    """A tab at a form that asks for a password, what is typed there, and what counts against the person by now."""
    account_id = onboard(portal)
    tab = Tab.of(portal)
    typed = {"username": USERNAME, "password": "not the password"}
    if action == "credential":
        proven = through_thaid(portal, portal.elaas.begin_with_thaid(browser=tab.browser), tab.browser)
        tab.load(tab.pages.flow_url(proven.flow_id))
        flow = stored_flow(portal, proven.flow_id)
        assert flow.person_index is not None
        of_person = budgets.person_failures(portal.policy, flow.person_index)[-1]
        return tab, typed, lambda: portal.store.load(of_person).used(of_person, portal.clock())
    if action == "/account/password":
        tab.session = signed_in_of(portal.begin(tab.browser, password=CHOSEN)).session(account_id)
        typed = {"current_password": "not the password"}
    tab.load(action)
    return tab, typed, lambda: failures(portal)


@pytest.mark.parametrize("action", PASSWORD_FORMS)
def test_f51_a_double_click_on_a_password_costs_one_failure(portal: Portal, action: str) -> None:
    """F51: four double clicks shut a person out who mistyped four times."""
    tab, typed, count = at_password(portal, action)
    before = tab.page
    answers = [tab.post(action, **typed) for _ in range(2)]
    assert 1 == count()
    assert 'role="alert"' in tab.load(answers[-1].header("location") or "")
    refused_page, tab.page = tab.page, before  # the back button
    tab.post(action, **typed)
    assert 1 == count()
    tab.page = refused_page
    tab.send(action, **typed)  # typed again on the page that said so
    assert 2 == count()


@pytest.mark.parametrize("action", PASSWORD_FORMS)
def test_f51_another_password_from_one_page_is_another_failure(memory: Portal, action: str) -> None:
    """F51, R4.1: a page that was kept would be good for as many guesses as one likes."""
    tab, typed, count = at_password(memory, action)
    field = next(name for name in typed if name != "username")
    for guess in range(1, 4):
        tab.post(action, **{**typed, field: f"guess {guess}"})
        assert guess == count()


def test_f51_a_page_that_is_sent_often_is_counted_for_the_client(memory: Portal) -> None:
    """F51, R4.1: one guess, sent without end, would keep the processor busy for nothing."""
    tab, typed, _ = at_password(memory, "/sign-in")
    client = budgets.client_failures(memory.policy, memory.keyring, "192.0.2.1")
    for sent in range(1, 4):
        tab.post("/sign-in", **typed)
        assert sent == memory.store.load(client).used(client, memory.clock())


def test_f51_passwords_in_flight_at_once_cost_one_failure(portal: Portal) -> None:
    """F51: a double click does not wait for the first answer."""
    onboard(portal)
    form = replace(portal.browser(), form="page 1")
    click = lambda elaas: elaas.begin(USERNAME, "not the password", browser=form)  # noqa: E731
    assert ["credential_wrong"] * 3 == at_once(portal, [click] * 3)
    assert 1 == failures(portal)


def test_f51_a_double_click_on_the_right_password_costs_nothing(memory: Portal) -> None:
    """F51: the second click would be somebody's failure."""
    onboard(memory)
    tab = Tab.of(memory)
    tab.load("/sign-in")
    for _ in range(2):
        assert "/" == tab.post("/sign-in", username=USERNAME, password=CHOSEN).header("location")
    assert 0 == failures(memory)


def test_f51_what_is_kept_of_a_wrong_password_finds_nothing(memory: Portal) -> None:
    """F51, invariant 8: who has the store and its keys could look for the password, which may be the right one
    elsewhere. Twelve bits fit every 4,096th of all passwords."""
    rules = Rules(memory.policy, memory.keyring)
    form = replace(memory.browser(), form="one page")
    moment = Moment.of(memory.clock(), bytes(32), memory.keyring, form)
    kept = [attempt_of_name(rules, moment, USERNAME, f"guess {n}", None).once for n in range(5000)]
    assert len(set(kept[:50])) > 45
    assert len(set(kept)) <= 4096


def test_f51_the_wait_that_is_shown_runs_down(memory: Portal) -> None:
    """F51: a reload would say "wait a minute" for ever."""
    memory.provision()
    tab = Tab.of(memory)
    tab.load("/sign-in")
    for _ in range(6):
        tab.send("/sign-in", username=USERNAME, password="not the password")
    assert "60 วินาที" in tab.page
    memory.clock.shift(seconds=20)
    assert "40 วินาที" in tab.load(tab.path)
    memory.clock.shift(seconds=40)
    assert 'role="alert"' not in tab.load(tab.path)


# Every form


ERRORS = (
    Refused("credential_wrong", field="credential"),
    Refused("flow_unknown"),
    Refused("sign_in_outdated"),
    Refused("mail_throttled", retry_after=timedelta(minutes=1)),
    ProviderFailed("store_unavailable", detail="canary"),
    Misconfigured("keyring", detail="canary"),
)


def test_f51_every_refused_form_answers_with_a_redirect(memory: Portal) -> None:
    """F51, R7.2: a form would act again by a reload; or its address would tell what was typed."""
    tab = Tab.of(memory)
    where = progress_of(memory.elaas.begin_with_thaid(browser=tab.browser))
    for route, error, stands in product(ROUTES, ERRORS, (None, where)):
        of_flow = "{" in route.path
        error.progress = stands if of_flow else None
        asked = Asked(
            act=route.act,
            flow_id=where.flow_id if of_flow else None,
            session=SESSION if route.session else None,
            arguments=dict.fromkeys(route.fields.values(), "canary@example.go.th"),
            browser=tab.browser,
            seen=mark(where),
        )
        answer = tab.pages.render(asked, error)
        target = answer.header("location") or ""
        assert (303, b"") == (answer.status, answer.body)
        assert "canary" not in target
        path, _, query = target.partition("?")
        cookies = {tab.pages.cookie.name: tab.browser.token}
        request = WebRequest(method="GET", path=path, query=query, cookies=cookies)
        got = tab.pages.parse(request, session=asked.session)
        if isinstance(got, Asked):
            assert ("current", {}) == (got.act, got.arguments)
            got = tab.pages.render(got, where)
        assert 200 == got.status
        assert b'role="alert"' in got.body, (route, error)


def test_f51_what_an_address_says_is_this_browsers_this_pages_and_not_for_long(memory: Portal) -> None:
    """F51, R6.3: a link could make our page say something to somebody else."""
    memory.provision()
    tab = Tab.of(memory)
    tab.load("/sign-in")
    tab.send("/sign-in", username=USERNAME, password="not the password")
    target = tab.path
    assert 'role="alert"' in tab.page
    for forged in (
        target[:-9] + ("A" if target[-9] != "A" else "B") + target[-8:],
        target[:-8],
        "/sign-in?refused=",
        "/sign-in?refused=a&refused=b",
    ):
        assert 'role="alert"' not in tab.load(forged)
    query = target.partition("?")[2]
    assert 'role="alert"' not in Tab.of(memory).load(target)
    flow = memory.begin(tab.browser).flow_id
    assert 'role="alert"' not in tab.load(f"/flow/{flow}?{query}")
    memory.clock.shift(minutes=10)
    assert 'role="alert"' not in tab.load(target)


def test_f51_a_huge_value_is_not_carried_along(memory: Portal) -> None:
    """F51: a name of many kilobytes would make an address that no server reads."""
    tab = Tab.of(memory)
    tab.load("/sign-in")
    answer = tab.post("/sign-in", username="n" * 9000, password="p")
    assert len(answer.header("location") or "") < 2000
    assert 'role="alert"' in tab.load(answer.header("location") or "")


# A step that has been passed


def test_f52_two_callbacks_at_once_leave_no_problem_on_the_verified_persons_page(memory: Portal) -> None:
    """F52: "this verification has expired" stood over a person who had just been verified."""
    memory.provision()
    tab = Tab.of(memory)
    flow_id = memory.begin(tab.browser).flow_id
    query = memory.callback_query(flow_id, tab.browser)
    slow: list[str] = []

    def second() -> None:  # the loser answers while the winner is still at the identity provider
        slow.append(tab._exchange("GET", f"/auth/callback?{query}").header("location") or "")

    memory.idp.before_redeem = second
    won = tab.load(f"/auth/callback?{query}")
    memory.idp.before_redeem = lambda: None
    assert 'name="email"' in won
    assert ["callback_unknown"] == parse_qs(slow[0].partition("?")[2])["problem"]
    late = tab._exchange("GET", f"/auth/callback?{query}").header("location") or ""
    for target in (slow[0], late):
        page = tab.load(target)
        assert 'name="email"' in page
        assert 'role="alert"' not in page


def test_f52_the_problem_of_a_form_is_not_shown_over_a_later_step(memory: Portal) -> None:
    """F52: "this code is wrong" would stand over the form for the new password."""
    tab, _ = at_code(memory)
    tab.send("one-time-code", one_time_code=memory.wrong_code())
    kept = tab.path
    tab.send("one-time-code", one_time_code=memory.code())
    page = tab.load(kept)
    assert 'name="new_password"' in page
    assert 'role="alert"' not in page


def test_f52_the_problem_of_one_code_is_not_shown_over_the_next(memory: Portal) -> None:
    """F52: the new mail's code would be called wrong before it is typed."""
    tab, flow_id = at_code(memory)
    tab.send("one-time-code", one_time_code=memory.wrong_code())
    kept = tab.path
    memory.clock.shift(minutes=2)
    memory.elaas.resend_one_time_code(flow_id, browser=tab.browser)
    assert 'role="alert"' not in tab.load(kept)


def test_f52_the_problem_of_a_callback_is_shown_where_thaid_is_asked_again(memory: Portal) -> None:
    """F52: the person would come back from ThaID to the same button, without a word."""
    memory.provision()
    tab = Tab.of(memory)
    flow_id = memory.begin(tab.browser).flow_id
    memory.callback_query(flow_id, tab.browser)
    page = tab.load(f"/flow/{flow_id}?problem=identity_denied")
    assert 'role="alert"' in page
    step = progress_of(memory.elaas.current(flow_id, browser=tab.browser)).step
    assert isinstance(step, VerifyIdentity)
