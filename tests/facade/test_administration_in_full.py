"""What an administrator's act answers, keeps and tells, in full."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from elaas_identity import (
    AccountKind,
    AccountStatus,
    Expected,
    FirstUse,
    Keyring,
    Misconfigured,
    NewAccount,
    ProviderFailed,
    Refused,
)
from elaas_identity.accounts.account import Account
from elaas_identity.accounts.provisioning import told_apart
from elaas_identity.change import Budget, Change, Conflict, Key
from elaas_identity.effects import Commit, Effect
from elaas_identity.flow.budgets import mails_to
from elaas_identity.flow.policy import FOR_TESTS
from elaas_identity.mail.address import EmailAddress
from tests.facade.interposed import interposed, once
from tests.facade.officer import WHY, onboard
from tests.facade.portal import OFFICER, STRANGER, USERNAME, Portal, made
from tests.facade.stored import stored_account, stored_flow
from tests.facade.test_accounts import LETTER
from tests.facade.test_rekeying import BOTH, with_keys
from tests.facade.waiting import await_it, provisioned

SIGNED = {"by": "admin-1", "reason": "list 7/2568"}
UNKNOWN = "0" * 32


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    """One whose effects can be told apart."""
    with made("sync-memory", tmp_path, FOR_TESTS) as built:
        yield built


def provision(portal: Portal, **changes: Any) -> Account:
    """One account of the letter with those changes."""
    (made_now,) = portal.elaas.accounts.provision([NewAccount(**{**LETTER, **changes})], **SIGNED)
    account: Account = made_now.account
    return account


# Provisioning

LATER = datetime(2024, 12, 1, tzinfo=UTC)


def test_r1_3_an_account_stands_as_its_entry_says(portal: Portal) -> None:
    """An account would begin under a wrong agency, or live longer than its letter."""
    account = provision(portal, province="ลำพูน", expires_at=LATER, person=FirstUse(needs_approval=True))
    now = portal.clock()
    assert (
        USERNAME,
        AccountKind.PROVINCIAL_OFFICE,
        AccountStatus.ISSUED,
        "51",
        "สถจ. สมมติ",
        1,
    ) == (
        account.username,
        account.kind,
        account.status,
        account.agency_code,
        account.agency_name,
        account.epoch,
    )
    kept = stored_account(portal, account.id)
    assert ("ลำพูน", 1, now, now, LATER, True, True) == (
        kept.province,
        kept.credential_version,
        kept.created_at,
        kept.updated_at,
        kept.password_expires_at,
        kept.first_use,
        kept.needs_approval,
    )


@pytest.mark.parametrize(
    ("person", "approved"),
    [(Expected(OFFICER.national_id), False), (FirstUse(needs_approval=False), False), (FirstUse(), True)],
)
def test_r1_4_approval_is_needed_where_the_entry_says_so(
    portal: Portal, person: Expected | FirstUse, approved: bool
) -> None:
    """Somebody would wait for an administrator who does not know of it, or a stranger would not."""
    wanted = isinstance(person, FirstUse) and person.needs_approval
    assert wanted == stored_account(portal, provision(portal, person=person).id).needs_approval


def test_r1_3_what_is_provisioned_is_told_with_who_and_why(portal: Portal) -> None:
    """The trail would not say whose account it is, or who made it."""
    account = provision(portal)
    (event,) = portal.events
    assert ("account.provisioned", account.id, *SIGNED.values()) == (
        event.kind,
        event.account_id,
        event.by,
        event.reason,
    )
    with pytest.raises(Refused):
        provision(portal, username=" ")
    refused = portal.events[-1]
    assert ("account.refused", *SIGNED.values()) == (refused.kind, refused.by, refused.reason)


def test_r1_3_a_second_import_answers_the_account_that_is_there(portal: Portal) -> None:
    """The office would be given an account that does not exist, or none."""
    first = provision(portal)
    (again,) = portal.elaas.accounts.provision([NewAccount(**LETTER)], **SIGNED)
    assert (first, False) == (again.account, again.created)


def test_r1_3_two_imports_at_once_make_one_account(portal: Portal) -> None:
    """The slower import would fail, or make a second account of the name."""
    made_meanwhile: list[Account] = []
    with interposed(portal, once(Commit, lambda: made_meanwhile.append(provision(portal)))):
        (slower,) = portal.elaas.accounts.provision([NewAccount(**LETTER)], **SIGNED)
    assert (made_meanwhile, False) == ([slower.account], slower.created)


def test_r9_5_an_import_that_the_store_never_takes_ends(portal: Portal) -> None:
    """It would go on for ever, or answer accounts that are not there."""

    def lost(effect: Effect) -> Any:
        return Conflict() if isinstance(effect, Commit) and effect.change.inserts else None

    with interposed(portal, lost), pytest.raises(ProviderFailed, match="store_contended"):
        provision(portal)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"username": "  "}, "username: empty"),
        ({"username": "laas 5100101"}, "username: RFC 8265 does not allow it as a username"),
        ({"password": None}, "password: give either password or password_hash"),
        ({"password_hash": "$argon2id$…"}, "password: give either password or password_hash"),
        ({"agency_code": " "}, "agency_name: agency_code and agency_name are needed"),
        ({"agency_name": " "}, "agency_name: agency_code and agency_name are needed"),
        ({"agency_code": "51\n"}, "agency_code: a control character or half a surrogate pair"),
        ({"agency_name": "ส\ud800"}, "agency_name: a control character or half a surrogate pair"),
        ({"province": "\x1b[2J"}, "province: a control character or half a surrogate pair"),
        ({"expires_at": datetime(2025, 1, 1)}, "expires_at: give an aware datetime"),  # noqa: DTZ001
    ],
)
def test_r1_3_a_bad_entry_is_told_with_its_field_and_reason(
    portal: Portal, changes: dict[str, Any], reason: str
) -> None:
    """Whoever made the list would have to guess what is wrong with it."""
    with pytest.raises(Refused) as refused:
        provision(portal, **changes)
    assert ("account_invalid", reason.partition(":")[0], f"entry 1: {reason}") == (
        refused.value.code,
        refused.value.field,
        refused.value.detail,
    )


# Who acts, and why


@pytest.mark.parametrize("field", ["by", "reason"])
def test_r1_3_who_and_why_have_one_to_five_hundred_characters(portal: Portal, field: str) -> None:
    """A whole document would stand in every line of the trail, or nothing at all."""
    account_id = provision(portal).id
    for text in ("", " \t", "x" * 501):
        with pytest.raises(Refused) as refused:
            portal.elaas.accounts.unlock(account_id, **{**WHY, field: text})
        assert ("account_invalid", field, "1 to 500 characters") == (
            refused.value.code,
            refused.value.field,
            refused.value.detail,
        )
        told = portal.events[-1]
        assert ("account.refused", "refused", "account_invalid") == (told.kind, told.outcome, told.code)
    portal.elaas.accounts.unlock(account_id, **{**WHY, field: "x" * 500})
    assert "x" * 500 == getattr(portal.events[-1], field)


def test_r7_3_who_and_why_stand_on_one_line(portal: Portal) -> None:
    """A line of the trail could be forged or hidden."""
    account_id = provision(portal).id
    portal.elaas.accounts.unlock(account_id, by="admin\n2", reason="a\u202eb")
    assert ("admin\\u000a2", "a\\u202eb") == (portal.events[-1].by, portal.events[-1].reason)


# Acts on an account


def test_r1_2_a_new_letter_says_when_it_ends(portal: Portal) -> None:
    """The office would print a wrong date, or none, on the letter."""
    account_id = provision(portal).id
    letter = portal.elaas.accounts.reissue(account_id, **WHY)
    ends = portal.clock() + FOR_TESTS.issued_credential_lifetime
    kept = stored_account(portal, account_id)
    assert (ends, ends, True) == (letter.expires_at, kept.password_expires_at, kept.password_is_generated)


def test_r1_4_an_account_that_is_handed_over_opens_for_the_next_one_alone(portal: Portal) -> None:
    """The successor would have to be known at once, or their letter would never end."""
    account_id = onboard(portal)
    portal.elaas.accounts.hand_over(account_id, FirstUse(needs_approval=True), **WHY)
    kept = stored_account(portal, account_id)
    assert (None, None, True, True) == (
        kept.binding_id,
        kept.expected_person_index,
        kept.first_use,
        kept.needs_approval,
    )
    assert portal.clock() + FOR_TESTS.issued_credential_lifetime == kept.password_expires_at


def test_r3_5_an_unlock_clears_the_mails_to_every_address_of_flows_under_way(portal: Portal) -> None:
    """An officer who calls for help would be told that all is clear, and still get no code."""
    account_id = portal.provision()
    flow = stored_flow(portal, portal.mailed(portal.browser(), "newest@sommut.example.go.th").flow_id)
    flows = [replace(flow, id=f"{number:032x}", email_sealed=None) for number in range(150)]
    for place, address, ends in (
        (0, "oldest@sommut.example.go.th", flow.expires_at),
        (1, "over@sommut.example.go.th", portal.clock()),
    ):
        context = f"flow.email:{flows[place].id}"
        flows[place] = replace(
            flows[place], expires_at=ends, email_sealed=portal.keyring.seal(context, address)
        )
    portal.store.commit(Change(inserts=tuple(flows)))
    with interposed(portal, lambda _: None) as effects:
        portal.elaas.accounts.unlock(account_id, **WHY)
    (cleared,) = (effect.change.clears for effect in effects if isinstance(effect, Commit))

    def mails(name: str) -> set[Budget]:
        address = EmailAddress.restored(f"{name}@sommut.example.go.th")
        return set(mails_to(portal.policy, portal.keyring, account_id, address))

    assert mails("newest") | mails("oldest") <= set(cleared)
    assert not (mails("over") - mails("oldest")) & set(cleared)


@pytest.mark.parametrize("act", ["close_account", "hand_over"])
def test_r7_4_nothing_of_its_person_outlives_their_time_with_an_account(tmp_path: Path, act: str) -> None:
    """Whom it expected, and which passwords they had, would be kept for nothing (PDPA s.37)."""
    policy = replace(FOR_TESTS, passwords=replace(FOR_TESTS.passwords, remembered=3))
    with made("sync-memory", tmp_path, policy) as portal:
        account_id = onboard(portal, contact="office@sommut.example.go.th")
        assert stored_account(portal, account_id).password_fingerprints
        acts: dict[str, Callable[[], object]] = {
            "close_account": lambda: portal.elaas.accounts.close_account(account_id, **WHY),
            "hand_over": lambda: portal.elaas.accounts.hand_over(account_id, FirstUse(), **WHY),
        }
        acts[act]()
        kept = stored_account(portal, account_id)
        assert (None, None, None, ()) == (
            kept.binding_id,
            kept.expected_person_index,
            kept.expected_person_sealed,
            kept.password_fingerprints,
        )
        assert (act == "close_account") == (kept.contact_sealed is None)


def test_r1_3_an_act_that_the_status_does_not_allow_says_why(portal: Portal) -> None:
    """An administrator would not learn what to do instead."""
    issued = provision(portal).id
    with pytest.raises(Refused) as refused:
        portal.elaas.accounts.restore(issued, **WHY)
    assert ("account_status", "the account is issued") == (refused.value.code, refused.value.detail)
    letter = portal.elaas.accounts.reissue(onboard(portal, "laas-5100102"), **WHY)
    with pytest.raises(Refused) as refused:
        portal.elaas.accounts.set_expected(letter.account.id, Expected(STRANGER.national_id), **WHY)
    assert ("account_status", "somebody is bound to the account: hand it over") == (
        refused.value.code,
        refused.value.detail,
    )


@pytest.mark.parametrize("named", [UNKNOWN, "not an id", "../etc", "x" * 33])
def test_r7_2_only_what_can_be_an_id_is_told(portal: Portal, named: str) -> None:
    """Whatever somebody types would stand in the trail as an account."""
    with pytest.raises(Refused, match="account_unknown"):
        portal.elaas.accounts.suspend(named, **WHY)
    assert (named if named == UNKNOWN else None) == portal.events[-1].account_id


@pytest.mark.parametrize("named", ["not an id", "", "x" * 33])
def test_a_store_is_never_asked_for_a_flow_that_cannot_be(portal: Portal, named: str) -> None:
    """What somebody types would reach the database as a key."""
    account_id = provision(portal).id
    with (
        interposed(portal, lambda _: None) as effects,
        pytest.raises(Refused, match="approval_unknown"),
    ):
        portal.elaas.accounts.approve(account_id, named, **WHY)
    asked = [key.value for effect in effects for key in getattr(effect, "keys", ())]
    assert named not in [value for value in asked if value]
    with interposed(portal, lambda _: None) as effects:
        assert () == portal.elaas.accounts.awaiting_approval(named)
        if named:
            assert () == portal.elaas.accounts.awaiting_approval(account_id, after=named)
    assert [] == effects


def test_r9_5_an_act_that_the_store_never_takes_ends(portal: Portal) -> None:
    """An administrator's act would be tried for ever."""
    account_id = provision(portal).id
    with (
        interposed(portal, lambda effect: Conflict() if isinstance(effect, Commit) else None),
        pytest.raises(ProviderFailed, match="store_contended"),
    ):
        portal.elaas.accounts.suspend(account_id, **WHY)


