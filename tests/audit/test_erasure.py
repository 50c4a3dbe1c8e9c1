"""Erasure (R7.4, PDPA): what is personal goes, what happened stays, and the chain still verifies."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from elaas_identity.audit import chain
from elaas_identity.audit.chain import PERSONAL, named, names
from elaas_identity.errors import ProviderFailed, Refused
from elaas_identity.events import Event
from elaas_identity.testing.store_examples import NOW, an_event
from tests.audit.test_sealing import interposed
from tests.audit.trail import MINUTE, Trail, made

WHY: dict[str, Any] = {"by": "data protection officer (invented)", "reason": "request 7/2569"}


def erase(trail: Trail, **who: Any) -> int:
    count = trail.run(trail.audit().erase_events(before=trail.clock(), **WHY, **who))
    assert isinstance(count, int)
    return count


def personal(event: Event) -> list[Any]:
    return [getattr(event, name) for name in PERSONAL]


def test_the_events_of_an_account(trail: Trail) -> None:
    """Fails if a name stays, another account's goes, the fact goes too, or the chain breaks."""
    trail.write(1, 3)
    trail.write(2, account_id="account-2")
    before = trail.event(1)
    sealed = trail.seal()
    assert sealed is not None
    assert 2 == erase(trail, account_id="account-1")
    assert [None] * 4 == personal(trail.event(1))
    assert [None, None] == [trail.event(1).salt, trail.event(3).salt]
    assert (before.at, before.kind, before.account_id) == (
        trail.event(1).at,
        trail.event(1).kind,
        trail.event(1).account_id,
    )
    assert "administrator (invented)" == trail.event(2).by
    found = trail.verify(sealed.line())
    assert (3, 2, None) == (found.count, found.erased, found.fault)


def test_it_is_said_who_erased_and_why(trail: Trail) -> None:
    """Fails if an erasure leaves no event, is told to nobody, or is not sealed like every other."""
    trail.write(1)
    trail.seal()
    assert 1 == erase(trail, account_id="account-1")
    (statement,) = trail.told
    assert ("audit.erased", "account-1", WHY["by"], WHY["reason"]) == (
        statement.kind,
        statement.account_id,
        statement.by,
        statement.reason,
    )
    assert statement.id == trail.event(1).erased_by
    trail.seal()
    found = trail.verify()
    assert (2, 1, None) == (found.count, found.erased, found.fault)


def test_the_events_of_a_binding(trail: Trail) -> None:
    """Fails if the officer before, or after, loses theirs with it."""
    trail.write(1, binding_id="binding-1")
    trail.write(2, binding_id="binding-2")
    trail.seal()
    assert 1 == erase(trail, binding_id="binding-1")
    assert [None] * 4 == personal(trail.event(1))
    assert None is not trail.event(2).by
    assert "binding-1" == trail.told[-1].binding_id
    assert None is trail.fault()


def test_what_is_not_sealed_yet_is_erased_too(trail: Trail) -> None:
    """Fails if the events of the last seconds survive an erasure, or are said to be erased before they were sealed."""
    trail.write(1)
    trail.clock.shift(seconds=1)
    commits = list[str]()

    def late(operation: str) -> None:
        if operation == "commit" and not commits:
            commits.append(operation)
            trail.clock.shift(MINUTE)

    audit = trail.audit(store=interposed(trail, late, after=True))
    assert 1 == trail.run(audit.erase_events(before=trail.clock(), account_id="account-1", **WHY))
    assert [None] * 4 == personal(trail.event(1))
    assert trail.clock() == trail.told[-1].at
    assert None is trail.fault()


def test_only_what_came_before(trail: Trail) -> None:
    """Fails if the new officer of an account is erased with the old one."""
    trail.write(1)
    trail.clock.shift(MINUTE)
    trail.write(2)
    handed_over = trail.clock()
    trail.seal()
    audit = trail.audit()
    assert 1 == trail.run(audit.erase_events(before=handed_over, account_id="account-1", **WHY))
    assert (None, "administrator (invented)") == (trail.event(1).by, trail.event(2).by)


