"""A browser without a window: keeps cookies, follows redirects, fills in the forms that it is shown. Real HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit

import httpx

from elaas_identity.testing.html_forms import Form, Page

MOST_REDIRECTS = 10


class Visitor:
    """One person's browser.

    Args:
        headers: sent with every request.

    Attributes:
        url, status, page: what is shown.
        visited: every URL that was asked for, oldest first.
    """

    def __init__(self, headers: Mapping[str, str] | None = None) -> None:
        browses = {"accept": "text/html", **(headers or {})}
        self._client = httpx.Client(headers=browses, timeout=30, trust_env=False)
        # By host, whatever the port, and sent over plain http too: as browsers do on loopback. httpx's own jar would
        # keep back what is `Secure`.
        self._cookies: dict[str, dict[str, str]] = {}
        self.url = ""
        self.status = 0
        self.page = Page("")
        self.visited: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def open(self, url: str) -> None:
        """Enter a URL."""
        self._load("GET", url, None)

    def submit(self, action_ends: str, *, until: str = "", **filled: str) -> None:
        """Fill in and send the form whose action ends so.

        Args:
            until: a path; a redirect that leads there is not followed, and `url` names it.
            filled: fields, and a button's name and value.

        Raises:
            LookupError: the page has no such form, or the form no such field.
        """
        form = self.page.form(action_ends)
        if form is None:
            raise LookupError(f"{self.page.heading!r} has no form for {action_ends!r}")
        self._send(form, filled, until)

    def choose(self, button: str, *, until: str = "") -> None:
        """Press the button whose text holds this, wherever it is.

        Raises:
            LookupError: there is none.
        """
        for form in self.page.forms:
            for name, value, text in form.buttons:
                if button in text:
                    return self._send(form, {name: value} if name else {}, until)
        raise LookupError(f"{self.page.heading!r} has no button {button!r}")

    def _send(self, form: Form, filled: dict[str, str], until: str) -> None:
        known = {*form.fields, *(name for name, _, _ in form.buttons)}
        if unknown := filled.keys() - known:
            raise LookupError(f"the form {form.action!r} has no {', '.join(sorted(unknown))}")
        self._load(form.method, urljoin(self.url, form.action), {**form.fields, **filled}, until)

    def _load(self, method: str, url: str, form: dict[str, str] | None, until: str = "") -> None:
        sender = urlsplit(self.url)
        headers = {"origin": f"{sender.scheme}://{sender.netloc}"} if method == "POST" else {}
        for _ in range(MOST_REDIRECTS):
            cookies = self._cookies.setdefault(urlsplit(url).hostname or "", {})
            cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
            answer = self._client.request(method, url, data=form, headers={**headers, "cookie": cookie})
            for line in answer.headers.get_list("set-cookie"):
                name, _, value = line.partition(";")[0].partition("=")
                cookies[name] = value
            self.url, self.status = url, answer.status_code
            self.visited.append(url)
            if not answer.is_redirect:
                self.page = Page(answer.text)
                return
            url = urljoin(url, answer.headers["location"])
            if until and urlsplit(url).path == until:
                self.url = url
                return
            method, form, headers = "GET", None, {}
        raise LookupError(f"more than {MOST_REDIRECTS} redirects")
