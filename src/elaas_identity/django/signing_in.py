"""Django's session of who signs in: it holds the token of `elaas.sessions`, which says when it is over.

The token is in no local variable while code of the portal's own runs: error reporters record those of every frame.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, authenticate, load_backend, login, logout
from django.http import HttpRequest

from elaas_identity._discreet import discreet
from elaas_identity.django.requests import VisitorRequest, web_request
from elaas_identity.django.settings import portal
from elaas_identity.errors import ElaasIdentityError, Refused
from elaas_identity.flow.outcomes import SignedIn
from elaas_identity.sessions.session import Officer
from elaas_identity.web.exchange import WebResponse
from elaas_identity.web.mounted import Answer
from elaas_identity.web.turns import Turn, ask

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

TOKEN = "_elaas_identity_token"  # noqa: S105  the name of a key of the session


def token_of(request: HttpRequest) -> str:
    """The token in Django's session; empty for none."""
    return str(request.session.get(TOKEN, ""))


@discreet
def sign_in(request: HttpRequest, signed_in: SignedIn) -> bool:
    """Sign in who has just been handed out, for a portal that asks the facade in views of its own.

    Answers whether there is a user for them (`USER_FOR`); where there is not, nobody is signed in. It calls the
    database: in an asynchronous view, `await sync_to_async(sign_in)(request, step)`.

    Raises:
        Refused: `sign_in_outdated`, when the account has changed since.
    """
    here, label = portal(), request.headers.get("user-agent", "")
    user = authenticate(request, signed_in=signed_in)
    if user is None:
        return False
    here.answered(ask(lambda elaas: elaas.sessions.end(token_of(request))))
    _begin(request, user)
    try:
        request.session[TOKEN] = here.answered(
            ask(lambda elaas: elaas.sessions.start(signed_in, label=label))
        )
    except ElaasIdentityError:
        logout(request)
        raise
    return True


def followed(request: HttpRequest, answer: Answer) -> WebResponse:
    """The answer, once Django's session is what it says."""
    if answer.signed_in is not None:
        user = authenticate(request, signed_in=answer.signed_in)
        if user is None:
            portal().answered(ask(lambda elaas: elaas.sessions.end(answer.token or "")))
            pages = portal().mounted.pages
            return pages.drawing.redirect(pages.sign_in_saying(web_request(request), "page.no_user"))
        _begin(request, user)
        request.session[TOKEN] = answer.token
    elif answer.token:
        request.session[TOKEN] = answer.token
        request.session.cycle_key()
    elif answer.token == "":
        request.session.pop(TOKEN, "")
        logout(request)
    return answer.response


def seen(token: str) -> Turn[Officer | Refused]:
    """Who is signed in by that token; or why nobody is."""
    if not token:
        return Refused("session_unknown")
    try:
        return (yield from ask(lambda elaas: elaas.sessions.officer(token)))
    except Refused as refused:
        return refused


def arrive(request: VisitorRequest, who: Officer | Refused) -> None:
    """Say on the request who is signed in. Where nobody is any more, Django's session ends."""
    if not isinstance(who, Refused) and request.user.is_authenticated:
        request.seen = request.officer = who
        return
    if isinstance(who, Refused):
        is_over = request.session.pop(TOKEN, "") != "" or _is_ours(request)
    else:  # their user was deactivated
        who, is_over = Refused("session_unknown"), True
    request.seen, request.officer = who, None
    if is_over:
        logout(request)


def _is_ours(request: HttpRequest) -> bool:
    """Whether Django's session is of a user whom our backend let in: without a token, nothing says when it ends."""
    from elaas_identity.django.backends import BindingBackend  # Django's models are not ready before

    path = request.session.get(BACKEND_SESSION_KEY, "")
    return path in settings.AUTHENTICATION_BACKENDS and isinstance(load_backend(path), BindingBackend)


def end_session(*, request: HttpRequest, **_: object) -> None:
    """At a sign-out by Django's `logout`, the session of the library ends."""
    if TOKEN in request.session:
        portal().answered(ask(lambda elaas: elaas.sessions.end(token_of(request))))


def _begin(request: HttpRequest, user: AbstractBaseUser) -> None:
    before = request.session.session_key
    login(request, user)
    if request.session.session_key == before:  # `login` keeps the key where the same user was in already
        request.session.cycle_key()