def test_retention(trail: Trail) -> None:
    """Fails if something personal is left of what is older than the agency keeps it, statements included."""
    trail.write(1)
    trail.seal()
    erase(trail, account_id="account-1")
    trail.clock.shift(days=366)
    trail.write(2)
    trail.seal()
    trail.clock.shift(MINUTE)
    assert 1 == trail.run(trail.audit().erase_older_than(timedelta(days=365), **WHY))
    first = trail.told[0]
    kept = trail.find(Event, first.id)
    assert [None] * 4 == personal(kept)
    assert None is not trail.event(2).by
    trail.seal()
    found = trail.verify()
    assert (4, 2, None) == (found.count, found.erased, found.fault)


def test_it_may_run_again(trail: Trail) -> None:
    """Fails if a second run erases what is erased, or states what it did not do."""
    trail.write(1)
    trail.seal()
    assert 1 == erase(trail, account_id="account-1")
    assert 0 == erase(trail, account_id="account-2")
    assert 1 == len(trail.told)


def test_somebody_has_to_be_named(trail: Trail) -> None:
    """Fails if a missing id erases everybody, or nobody answers for it."""
    audit = trail.audit()
    with pytest.raises(ValueError):
        trail.run(audit.erase_events(before=trail.clock(), **WHY))
    with pytest.raises(Refused) as refused:
        trail.run(audit.erase_events(before=trail.clock(), account_id="account-1", by=" ", reason="x"))
    assert ("account_invalid", "by") == (refused.value.code, refused.value.field)


def test_nothing_personal_is_left_in_the_file(trail: Trail) -> None:
    """Fails if a record other than the event keeps what was erased, or what it can be guessed by."""
    trail.write(1)
    trail.seal()
    salt = trail.event(1).salt
    assert salt is not None
    erase(trail, account_id="account-1")
    if trail.url is None:
        text = repr(trail.store.contents())
    else:
        with trail.statements() as execute:
            rows = [execute(chosen).all() for chosen in (table.table.select() for table in _tables())]
        text = repr(rows)
    assert "request 7/2569" in text
    for gone in ("administrator (invented)", "letter 1", "k1.client", "req-1", salt):
        assert gone not in text


def _tables() -> Any:
    from elaas_identity.providers.sql_schema import TABLES

    return TABLES.values()


def test_a_crash_between_two_batches_is_made_good(trail: Trail) -> None:
    """Fails if an erasure that died half-way leaves a chain that does not verify, or cannot be finished (R9.5)."""
    for number in (1, 2, 3):
        trail.write(number)
        trail.seal()
    commits = 0

    def dying(operation: str) -> None:
        nonlocal commits
        commits += operation == "commit"
        if commits == 2:
            raise OSError

    audit = trail.audit(store=interposed(trail, dying))
    with pytest.raises(ProviderFailed):
        trail.run(audit.erase_events(before=trail.clock(), account_id="account-1", **WHY))
    assert (1, None) == (trail.verify().erased, trail.fault())
    trail.clock.shift(MINUTE)
    # The statement of the first run is an event of the account too.
    assert 3 == erase(trail, account_id="account-1")
    assert None is trail.fault()
    assert [None] * 12 == [value for number in (1, 2, 3) for value in personal(trail.event(number))]


def test_two_who_erase_at_once(trail: Trail) -> None:
    """Fails if one of two is told that it failed, or an event is left out between them."""
    trail.write(1, 2)
    trail.seal()
    other: list[int] = []

    def erases(operation: str) -> None:
        if operation == "commit" and not other:
            other.append(-1)
            other.append(erase(trail, account_id="account-1"))

    def awaited(operation: str) -> None:
        if operation == "commit" and not other:
            other.append(-1)
            event = trail.event(1)
            trail.edit(event, version=event.version + 1)

    audit = trail.audit(store=interposed(trail, awaited if trail.is_async else erases))
    mine = trail.run(audit.erase_events(before=trail.clock(), account_id="account-1", **WHY))
    assert 2 == mine + sum(other[1:])
    assert (2, None) == (trail.verify().erased, trail.fault())


def test_r9_5_an_erasure_that_always_loses_ends(tmp_path: Path) -> None:
    """Fails if it runs for ever, or answers that the names are gone."""
    with made("sync-memory", tmp_path) as trail:
        trail.write(1)
        trail.seal()

        def touched(operation: str) -> None:
            if operation == "commit":
                event = trail.event(1)
                trail.edit(event, version=event.version + 1)

        audit = trail.audit(store=interposed(trail, touched))
        with pytest.raises(ProviderFailed) as failed:
            audit.erase_events(before=trail.clock(), account_id="account-1", **WHY)
        assert "store_contended" == failed.value.code