def test_r9_5_an_erasure_that_the_store_never_takes_ends(portal: Portal) -> None:
    """It would be tried for ever, or answer that everything is gone."""
    portal.elaas.accounts.close_account(onboard(portal), **WHY)
    with (
        interposed(portal, lambda effect: Conflict() if isinstance(effect, Commit) else None),
        pytest.raises(ProviderFailed, match="store_contended"),
    ):
        portal.elaas.accounts.erase_person(OFFICER.national_id, **WHY)


# Four eyes


def test_r1_3_a_first_asking_is_kept_as_it_was_made(tmp_path: Path) -> None:
    """The second one would not see when it was asked, or the account may have changed meanwhile."""
    policy = replace(FOR_TESTS, four_eyes=frozenset({"suspend"}))
    with made("sync-memory", tmp_path, policy) as portal:
        account_id = provision(portal).id
        seen: list[Change] = []

        def kept(effect: Effect) -> None:
            if isinstance(effect, Commit):
                seen.append(effect.change)

        with interposed(portal, kept), pytest.raises(Refused, match="second_person_needed"):
            portal.elaas.accounts.suspend(account_id, **WHY)
        (asked,) = portal.elaas.accounts.awaiting_second_person(account_id)
        now = portal.clock()
        assert (now, now + policy.second_person_within, 1) == (
            asked.asked_at,
            asked.expires_at,
            asked.version,
        )
        (change,) = seen
        assert [(Key(type(stored_account(portal, account_id)), account_id))] == [
            expected.key for expected in change.expects
        ]


