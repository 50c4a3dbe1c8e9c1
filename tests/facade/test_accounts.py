"""Provisioning, re-issue and unlock (R1.2, R1.3), and the epoch (invariant 7)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from elaas_identity import (
    AccountKind,
    AccountStatus,
    Ended,
    Expected,
    NewAccount,
    Refused,
    SignedIn,
    VerifyIdentity,
)
from tests.facade.portal import CHOSEN, ISSUED, OFFICER, USERNAME, Portal
from tests.facade.stored import stored_account, stored_bindings

LETTER: dict[str, Any] = {
    "username": USERNAME,
    "password": ISSUED,
    "kind": AccountKind.PROVINCIAL_OFFICE,
    "agency_code": "51",
    "agency_name": "สถจ. สมมติ",
    "person": Expected(OFFICER.national_id),
}


def test_r1_2_the_issued_password_ends_with_the_onboarding(portal: Portal) -> None:
    """The letter would still open the account after its person has set a password."""
    portal.provision()
    portal.onboarded()
    with pytest.raises(Refused, match="credential_wrong"):
        portal.begin(portal.browser())


def test_r1_2_the_new_password_is_not_the_issued_one(portal: Portal) -> None:
    """The password of the letter would become the person's own."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.confirmed(browser).flow_id
    with pytest.raises(Refused, match="password_same_as_before") as refused:
        portal.elaas.set_password(flow_id, ISSUED, browser=browser)
    assert "set_password" in refused.value.progress.allowed  # type: ignore[union-attr]


def test_r1_2_an_issued_password_expires(portal: Portal) -> None:
    """A letter would open its account for ever."""
    portal.provision()
    portal.clock.shift(timedelta(days=90) - timedelta(seconds=1))
    assert isinstance(portal.begin(portal.browser()).step, VerifyIdentity)
    portal.clock.shift(seconds=1)
    with pytest.raises(Refused, match="issued_credential_expired"):
        portal.begin(portal.browser())
    with pytest.raises(Refused, match="credential_wrong"):
        portal.begin(portal.browser(), password="not the issued one")


def test_r1_3_importing_a_list_twice_changes_nothing(portal: Portal) -> None:
    """A second run of the import would reset passwords, persons or epochs."""
    first = portal.elaas.accounts.provision([NewAccount(**LETTER)], by="admin-1", reason="list")
    before = stored_account(portal, first[0].account.id)
    renamed = NewAccount(
        **{**LETTER, "password": "another password of a letter", "username": USERNAME.upper()}
    )
    second = portal.elaas.accounts.provision([renamed], by="admin-1", reason="list again")
    assert [(True, False)] == [(one.created, two.created) for one, two in zip(first, second, strict=True)]
    assert before == stored_account(portal, first[0].account.id)
    assert 1 == portal.kinds().count("account.provisioned")


NEEDED = "agency_code and agency_name are needed"
CONTROL = "a control character or half a surrogate pair"
EITHER = "give either password or password_hash"


@pytest.mark.parametrize(
    ("changes", "field", "detail"),
    [
        ({"username": 5100101}, "username", "not a text"),
        ({"province": None}, "province", "not a text"),
        ({"kind": "province"}, "kind", "one of AccountKind"),
        ({"person": None}, "person", "Expected(…) or FirstUse(…)"),
        ({"person": Expected("1101")}, "person", "Expected(…) or FirstUse(…)"),  # type: ignore[arg-type]
        ({"username": "  "}, "username", "empty"),
        ({"username": "laas 5100101"}, "username", "RFC 8265 does not allow it as a username"),
        ({"password": None}, "password", EITHER),
        ({"password_hash": "$argon2id$…"}, "password", EITHER),
        ({"agency_code": ""}, "agency_name", NEEDED),
        ({"agency_code": " "}, "agency_name", NEEDED),
        ({"agency_name": " "}, "agency_name", NEEDED),
        ({"agency_code": "51\x00"}, "agency_code", CONTROL),
        ({"agency_name": "สถจ.\x85สมมติ"}, "agency_name", CONTROL),
        ({"province": "\ud800"}, "province", CONTROL),
        ({"password": None, "password_hash": "$argon2id$\n"}, "password_hash", CONTROL),
        ({"password": None, "password_hash": "no hash"}, "password_hash", None),
        ({"contact": "not an address"}, "contact", None),
        ({"expires_at": datetime(2569, 1, 1)}, "expires_at", "give an aware datetime"),  # noqa: DTZ001
    ],
)
def test_a_bad_entry_of_a_list_is_told_by_its_field_and_what_is_wrong(
    portal: Portal, changes: dict[str, Any], field: str, detail: str | None
) -> None:
    """An administrator would not learn what is wrong with the list."""
    good = NewAccount(**{**LETTER, "username": "good"})
    entry = NewAccount(**{**LETTER, **changes})
    with pytest.raises(Refused) as refused:
        portal.elaas.accounts.provision([good, entry], by="admin-1", reason="list")
    assert ("account_invalid" if field != "contact" else "email_invalid", field) == (
        refused.value.code,
        refused.value.field,
    )
    said = f"entry 2: {field}: "
    assert refused.value.detail.startswith(said)
    if detail is not None:
        assert f"{said}{detail}" == refused.value.detail
    elif field == "password_hash":
        assert refused.value.detail.removeprefix(said) not in ("", "account_invalid")