def test_f3_an_erasure_that_another_was_faster_with_in_part_says_what_it_did(tmp_path: Path) -> None:
    """Fails if what is erased after a lost race has no event that says why."""
    with made("sync-memory", tmp_path) as trail:
        trail.write(1)
        trail.seal()
        between = trail.clock()
        trail.write(2)
        trail.seal()
        other = list[int]()

        def erases(operation: str) -> None:
            if operation == "commit" and not other:
                other.append(0)
                other.append(trail.audit().erase_events(before=between, account_id="account-1", **WHY))

        audit = trail.audit(store=interposed(trail, erases))
        assert 1 == audit.erase_events(before=trail.clock(), account_id="account-1", **WHY)
        assert 1 == sum(other)
        assert (2, None) == (trail.verify().erased, trail.fault())


# Not every gap is an erasure.


@pytest.fixture
def erased(trail: Trail) -> Trail:
    """One event of two erased, and the statement sealed."""
    trail.write(1)
    trail.write(2, account_id="account-2")
    trail.seal()
    assert 1 == erase(trail, account_id="account-1")
    trail.seal()
    assert None is trail.fault()
    return trail


def wiped(**changes: Any) -> dict[str, Any]:
    return {**dict.fromkeys((*PERSONAL, "salt")), **changes}


def test_names_wiped_without_a_word(erased: Trail) -> None:
    """Fails if whoever owns the database can take out who did something, and pass it for an erasure."""
    erased.edit(erased.event(2), **wiped())
    assert ("edited", 2) == erased.fault()


def test_names_wiped_under_another_erasure(erased: Trail) -> None:
    """Fails if an erasure of one account covers another's events, or a later event."""
    erased.edit(erased.event(2), **wiped(erased_by=erased.told[0].id))
    assert ("edited", 2) == erased.fault()
    erased.write(3)
    erased.seal()
    erased.edit(erased.event(3), **wiped(erased_by=erased.told[0].id))
    assert ("edited", 2) == erased.fault()


def test_names_wiped_under_an_erasure_of_another_binding(erased: Trail) -> None:
    """Fails if the erasure of one officer covers another's acts on the same account."""
    erased.write(4, binding_id="binding-1")
    erased.write(5, binding_id="binding-2")
    erased.seal()
    assert 1 == erase(erased, binding_id="binding-1")
    erased.edit(erased.event(5), **wiped(erased_by=erased.told[-1].id))
    assert ("edited", 5) == erased.fault()


def test_names_wiped_under_an_event_that_is_no_erasure(erased: Trail) -> None:
    """Fails if any later event of the account passes for the erasure."""
    erased.write(3, account_id="account-2")
    erased.edit(erased.event(2), **wiped(erased_by="event-0003"))
    assert ("edited", 2) == erased.fault()


def test_a_later_event_is_not_covered_by_an_earlier_erasure(erased: Trail) -> None:
    """Fails if one erasure of an account is good for all its future."""
    erased.write(3)
    erased.seal()
    erased.edit(erased.event(3), **wiped(erased_by=erased.told[0].id))
    assert ("edited", 4) == erased.fault()


def test_f3_an_erasure_covers_no_event_that_it_did_not_erase(trail: Trail) -> None:
    """Names of a day-old event could be taken out by hand, and passed off as part of an ordinary erasure."""
    trail.write(1)
    trail.clock.shift(days=1)
    trail.write(2, 3)
    trail.seal()
    trail.clock.shift(MINUTE)
    assert 1 == trail.run(trail.audit().erase_older_than(timedelta(hours=12), **WHY))
    (statement,) = trail.told
    assert ("1", trail.clock() - timedelta(hours=12)) == (statement.erases, statement.cutoff)
    trail.seal()
    found = trail.verify()
    assert (1, 0, None) == (found.erased, found.erased_unnamed, found.fault)
    for number in (2, 3):
        event = trail.event(number)
        trail.edit(event, **wiped(erased_by=statement.id))
        assert ("edited", number) == trail.fault()
        trail.edit(
            trail.event(number), **{name: getattr(event, name) for name in (*PERSONAL, "salt", "erased_by")}
        )
    for changes in ({"erases": "1-3"}, {"cutoff": trail.clock()}, {"erases": None}, {"cutoff": None}):
        before = trail.find(Event, statement.id)
        trail.edit(before, **changes)
        assert None is not trail.fault()
        trail.edit(trail.find(Event, statement.id), erases=statement.erases, cutoff=statement.cutoff)
    assert None is trail.fault()


