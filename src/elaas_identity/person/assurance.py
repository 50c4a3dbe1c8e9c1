"""How sure we are of a person: identity assurance level, methods, and when they last proved themselves."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from elaas_identity._discreet import discreet
from elaas_identity.errors import Misconfigured
from elaas_identity.json_form import Instant

if TYPE_CHECKING:
    from pydantic_core import CoreSchema

NO_METHODS = frozenset({"email", "mail"})
"""What nobody can ask for: a code by mail proves the mailbox and is no factor (SP 800-63B-4 §3.1.3.1, R3.8). RFC 8176
has no value for it."""

THAID = "thaid"
"""The method of a sign-in in which ThaID proved the person anew. Ours: RFC 8176 has no value for another party's word,
and ThaID does not say what it looked at."""

PASSWORD = ("pwd",)
PASSWORD_AND_THAID = ("pwd", THAID, "mfa")
PASSWORD_AND_AUTHENTICATOR = ("pwd", "otp", "mfa")
THAID_ALONE = (THAID,)

_SHAPE = re.compile(r"([1-3])(?:\.([0-9]))?")


@discreet
class IAL(str):
    """A Thai identity assurance level such as 2.3, ordered by strength (ETDA: 1.1 to 1.3, 2.1 to 2.3, 3).

    It is its own text, in every JSON too; texts of these levels sort as the levels do.
    """

    __slots__ = ()

    def __new__(cls, level: int, sublevel: int = 0) -> Self:
        return super().__new__(cls, f"{level}.{sublevel}" if sublevel else f"{level}")

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

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> CoreSchema:
        from pydantic_core import core_schema

        return core_schema.no_info_after_validator_function(cls.parse, core_schema.str_schema())


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class Assurance:
    """What a sign-in rests on.

    Attributes:
        ial: how the identity was proven when it was enrolled; None: unknown, which counts as the weakest.
        methods: `amr` values of RFC 8176 (`"pwd"`, `"otp"`, `"mfa"`), and our own `"thaid"`. A code by mail is no
            factor and has none (R3.8).
        auth_time: when the person last proved themselves by these (aware UTC), where that is known.
    """

    ial: IAL | None
    methods: tuple[str, ...]
    auth_time: Instant | None

    def require(
        self,
        *,
        now: datetime,
        ial: IAL | None = None,
        max_age: timedelta | None = None,
        methods: Sequence[str] = (),
    ) -> Unmet | None:
        """What a sensitive act still needs, for the portal to ask for; None where this is enough.

        What is unknown is not enough: an unknown level is the weakest (ASVS 6.8.4), an unknown time is long ago.

        Args:
            now: aware UTC.
            ial: at least this level.
            max_age: the person proved themselves no longer ago than this, as `max_age` of OpenID Connect Core §3.1.2.1.
            methods: every one of these `amr` values of RFC 8176.

        Raises:
            Misconfigured: `policy`, when mail is asked for as a method: no sign-in will ever have it.
        """
        if not NO_METHODS.isdisjoint(methods):
            raise Misconfigured("policy", detail="a code by mail is no method: ask for `otp`, or a step-up")
        is_recent = max_age is None or (self.auth_time is not None and now - self.auth_time <= max_age)
        is_high = ial is None or (self.ial is not None and self.ial >= ial)
        missing = tuple(method for method in methods if method not in self.methods)
        if is_high and is_recent and not missing:
            return None
        return Unmet(ial=None if is_high else ial, max_age=None if is_recent else max_age, methods=missing)


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class Unmet:
    """What would satisfy a requirement that a sign-in does not meet. What is met is not in it.

    Attributes:
        ial: at least this level: no step-up raises it, the person enrols again at the identity provider.
        max_age: prove themselves anew, no longer ago than this: a step-up.
        methods: sign in with these as well.
    """

    ial: IAL | None
    max_age: timedelta | None
    methods: tuple[str, ...]