def test_an_entry_with_an_end_of_its_own_ends_then(portal: Portal) -> None:
    """A letter that is good for a week would open its account for ninety days."""
    until = portal.clock() + timedelta(days=7)
    new = NewAccount(**{**LETTER, "expires_at": until})
    (made,) = portal.elaas.accounts.provision([new], by="admin-1", reason="list")
    account = stored_account(portal, made.account.id)
    assert (until, True, 1, account.created_at) == (
        account.password_expires_at,
        account.password_is_issued,
        account.credential_version,
        account.updated_at,
    )


@pytest.mark.parametrize(("wrong", "said"), [(100, 100), (101, 101)])
def test_f12_a_hundred_reasons_are_told_without_a_number_of_others(
    portal: Portal, wrong: int, said: int
) -> None:
    """An administrator would look for entries that there are not."""
    entries = [NewAccount(**{**LETTER, "username": " "})] * wrong
    with pytest.raises(Refused) as refused:
        portal.elaas.accounts.provision(entries, by="admin-1", reason="list")
    told = refused.value.detail.split("; ")
    assert said == len(told)
    assert ("entry 100: username: empty" if wrong == 100 else "and 1 more") == told[-1]


def test_f12_each_refused_entry_of_a_list_is_told_and_the_others_are_provisioned(portal: Portal) -> None:
    """A list of thousands would be run once for each hash that cannot be taken."""
    dear = "$argon2id$v=19$m=1048576,t=32,p=1$AAECAwQFBgcICQoLDA0ODw$" + "A" * 43
    entries = [
        NewAccount(**{**LETTER, "username": username, "password": None, "password_hash": stored})
        for username, stored in (
            ("first", dear),
            ("second", dear.replace("m=1048576,t=32", "m=8,t=1")),
            ("third", "$2b$12$cut-off"),
            ("fourth", dear[:-2]),
        )
    ]
    with pytest.raises(Refused, match="account_invalid") as refused:
        portal.elaas.accounts.provision(entries, by="admin-1", reason="list")
    assert "password_hash" == refused.value.field
    assert ["entry 1", "entry 3", "entry 4"] == [
        reason.partition(":")[0] for reason in refused.value.detail.split("; ")
    ]
    assert dear not in refused.value.detail
    assert [None, "second", None, None] == [
        found and found.username
        for found in map(portal.elaas.accounts.find, ("first", "second", "third", "fourth"))
    ]
    assert 3 == portal.kinds().count("account.refused")


def test_f12_of_a_long_list_a_hundred_refused_entries_are_told_and_the_number_of_the_others(
    portal: Portal,
) -> None:
    """A list of thousands in a wrong format would fill the screen, or hide how much of it is wrong."""
    entries = [
        NewAccount(**{**LETTER, "username": f"office-{number}", "password": None, "password_hash": "no hash"})
        for number in range(103)
    ]
    with pytest.raises(Refused, match="account_invalid") as refused:
        portal.elaas.accounts.provision(entries, by="admin-1", reason="list")
    told = refused.value.detail.split("; ")
    assert (101, "and 3 more") == (len(told), told[-1])
    assert told[99].startswith("entry 100: ")


@pytest.mark.parametrize(("by", "reason"), [("", "why"), ("who", " "), ("x" * 501, "why")])
def test_r1_3_every_act_has_by_and_reason(portal: Portal, by: str, reason: str) -> None:
    """An administrator's act would leave nobody to ask."""
    account_id = portal.provision()
    accounts = portal.elaas.accounts
    acts: list[tuple[Any, Any]] = [
        (accounts.provision, [NewAccount(**LETTER)]),
        (accounts.reissue, account_id),
        (accounts.unlock, account_id),
    ]
    for act, about in acts:
        with pytest.raises(Refused, match="account_invalid"):
            act(about, by=by, reason=reason)