@pytest.mark.parametrize(
    "changes",
    [
        {"erases": "1,3"},
        {"erases": ""},
        {"erases": "2-"},
        {"erases": "1-9" * 100},
        {"erases": "๒"},
        {"erases": "2", "cutoff": NOW - MINUTE},
        {"erases": None, "cutoff": NOW - MINUTE},
    ],
)
def test_f3_a_statement_covers_only_the_places_that_it_names_before_its_cutoff(
    trail: Trail, changes: dict[str, Any]
) -> None:
    """A statement that names nothing, or that nobody can read, would cover everything."""
    trail.write(1, 2, at=NOW)
    trail.seal()
    good = an_event("event-0009", kind="audit.erased", at=trail.clock(), erases="2", cutoff=NOW + MINUTE)
    trail.insert(good)
    trail.edit(trail.event(2), **wiped(erased_by="event-0009"))
    assert None is trail.fault()
    trail.edit(good, **changes)
    assert ("edited", 2) == trail.fault()


def test_f3_a_statement_of_an_earlier_version_still_holds_and_its_weakness_is_told(trail: Trail) -> None:
    """The trails that are sealed already would not verify, or would be taken for better than they are."""
    trail.write(1, 2, 3)
    trail.seal()
    for number in (1, 2):
        trail.edit(trail.event(number), **wiped(erased_by="event-0009"))
    trail.write(9, kind="audit.erased")
    trail.seal()
    found = trail.verify()
    assert (2, 2, None) == (found.erased, found.erased_unnamed, found.fault)


def test_f3_an_erasure_of_many_names_them_in_several_statements(
    trail: Trail, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One event of the trail would grow with everything that was ever erased."""
    monkeypatch.setattr(chain, "BATCH", 2)
    monkeypatch.setattr(chain, "MOST_NAMED", 4)
    for number in range(1, 10, 2):
        trail.write(number, number + 1)
        trail.seal()
    assert 10 == erase(trail, account_id="account-1")
    assert ["1-4", "5-8", "9-10"] == [statement.erases for statement in trail.told]
    trail.seal()
    assert (10, None) == (trail.verify().erased, trail.fault())


def test_f3_places_are_named_by_their_runs() -> None:
    """An event would be named that was not erased, or one that was would not be."""
    assert "1-3,5,7-8" == named([8, 1, 2, 3, 5, 7])
    assert [1, 2, 3, 5, 7, 8] == [place for place in range(12) if names("1-3,5,7-8", place)]


@pytest.mark.parametrize("batch", ["zzz", "000000000009", "00000000000x"])
def test_names_wiped_by_a_statement_outside_the_trail(erased: Trail, batch: str) -> None:
    """Fails if a statement counts that no batch has, and none will have."""
    later = erased.clock()
    erased.insert(an_event("event-0009", kind="audit.erased", at=later, account_id=None, batch=batch))
    erased.edit(erased.event(2), **wiped(erased_by="event-0009"))
    assert ("edited", 2) == erased.fault()


def test_a_name_put_in_again(erased: Trail) -> None:
    """Fails if somebody else's name can stand where one was erased."""
    erased.edit(erased.event(1), by="somebody else (invented)")
    assert ("edited", 1) == erased.fault()


def test_an_erasure_is_all_that_a_deleted_statement_leaves(erased: Trail) -> None:
    """Fails if the event that says who erased can be deleted."""
    statement = erased.find(Event, erased.told[0].id)
    erased.delete(statement)
    assert ("edited", 1) == erased.fault()


def test_the_facts_of_an_erased_event_are_still_sealed(erased: Trail) -> None:
    """Fails if erasing the person frees what happened."""
    erased.edit(erased.event(1), kind="account.unlocked")
    assert ("edited", 1) == erased.fault()


def test_memory_and_files_are_both_tampered_with(tmp_path: Path, trail: Trail) -> None:
    """Fails if a flavour of these tests reaches into something else than it thinks."""
    trail.write(1)
    trail.edit(trail.event(1), by="edited")
    assert "edited" == trail.event(1).by
