"""The setting `ELAAS_IDENTITY`: a dictionary, and the portal that it names.

    ELAAS             the portal's `ElaasIdentity` or `AsyncElaasIdentity`, or a function that makes it
    SITE              its `Site`
    PREFIX            the path below which the pages are; "/identity" unless said
    SIGNED_IN_PATH    where a person is led who has signed in; "/" unless said
    STEP_UP_PATH      the portal's page that shows the transaction to confirm; "/step-up" unless said
    FLOW_PATH         the page of a front end of the portal's own that goes on after the callback; none unless said
    PROXIES           networks of the proxies whose X-Forwarded-For is believed; none unless said
    COOKIES           a word in the names of the library's own cookies; "elaas" unless said
    USER_FOR          a function that gives the user of a binding; `user_for` unless said

ELAAS, SITE and USER_FOR may be dotted paths, which are imported at the first use.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar, cast

from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings
from django.template import engines
from django.utils.module_loading import import_string
from jinja2 import FileSystemLoader

from elaas_identity._async.elaas_identity import AsyncElaasIdentity
from elaas_identity._discreet import discreet
from elaas_identity._sync.elaas_identity import ElaasIdentity
from elaas_identity.django.users import UserFor, user_for
from elaas_identity.errors import Misconfigured
from elaas_identity.web.mounted import Mounted
from elaas_identity.web.site import Site
from elaas_identity.web.turns import Turn, answered, answered_async

T = TypeVar("T")

_WORDS = ("PREFIX", "SIGNED_IN_PATH", "STEP_UP_PATH", "FLOW_PATH", "COOKIES")
_KNOWN = {"ELAAS", "SITE", "USER_FOR", "PROXIES", *_WORDS}


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class Portal:
    """The portal of this process.

    Attributes:
        elaas: its facade.
        mounted: its pages and sessions.
        user_for: gives the user of a binding.
    """

    elaas: ElaasIdentity | AsyncElaasIdentity
    mounted: Mounted
    user_for: UserFor

    @property
    def is_async(self) -> bool:
        """Whether the facade is the asynchronous one."""
        return isinstance(self.elaas, AsyncElaasIdentity)

    def answered(self, turn: Turn[T]) -> T:
        """What the turn comes to, outside of an event loop."""
        if isinstance(self.elaas, AsyncElaasIdentity):
            return async_to_sync(answered_async)(self.elaas, turn)
        return answered(self.elaas, turn)

    async def answered_async(self, turn: Turn[T]) -> T:
        """`answered`, awaited."""
        if isinstance(self.elaas, AsyncElaasIdentity):
            return await answered_async(self.elaas, turn)
        return await sync_to_async(answered)(self.elaas, turn)


def portal() -> Portal:
    """The portal that the settings name: made at the first use, and once.

    Raises:
        Misconfigured: `page_settings`, for a setting that is missing, or is not what it should be.
    """
    with _MAKING:
        return _portal()


def facade() -> ElaasIdentity | AsyncElaasIdentity:
    """The portal's own, for `elaas-identity --app`.

    Raises:
        Misconfigured: as `portal`.
    """
    return portal().elaas


_MAKING = Lock()
"""Two first requests at once would make two facades, each with threads of its own."""


@cache
def _portal() -> Portal:
    given = getattr(settings, "ELAAS_IDENTITY", None)
    if not isinstance(given, Mapping):
        raise _wrong("it is a dictionary with ELAAS and SITE")
    if unknown := set(given) - _KNOWN:
        raise _wrong(f"there is no {', '.join(sorted(map(str, unknown)))}, only {', '.join(sorted(_KNOWN))}")
    elaas = _named(given, "ELAAS")
    if callable(elaas):
        elaas = elaas()
    if not isinstance(elaas, ElaasIdentity | AsyncElaasIdentity):
        raise _wrong("ELAAS is an ElaasIdentity or AsyncElaasIdentity, or a function that makes one")
    site = _named(given, "SITE")
    if not isinstance(site, Site):
        raise _wrong("SITE is a Site")
    found = _named({"USER_FOR": user_for, **given}, "USER_FOR")
    if not callable(found):
        raise _wrong("USER_FOR is a function")
    words: dict[str, Any] = {name.lower(): given[name] for name in _WORDS if name in given}
    if not all(isinstance(word, str) for word in words.values()):
        raise _wrong(f"{', '.join(_WORDS)} are text")
    mounted = Mounted.of(
        elaas,
        site,
        root_path=(settings.FORCE_SCRIPT_NAME or "").rstrip("/"),
        templates=(FileSystemLoader(_template_folders()),),
        proxies=given.get("PROXIES", ()),
        **words,
    )
    return Portal(elaas=elaas, mounted=mounted, user_for=cast("UserFor", found))


def _named(given: Mapping[str, Any], name: str) -> Any:
    """What a setting is, or what its dotted path leads to."""
    value = given.get(name)
    if not isinstance(value, str):
        return value
    try:
        return import_string(value)
    except ImportError as problem:
        raise _wrong(f"{name}: {problem}") from None


def _template_folders() -> list[Path]:
    """Where a portal puts a template of its own, to be taken in the place of the library's (Jinja2 syntax)."""
    return [Path(folder) / "elaas_identity" for engine in engines.all() for folder in engine.template_dirs]


def _wrong(detail: str) -> Misconfigured:
    return Misconfigured("page_settings", detail=f"ELAAS_IDENTITY in the settings: {detail}")


def forget(*, setting: str, **_: object) -> None:
    """After `override_settings` in a test, the portal is made anew."""
    if setting in ("ELAAS_IDENTITY", "FORCE_SCRIPT_NAME", "TEMPLATES"):
        _portal.cache_clear()