def test_r1_3_a_reissue_keeps_the_person_and_ends_the_password(portal: Portal) -> None:
    """A re-issue would hand the account to somebody else, or leave the old password good."""
    account_id = portal.provision()
    portal.onboarded()
    (bound,) = stored_bindings(portal, account_id)
    reissued = portal.elaas.accounts.reissue(account_id, by="admin-1", reason="forgotten password")
    assert reissued.password not in repr(reissued)
    assert AccountStatus.ISSUED is reissued.account.status
    with pytest.raises(Refused, match="credential_wrong"):
        portal.begin(portal.browser(), password=CHOSEN)
    browser = portal.browser()
    flow_id = portal.begin(browser, password=reissued.password).flow_id
    portal.elaas.receive_callback(portal.callback_query(flow_id, browser), browser=browser)
    portal.clock.shift(seconds=61)
    portal.elaas.submit_email(flow_id, "clerk@sommut.example.go.th", browser=browser)
    portal.elaas.submit_one_time_code(flow_id, portal.code(), browser=browser)
    portal.elaas.set_password(flow_id, "another long phrase of mine", browser=browser)
    (again,) = stored_bindings(portal, account_id)
    assert (bound.id, bound.started_at) == (again.id, again.started_at)
    event = next(event for event in portal.events if event.kind == "account.reissued")
    assert ("admin-1", "forgotten password") == (event.by, event.reason)


def test_acts_on_an_account_that_is_not_there(portal: Portal) -> None:
    """A wrong id would raise something untyped."""
    for act in (portal.elaas.accounts.reissue, portal.elaas.accounts.unlock):
        with pytest.raises(Refused, match="account_unknown"):
            act("no-such-account", by="admin-1", reason="test")
    assert portal.elaas.accounts.find("nobody") is None


def test_find_takes_the_username_as_it_is_typed(portal: Portal) -> None:
    """An administrator could not find an account by its username."""
    account_id = portal.provision()
    assert account_id == portal.elaas.accounts.find(USERNAME.upper()).id


@pytest.mark.parametrize("act", ["reissue", "unlock"])
def test_inv7_an_administrators_act_ends_the_flows_of_the_account(portal: Portal, act: str) -> None:
    """A flow begun under the old epoch would go on."""
    account_id = portal.provision()
    browser = portal.browser()
    flow_id = portal.confirmed(browser).flow_id
    getattr(portal.elaas.accounts, act)(account_id, by="admin-1", reason="officer moved")
    assert Ended(reason="superseded") == portal.elaas.current(flow_id, browser=browser).step
    assert "flow.superseded" not in portal.kinds()
    for _ in range(2):
        with pytest.raises(Refused, match="flow_superseded"):
            portal.elaas.set_password(flow_id, CHOSEN, browser=browser)
    assert 1 == portal.kinds().count("flow.superseded")


def test_inv7_two_officers_one_account_one_wins_and_the_other_is_told(portal: Portal) -> None:
    """Both would believe that the account is theirs."""
    portal.provision()
    one, two = portal.browser(), portal.browser()
    flow_one = portal.mailed(one, "one@sommut.example.go.th").flow_id
    code_one = portal.code()
    flow_two = portal.mailed(two, "two@sommut.example.go.th").flow_id
    portal.elaas.confirm_and_set_password(flow_two, portal.code(), CHOSEN, browser=two)
    with pytest.raises(Refused, match="flow_superseded") as told:
        portal.elaas.confirm_and_set_password(flow_one, code_one, CHOSEN, browser=one)
    assert Ended(reason="superseded") == told.value.progress.step  # type: ignore[union-attr]
    assert isinstance(portal.begin(two, password=CHOSEN).step, SignedIn)


def test_inv7_a_new_begin_never_evicts_another_browsers_flow(portal: Portal) -> None:
    """Who holds the letter could keep the account's person from ever finishing."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.confirmed(browser).flow_id
    for _ in range(5):
        portal.begin(portal.browser())
    assert "password_set" == portal.elaas.set_password(flow_id, CHOSEN, browser=browser).step.kind


def test_inv10_flows_of_an_account_are_bounded(portal: Portal) -> None:
    """Who holds the letter could fill the store with flows."""
    portal.provision()
    for _ in range(30):
        portal.begin(portal.browser())
    with pytest.raises(Refused, match="flow_limit") as refused:
        portal.begin(portal.browser())
    assert timedelta(hours=1) == refused.value.retry_after
    portal.clock.shift(hours=1)
    assert isinstance(portal.begin(portal.browser()).step, VerifyIdentity)


def test_purge_deletes_what_is_over_and_keeps_accounts(portal: Portal) -> None:
    """Flows would stay for ever, or an account would go with them."""
    account_id = portal.provision()
    browser = portal.browser()
    flow_id = portal.mailed(browser).flow_id
    assert 0 == portal.elaas.purge()
    portal.clock.shift(days=1, hours=2)
    assert portal.elaas.purge() > 0
    with pytest.raises(Refused, match="flow_unknown"):
        portal.elaas.current(flow_id, browser=browser)
    assert account_id == portal.elaas.accounts.find(USERNAME).id
