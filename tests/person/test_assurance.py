"""Identity assurance levels: parsing, and their order."""

from __future__ import annotations

import pytest

from elaas_identity.person.assurance import IAL


@pytest.mark.parametrize("text", ["1.1", "1.3", "2.1", "2.3", "3", "3.1"])
def test_a_level_is_read_and_written_alike(text: str) -> None:
    """A level would change by being stored."""
    assert text == str(IAL.parse(text))


def test_levels_are_ordered_by_strength() -> None:
    """A minimum would let a weaker level pass (R1.5)."""
    ordered = [IAL.parse(text) for text in ("1", "1.1", "1.3", "2", "2.1", "2.2", "2.3", "3", "3.1")]

    assert ordered == sorted({*ordered})
    assert IAL.parse("2.3") >= IAL.parse("2.3")
    assert IAL.parse("3") == IAL.parse("3.0")


@pytest.mark.parametrize(
    "text", ["", "0", "4", "2.", ".3", "2.30", "2.3.1", " 2.3", "2.3\n", "2,3", "-2.3", "22.3", "๒.๓", "AAL2"]
)
def test_a_malformed_level_is_none(text: str) -> None:
    """Nonsense would count as a level instead of as the weakest (R1.5)."""
    assert IAL.parse_or_none(text) is None
    with pytest.raises(ValueError):
        IAL.parse(text)


@pytest.mark.parametrize("claim", [None, 2.3, 2, True, ["2.3"], {"ial": "2.3"}])
def test_a_claim_of_another_type_is_none(claim: object) -> None:
    """A number where ThaID sends a string would be guessed at, or raise (R1.5)."""
    assert IAL.parse_or_none(claim) is None


def test_a_claim_that_is_a_level_is_that_level() -> None:
    """Everybody would count as the weakest (R1.5)."""
    assert IAL(2, 3) == IAL.parse_or_none("2.3")
