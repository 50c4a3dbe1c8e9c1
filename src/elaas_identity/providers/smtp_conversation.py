"""What is said to a mail server to hand over one letter, and what its replies mean (RFC 5321). No I/O.

Both mailers carry this one conversation by their libraries, so a server's dialect means the same to both. `steps`
yields what to say and is sent the reply.

What a failure means depends on how far the letter had got. Until its content is handed over, whatever goes wrong is
certain: the server does not have it. From then on only the server's reply is: without one, it may have the mail or not.
"""

from __future__ import annotations

import hmac
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.errors import MessageError
from typing import Final, Literal, NamedTuple, TypeAlias, TypeVar

from elaas_identity.errors import ProviderFailed
from elaas_identity.not_pickled import NotPickled

GOODBYE: Final = b"QUIT\r\n"
"""Said once the letter is taken. Nobody waits for the answer."""

START_TLS: Final = "STARTTLS"
"""The command after which the connection is encrypted. What arrived before counts for nothing (RFC 3207 §6)."""

_OUR_FAULT = (503, 530)
"""Replies to RCPT that are about us and not about the recipient: bad sequence, and authentication asked for."""

_LOGINS = (("PLAIN", True), ("PLAIN", False), ("LOGIN", False), ("LOGIN", True), ("CRAM-MD5", False))
"""Mechanisms, and whether their first response comes with the command: servers differ in which form they take."""
_NOT_IN_THIS_FORM = (500, 501, 502, 504)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Letter(NotPickled):
    """An envelope with one recipient, and what is in it."""

    sender: str
    recipient: str = field(repr=False)
    content: bytes = field(repr=False)
    international: bool


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply's number, and its lines, which may hold the address."""

    code: int
    lines: tuple[str, ...] = field(repr=False)

    @property
    def is_good(self) -> bool:
        """Whether the command was done."""
        return 200 <= self.code < 300


class Said(NamedTuple):
    """A command without its line end, or the content with its end; neither: the server speaks first."""

    command: str = ""
    content: bytes = b""


Steps: TypeAlias = Generator[Said, Reply, T]


