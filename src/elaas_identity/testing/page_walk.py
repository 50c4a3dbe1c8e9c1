"""A person before the library's pages, in front of a test client: signing in, and the whole first use.

The walk itself is a generator: it asks for a page, or sends a form, and reads what is shown. A client of a framework
carries it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Any, TypeAlias
from urllib.parse import urlencode, urljoin, urlsplit

from elaas_identity._discreet import discreet
from elaas_identity.testing.html_forms import Form, Page

MOST_PAGES = 40
"""After so many pages a walk gives up: the mandated flow has nine."""


@discreet
@dataclass(frozen=True, slots=True)
class Asked:
    """A page to open; or, with a `form`, the form of the page shown that goes there, filled in."""

    url: str
    form: Mapping[str, str] | None = None


@discreet
@dataclass(frozen=True, slots=True)
class Shown:
    """What the browser shows, or where it is sent: `url` is then the place that the redirect names."""

    url: str
    status: int
    html: str = ""

    @property
    def redirects(self) -> bool:
        """Whether the browser is to go on to `url`."""
        return 300 <= self.status < 400


Walk: TypeAlias = Generator[Asked, Shown, str]
"""Ends with the URL at which nothing was left to be typed in."""


@discreet
@dataclass(frozen=True, slots=True)
class Person:
    """Who sits before the pages, and what they have at hand.

    Attributes:
        at_thaid: authorization URL → the callback URL, once the person has said yes.
        one_time_code: from the mailbox.
    """

    username: str
    password: str = field(repr=False)
    email: str = field(repr=False)
    new_password: str = field(repr=False)
    thaid: str
    at_thaid: Callable[[str], str]
    one_time_code: Callable[[], str]

    def types(self, page: Page) -> tuple[Form, Mapping[str, str]] | None:
        """The form of the page that leads on, and what goes into it; None: it has no such form."""
        new = {"new_password": self.new_password, "new_password_again": self.new_password}
        typed: Mapping[str, Callable[[], Mapping[str, str]]] = {
            "/sign-in": lambda: {"username": self.username, "password": self.password},
            "/authorize": dict,
            # The page of the one-time code has a form for another address besides.
            "/one-time-code": lambda: {"one_time_code": self.one_time_code()},
            "/email": lambda: {"email": self.email},
            "/password": lambda: new,
        }
        for action, fields in typed.items():
            if form := page.form(action):
                return form, fields()
        return None


def is_ours(url: str, prefix: str) -> bool:
    """Whether it is one of the library's pages below the prefix, and none of the portal's own."""
    from elaas_identity.web.routes import SECTIONS  # here: who tests no pages needs no Jinja2

    path = urlsplit(url).path
    return path.startswith(prefix) and path.removeprefix(prefix).strip("/").partition("/")[0] in SECTIONS


def walk(origin: str, prefix: str, person: Person) -> Walk:
    """Open the sign-in page, and do what each page asks, until none asks for anything or it leads out of the pages.

    Raises:
        AssertionError: a page refused what was typed; with its words.
    """
    asked = Asked(f"{origin}{prefix}/sign-in")
    for _ in range(MOST_PAGES):
        shown = yield asked
        if shown.url.startswith(person.thaid + "/"):
            asked = Asked(person.at_thaid(shown.url))
            continue
        if shown.redirects:
            if not is_ours(shown.url, prefix):
                return shown.url  # a page of the portal's own
            asked = Asked(shown.url)
            continue
        page = Page(shown.html)
        if page.alert or shown.status >= 400:
            said = page.alert or page.text or "nothing"
            hint = "; if the pages are elsewhere, say prefix=…" if shown.status == 404 else ""
            raise AssertionError(f"{urlsplit(shown.url).path} was answered {shown.status}: {said}{hint}")
        step = person.types(page)
        if step is None:
            return shown.url
        form, typed = step
        asked = Asked(urljoin(shown.url, form.action), {**form.fields, **typed})
    raise AssertionError(f"after {MOST_PAGES} pages the flow has not ended: {urlsplit(asked.url).path}")


def carried(client: Any, walked: Walk, origin: str) -> str:
    """Walk in front of a synchronous client.

    Raises:
        TypeError: it is none of those that are known, or an asynchronous one.
        AssertionError: as `walk`.
    """
    send = _sender(client, origin)
    try:
        asked = next(walked)
        while True:
            answer = send(asked)
            if isawaitable(answer):
                getattr(answer, "close", bool)()  # a coroutine that nobody will await
                raise TypeError(
                    f"{type(client).__name__} is awaited: await the method that begins with `async_`"
                )
            asked = walked.send(answer if isinstance(answer, Shown) else _shown(asked, answer))
    except StopIteration as end:
        return str(end.value)


async def carried_async(client: Any, walked: Walk, origin: str) -> str:
    """Walk in front of an asynchronous client: `httpx.AsyncClient`, or Django's `AsyncClient`.

    Raises:
        TypeError, AssertionError: as `carried`.
    """
    send = _sender(client, origin)
    try:
        asked = next(walked)
        while True:
            answer = send(asked)
            if not isawaitable(answer):
                raise TypeError(f"{type(client).__name__} is not awaited: call the method without `async_`")
            asked = walked.send(_shown(asked, await answer))
    except StopIteration as end:
        return str(end.value)


def _sender(client: Any, origin: str) -> Callable[[Asked], Any]:
    """How this client is asked: by what it can do, so that no framework has to be installed."""
    if hasattr(client, "goto"):
        return lambda asked: _in_browser(client, asked, origin)
    headers = {"accept": "text/html", "origin": origin, "sec-fetch-mode": "navigate"}
    if hasattr(client, "base_url"):
        if client.base_url.scheme != "https":
            raise TypeError(
                "the cookies are Secure: give the client an https address, such as "
                'TestClient(app, base_url="https://portal.example.go.th")'
            )
        return lambda asked: client.request(
            "GET" if asked.form is None else "POST",
            _path(asked.url),
            data=asked.form,
            headers=headers,
            follow_redirects=False,
        )
    if hasattr(client, "open"):
        return lambda asked: client.open(
            _path(asked.url), method="GET" if asked.form is None else "POST", data=asked.form, headers=headers
        )
    if hasattr(client, "force_login"):
        return lambda asked: client.generic(
            "GET" if asked.form is None else "POST",
            _path(asked.url),
            "" if asked.form is None else urlencode(asked.form),
            "application/x-www-form-urlencoded",
            secure=True,
            headers=headers,
        )
    raise TypeError(
        f"{type(client).__name__} is no client of httpx, Starlette, Flask, Django or Playwright's synchronous API"
    )


def _path(url: str) -> str:
    """Of a page of the portal's: its client knows the host."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _shown(asked: Asked, answer: Any) -> Shown:
    status: int = answer.status_code
    location = answer.headers.get("location", "")
    if 300 <= status < 400 and location:
        return Shown(urljoin(asked.url, location), status)
    text = answer.content if hasattr(answer, "content") else answer.get_data()
    return Shown(asked.url, status, text.decode("utf-8", "replace"))


def _in_browser(page: Any, asked: Asked, origin: str) -> Shown:
    """Playwright's browser follows redirects by itself; what is typed is typed into the form that it shows."""
    if asked.form is None:
        page.goto(urljoin(origin, asked.url))
    else:
        form = page.locator(f'form[action$="{urlsplit(asked.url).path}"]').first
        for name, text in asked.form.items():
            field = form.locator(f'input[name="{name}"]:not([type="hidden"], [readonly])')
            if field.count():
                field.first.fill(text)
        with page.expect_navigation():
            form.locator('button[type="submit"], button:not([type])').last.click()
    return Shown(page.url, 200, page.content())
