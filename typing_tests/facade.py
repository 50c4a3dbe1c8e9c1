"""The public surface as a portal's type checker sees it. Checked by mypy and pyright, never run.

Where a line is marked with `type: ignore`, the error is the point: both checkers complain about a marker that has
become needless.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal, assert_never, assert_type

from elaas_identity import (
    Account,
    AccountChoice,
    AccountKind,
    AccountStatus,
    AsyncElaasIdentity,
    AsyncThaID,
    Browser,
    ChooseAccount,
    ElaasIdentity,
    ElaasIdentityError,
    Ended,
    EnterOneTimeCode,
    Expected,
    FirstUse,
    FlowPolicy,
    Keyring,
    Misconfigured,
    NationalID,
    NewAccount,
    PasswordPolicy,
    PasswordSet,
    Progress,
    ProvideEmail,
    ProviderFailed,
    Refused,
    SetPassword,
    SignedIn,
    Step,
    ThaID,
    VerifiedIdentity,
    VerifyIdentity,
)
from elaas_identity.accounts.provisioning import Provisioned, Reissued
from elaas_identity.errors import MisconfiguredCode, ProviderFailedCode, RefusedCode
from elaas_identity.flow.steps import AuthorizationRequest, EndReason
from elaas_identity.messages import Message
from elaas_identity.ports import AsyncMailer, AsyncStore, Mailer, Store
from elaas_identity.providers.memory import AsyncMemoryStore, MemoryStore
from elaas_identity.providers.smtp import AsyncSMTPMailer, SMTPMailer
from elaas_identity.providers.sql import AsyncSQLStore, SQLStore

keyring = Keyring({"2026a": b"-" * 32}, current="2026a")
browser = Browser.new(keyring)
assert_type(browser, Browser)
assert_type(browser.token, str)
assert_type(Browser.read(keyring, None), Browser)

# Every provider fits its port, on its side.
stores: list[Store] = [MemoryStore(), SQLStore("sqlite:///elaas.db")]
async_stores: list[AsyncStore] = [AsyncMemoryStore(), AsyncSQLStore("sqlite:///elaas.db")]
mailers: list[Mailer] = [SMTPMailer("smtp.example.go.th", 587, sender="no-reply@example.go.th")]
async_mailers: list[AsyncMailer] = [
    AsyncSMTPMailer("smtp.example.go.th", 587, sender="no-reply@example.go.th")
]

thaid = ThaID(
    client_id="portal", client_secret="…", redirect_uri="https://portal.example.go.th/auth/callback"
)
assert_type(thaid, ThaID)
async_thaid = AsyncThaID.sandbox(
    client_id="portal", client_secret="…", redirect_uri="https://portal.example.go.th/auth/callback"
)
assert_type(async_thaid, AsyncThaID)

elaas = ElaasIdentity(
    identity_provider=thaid,
    mailer=mailers[0],
    store=stores[0],
    keyring=keyring,
    policy=FlowPolicy(passwords=PasswordPolicy(minimum_length=20), flow_lifetime=timedelta(minutes=30)),
)


def the_synchronous_facade_answers_values(flow_id: str) -> None:
    assert_type(elaas.begin("username", "password", browser=browser), Progress)
    assert_type(elaas.authorize(flow_id, browser=browser), AuthorizationRequest)
    assert_type(elaas.authorize(flow_id, browser=browser).url, str)
    assert_type(elaas.receive_callback("state=…", browser=browser), Progress)
    assert_type(elaas.recover(browser=browser), Progress)
    assert_type(elaas.choose_account(flow_id, "account id", browser=browser), Progress)
    assert_type(elaas.submit_email(flow_id, "clerk@example.go.th", browser=browser), Progress)
    assert_type(elaas.resend_one_time_code(flow_id, browser=browser), Progress)
    assert_type(elaas.submit_one_time_code(flow_id, "12345678", browser=browser), Progress)
    assert_type(elaas.set_password(flow_id, "a new password", browser=browser), Progress)
    assert_type(elaas.confirm(flow_id, "12345678", "a new password", browser=browser), Progress)
    assert_type(elaas.current(flow_id, browser=browser), Progress)
    assert_type(elaas.cancel(flow_id, browser=browser), Progress)
    assert_type(elaas.purge(), int)
    with elaas as entered:
        assert_type(entered, ElaasIdentity)


def administrators_say_who_and_why(new: NewAccount) -> None:
    assert_type(elaas.accounts.provision([new], by="province", reason="letter"), list[Provisioned])
    assert_type(elaas.accounts.reissue("id", by="province", reason="lost letter"), Reissued)
    assert_type(elaas.accounts.unlock("id", by="province", reason="rang up"), Account)
    assert_type(elaas.accounts.suspend("id", by="province", reason="lost phone"), Account)
    assert_type(elaas.accounts.restore("id", by="province", reason="found"), Account)
    assert_type(elaas.accounts.close("id", by="province", reason="merged"), Account)
    assert_type(elaas.accounts.hand_over("id", FirstUse(), by="province", reason="moved"), Reissued)
    assert_type(elaas.accounts.set_expected("id", FirstUse(), by="province", reason="a slip"), Account)
    assert_type(elaas.accounts.find("username"), Account | None)
    assert_type(elaas.accounts.rekey("2026a"), int)
    elaas.accounts.hand_over("id", by="province", reason="moved")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    elaas.accounts.unlock("id")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


async def the_asynchronous_facade_is_the_same_awaited(flow_id: str) -> None:
    async with AsyncElaasIdentity(
        identity_provider=async_thaid, mailer=async_mailers[0], store=async_stores[0], keyring=keyring
    ) as entered:
        assert_type(entered, AsyncElaasIdentity)
        assert_type(await entered.begin("username", "password", browser=browser), Progress)
        assert_type(await entered.authorize(flow_id, browser=browser), AuthorizationRequest)
        assert_type(await entered.receive_callback("state=…", browser=browser), Progress)
        assert_type(await entered.recover(browser=browser), Progress)
        assert_type(await entered.choose_account(flow_id, "account id", browser=browser), Progress)
        assert_type(await entered.submit_email(flow_id, "clerk@example.go.th", browser=browser), Progress)
        assert_type(await entered.resend_one_time_code(flow_id, browser=browser), Progress)
        assert_type(await entered.submit_one_time_code(flow_id, "12345678", browser=browser), Progress)
        assert_type(await entered.set_password(flow_id, "a new password", browser=browser), Progress)
        assert_type(await entered.confirm(flow_id, "12345678", "a password", browser=browser), Progress)
        assert_type(await entered.current(flow_id, browser=browser), Progress)
        assert_type(await entered.cancel(flow_id, browser=browser), Progress)
        assert_type(await entered.accounts.find("username"), Account | None)
        assert_type(await entered.purge(), int)


def every_step_is_rendered(step: Step) -> str:
    """Exhaustive: a step that is added makes both checkers complain here, as it would in a portal."""
    match step:
        case VerifyIdentity(account=account):
            assert_type(account, Account | None)
            return "recovery" if account is None else account.agency_name
        case ChooseAccount(choices=choices):
            assert_type(choices, tuple[AccountChoice, ...])
            return ", ".join(choice.account.username for choice in choices)
        case ProvideEmail(person_name=person_name):
            return person_name
        case EnterOneTimeCode(reference=reference, attempts_left=attempts_left):
            return f"{reference} {attempts_left}"
        case SetPassword(minimum_length=minimum_length):
            return str(minimum_length)
        case SignedIn(person=person):
            return person.display_name
        case PasswordSet(binding_id=binding_id):
            return binding_id
        case Ended(reason=reason):
            return reason
        case _:
            assert_never(step)


def a_kind_tells_the_step(step: Step) -> None:
    """`kind` is a literal, so that a template or a JSON client can tell steps apart, and checkers follow."""
    assert_type(
        step.kind,
        Literal[
            "verify_identity",
            "choose_account",
            "provide_email",
            "enter_one_time_code",
            "set_password",
            "signed_in",
            "password_set",
            "ended",
        ],
    )
    if step.kind == "signed_in":
        assert_type(step, SignedIn)
        assert_type(step.person, VerifiedIdentity)
        assert_type(step.credential_version, int)
    if step.kind == "ended":
        assert_type(step.reason, EndReason)


def errors_say_whose_fault_it_is(error: ElaasIdentityError) -> None:
    assert_type(error.message, Message)
    assert_type(error.message.th, str)
    assert_type(error.retry_after, timedelta | None)
    assert_type(error.field, str | None)
    assert_type(error.progress, Progress | None)
    if isinstance(error, Refused):
        assert_type(error.code, RefusedCode)
        assert error.code != "one_time_code_wrnog"  # type: ignore[comparison-overlap]
    elif isinstance(error, ProviderFailed):
        assert_type(error.code, ProviderFailedCode)
    elif isinstance(error, Misconfigured):
        assert_type(error.code, MisconfiguredCode)


def wrong_use_is_a_type_error(flow_id: str, progress: Progress) -> None:
    # A flow is continued by its browser: nobody can forget to say which.
    elaas.submit_email(flow_id, "clerk@example.go.th")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    elaas.begin("username", "password", browser.token)  # type: ignore[call-arg, arg-type]  # pyright: ignore[reportCallIssue]
    # The callback is taken raw: a mapping hides duplicates.
    elaas.receive_callback({"state": "…"}, browser=browser)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    # The sides do not mix.
    ElaasIdentity(
        identity_provider=async_thaid,  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        mailer=mailers[0],
        store=stores[0],
        keyring=keyring,
    )
    # What a step does not have cannot be read before the step is known.
    progress.step.person  # type: ignore[union-attr]  # pyright: ignore[reportAttributeAccessIssue]
    # Values are frozen.
    progress.flow_id = "another"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    Refused("no_such_code")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def whom_an_account_opens_for_is_always_said(national_id: NationalID) -> None:
    NewAccount(
        username="u1",
        password="…",
        kind=AccountKind.LOCAL_GOVERNMENT,
        agency_code="0001",
        agency_name="เทศบาลสมมติ",
        person=Expected(national_id),
    )
    NewAccount(
        username="u2",
        password="…",
        kind=AccountKind.PROVINCIAL_OFFICE,
        agency_code="0002",
        agency_name="สถจ.สมมติ",
        person=FirstUse(),
    )
    NewAccount(  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
        username="u3",
        password="…",
        kind=AccountKind.SUBORDINATE_AGENCY,
        agency_code="0003",
        agency_name="โรงเรียนสมมติ",
    )


def a_national_id_shows_itself_to_who_asks(national_id: NationalID, account: Account) -> None:
    assert_type(national_id.reveal(), str)
    assert_type(account.status, AccountStatus)
