"""An issued password is typed from paper: one that this library made is taken as people type it (R1.8)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from elaas_identity import ProvideCredential, ProvideEmail, Refused, VerifyIdentity
from elaas_identity.change import Change
from elaas_identity.passwords.issued import ALPHABET
from tests.facade.officer import WHY, counted_hashes, refused, through_thaid
from tests.facade.portal import USERNAME, Portal, made
from tests.facade.stored import stored_account

VARIANTS: dict[str, Callable[[str], str]] = {
    "as printed": lambda printed: printed,
    "capitals": str.upper,
    "some capitals": str.title,
    "no dashes": lambda printed: printed.replace("-", ""),
    "spaces": lambda printed: printed.replace("-", " "),
    "a space behind": lambda printed: printed + " ",
    "a tab and a line feed": lambda printed: f"\t{printed}\r\n",
    "other dashes": lambda printed: printed.replace("-", "\u2013"),
    "dashes elsewhere": lambda printed: "-".join(printed.replace("-", "")),
    "zero width": lambda printed: f"\u200b{printed}\ufeff",
    "full width": lambda printed: "".join(chr(ord(each) + 0xFEE0) for each in printed),
    "Thai digits": lambda printed: printed.translate(str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")),
    "all of it": lambda printed: f" {printed.upper().replace('-', '  ')}\u00a0",
}


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    with made("sync-memory", tmp_path) as built:
        yield built


def reissued(portal: Portal) -> str:
    return str(portal.elaas.accounts.reissue(portal.provision(), **WHY).password)


@pytest.mark.parametrize("variant", VARIANTS)
def test_r1_8_a_generated_password_is_taken_as_people_type_it(portal: Portal, variant: str) -> None:
    """Whoever types from the letter would be sent for another letter."""
    typed = VARIANTS[variant](reissued(portal))
    with counted_hashes(portal) as verified:
        assert isinstance(portal.begin(portal.browser(), password=typed).step, VerifyIdentity)
    assert 1 == len(verified)


@pytest.mark.parametrize("variant", VARIANTS)
def test_r1_8_one_wrong_character_is_still_wrong(portal: Portal, variant: str) -> None:
    """Taking what people type would make the password easier to guess."""
    printed = reissued(portal)
    for place in (0, 8, 18):
        other = next(each for each in ALPHABET if each != printed[place])
        typed = VARIANTS[variant](printed[:place] + other + printed[place + 1 :])
        with counted_hashes(portal) as verified:
            assert "credential_wrong" == refused(portal.begin, portal.browser(), password=typed).code
        assert 1 == len(verified)
    portal.elaas.accounts.unlock(stored_id(portal), **WHY)
    for typed in (printed[:-1], printed + "c", printed + printed, ""):
        assert "credential_wrong" == refused(portal.begin, portal.browser(), password=typed).code


def stored_id(portal: Portal) -> str:
    return str(portal.elaas.accounts.find(USERNAME).id)


@pytest.mark.parametrize(
    "given", ["Kmrt-4xw9-c7hd-n2vp", "kmrt-4xw9-c7hd-n2vp", "KMRT4XW9C7HDN2VP", "Of The Letter 2569"]
)
def test_r1_8_what_the_office_gave_is_compared_to_the_letter(portal: Portal, given: str) -> None:
    """A password that the office made would lose what its capitals and dashes are worth."""
    portal.provision(password=given)
    assert isinstance(portal.begin(portal.browser(), password=given).step, VerifyIdentity)
    for variant in (given.swapcase(), given.replace("-", "").replace(" ", "") + " ", f"{given} "):
        assert "credential_wrong" == refused(portal.begin, portal.browser(), password=variant).code


def test_r1_8_a_proven_person_types_it_as_freely(portal: Portal) -> None:
    """With ThaID first, the same letter would not do."""
    typed = reissued(portal).upper().replace("-", " ")
    browser = portal.browser()
    proven = through_thaid(portal, portal.elaas.begin_with_thaid(browser=browser), browser)
    assert isinstance(proven.step, ProvideCredential)
    with counted_hashes(portal) as verified:
        begun = portal.elaas.submit_credential(proven.flow_id, USERNAME, typed, browser=browser)
    assert isinstance(begun.step, ProvideEmail)
    assert 1 == len(verified)


def test_r1_8_a_letter_sent_before_the_upgrade_is_good_as_printed(portal: Portal) -> None:
    """What was issued by an older version says of no password who made it."""
    printed = reissued(portal)
    record = replace(stored_account(portal, stored_id(portal)), password_is_generated=False)
    portal.store.commit(Change(writes=(record,)))
    assert isinstance(portal.begin(portal.browser(), password=printed).step, VerifyIdentity)
    assert "credential_wrong" == refused(portal.begin, portal.browser(), password=printed.upper()).code


def test_r1_8_the_new_password_is_no_variant_of_the_issued_one(portal: Portal) -> None:
    """The issued password would stay the account's, in capitals (R1.2)."""
    printed = reissued(portal)
    browser = portal.browser()
    progress = through_thaid(portal, portal.begin(browser, password=printed.replace("-", "")), browser)
    portal.elaas.submit_email(progress.flow_id, "clerk@sommut.example.go.th", browser=browser)
    portal.elaas.submit_one_time_code(progress.flow_id, portal.code(), browser=browser)
    for variant in VARIANTS.values():
        with pytest.raises(Refused, match=r"password_(same_as_before|character_not_allowed)"):
            portal.elaas.set_password(progress.flow_id, variant(printed), browser=browser)


def test_r1_8_a_password_of_ones_own_is_compared_to_the_letter(portal: Portal) -> None:
    """A person who chose such a password for themselves would have lost what its capitals are worth."""
    own = "KMRT4xw9c7hdn2vp"
    browser = portal.browser()
    progress = through_thaid(portal, portal.begin(browser, password=reissued(portal)), browser)
    portal.elaas.submit_email(progress.flow_id, "clerk@sommut.example.go.th", browser=browser)
    portal.elaas.confirm_and_set_password(progress.flow_id, portal.code(), own, browser=browser)
    assert "credential_wrong" == refused(portal.begin, portal.browser(), password=own.lower()).code
    assert "signed_in" == portal.begin(portal.browser(), password=own).step.kind
