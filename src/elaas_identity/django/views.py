"""The view of every page: what Django hands in is answered, and its session follows."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.db import connections
from django.db.transaction import non_atomic_requests
from django.http import HttpRequest, HttpResponse

from elaas_identity.django.requests import http_response, web_request
from elaas_identity.django.settings import Portal, portal
from elaas_identity.django.signing_in import followed, token_of
from elaas_identity.web.exchange import MAXIMUM_BODY
from elaas_identity.web.mounted import Answer
from elaas_identity.web.turns import Turn


def page(request: HttpRequest) -> HttpResponse:
    """One of the library's pages."""
    here = portal()
    answer = here.answered(_turn(here, request))
    return http_response(followed(request, answer))


async def async_page(request: HttpRequest) -> HttpResponse:
    """The same, where the facade is the asynchronous one."""
    here = portal()
    answer = await here.answered_async(await sync_to_async(_turn)(here, request))
    return http_response(await sync_to_async(followed)(request, answer))


def outside_transactions(view: Any) -> Any:
    """The view, outside of ATOMIC_REQUESTS: no outer rollback undoes the user and session of a sign-in."""
    for alias in connections:
        view = non_atomic_requests(using=alias)(view)
    return view


def _turn(here: Portal, request: HttpRequest) -> Turn[Answer]:
    peer = request.META.get("REMOTE_ADDR") or None
    body = request.read(MAXIMUM_BODY + 1)
    return here.mounted.answer_in(token_of(request), web_request(request, body), peer=peer)
