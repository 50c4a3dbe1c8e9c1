"""A browser in front of a portal: keeps cookies, follows redirects, fills in the forms that it is shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import unescape
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin

from tests.integrations.world import CHOSEN, ISSUED, OFFICER, ORIGIN, USERNAME, Answer, Send, World
from tests.web.test_markup import Markup

BROWSES = {
    "accept": "text/html,application/xhtml+xml,*/*;q=0.8",
    "sec-fetch-mode": "navigate",
    "user-agent": "a browser",
}


@dataclass
class Visitor:
    """One person's browser. Each cookie that it is given is inspected (R6.1)."""

    world: World
    send: Send
    prefix: str = "/identity"
    username: str = USERNAME
    issued: str = ISSUED
    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    url: str = ""
    page: str = ""

    @property
    def identity(self) -> str:
        """What the library's pages begin with."""
        return self.world.root_path + self.prefix

    @property
    def session(self) -> str:
        """The session's token, if there is one."""
        return self.cookies.get("__Host-elaas-session", "")

    def ask(self, method: str, url: str, body: bytes = b"", **headers: str) -> Answer:
        """One request; what came back, as it is."""
        sent = {**BROWSES, **self.headers, **{name.replace("_", "-"): text for name, text in headers.items()}}
        if method == "POST":
            sent = {"origin": ORIGIN, "content-type": "application/x-www-form-urlencoded", **sent}
        answer = self.send(method, url, body, sent, self.cookies)
        for name, value in answer.headers:
            if name.lower() == "set-cookie":
                self._keep(value)
        return answer

    def _keep(self, line: str) -> None:
        for one in SimpleCookie(line).values():
            assert one.key.startswith("__Host-")
            assert one["secure"]
            assert one["httponly"] or one["max-age"] == "0"  # what takes a cookie away holds nothing
            assert ("/", "Lax", "") == (one["path"], one["samesite"], one["domain"])
            if one["max-age"] == "0":
                self.cookies.pop(one.key, None)
            else:
                self.cookies[one.key] = one.value

    def open(self, url: str) -> Answer:
        """A page, and wherever it redirects to within the portal."""
        return self.follow(self.ask("GET", url), url)

    def follow(self, answer: Answer, url: str = "") -> Answer:
        """Go on where the answer leads; to another site it is only named."""
        for _ in range(5):
            if not 300 <= answer.status < 400:
                break
            url = urljoin(url or self.url, answer.header("location"))
            if not url.startswith("/"):
                break
            answer = self.ask("GET", url)
        self.url, self.page = url, answer.body.decode()
        return answer

    def post(self, action: str, **typed: str) -> Answer:
        """Send the form of the page shown whose action ends so."""
        path, fields = next(form for form in self.forms() if form[0].endswith(action))
        return self.ask("POST", path, urlencode({**fields, **typed}).encode())

    def forms(self) -> list[tuple[str, dict[str, str]]]:
        """Where each form of the page goes, and what it is filled with."""
        forms: list[tuple[str, dict[str, str]]] = []
        for tag, attributes in Markup(self.page).tags:
            if tag == "form":
                forms.append((attributes["action"], {}))
            elif tag == "input":
                forms[-1][1][attributes["name"]] = attributes.get("value", "")
        return forms

    def says(self, text: str) -> bool:
        """Whether the page shown holds the text."""
        return text in unescape(self.page)

    def begin(self, password: str) -> Answer:
        """Username and password into the sign-in page."""
        self.open(f"{self.identity}/sign-in")
        return self.follow(self.post("/sign-in", username=self.username, password=password))

    def to_thaid(self) -> str:
        """The URL at ThaID that the button leads to."""
        return self.post("/authorize").header("location")

    def approved(self) -> str:
        """The way back from ThaID, where the officer has said yes: path and query."""
        return self.world.emulator.approve(self.to_thaid(), OFFICER).removeprefix(ORIGIN)

    def onboard(self) -> None:
        """The mandated flow, from the letter to the person's own password."""
        self.begin(self.issued)
        self.open(self.approved())
        self.follow(self.post("/email", email="clerk@sommut.example.go.th"))
        self.follow(self.post("/one-time-code", one_time_code=self.world.outbox.code))
        self.follow(self.post("/password", new_password=CHOSEN, new_password_again=CHOSEN))

    def sign_in(self) -> Answer:
        """By the person's own password, from wherever the sign-in page is shown."""
        if not self.url.startswith(f"{self.identity}/sign-in"):
            self.open(f"{self.identity}/sign-in")
        return self.follow(self.post("/sign-in", username=self.username, password=CHOSEN))
