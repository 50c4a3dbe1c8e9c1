"""What a request asks of the facade, and the one place where it is asked.

asked = pages.parse(request)            # a WebResponse: answer it as it is
result = perform(elaas, asked)          # or await it; an ElaasIdentityError that it raises is a result too
response = pages.render(asked, result)
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as field_of
from typing import TYPE_CHECKING, overload

from elaas_identity._discreet import discreet
from elaas_identity.browser import Browser
from elaas_identity.flow.steps import (
    AuthorizationRequest,
    EnterAuthenticatorCode,
    EnterOneTimeCode,
    Progress,
)
from elaas_identity.messages import Message
from elaas_identity.not_pickled import NotPickled
from elaas_identity.sessions.session import Session
from elaas_identity.web.language import Reading

if TYPE_CHECKING:
    from elaas_identity._async.elaas_identity import AsyncElaasIdentity
    from elaas_identity._sync.elaas_identity import ElaasIdentity


@discreet
@dataclass(frozen=True, slots=True)
class Problem:
    """What a page says at its top.

    Attributes:
        message: what it says.
        field: which of the page's inputs it marks.
        code: for the portal's help desk.
        at: the `mark` of the step that it is about: no other one shows it. Empty: any step shows it.
        typed: what the person typed, by field, to be corrected; nothing secret.
        hints: what to look at before the next try, or what still works meanwhile.
    """

    message: Message
    field: str | None = None
    code: str = ""
    at: str = ""
    typed: Mapping[str, str] = field_of(default_factory=dict, repr=False)
    hints: tuple[Message, ...] = ()


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(NotPickled):
    """One call of the facade, and the page that it comes from.

    Attributes:
        act: the name of the facade's method.
        flow_id: for an act on a flow.
        session: the portal's, for an act of somebody who is signed in.
        arguments: the method's other arguments, by the names of its parameters. Passwords and codes are among them.
        browser: who asks.
        seen: the `mark` of the page that the form was on. It tells whether the flow has moved on since; and with its
            `Browser.form`, which is longer, a form that is sent twice is known again.
        problem: what the page says, where the request itself names it.
        in_app: the app that the browser says that it is part of (`app_of`).
        on_phone: the browser says that it is a phone's.
        left: what the act before left for the page, by name: `sent`, `onward`.
        reading: how the page that answers is read.
    """

    act: str
    flow_id: str | None = None
    session: Session | None = None
    arguments: Mapping[str, str] = field_of(default_factory=dict, repr=False)
    browser: Browser
    seen: str = ""
    problem: Problem | None = None
    in_app: str = ""
    on_phone: bool = False
    left: Mapping[str, str] = field_of(default_factory=dict, repr=False)
    reading: Reading = field_of(default=Reading(), compare=False)


def mark(progress: Progress) -> str:
    """Names what a page shows: the kind of step, and the reference of the code that it asks for."""
    step = progress.step
    return f"{step.kind} {step.reference}" if isinstance(step, EnterOneTimeCode) else step.kind


def form_of(progress: Progress, page: str) -> str:
    """Names the forms of a page: what it shows (`mark`), and another name for each attempt.

    Where the step itself counts the attempts, that is its count; else it is `page`, which no other page has.
    """
    step = progress.step
    if isinstance(step, EnterOneTimeCode | EnterAuthenticatorCode):
        return named(mark(progress), str(step.attempts_left))
    return named(mark(progress), page)


def named(what: str, page: str) -> str:
    """The name of a form; `mark_of` gives `what` again."""
    return f"{what}{_PAGE}{page}"


def mark_of(form: str) -> str:
    """The mark of the page that a form names."""
    return form[:_LONGEST_FORM].partition(_PAGE)[0]


_PAGE = "#"
_LONGEST_FORM = 100
"""Characters of a form's own word that are looked at; ours are shorter."""


@overload
def perform(elaas: ElaasIdentity, asked: Asked) -> Progress | AuthorizationRequest: ...
@overload
def perform(elaas: AsyncElaasIdentity, asked: Asked) -> Awaitable[Progress | AuthorizationRequest]: ...
@discreet
def perform(
    elaas: ElaasIdentity | AsyncElaasIdentity, asked: Asked
) -> Progress | AuthorizationRequest | Awaitable[Progress | AuthorizationRequest]:
    """Ask the facade; the answer of an asynchronous one is to be awaited.

    Raises:
        ElaasIdentityError: as the facade does; `Pages.render` takes it in place of a result.
    """
    method: Callable[..., Progress | AuthorizationRequest | Awaitable[Progress | AuthorizationRequest]]
    method = getattr(elaas, asked.act)
    needed = {"flow_id": asked.flow_id, "session": asked.session}
    given = {name: value for name, value in needed.items() if value is not None}
    return method(**given, **asked.arguments, browser=asked.browser)
