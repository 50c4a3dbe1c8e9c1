"""Identity assurance levels: parsing, and their order; and what a sensitive act still needs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elaas_identity.errors import Misconfigured
from elaas_identity.person.assurance import IAL, Assurance, Unmet


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


NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
held = Assurance(ial=IAL(2, 3), methods=("pwd", "otp"), auth_time=NOW - timedelta(minutes=5))
nothing = Assurance(ial=None, methods=(), auth_time=None)


def test_what_is_met_needs_nothing() -> None:
    """Whoever just signed in would be sent to do it again."""
    assert held.require(now=NOW) is None
    assert nothing.require(now=NOW) is None
    assert held.require(now=NOW, ial=IAL(2, 3), max_age=timedelta(minutes=5), methods=("otp", "pwd")) is None


@pytest.mark.parametrize(
    ("asked", "enough"), [("2.1", True), ("2.3", True), ("3", False)], ids=["lower", "equal", "higher"]
)
def test_a_level_is_a_minimum(asked: str, enough: bool) -> None:
    """A disbursement would be approved on a weaker proof than asked, or refused on a stronger (R1.5)."""
    expected = None if enough else Unmet(ial=IAL.parse(asked), max_age=None, methods=())
    assert expected == held.require(now=NOW, ial=IAL.parse(asked))


def test_the_age_is_counted_to_the_boundary() -> None:
    """An old proof would pass for a fresh one (R1.6)."""
    five = timedelta(minutes=5)

    assert held.require(now=NOW, max_age=five) is None
    assert Unmet(ial=None, max_age=five, methods=()) == held.require(
        now=NOW + timedelta(microseconds=1), max_age=five
    )


def test_each_method_counts_and_only_the_missing_are_asked_for() -> None:
    """A page would ask for a factor that was just given, or forget one that was not."""
    assert Unmet(ial=None, max_age=None, methods=("face",)) == held.require(
        now=NOW, ial=IAL(2, 1), max_age=timedelta(hours=1), methods=("pwd", "face", "otp")
    )


def test_what_is_unknown_is_not_enough() -> None:
    """A claim that is absent would count as any that is asked for (R1.5, ASVS 6.8.4)."""
    lowest, longest = IAL(1), timedelta(days=10_000)

    assert Unmet(ial=lowest, max_age=longest, methods=("pwd",)) == nothing.require(
        now=NOW, ial=lowest, max_age=longest, methods=("pwd",)
    )


@given(
    st.none() | st.builds(IAL, st.integers(1, 3), st.integers(0, 3)),
    st.none() | st.timedeltas(timedelta(0), timedelta(days=1)),
    st.sets(st.sampled_from(["pwd", "otp", "face"])).map(lambda each: tuple(sorted(each))),
)
def test_what_is_answered_would_satisfy_it(
    ial: IAL | None, max_age: timedelta | None, methods: tuple[str, ...]
) -> None:
    """A person would do all that they are asked to, and be refused again."""
    unmet = held.require(now=NOW, ial=ial, max_age=max_age, methods=methods)
    if unmet is None:
        return
    done = Assurance(
        ial=unmet.ial or held.ial,
        methods=(*held.methods, *unmet.methods),
        auth_time=held.auth_time if unmet.max_age is None else NOW,
    )

    assert unmet != Unmet(ial=None, max_age=None, methods=())
    assert done.require(now=NOW, ial=ial, max_age=max_age, methods=methods) is None


@pytest.mark.parametrize("method", ["email", "mail"])
def test_mail_never_counts(method: str) -> None:
    """A portal would take a mailbox for a second factor, or ask for it for ever (R3.8)."""
    said_so = replace(held, methods=("pwd", method))

    with pytest.raises(Misconfigured) as problem:
        said_so.require(now=NOW, methods=("pwd", method))
    assert "policy" == problem.value.code
