"""Who is signed in, at each request: a session that the account has left behind ends here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.http import HttpRequest
from django.utils.decorators import sync_and_async_middleware

from elaas_identity.django.requests import VisitorRequest, http_response, web_request
from elaas_identity.django.settings import portal
from elaas_identity.django.signing_in import arrive, seen, token_of
from elaas_identity.errors import ElaasIdentityError


@sync_and_async_middleware
def officer_middleware(get_response: Callable[[HttpRequest], Any]) -> Callable[[VisitorRequest], Any]:
    """Put the `Officer` who is signed in, or None, into `request.officer`; comes after Django's authentication.

    It asks the store once for each request of a browser that has signed in, and answers 503 where that is away. What
    an officer is shown is `Cache-Control: no-store`, unless the view says otherwise.
    """
    if iscoroutinefunction(get_response):  # pyright: ignore[reportDeprecated]  of asgiref

        async def middleware_async(request: VisitorRequest) -> Any:
            here = portal()
            try:
                who = await here.answered_async(seen(await sync_to_async(token_of)(request)))
            except ElaasIdentityError as error:
                return http_response(here.mounted.admission.refused(web_request(request), error))
            await sync_to_async(arrive)(request, who)
            return _not_stored(request, await get_response(request))

        return middleware_async

    def middleware(request: VisitorRequest) -> Any:
        here = portal()
        try:
            who = here.answered(seen(token_of(request)))
        except ElaasIdentityError as error:
            return http_response(here.mounted.admission.refused(web_request(request), error))
        arrive(request, who)
        return _not_stored(request, get_response(request))

    return middleware


def _not_stored(request: VisitorRequest, response: Any) -> Any:
    """After the sign-out, the back button would show the page to whoever comes next."""
    if request.officer is not None:
        response.headers.setdefault("Cache-Control", "no-store")
    return response
