"""The national ID: what is one, and that it shows itself to nobody who does not ask."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from elaas_identity.person.national_id import MASK, NationalID

INVENTED = "1234567890121"
"""An invented number with a valid checksum."""


@dataclasses.dataclass(frozen=True)
class Holder:
    national_id: NationalID


def with_checksum(twelve: str) -> str:
    """The checksum of a national ID, worked out here on its own: (11 − Σ(13−i)·dᵢ mod 11) mod 10."""
    return twelve + str((11 - sum((13 - i) * int(d) for i, d in enumerate(twelve)) % 11) % 10)


@given(st.integers(0, 10**12 - 1))
def test_digits_with_their_checksum_are_taken(number: int) -> None:
    """A person whose register number is right would be turned away."""
    digits = with_checksum(f"{number:012}")

    assert digits == NationalID(digits).reveal()


@given(st.integers(0, 10**12 - 1), st.integers(1, 9))
def test_another_check_digit_is_refused(number: int, slip: int) -> None:
    """A mistyped number would name somebody else."""
    digits = with_checksum(f"{number:012}")
    wrong = digits[:12] + str((int(digits[12]) + slip) % 10)

    with pytest.raises(ValueError) as refusal:
        NationalID(wrong)

    assert wrong not in str(refusal.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        INVENTED[:12],
        INVENTED + "1",
        INVENTED + "\n",
        " " + INVENTED,
        "1-2345-67890-12-1",
        "1 2345 67890 12 1",
        "๑๒๓๔๕๖๗๘๙๐๑๒๑",
        "123456789012๑",
        "１２３４５６７８９０１２１",
        "123456789012a",
        "-123456789012",
        "\ud800" * 13,
    ],
)
def test_anything_but_13_ascii_digits_is_refused_without_being_repeated(text: str) -> None:
    """Two spellings of one person would have two indexes, or the error would tell the number to a log."""
    with pytest.raises(ValueError) as refusal:
        NationalID(text)

    assert "a national ID is 13 ASCII digits" == str(refusal.value)


def test_every_text_form_is_masked() -> None:
    """A national ID would stand in a log (R7.2)."""
    held = NationalID(INVENTED)

    assert {MASK} == {str(held), f"{held}", format(held), "%s" % held}  # noqa: UP031
    assert f"NationalID('{MASK}')" == repr(held)
    assert f"Holder(national_id=NationalID('{MASK}'))" == repr(Holder(held))
    assert not any(digit in MASK for digit in "0123456789")


def test_it_is_not_pickled() -> None:
    """A pickled session or cache entry would hold the national ID (R7.2)."""
    held = NationalID(INVENTED)

    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        for value in (held, Holder(held), [held]):
            with pytest.raises(TypeError) as refusal:
                pickle.dumps(value, protocol)
            assert INVENTED not in str(refusal.value)
    with pytest.raises(TypeError):
        held.__getstate__()


def test_a_copy_is_itself() -> None:
    """`dataclasses.asdict`, which copies deeply, would fail on whatever holds one, or copy by way of pickle."""
    held = NationalID(INVENTED)

    assert held is copy.copy(held)
    assert held is copy.deepcopy(held)
    assert {"national_id": held} == dataclasses.asdict(Holder(held))
    assert INVENTED not in repr(dataclasses.asdict(Holder(held)))


def test_vars_and_json_do_not_show_it() -> None:
    """A debugging serialiser would write it out (R7.2)."""
    held = NationalID(INVENTED)

    with pytest.raises(TypeError):
        vars(held)
    with pytest.raises(TypeError):
        json.dumps(held)
    assert f'"{MASK}"' == json.dumps(held, default=str)


def test_pydantic_takes_instances_only_and_dumps_the_mask() -> None:
    """A web framework that answers a model with one in it would tell the number (R7.2)."""

    class Answer(pydantic.BaseModel):
        national_id: NationalID

    answer = Answer(national_id=NationalID(INVENTED))

    assert {"national_id": MASK} == json.loads(answer.model_dump_json())
    assert {"national_id": MASK} == answer.model_dump(mode="json")
    assert INVENTED not in repr(answer.model_dump())
    assert INVENTED not in repr(answer)
    with pytest.raises(pydantic.ValidationError):
        Answer.model_validate({"national_id": INVENTED})


def test_equal_by_value_and_without_an_order() -> None:
    """The expected person would not be recognised, or numbers would be compared by size."""
    held = NationalID(INVENTED)
    another = NationalID(with_checksum("987654321098"))

    assert held == NationalID(INVENTED)
    assert held != another
    assert held != INVENTED
    assert {held} == {NationalID(INVENTED), held}
    assert hash(held) != hash(INVENTED)
    with pytest.raises(TypeError):
        sorted([held, another])  # type: ignore[type-var]


def test_it_does_not_change() -> None:
    """A checked number could be replaced by an unchecked one."""
    held = NationalID(INVENTED)

    with pytest.raises(AttributeError):
        held._digits = "1"
    with pytest.raises(AttributeError):
        del held._digits
    assert INVENTED == held.reveal()
