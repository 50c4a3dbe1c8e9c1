"""Who races: what persons and administrators do, each act with the scenes in which it leads somewhere."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeAlias

from elaas_identity import (
    AccountKind,
    EnterOneTimeCode,
    FirstUse,
    NewAccount,
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
        home: the scenes in which it leads somewhere.
        officer: whose act it is; None for an administrator's.
    """

    name: str
    home: tuple[str, ...]
    play: Play
    officer: int | None = 0
    mail_arrives: bool = True
    in_a_flow: bool = True


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


def _admin(name: str, home: str, call: Play) -> Act:
    return Act(name, tuple(home.split()), call, officer=None, in_a_flow=False)


def _query_of(officer: Officer, number: int) -> str:
    return officer.queries[number] if officer.queries else f"code={officer.name}&state=none"


EVERYWHERE = "identity email code password reissued active too_short"
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
        _person("right", "code", lambda e, o: e.submit_one_time_code(o.flow_id, o.code, browser=o.browser)),
        _person(
            "wrong", "code", lambda e, o: e.submit_one_time_code(o.flow_id, wrong(o.code), browser=o.browser)
        ),
        _person("confirm", "code", lambda e, o: e.confirm(o.flow_id, o.code, o.chosen, browser=o.browser)),
        _person("callback", "identity", lambda e, o: e.receive_callback(_query_of(o, 0), browser=o.browser)),
        _person(
            "other_callback", "identity", lambda e, o: e.receive_callback(_query_of(o, 1), browser=o.browser)
        ),
        Act(
            "foreign_callback",
            ("identity",),
            lambda e, s: e.receive_callback(_query_of(s.officers[0], 0), browser=s.stranger),
            in_a_flow=False,
        ),
        _person("authorize", "identity", lambda e, o: e.authorize(o.flow_id, browser=o.browser)),
        _person("email", "email", lambda e, o: e.submit_email(o.flow_id, o.email, browser=o.browser)),
        _person(
            "other_email",
            "email code",
            lambda e, o: e.submit_email(o.flow_id, f"other-{o.email}", browser=o.browser),
        ),
        _person("resend", "code", lambda e, o: e.resend_one_time_code(o.flow_id, browser=o.browser)),
        _person(
            "resend_refused",
            "code",
            lambda e, o: e.resend_one_time_code(o.flow_id, browser=o.browser),
            mail_arrives=False,
        ),
        _person(
            "set_password",
            "password reissued too_short",
            lambda e, o: e.set_password(o.flow_id, o.chosen, browser=o.browser),
        ),
        _person(
            "cancel",
            "identity email code password reissued too_short",
            lambda e, o: e.cancel(o.flow_id, browser=o.browser),
        ),
        _person(
            "second_confirms",
            "identity email code",
            lambda e, o: e.confirm(o.flow_id, o.code, o.chosen, browser=o.browser),
            officer=1,
        ),
        _person(
            "second_right",
            "code",
            lambda e, o: e.submit_one_time_code(o.flow_id, o.code, browser=o.browser),
            officer=1,
        ),
        _person(
            "second_sets_password",
            "password reissued too_short",
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
            "active password",
            lambda e, o: e.begin(USERNAME, o.chosen, browser=o.browser),
            in_a_flow=False,
        ),
        _admin(
            "reissue", EVERYWHERE, lambda e, s: e.accounts.reissue(s.account_id, by="admin-1", reason="lost")
        ),
        _admin(
            "unlock", EVERYWHERE, lambda e, s: e.accounts.unlock(s.account_id, by="admin-2", reason="call")
        ),
        _admin(
            "provision", "active", lambda e, s: e.accounts.provision(NEW_LIST, by="admin-1", reason="list")
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
