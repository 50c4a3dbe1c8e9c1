"""New accounts as a list gives them: inserted, never reset.

Who may take an account up is always said: `Expected(NationalID(…))`, or `FirstUse()` where the office does not know.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from elaas_identity._discreet import discreet
from elaas_identity.accounts.account import Account, AccountKind, AccountRecord, AccountStatus
from elaas_identity.accounts.authorship import Signed, sign
from elaas_identity.change import Change, Done, Exhausted, Key
from elaas_identity.effects import Act, commit, hash_password, load, read_clock
from elaas_identity.errors import Misconfigured, ProviderFailed, Refused
from elaas_identity.flow import budgets
from elaas_identity.flow.advance import Rules, plain_event
from elaas_identity.flow.given import taken
from elaas_identity.flow.moment import Moment, is_id
from elaas_identity.flow.opening import told
from elaas_identity.flow.sign_in_attempt import account_keys
from elaas_identity.keyring import Keyring
from elaas_identity.mail.address import parse_email
from elaas_identity.not_pickled import NotPickled
from elaas_identity.passwords.hashing import PasswordHashing
from elaas_identity.passwords.preparation import is_username, prepare, prepare_username
from elaas_identity.person.national_id import NationalID
from elaas_identity.person.typed import trimmed


@discreet
@dataclass(frozen=True, slots=True)
class Expected:
    """The account opens for this person only."""

    national_id: NationalID


@discreet
@dataclass(frozen=True, slots=True)
class FirstUse:
    """The account opens for whoever verifies first with the issued credential, and from then on for them only.

    Chosen for each account, never a default: whoever holds the letter decides. Give `NewAccount.contact`, so that
    somebody in the office hears who took it up.

    Attributes:
        needs_approval: the account opens only once an administrator has approved the person.
    """

    needs_approval: bool = False


Person: TypeAlias = Expected | FirstUse


def _names_somebody(person: object) -> bool:
    named: object = person.national_id if isinstance(person, Expected) else None
    return isinstance(person, FirstUse) or isinstance(named, NationalID)


MOST_REASONS = 100
"""Refused entries of a list that are told with their reasons. Our choice: what is wrong with more is the list."""


def told_apart(person: Person) -> str:
    """What tells one choice of a person from another. It holds the national ID: digest it at once."""
    if isinstance(person, Expected):
        return person.national_id.reveal()
    return "first use, approved" if person.needs_approval else "first use"


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount(NotPickled):
    """One issued account.

    Attributes:
        username: as the letter has it; case does not matter (RFC 8265 UsernameCaseMapped).
        password: the issued one; or `password_hash` where only its hash is known (a PHC string, or what one of the
            facade's `legacy_verifiers` recognises). Exactly one of the two. A hash that no password can match, or at
            which a guess costs more than the policy's `passwords.stored_hashes` allows, is refused.
        kind: which of the circular's three kinds.
        agency_code, agency_name, province: as the agency is registered; shown to the person, and refused as passwords.
        person: whom it opens for; said, never defaulted.
        contact: an e-mail address in the office that is told when the account is taken up.
        expires_at: when the issued password ends (aware); by policy when left out.
    """

    username: str
    kind: AccountKind
    agency_code: str
    agency_name: str
    person: Person = field(repr=False)
    password: str | None = field(default=None, repr=False)
    password_hash: str | None = field(default=None, repr=False)
    province: str = ""
    contact: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None

    def check(self) -> None:
        """That the entry can be provisioned.

        Raises:
            Refused: `account_invalid`, with the field and what is wrong with it.
        """
        for name, hint in _TEXTS.items():
            if taken(hint, value := getattr(self, name)) is not value:
                raise Refused("account_invalid", field=name, detail="not a text")
        if self.kind not in tuple(AccountKind):
            raise Refused("account_invalid", field="kind", detail="one of AccountKind")
        if not _names_somebody(self.person):
            raise Refused("account_invalid", field="person", detail="Expected(…) or FirstUse(…)")
        if not self.username.strip():
            raise Refused("account_invalid", field="username", detail="empty")
        if (self.password is None) == (self.password_hash is None):
            raise Refused("account_invalid", field="password", detail="give either password or password_hash")
        if not self.agency_code.strip() or not self.agency_name.strip():
            raise Refused(
                "account_invalid", field="agency_name", detail="agency_code and agency_name are needed"
            )
        for name in ("agency_code", "agency_name", "province", "password_hash"):
            if any(unicodedata.category(each) in ("Cc", "Cs") for each in getattr(self, name) or ""):
                raise Refused(
                    "account_invalid", field=name, detail="a control character or half a surrogate pair"
                )
        if self.expires_at is not None and self.expires_at.tzinfo is None:
            raise Refused("account_invalid", field="expires_at", detail="give an aware datetime")


_TEXTS = {name: hint for name, hint in NewAccount.__annotations__.items() if "str" in hint}


@discreet
@dataclass(frozen=True, slots=True)
class Provisioned:
    """What became of one entry: `created` is False where the username was there already, and nothing was changed."""

    account: Account
    created: bool


@discreet
@dataclass(frozen=True, slots=True)
class Reissued(NotPickled):
    """A fresh issued password for an account. It is shown here once, for the letter, and kept nowhere."""

    account: Account
    password: str = field(repr=False)
    expires_at: datetime


def provision(
    rules: Rules, hashing: PasswordHashing, moment: Moment, new: Iterable[NewAccount], *, by: str, reason: str
) -> Act[list[Provisioned]]:
    """Insert the accounts of a list, each in a commit of its own. One whose username is there already is left alone.

    An entry that is refused holds up none of the others; in the end the refusal names all of them.
    """
    signed = yield from sign(moment, by, reason)
    yield from _check_keys(rules, moment)
    done: list[Provisioned] = []
    refused: list[tuple[int, Refused]] = []
    for place, one in enumerate(new, start=1):
        now = yield from read_clock()  # a list takes long: its hashes alone take minutes
        part = moment.then(now, f"account {place}")
        try:
            done.append((yield from _provision(rules, hashing, part, one, signed)))
        except Refused as refusal:
            yield from told(part, "account.refused", refusal, **signed._asdict())
            refused.append((place, refusal))
    if refused:
        first = refused[0][1]
        raise Refused(first.code, field=first.field, detail=_reasons(refused))
    return done


def _check_keys(rules: Rules, moment: Moment) -> Act[None]:
    """Check that this keyring finds every username that there is."""
    in_use = budgets.keys_in_use(rules.keyring)
    charges = (yield from load(in_use)).charges[in_use]
    for key_id, at in charges.items():
        if key_id not in rules.keyring.ids and moment.now - at < in_use.window:
            raise _unknown_key()


def _unknown_key() -> Misconfigured:
    return Misconfigured(
        "keyring",
        detail="accounts are provisioned under a key that is not in this keyring: add it everywhere",
    )


def _reasons(refused: list[tuple[int, Refused]]) -> str:
    """What is wrong with each entry, as many as fit on a screen; by its place, since a username is personal."""
    reasons = [
        f"entry {place}: {refusal.field}: {refusal.detail or refusal.code}"
        for place, refusal in refused[:MOST_REASONS]
    ]
    if len(refused) > MOST_REASONS:
        reasons.append(f"and {len(refused) - MOST_REASONS} more")
    return "; ".join(reasons)


def find(rules: Rules, username: str) -> Act[Account | None]:
    """The account of that username, if there is one."""
    found = yield from _find(rules, username)
    return None if found is None else found.view(rules.keyring)


def get(rules: Rules, account_id: str) -> Act[Account]:
    """The account of that id.

    Raises:
        Refused: `account_unknown`.
    """
    key = Key(AccountRecord, account_id)
    found = (yield from load(key)).one(key) if is_id(account_id) else None
    if found is None:
        raise Refused("account_unknown")
    return found.view(rules.keyring)


def page(rules: Rules, after: str) -> Act[tuple[Account, ...]]:
    """The accounts after that id, oldest first, a page of them."""
    if after and not is_id(after):  # what cannot be an id is never asked of a store
        return ()
    # Each account stands under one key of the keyring: what is under all of them is every account.
    keys = [Key(AccountRecord, key_id, field="key_id", after=after) for key_id in rules.keyring.ids]
    read = yield from load(*keys)
    found = sorted((account for key in keys for account in read.all(key)), key=lambda account: account.id)
    return tuple(account.view(rules.keyring) for account in found[: keys[0].limit])


def _find(rules: Rules, username: str) -> Act[AccountRecord | None]:
    keys = account_keys(rules, prepare_username(username))
    read = yield from load(*keys)
    return next((account for key in keys for account in read.all(key)), None)


def _provision(
    rules: Rules, hashing: PasswordHashing, moment: Moment, new: NewAccount, signed: Signed
) -> Act[Provisioned]:
    new.check()
    problem = None if new.password_hash is None else hashing.problem_with(new.password_hash)
    if problem is not None:
        raise Refused("account_invalid", field="password_hash", detail=problem)
    username = prepare_username(new.username)
    if not is_username(username):
        raise Refused("account_invalid", field="username", detail="RFC 8265 does not allow it as a username")
    contact = (
        None if new.contact is None else parse_email(new.contact, rules.policy.email, field="contact").value
    )
    there = yield from _find(rules, new.username)
    if there is None:
        account = account_record(
            new,
            account_id=moment.id("account"),
            keyring=rules.keyring,
            prepared_username=username,
            password_hash=new.password_hash or (yield from hash_password(prepare(new.password or ""))),
            contact=contact,
            lifetime=rules.policy.issued_credential_lifetime,
            now=moment.now,
        )
        event = plain_event(moment, "account.provisioned", account_id=account.id, **signed._asdict())
        # Inserted, so that an account which exists is never reset.
        charges = budgets.one_account(rules.keyring, username, account.id, moment.now)
        change = Change(inserts=(account, event), charges=charges)
        outcome = yield from commit(change)
        if isinstance(outcome, Done):
            return Provisioned(account.view(rules.keyring), created=True)
        there = yield from _find(rules, new.username)  # another import was faster
        if there is None and isinstance(outcome, Exhausted):
            raise _unknown_key()
    if there is None:
        raise ProviderFailed("store_contended")
    return Provisioned(there.view(rules.keyring), created=False)


def account_record(
    new: NewAccount,
    *,
    account_id: str,
    keyring: Keyring,
    prepared_username: str,
    password_hash: str,
    contact: str | None,
    lifetime: timedelta,
    now: datetime,
) -> AccountRecord:
    """The record of a new account: indexed, digested and sealed."""
    expected = new.person.national_id.reveal() if isinstance(new.person, Expected) else None
    return AccountRecord(
        id=account_id,
        epoch=1,
        status=AccountStatus.ISSUED,
        kind=new.kind,
        agency_code=new.agency_code,
        agency_name=new.agency_name,
        province=new.province,
        key_id=keyring.current,
        username_index=keyring.index("username", prepared_username),
        username_sealed=keyring.seal(f"account.username:{account_id}", trimmed(new.username)),
        password_hash=password_hash,
        password_is_issued=True,
        password_expires_at=now + lifetime if new.expires_at is None else new.expires_at,
        credential_version=1,
        first_use=expected is None,
        needs_approval=isinstance(new.person, FirstUse) and new.person.needs_approval,
        expected_person_index=None if expected is None else keyring.index("person", expected),
        expected_person_sealed=(
            None if expected is None else keyring.seal(f"account.person:{account_id}", expected)
        ),
        contact_sealed=None if contact is None else keyring.seal(f"account.contact:{account_id}", contact),
        binding_id=None,
        created_at=now,
        updated_at=now,
    )