def test_r1_3_who_asks_while_another_asks_too_is_not_counted_twice(tmp_path: Path) -> None:
    """A lost race would end the act, though the other one's asking is what it was waiting for."""
    policy = replace(FOR_TESTS, four_eyes=frozenset({"suspend"}))
    with made("sync-memory", tmp_path, policy) as portal:
        account_id = provision(portal).id

        def first_asks() -> None:
            with pytest.raises(Refused, match="second_person_needed"):
                portal.elaas.accounts.suspend(account_id, by="admin-2", reason="order 7/2568")

        with interposed(portal, once(Commit, first_asks)):
            suspended = portal.elaas.accounts.suspend(account_id, **WHY)
        assert AccountStatus.SUSPENDED is suspended.status


def test_r1_3_acts_that_are_given_different_persons_are_different_acts() -> None:
    """Two administrators would open an account for somebody whom only one of them named."""
    persons = (
        Expected(OFFICER.national_id),
        Expected(STRANGER.national_id),
        FirstUse(),
        FirstUse(needs_approval=not FirstUse().needs_approval),
    )
    assert len(persons) == len({told_apart(person) for person in persons})


def test_inv7_a_rejection_that_another_act_overtakes_is_decided_again(portal: Portal) -> None:
    """Somebody would be told that they are rejected, by a mail that the account's new state does not stand for."""
    account_id = provisioned(portal)
    flow_id = await_it(portal).flow_id

    def suspended() -> None:
        portal.elaas.accounts.suspend(account_id, **WHY)

    with (
        interposed(portal, once(Commit, suspended)),
        pytest.raises(Refused, match="approval_unknown"),
    ):
        portal.elaas.accounts.reject(account_id, flow_id, **WHY)