class Conversation(NotPickled):
    """One letter's way to a server, and how far it has got."""

    def __init__(self, *, local_hostname: str, starttls: bool, login: tuple[str, str] | None) -> None:
        self._local_hostname = local_hostname
        self._starttls = starttls
        self._login = login
        self._step: Literal["before", "recipient", "content"] = "before"
        self._code: int | None = None
        self._offers: dict[str, str] = {}

    def steps(self, letter: Letter | None) -> Steps[None]:
        """Hand the letter over; without one, only get as far as the server would take one. First the server greets.

        Raises:
            ProviderFailed: the server refuses, by the numbers of its replies.
        """
        self._check((yield from self._ask()))
        yield from self._greet()
        if self._starttls:
            if "starttls" not in self._offers:
                raise self._not_accepted("the server does not offer STARTTLS")
            self._check((yield from self._ask(START_TLS)))
            yield from self._greet()
        if self._login is not None:
            yield from self._log_in(*self._login)
        if letter is None:
            return
        if letter.international and "smtputf8" not in self._offers:
            detail = "the server does not offer SMTPUTF8, which this address needs"
            raise ProviderFailed("mail_recipient_refused", detail=detail)
        options = " SMTPUTF8 BODY=8BITMIME" if letter.international else ""
        self._check((yield from self._ask(f"MAIL FROM:<{letter.sender}>{options}")))
        self._step = "recipient"
        self._check((yield from self._ask(f"RCPT TO:<{letter.recipient}>")))
        self._step = "before"
        reply = yield from self._ask("DATA")
        if reply.code != 354:
            raise self._not_accepted(f"the server answered {reply.code}")
        self._step = "content"
        content = re.sub(rb"(?m)^\.", b"..", letter.content) + b".\r\n"
        self._check((yield from self._ask(content=content)))

    @contextmanager
    def judged(self) -> Generator[None]:
        """Whatever goes wrong inside becomes `ProviderFailed`, which tells the reply's number or the exception's type.

        What the server wrote may hold the address, and is left out.
        """
        try:
            yield
        except (OSError, ValueError, MessageError) as problem:
            # smtplib says the same of every problem with the connection, and raises it out of that.
            within = problem.__context__
            told = type(within if isinstance(within, OSError) else problem).__name__
        else:
            return
        if self._step == "content":
            raise ProviderFailed("mail_outcome_unknown", detail=f"no reply: {told}")
        refused = self._code is not None and self._code >= 400
        raise self._not_accepted(f"{told} after the server answered {self._code}" if refused else told)

    def _ask(self, command: str = "", *, content: bytes = b"") -> Steps[Reply]:
        reply = yield Said(command, content)
        if reply.code < 200:  # the libraries' number for what has none
            raise ValueError("not SMTP")
        self._code = reply.code
        return reply

    def _greet(self) -> Steps[None]:
        """Say who we are, and learn what the server offers; one that knows HELO only offers nothing."""
        reply = yield from self._ask(f"EHLO {self._local_hostname}")
        if reply.is_good:
            self._offers = _offers(reply)
        elif reply.code == 421:  # it is closing the connection
            self._check(reply)
        else:
            self._offers = {}
            self._check((yield from self._ask(f"HELO {self._local_hostname}")))

    def _log_in(self, username: str, password: str) -> Steps[None]:
        offered = self._offers.get("auth", "").upper().split()
        proofs: dict[str, tuple[Callable[[str], str], ...]] = {
            "PLAIN": (lambda _: f"\0{username}\0{password}",),
            "LOGIN": (lambda _: username, lambda _: password),
            "CRAM-MD5": (lambda challenge: f"{username} {_keyed_md5(password, challenge)}",),
        }
        untried = {name for name in proofs if name in offered}
        if not untried:
            raise self._not_accepted("the server offers no login by PLAIN, LOGIN or CRAM-MD5")
        for name, at_once in _LOGINS:
            if name not in untried:
                continue
            first, *rest = proofs[name]
            reply = yield from self._ask(f"AUTH {name} {_base64(first(''))}" if at_once else f"AUTH {name}")
            for proof in rest if at_once and rest else (first, *rest):
                if reply.code == 334:
                    reply = yield from self._ask(_base64(proof(reply.lines[-1])))
            if reply.code == 334:  # it asks for more than there is: call it off
                reply = yield from self._ask("*")
            if reply.is_good:
                return
            if reply.code not in _NOT_IN_THIS_FORM:
                untried.discard(name)
            if reply.code == 421:
                break
        raise self._not_accepted(f"the server answered {self._code}")

    def _check(self, reply: Reply) -> None:
        if reply.is_good:
            return
        if self._step == "recipient" and reply.code >= 500 and reply.code not in _OUR_FAULT:
            detail = f"recipient: the server answered {reply.code}"
            raise ProviderFailed("mail_recipient_refused", detail=detail)
        if self._step == "content" and reply.code < 400:
            raise ProviderFailed("mail_outcome_unknown", detail=f"content: the server answered {reply.code}")
        raise self._not_accepted(f"the server answered {reply.code}")

    def _not_accepted(self, why: str) -> ProviderFailed:
        return ProviderFailed("mail_not_accepted", detail=f"{self._step}: {why}")


def _offers(reply: Reply) -> dict[str, str]:
    """Keyword in lower case → parameters. `AUTH` may come twice, once in the form `AUTH=LOGIN` of old servers."""
    offers: dict[str, str] = {}
    for line in reply.lines[1:]:
        keyword, _, parameters = line.replace("=", " ", 1).partition(" ")
        offers[keyword.lower()] = f"{offers.get(keyword.lower(), '')} {parameters}"
    return offers


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode()


def _keyed_md5(password: str, challenge: str) -> str:
    return hmac.digest(password.encode(), b64decode(challenge), "md5").hex()
