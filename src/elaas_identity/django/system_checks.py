"""What `manage.py check` finds wrong with the settings, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error
from django.urls import Resolver404, resolve
from django.utils.module_loading import import_string

from elaas_identity.django.middleware import officer_middleware
from elaas_identity.django.settings import Portal, portal
from elaas_identity.errors import ElaasIdentityError

_MIDDLEWARE = f"{officer_middleware.__module__}.officer_middleware"
_AUTHENTICATION = "django.contrib.auth.middleware.AuthenticationMiddleware"
_BACKEND = "elaas_identity.django.backends.BindingBackend"


def check(app_configs: Sequence[Any] | None, **_: object) -> list[CheckMessage]:
    """Everything that is wrong."""
    if app_configs is not None and not any(config.label == "elaas_identity" for config in app_configs):
        return []
    found = [*_middleware(), *_backend(), *_session_cookie()]
    try:
        here = portal()
    except ElaasIdentityError as error:
        return [
            Error(error.detail, hint="See the page on Django of elaas-identity.", id="elaas_identity.E001"),
            *found,
        ]
    return [*found, *_urls(here), *_server(here)]


def _middleware() -> Iterator[CheckMessage]:
    order = list(settings.MIDDLEWARE)
    if _MIDDLEWARE not in order or _AUTHENTICATION not in order[: order.index(_MIDDLEWARE)]:
        yield Error(
            "MIDDLEWARE does not say at each request who is signed in.",
            hint=f"Put {_MIDDLEWARE!r} after {_AUTHENTICATION!r}.",
            id="elaas_identity.E002",
        )


def _backend() -> Iterator[CheckMessage]:
    ours = import_string(_BACKEND)
    backends = map(import_string, settings.AUTHENTICATION_BACKENDS)
    if not any(isinstance(backend, type) and issubclass(backend, ours) for backend in backends):
        yield Error(
            "No backend takes who signs in.",
            hint=f"Put {_BACKEND!r} into AUTHENTICATION_BACKENDS.",
            id="elaas_identity.E003",
        )


def _session_cookie() -> Iterator[CheckMessage]:
    """ASVS 3.3.1 to 3.3.4, R6.1."""
    if (settings.SESSION_COOKIE_SECURE, settings.SESSION_COOKIE_HTTPONLY) != (True, True):
        yield Error(
            "The session's cookie may be read on its way, or by a script.",
            hint="Set SESSION_COOKIE_SECURE = True and SESSION_COOKIE_HTTPONLY = True. "
            "Browsers take such a cookie from http://localhost, too.",
            id="elaas_identity.E004",
        )
    if settings.SESSION_COOKIE_SAMESITE != "Lax":
        yield Error(
            "The session's cookie is sent from other sites, or not sent when a person comes back from ThaID.",
            hint='Set SESSION_COOKIE_SAMESITE = "Lax".',
            id="elaas_identity.E005",
        )
    if (
        not settings.SESSION_COOKIE_NAME.startswith("__Host-")
        or settings.SESSION_COOKIE_DOMAIN
        or settings.SESSION_COOKIE_PATH != "/"
    ):
        yield checks.Warning(
            "Another host of the same domain can set the session's cookie.",
            hint='Set SESSION_COOKIE_NAME = "__Host-sessionid", without SESSION_COOKIE_DOMAIN and SESSION_COOKIE_PATH.',
            id="elaas_identity.W006",
        )


def _urls(here: Portal) -> Iterator[CheckMessage]:
    pages = here.mounted.pages
    for wanted in (pages.callback_path, pages.sign_in_url):
        try:
            there = resolve(wanted.removeprefix((settings.FORCE_SCRIPT_NAME or "").rstrip("/")))
        except Resolver404:
            there = None
        if there is None or "elaas_identity" not in there.app_names:
            yield Error(
                f"{wanted} is not answered by the pages.",
                hint='Put path("", include("elaas_identity.django.urls")) at the beginning of urlpatterns.',
                id="elaas_identity.E007",
            )


def _server(here: Portal) -> Iterator[CheckMessage]:
    if here.is_async and not getattr(settings, "ASGI_APPLICATION", None):
        yield checks.Warning(
            "An AsyncElaasIdentity lives in one event loop, and WSGI makes one for each request.",
            hint="Run under ASGI, and say so by ASGI_APPLICATION; or use an ElaasIdentity.",
            id="elaas_identity.W008",
        )
