"""When an act happens, and for whom: what the driver reads once from clock and randomness before the act begins."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Self

from elaas_identity.browser import Browser
from elaas_identity.keyring import Keyring

_ID = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Moment:
    """When an act happens, and the fresh seed from which its ids are made.

    An act that is committed again after a conflict makes the same ids, so nothing is written twice under two names.

    Attributes:
        now: aware UTC.
        seed: 32 fresh random bytes. Ids made from it are unique, and name things; they are not secrets.
        correlation_id: the portal's name for the request.
        client: keyed digest of the client's address.
        form: names the page that was sent (`Browser.form`).
        attempt: the id of what is charged for what was typed, where it is not to be counted twice.
    """

    now: datetime
    seed: bytes = field(repr=False)
    correlation_id: str | None = None
    client: str | None = None
    form: str = ""
    attempt: str | None = None

    @classmethod
    def of(cls, now: datetime, seed: bytes, keyring: Keyring, browser: Browser | None = None) -> Self:
        """The moment at which that browser asks for something."""
        address = None if browser is None else browser.address
        return cls(
            now=now,
            seed=seed,
            correlation_id=None if browser is None else browser.correlation_id,
            client=None if address is None else keyring.index("client", address),
            form="" if browser is None else browser.form,
        )

    def then(self, now: datetime, part: str) -> Self:
        """The moment of one part of a long act; its ids are its own."""
        return replace(self, now=now, seed=sha256(self.seed + part.encode()).digest())

    def typed(self, keyring: Keyring, *what: str) -> Self:
        """The moment of an attempt: what is typed on one page twice is charged once, since it tells nobody more."""
        return replace(self, attempt=keyring.digest("attempt", self.form, *what)) if self.form else self

    def id(self, label: str) -> str:
        """A unique id for what `label` names within this act; ids of later acts sort after it."""
        milliseconds = int(self.now.timestamp() * 1000)
        return f"{milliseconds:012x}{sha256(self.seed + label.encode()).hexdigest()[:20]}"


def is_id(text: str) -> bool:
    """Whether the text could be an id made by `Moment.id`: what could not is never asked of a store."""
    return _ID.fullmatch(text) is not None
