"""What mail gateways do with a mail: they fetch every link that they find, and some press every button (R3.9)."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from typing import Literal, Protocol
from urllib.parse import urlencode, urljoin

from elaas_identity._discreet import discreet
from elaas_identity.mail.composing import Mail
from elaas_identity.testing.received_mail import ReceivedMail

_ABSOLUTE = re.compile(r"\bhttps?://[^\s<>\"'`\\]+", re.IGNORECASE)
_BARE = re.compile(
    r"(?<![\w@./-])(?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d+)?(?![\w@.-]*@)(?![\w-])(?:[/?#][^\s<>\"']*)?",
    re.IGNORECASE,
)
"""A host that a mail program makes a link of by itself, and none that belongs to an e-mail address."""

_END_OF_A_SENTENCE = ".,;:!?)]}’”»"
_LINKING = frozenset(
    {"href", "src", "action", "formaction", "data", "poster", "background", "cite", "longdesc"}
)
_FETCHED = re.compile(r"(?:https?:|//|/|[^:]*$)", re.IGNORECASE)
"""What begins like something to fetch: not `mailto:`, `tel:`, `cid:`."""
_REFRESH = re.compile(r"url\s*=\s*['\"]?([^'\"]+)", re.IGNORECASE)
_STYLED = re.compile(r"url\(\s*['\"]?([^'\")]+)", re.IGNORECASE)


class Answer(Protocol):
    """A response, as HTTP clients have it."""

    @property
    def status_code(self) -> int: ...


class Sends(Protocol):
    """A way to send requests to the portal: `httpx.Client`, and the test clients of Django, Flask and FastAPI."""

    def get(self, url: str, /) -> Answer: ...
    def post(self, url: str, /, *, data: Mapping[str, str]) -> Answer: ...


class AsyncSends(Protocol):
    """`Sends`, awaited: `httpx.AsyncClient`."""

    def get(self, url: str, /) -> Awaitable[Answer]: ...
    def post(self, url: str, /, *, data: Mapping[str, str]) -> Awaitable[Answer]: ...


@discreet
@dataclass(frozen=True, slots=True)
class Scanned:
    """One request of a scanner.

    Attributes:
        url: as the mail has it; a path, where the mail names no host.
        fields: what a form in the mail would send.
        status: what the answer was.
    """

    method: Literal["GET", "POST"]
    url: str
    fields: Mapping[str, str]
    status: int


@discreet
class MailScanner:
    """Fetches, and posts to, whatever a mail has to be fetched, and says what it did.

        done = MailScanner(client).scan(outbox.wait_for("officer@example.go.th"))

    Give it a client without the person's cookies, as a gateway has none; or with them, to be stricter.
    """

    def __init__(self, client: Sends) -> None:
        self._client = client

    def scan(self, mail: Mail | ReceivedMail) -> tuple[Scanned, ...]:
        """Everything in it, once by GET and once by POST. What the client raises comes out."""
        done: list[Scanned] = []
        for found in found_in(mail):
            got = self._client.get(found.with_query)
            done.append(Scanned("GET", found.with_query, {}, got.status_code))
            posted = self._client.post(found.url, data=found.fields)
            done.append(Scanned("POST", found.url, found.fields, posted.status_code))
        return tuple(done)


@discreet
class AsyncMailScanner:
    """`MailScanner`, awaited."""

    def __init__(self, client: AsyncSends) -> None:
        self._client = client

    async def scan(self, mail: Mail | ReceivedMail) -> tuple[Scanned, ...]:
        """See `MailScanner`."""
        done: list[Scanned] = []
        for found in found_in(mail):
            got = await self._client.get(found.with_query)
            done.append(Scanned("GET", found.with_query, {}, got.status_code))
            posted = await self._client.post(found.url, data=found.fields)
            done.append(Scanned("POST", found.url, found.fields, posted.status_code))
        return tuple(done)


@dataclass(frozen=True, slots=True)
class Found:
    """A link, or a form with its fields."""

    url: str
    fields: dict[str, str] = field(default_factory=dict)

    @property
    def with_query(self) -> str:
        """How a form is sent by GET."""
        if not self.fields:
            return self.url
        return f"{self.url.partition('?')[0]}?{urlencode(self.fields)}"


def found_in(mail: Mail | ReceivedMail) -> list[Found]:
    """Everything that could be fetched, each once: links of headers, of text and of HTML, and forms."""
    message = (mail if isinstance(mail, ReceivedMail) else ReceivedMail.of(mail)).message
    found = [Found(url) for value in message.values() for url in _absolute(str(value))]
    for part in message.walk():
        if part.get_content_maintype() == "text":
            content = part.get_content()
            is_html = part.get_content_subtype() == "html"
            found += _in_html(content) if is_html else map(Found, _in_text(content))
    return [each for place, each in enumerate(found) if each not in found[:place]]


def _absolute(text: str) -> Iterator[str]:
    for link in _ABSOLUTE.findall(text):
        yield link.rstrip(_END_OF_A_SENTENCE)


def _in_text(text: str) -> Iterator[str]:
    yield from _absolute(text)
    for link in _BARE.findall(_ABSOLUTE.sub(" ", text)):
        yield f"https://{link.rstrip(_END_OF_A_SENTENCE)}"


def _in_html(html: str) -> list[Found]:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    # Comments, styles and scripts too: a gateway does not mind where an address stands.
    anywhere = [*reader.links, *_absolute(unescape(html)), *_in_text(" ".join(reader.words))]
    return [*reader.forms, *(Found(urljoin(reader.base, link)) for link in anywhere)]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.base = ""
        self.links: list[str] = []
        self.words: list[str] = []
        self.forms: list[Found] = []
        self._form: Found | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "base" and not self.base:
            self.base = given.get("href", "")
        elif tag == "form":
            self._form = Found(urljoin(self.base, given.get("action", "")))
            if self._form.url:
                self.forms.append(self._form)
        elif (
            tag in ("input", "button", "select", "textarea") and self._form is not None and given.get("name")
        ):
            self._form.fields[given["name"]] = given.get("value", "")
        for name, value in given.items():
            if name in _LINKING and tag not in ("base", "form") and value and _FETCHED.match(value):
                self.links.append(value.strip())
            elif name == "srcset":
                self.links += [each.split()[0] for each in value.split(",") if each.strip()]
            elif name == "content" and given.get("http-equiv", "").lower() == "refresh":
                self.links += _REFRESH.findall(value)
            elif name == "style":
                self.links += _STYLED.findall(value)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None

    def handle_data(self, data: str) -> None:
        self.words.append(data)
