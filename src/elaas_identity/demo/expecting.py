"""What a step of the walk looks at, and how it says that it is not as it must be."""

from __future__ import annotations

import re

from elaas_identity.demo.mailbox import body_of
from elaas_identity.demo.visitor import Visitor
from elaas_identity.testing.received_mail import ReceivedMail

CODE = re.compile(r"(?<![0-9])[0-9]{4}[ -]?[0-9]{4}(?![0-9])")


class WentWrong(Exception):
    """A step came out otherwise than it must."""

    def __init__(self, expected: object, got: object) -> None:
        super().__init__(f"expected {expected!r}, got {got!r}")
        self.expected = expected
        self.got = got


def expect(expected: object, got: object) -> None:
    """Both equal, or `WentWrong`."""
    if expected != got:
        raise WentWrong(expected, got)


def expect_in(expected: str, got: str) -> None:
    """The one within the other, or `WentWrong`."""
    if expected not in got:
        raise WentWrong(f"… {expected} …", got)


def expect_heading(expected: str, person: Visitor) -> None:
    """The page shown has this heading (Thai), or `WentWrong`."""
    if not person.page.heading.startswith(expected):
        raise WentWrong(expected, f"{person.page.heading} ({person.status}) {person.page.alert}".strip())


def code_in(mail: ReceivedMail) -> str:
    """The one-time code of a mail, which has it once in Thai and once in English; else `WentWrong`."""
    codes = {"".join(filter(str.isdigit, one)) for one in CODE.findall(body_of(mail, "plain"))}
    if len(codes) != 1:
        raise WentWrong("one code in the mail", f"{len(codes)} that look like one")
    return codes.pop()
