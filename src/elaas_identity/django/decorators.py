"""Views that are for officers alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar, overload

from asgiref.sync import iscoroutinefunction
from django.http import HttpResponse

from elaas_identity._discreet import discreet
from elaas_identity.django.requests import VisitorRequest, http_response, web_request
from elaas_identity.django.settings import portal
from elaas_identity.errors import Misconfigured, Refused
from elaas_identity.person.assurance import IAL

View = TypeVar("View", bound=Callable[..., Any])


@overload
def officer_required(view: View, /) -> View: ...
@overload
def officer_required(
    *, ial: str | None = None, max_age: timedelta | None = None
) -> Callable[[View], View]: ...
@discreet
def officer_required(view: Any = None, /, *, ial: str | None = None, max_age: timedelta | None = None) -> Any:
    """Decorate a view, synchronous or not, that only an officer may see: the view finds them in `request.officer`.

    A person who is not signed in is led to the sign-in page, and from there back; a program is answered 401.

    Args:
        ial: at least this level, such as `"2.3"`. Who has less is answered 403: they enrol again at the identity
            provider.
        max_age: the person proved themselves no longer ago than this; else they sign in again.

    Raises:
        ValueError: `ial` is no such level.
    """
    level = None if ial is None else IAL.parse(ial)

    def decorated(view: Callable[..., Any]) -> Any:
        if iscoroutinefunction(view):  # pyright: ignore[reportDeprecated]  of asgiref

            @wraps(view)
            async def guarded_async(request: VisitorRequest, *args: Any, **kwargs: Any) -> Any:
                return _instead(request, level, max_age) or await view(request, *args, **kwargs)

            return guarded_async

        @wraps(view)
        def guarded(request: VisitorRequest, *args: Any, **kwargs: Any) -> Any:
            return _instead(request, level, max_age) or view(request, *args, **kwargs)

        return guarded

    return decorated if view is None else decorated(view)


def _instead(request: VisitorRequest, ial: IAL | None, max_age: timedelta | None) -> HttpResponse | None:
    """The answer to who may not see the view."""
    if not hasattr(request, "seen"):
        raise Misconfigured(
            "page_settings",
            detail="MIDDLEWARE in the settings: add elaas_identity.django.middleware.officer_middleware",
        )
    admission, who = portal().mounted.admission, request.seen
    if isinstance(who, Refused):
        return http_response(admission.to_sign_in(web_request(request), who))
    answer = admission.lacking(web_request(request), who, ial, max_age)
    return None if answer is None else http_response(answer)
