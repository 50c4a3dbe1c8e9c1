"""The adapter of Django: one process has one configuration of Django, and each test a portal of its own in it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from types import ModuleType
from typing import Any

import django
from asgiref.sync import async_to_sync
from django.apps import apps
from django.conf import settings
from django.contrib.auth import alogout, get_user_model, logout
from django.core.management import call_command
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client, override_settings
from django.urls import include, path

from elaas_identity import Browser, SignedIn
from elaas_identity.django import OfficerRequest, VisitorRequest, officer_required
from tests.integrations.world import CHOSEN, PEER, USERNAME, Answer, Send, World

IDLE = timedelta(minutes=30)

SETTINGS: dict[str, Any] = {
    "SECRET_KEY": "not a secret, and as long as Django wants it to be for its own check",
    "ALLOWED_HOSTS": ["testserver"],
    "DATABASES": {
        # One for all threads, as long as the process has a connection to it.
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "file:portal?mode=memory&cache=shared"}
    },
    "INSTALLED_APPS": [
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.messages",
        "django.contrib.sessions",
        "elaas_identity.django",
        "elaas_identity.django.store",
    ],
    "MIDDLEWARE": [
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "elaas_identity.django.middleware.officer_middleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    "TEMPLATES": [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    "STATIC_URL": "/static/",
    "AUTHENTICATION_BACKENDS": ["elaas_identity.django.backends.BindingBackend"],
    "SESSION_COOKIE_NAME": "__Host-elaas-session",
    "SESSION_COOKIE_SECURE": True,
    "CSRF_USE_SESSIONS": True,
    "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
    "USE_TZ": True,
}

if not settings.configured:
    settings.configure(**SETTINGS)
    django.setup()
    call_command("migrate", verbosity=0)

from django.contrib import admin  # noqa: E402  once Django is set up
from django.contrib.sessions.models import Session  # noqa: E402  once Django is set up


@officer_required
def payments(request: OfficerRequest) -> HttpResponse:
    return HttpResponse(f"{request.officer.account.username} {request.officer.person.display_name}")


def everybody(request: VisitorRequest) -> HttpResponse:
    return HttpResponse(request.officer.account.username if request.officer else "nobody")


@officer_required(max_age=timedelta(minutes=10))
def fresh(request: HttpRequest) -> HttpResponse:
    return HttpResponse("fresh")


@officer_required(ial="3")
def strict(request: HttpRequest) -> HttpResponse:
    return HttpResponse("strict")


@officer_required
def kept(request: HttpRequest) -> HttpResponse:
    return HttpResponse("kept", headers={"Cache-Control": "private, max-age=60"})


def leave(request: HttpRequest) -> HttpResponse:
    logout(request)
    return HttpResponse("signed out")


@officer_required
async def payments_async(request: OfficerRequest) -> HttpResponse:
    user = await request.auser()
    return HttpResponse(f"{request.officer.account.username} {user.is_authenticated}")


async def leave_async(request: HttpRequest) -> HttpResponse:
    await alogout(request)
    return HttpResponse("signed out")


PAGES: list[Any] = [
    path("async/payments", payments_async),
    path("async/leave", leave_async),
    path("payments", payments),
    path("open", everybody),
    path("fresh", fresh),
    path("strict", strict),
    path("kept", kept),
    path("leave", leave),
]
if apps.is_installed("django.contrib.admin"):  # the smallest portal, whose settings these may be, has none
    PAGES.append(path("admin/", admin.site.urls))


def module_of(patterns: list[Any]) -> ModuleType:
    """A module of URLs."""
    module = ModuleType("urls")
    vars(module)["urlpatterns"] = patterns
    return module


@contextmanager
def routed(*pages: Any) -> Iterator[None]:
    """The portal's URLs. A process reads the library's once, and each test has a portal of its own."""
    sys.modules.pop("elaas_identity.django.urls", None)
    with override_settings(ROOT_URLCONF=module_of([*pages, path("", include("elaas_identity.django.urls"))])):
        yield


def sending(client: Any, root_path: str = "") -> Send:
    """What the suite asks by. An error that Django would answer with 500 is raised."""
    is_async = isinstance(client, AsyncClient)

    def send(
        method: str, url: str, body: bytes, headers: Mapping[str, str], cookies: Mapping[str, str]
    ) -> Answer:
        client.cookies.load(dict(cookies))
        sent = {name: value for name, value in headers.items() if name != "content-type"}

        def ask() -> Any:
            path, content_type = url.removeprefix(root_path), headers.get("content-type", "")
            return client.generic(method, path, body, content_type, secure=True, headers=sent)

        async def ask_async() -> Any:
            return await ask()

        answer = async_to_sync(ask_async)() if is_async else ask()
        set_cookies = [("set-cookie", morsel.OutputString()) for morsel in answer.cookies.values()]
        client.cookies.clear()
        return Answer(answer.status_code, [*answer.items(), *set_cookies], answer.content)

    return send


@contextmanager
def serving(world: World, **given: Any) -> Iterator[Send]:
    """See `Serving`."""
    with _serving(world, world.facade, Client(enforce_csrf_checks=True, REMOTE_ADDR=PEER), given) as send:
        yield send


@contextmanager
def serving_async(world: World, **given: Any) -> Iterator[Send]:
    """The same under ASGI, over the asynchronous facade."""
    with _serving(world, world.async_facade, AsyncClient(enforce_csrf_checks=True), given) as send:
        yield send


@contextmanager
def _serving(world: World, facade: Any, client: Any, given: Mapping[str, Any]) -> Iterator[Send]:
    named = {name.upper(): value for name, value in given.items()}
    chosen = {"ELAAS": facade, "SITE": world.site, **named}
    with override_settings(ELAAS_IDENTITY=chosen, FORCE_SCRIPT_NAME=world.root_path or None), routed(*PAGES):
        try:
            yield sending(client, world.root_path)
        finally:
            get_user_model().objects.all().delete()
            Session.objects.all().delete()


@contextmanager
def changed(**given: Any) -> Iterator[None]:
    """The same portal, with other settings of the library."""
    with override_settings(ELAAS_IDENTITY={**settings.ELAAS_IDENTITY, **given}):
        yield


def step_of(world: World) -> SignedIn:
    """What a sign-in hands out, by the facade alone."""
    step = world.administrator.begin(USERNAME, CHOSEN, browser=Browser.new(world.keyring)).step
    assert isinstance(step, SignedIn)
    return step


def request_with(session: Any, user: Any) -> HttpRequest:
    """A request that has come through the middleware."""
    request = HttpRequest()
    request.session, request.user = session, user
    return request
