"""Who races: what persons and administrators do, each act with the scenes in which it leads somewhere."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from elaas_identity import (
    AccountKind,
    ChooseAccount,
    Ended,
    EnterOneTimeCode,
    Expected,
    FirstUse,
    NewAccount,
    PasswordSet,
    ProvideEmail,
    SetPassword,
    VerifyIdentity,
)
from tests.facade.portal import ISSUED, USERNAME, code_in, wrong
from tests.races.scenes import Officer, Scene
from tests.races.scheduler import Asked
from tests.races.world import ReadMailbox

NEW_USERNAME = "laas-5100199"
Play: TypeAlias = Callable[[Any, Scene], Coroutine[Any, Any, Any]]


@dataclass(frozen=True)
class Act:
    """Something that a person or an administrator does.

    Attributes:
        home: the scenes in which it leads somewhere; none: it is long, and raced only where a test names it.
        officer: whose act it is; None for an administrator's.
        usual: the ordinary run plays it against everything; the others in the pairs that a test names, and `long`.
    """

    name: str
    home: tuple[str, ...]
    play: Play
    officer: int | None = 0
    mail_arrives: bool = True
    in_a_flow: bool = True
    usual: bool = True


def _person(
    name: str,
    home: str,
    call: Callable[[Any, Officer], Coroutine[Any, Any, Any]],
    officer: int = 0,
    **more: Any,
) -> Act:
    return Act(
        name, tuple(home.split()), lambda elaas, scene: call(elaas, scene.officers[officer]), officer, **more
    )


def _admin(name: str, home: str, call: Play, *, usual: bool = True) -> Act:
    return Act(name, tuple(home.split()), call, officer=None, in_a_flow=False, usual=usual)


def _by_admin(name: str, home: str, *more: Callable[[Scene], Any]) -> Act:
    """One of `elaas.accounts` that is called as it is named."""

    def call(elaas: Any, scene: Scene) -> Coroutine[Any, Any, Any]:
        given = [each(scene) for each in more]
        act = getattr(elaas.accounts, name)
        return act(scene.account_id, *given, by="admin-3", reason="order")  # type: ignore[no-any-return]

    return _admin(name, home, call, usual=False)


def _choice(name: str, home: str, account: Callable[[Scene], str], officer: int = 0, **more: Any) -> Act:
    def call(elaas: Any, scene: Scene) -> Coroutine[Any, Any, Any]:
        who = scene.officers[officer]
        return elaas.choose_account(who.flow_id, account(scene), browser=who.browser)  # type: ignore[no-any-return]

    return Act(name, tuple(home.split()), call, officer, usual=False, **more)


async def _suspended_for_a_while(elaas: Any, scene: Scene) -> Any:
    await elaas.accounts.suspend(scene.account_id, by="admin-3", reason="inquiry")
    return await elaas.accounts.restore(scene.account_id, by="admin-3", reason="over")


def _query_of(officer: Officer, number: int) -> str:
    return officer.queries[number] if officer.queries else f"code={officer.name}&state=none"


async def _onboards_anew(elaas: Any, scene: Scene) -> Any:
    """Their letter was lost too: another one, and all of the onboarding once more, with another address."""
    letter = await elaas.accounts.reissue(scene.account_id, by="admin-1", reason="lost")
    officer = replace(scene.officers[1], email="new@sommut.example.go.th")
    progress = await elaas.begin(USERNAME, letter.password, browser=officer.browser)
    officer = replace(officer, flow_id=progress.flow_id)
    while not isinstance(progress.step, (PasswordSet, Ended)):
        progress = await go_on(elaas, officer)
    return progress


ONBOARDING = "identity email code password reissued active too_short"
"""And sign-in."""
RECOVERY = "recovery_identity recovery_account recovery_code recovery_password"
IN_USE = f"{ONBOARDING} {RECOVERY}"
EVERYWHERE = f"{IN_USE} suspended"
NEW_LIST = tuple(
    NewAccount(
        username=username,
        password=ISSUED,
        kind=AccountKind.SUBORDINATE_AGENCY,
        agency_code="5100199",
        agency_name="โรงเรียนสมมติ",
        person=FirstUse(),
    )
    for username in (USERNAME, NEW_USERNAME)
)

ACTS: dict[str, Act] = {
    act.name: act
    for act in (
        _person(
            "right",
            "code recovery_code",
            lambda e, o: e.submit_one_time_code(o.flow_id, o.code, browser=o.browser),
        ),
        _person(
            "wrong",
            "code recovery_code",
            lambda e, o: e.submit_one_time_code(o.flow_id, wrong(o.code), browser=o.browser),
        ),
        _person(
            "confirm",
            "code recovery_code",
            lambda e, o: e.confirm(o.flow_id, o.code, o.chosen, browser=o.browser),
        ),
        _person(
            "callback",
            "identity recovery_identity",
            lambda e, o: e.receive_callback(_query_of(o, 0), browser=o.browser),
        ),
        _person(
            "other_callback",
            "identity recovery_identity",
            lambda e, o: e.receive_callback(_query_of(o, 1), browser=o.browser),
        ),
        Act(
            "foreign_callback",
            ("identity", "recovery_identity"),
            lambda e, s: e.receive_callback(_query_of(s.officers[0], 0), browser=s.stranger),
            in_a_flow=False,
        ),
        _person(
            "authorize",
            "identity recovery_identity",
            lambda e, o: e.authorize(o.flow_id, browser=o.browser),
        ),
        _person("email", "email", lambda e, o: e.submit_email(o.flow_id, o.email, browser=o.browser)),
        _person(
            "other_email",
            "email code",
            lambda e, o: e.submit_email(o.flow_id, f"other-{o.email}", browser=o.browser),
        ),
        _person(
            "resend",
            "code recovery_code",
            lambda e, o: e.resend_one_time_code(o.flow_id, browser=o.browser),
        ),
        _person(
            "resend_refused",
            "code recovery_code",
            lambda e, o: e.resend_one_time_code(o.flow_id, browser=o.browser),
            mail_arrives=False,
        ),
        _person(
            "set_password",
            "password reissued too_short recovery_password suspended",
            lambda e, o: e.set_password(o.flow_id, o.chosen, browser=o.browser),
        ),
        _person(
            "cancel",
            f"identity email code password reissued too_short {RECOVERY}",
            lambda e, o: e.cancel(o.flow_id, browser=o.browser),
        ),
        _person(
            "second_confirms",
            "identity email code recovery_identity recovery_code",
            lambda e, o: e.confirm(o.flow_id, o.code, o.chosen, browser=o.browser),
            officer=1,
        ),
        _person(
            "second_right",
            "code recovery_code",
            lambda e, o: e.submit_one_time_code(o.flow_id, o.code, browser=o.browser),
            officer=1,
        ),
        _person(
            "second_sets_password",
            "password reissued too_short recovery_password",
            lambda e, o: e.set_password(o.flow_id, o.chosen, browser=o.browser),
            officer=1,
        ),
        _person(
            "begin_issued",
            "identity code",
            lambda e, o: e.begin(USERNAME, ISSUED, browser=o.browser),
            in_a_flow=False,
        ),
        _person(
            "sign_in",
            "active password recovery_password",
            lambda e, o: e.begin(USERNAME, o.chosen, browser=o.browser),
            in_a_flow=False,
        ),
        Act(
            "sign_in_as_before",
            ("recovery_code", "recovery_password", "suspended"),
            lambda e, s: e.begin(USERNAME, "".join(s.passwords[:1]), browser=s.stranger),
            officer=None,
            in_a_flow=False,
            usual=False,
        ),
        _person(
            "recover",
            "recovery_identity",
            lambda e, o: e.recover(browser=o.browser),
            in_a_flow=False,
            usual=False,
        ),
        _choice("choose", "recovery_account", lambda s: s.account_id),
        _choice("choose_other", "recovery_account", lambda s: s.other_id),
        _choice("choose_refused", "recovery_account", lambda s: s.account_id, mail_arrives=False),
        _choice("second_chooses", "recovery_account", lambda s: s.account_id, officer=1),
        _admin("onboards_anew", "", _onboards_anew, usual=False),
        _admin(
            "reissue", EVERYWHERE, lambda e, s: e.accounts.reissue(s.account_id, by="admin-1", reason="lost")
        ),
        _admin(
            "unlock", EVERYWHERE, lambda e, s: e.accounts.unlock(s.account_id, by="admin-2", reason="call")
        ),
        _admin(
            "provision", "active", lambda e, s: e.accounts.provision(NEW_LIST, by="admin-1", reason="list")
        ),
        _by_admin("suspend", EVERYWHERE),
        _by_admin("restore", "suspended"),
        _admin("suspend_and_restore", IN_USE, _suspended_for_a_while, usual=False),
        _by_admin("close", EVERYWHERE),
        _by_admin("hand_over", EVERYWHERE, lambda s: Expected(s.successor.citizen.national_id)),
        _by_admin(
            "set_expected",
            "identity email code password",
            lambda s: Expected(s.successor.citizen.national_id),
        ),
    )
}


async def go_on(elaas: Any, officer: Officer) -> Any:
    """The person's next act after their request died: look where the flow stands, and do what the page offers."""
    progress = await elaas.current(officer.flow_id, browser=officer.browser)
    flow_id, browser = officer.flow_id, officer.browser
    match progress.step:
        case VerifyIdentity():
            request = await elaas.authorize(flow_id, browser=browser)
            state = request.url.partition("state=")[2].partition("&")[0]
            return await elaas.receive_callback(f"code={officer.name}&state={state}", browser=browser)
        case ChooseAccount(choices=choices):
            if not choices:
                return progress
            return await elaas.choose_account(flow_id, choices[0].account.id, browser=browser)
        case ProvideEmail():
            return await elaas.submit_email(flow_id, officer.email, browser=browser)
        case EnterOneTimeCode(reference=reference):
            text = await Asked(ReadMailbox(reference))
            if text is None:
                return await elaas.resend_one_time_code(flow_id, browser=browser)
            code = officer.code if text == "the mail from before" else code_in(text)
            return await elaas.submit_one_time_code(flow_id, code, browser=browser)
        case SetPassword():
            return await elaas.set_password(flow_id, officer.chosen, browser=browser)
        case _:
            return progress
