"""The national ID: 13 digits that name a natural person in every Thai register, and so must not leak."""

from __future__ import annotations

import hmac
import re
from typing import TYPE_CHECKING, NoReturn, Self, final

from stdnum.th import pin

from elaas_identity._discreet import discreet
from elaas_identity.not_pickled import NotPickled

if TYPE_CHECKING:
    from pydantic_core import CoreSchema

MASK = "*-****-*****-**-*"
"""What every text form of a national ID looks like."""

_SHAPE = re.compile("[0-9]{13}")


@discreet
@final
class NationalID(NotPickled):
    """A national ID that shows itself only to who asks by `reveal()`.

    Its text forms are masked, pickle is refused, and pydantic serialises the mask. Equal by value, hashable,
    without an order. The checksum misses some slips (the third digit is never checked): no proof of anything.

    Thai digits, which pass `str.isdigit()`, are refused and not converted: they are issued in ASCII.
    The first digit is not judged: the register decides which categories of person exist.

    Raises:
        ValueError: not 13 ASCII digits, or the checksum is wrong. Its text does not hold the input.
    """

    __slots__ = ("_digits",)

    _digits: str

    def __init__(self, digits: str) -> None:
        if not isinstance(digits, str) or not _SHAPE.fullmatch(digits):  # type: ignore[redundant-expr]
            raise ValueError("a national ID is 13 ASCII digits")
        if pin.calc_check_digit(digits) != digits[12]:
            raise ValueError("the checksum of the national ID is wrong")
        object.__setattr__(self, "_digits", digits)

    def reveal(self) -> str:
        """The 13 digits: to be indexed by a keyed digest and sealed, never logged or shown."""
        return self._digits

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a NationalID does not change")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("a NationalID does not change")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, NationalID):
            return NotImplemented
        return hmac.compare_digest(self._digits, other._digits)

    def __hash__(self) -> int:
        return hash((NationalID, self._digits))

    def __str__(self) -> str:
        return MASK

    def __repr__(self) -> str:
        return f"NationalID('{MASK}')"

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __getstate__(self) -> NoReturn:
        raise TypeError("a NationalID is not pickled: seal it with the keyring")

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> CoreSchema:
        # Only instances are taken, and JSON shows the mask: a model that holds one is dumped without harm.
        from pydantic_core import core_schema

        return core_schema.is_instance_schema(cls, serialization=core_schema.to_string_ser_schema())