def test_a_password_that_was_set_before_an_approval_is_remembered(tmp_path: Path) -> None:
    """The person could set the same one again, where the policy forbids that."""
    policy = replace(FOR_TESTS, passwords=replace(FOR_TESTS.passwords, remembered=3))
    with made("sync-memory", tmp_path, policy) as portal:
        account_id = provisioned(portal)
        portal.elaas.accounts.approve(account_id, await_it(portal).flow_id, **WHY)
        assert 1 == len(stored_account(portal, account_id).password_fingerprints)


# Keys


def test_r7_4_the_current_key_is_not_retired(portal: Portal) -> None:
    """An operator would not learn that another key comes first."""
    with pytest.raises(Misconfigured) as refused:
        portal.elaas.accounts.rekey("k1")
    assert ("keyring", "promote another key before this one is retired") == (
        refused.value.code,
        refused.value.detail,
    )


def test_r7_4_a_moved_account_expects_the_same_person(portal: Portal) -> None:
    """After a rotation an account would open for nobody, or for anybody."""
    account_id = provision(portal).id
    newer = Keyring(BOTH, current="k2")
    with_keys(portal, newer)
    portal.elaas.accounts.rekey("k1")
    kept = stored_account(portal, account_id)
    person = OFFICER.national_id.reveal()
    assert newer.index("person", person) == kept.expected_person_index
    assert kept.expected_person_sealed is not None
    assert person == newer.open(f"account.person:{account_id}", kept.expected_person_sealed)


def test_r1_4_a_rejection_needs_the_same_flow_twice(tmp_path: Path) -> None:
    """Two administrators would reject somebody whom only one of them named."""
    policy = replace(FOR_TESTS, four_eyes=frozenset({"reject"}))
    with made("sync-memory", tmp_path, policy) as portal:
        account_id = provisioned(portal)
        first, second = await_it(portal).flow_id, await_it(portal).flow_id
        for flow_id, by in ((first, "admin-1"), (second, "admin-2")):
            with pytest.raises(Refused, match="second_person_needed"):
                portal.elaas.accounts.reject(account_id, flow_id, by=by, reason="unknown")
        asked = portal.elaas.accounts.awaiting_second_person(account_id)
        assert ["admin-1", "admin-2"] == sorted(each.by for each in asked)
