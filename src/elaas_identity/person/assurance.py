"""How sure we are of a person: identity assurance level, methods, and when they last proved themselves."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

_SHAPE = re.compile(r"([1-3])(?:\.([0-9]))?")


@dataclass(frozen=True, slots=True, order=True)
class IAL:
    """A Thai identity assurance level such as 2.3, ordered by strength (ETDA: 1.1 to 1.3, 2.1 to 2.3, 3)."""

    level: int
    sublevel: int = 0

    @classmethod
    def parse(cls, text: str) -> IAL:
        """The level written as `"2.3"` or `"3"`.

        Raises:
            ValueError: the text is not such a level.
        """
        shape = _SHAPE.fullmatch(text)
        if shape is None:
            raise ValueError("an identity assurance level is written like 2.3")
        return cls(int(shape[1]), int(shape[2] or 0))

    @classmethod
    def parse_or_none(cls, claim: object) -> IAL | None:
        """The level that a claim states; None where absent or malformed: the weakest (ASVS 6.8.4, R1.5)."""
        if not isinstance(claim, str):
            return None
        try:
            return cls.parse(claim)
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.level}.{self.sublevel}" if self.sublevel else str(self.level)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assurance:
    """What a sign-in rests on.

    Attributes:
        ial: how the identity was proven when it was enrolled; None: unknown, which counts as the weakest.
        methods: `amr` values of RFC 8176, such as `"pwd"`. A code by mail is no factor and has none (R3.8).
        auth_time: when the person last proved themselves to the identity provider (aware UTC), if it says so.
    """

    ial: IAL | None
    methods: tuple[str, ...]
    auth_time: datetime | None
