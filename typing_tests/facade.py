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
    AssertionKeys,
    Assertions,
    AssertionSettings,
    AsyncAssertions,
    AsyncAudit,
    AsyncElaasIdentity,
    AsyncThaID,
    Audit,
    AuditKeys,
    AuthenticatorEnrolled,
    AwaitApproval,
    Browser,
    ChooseAccount,
    ElaasIdentity,
    ElaasIdentityError,
    EmailChanged,
    Ended,
    EnrolAuthenticator,
    EnterAuthenticatorCode,
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
    PendingApproval,
    Progress,
    ProvideCredential,
    ProvideEmail,
    ProviderFailed,
    Refused,
    Session,
    SetPassword,
    SignedIn,
    SignInPolicy,
    Step,
    SteppedUp,
    StepUpProof,
    ThaID,
    VerifiedIdentity,
    VerifyIdentity,
    transaction_digest,
)
from elaas_identity.accounts.four_eyes import AskedAct
from elaas_identity.accounts.provisioning import Provisioned, Reissued
from elaas_identity.errors import MisconfiguredCode, ProviderFailedCode, RefusedCode
from elaas_identity.flow.outcomes import EndReason
from elaas_identity.flow.steps import Action, AuthorizationRequest
from elaas_identity.messages import Message
from elaas_identity.person.assurance import Assurance
from elaas_identity.ports import AsyncMailer, AsyncStore, Mailer, Store
from elaas_identity.providers.memory import AsyncMemoryStore, MemoryStore
from elaas_identity.providers.smtp import AsyncSMTPMailer, SMTPMailer
from elaas_identity.providers.sql import AsyncSQLStore, SQLStore
from elaas_identity.sessions import KeptSession
from elaas_identity.steps import OwnChange

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
    policy=FlowPolicy(
        passwords=PasswordPolicy(minimum_length=20),
        flow_lifetime=timedelta(minutes=30),
        sign_in=SignInPolicy.PASSWORD_AND_TOTP,
        sign_in_by_kind={AccountKind.PROVINCIAL_OFFICE: SignInPolicy.PASSWORD_AND_THAID},
        four_eyes=frozenset({"unlock", "hand_over"}),
    ),
    assertions=AssertionSettings(
        keys=AssertionKeys({"2026a": "…"}, current="2026a"),
        issuer="https://portal.example.go.th",
        audiences={"https://gfms.example.go.th"},
    ),
    audit_keys=AuditKeys("…"),
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
    assert_type(
        elaas.confirm_and_set_password(flow_id, "12345678", "a new password", browser=browser), Progress
    )
    assert_type(elaas.current(flow_id, browser=browser), Progress)
    assert_type(elaas.cancel(flow_id, browser=browser), Progress)
    assert_type(elaas.begin_with_thaid(browser=browser), Progress)
    assert_type(elaas.submit_credential(flow_id, "username", "password", browser=browser), Progress)
    assert_type(elaas.submit_authenticator_code(flow_id, "123456", browser=browser), Progress)
    assert_type(elaas.confirm_authenticator(flow_id, "123456", browser=browser), Progress)
    assert_type(elaas.purge(), int)
    assert_type(elaas.assertions, Assertions)
    assert_type(elaas.assertions.jwks(), dict[str, list[dict[str, str]]])
    assert_type(elaas.audit, Audit)
    with elaas as entered:
        assert_type(entered, ElaasIdentity)


def who_is_signed_in_acts_with_their_session(flow_id: str, signed_in: SignedIn, payment: bytes) -> None:
    session, digest = signed_in.session("the portal's session id"), transaction_digest(payment)
    assert_type(session, Session)
    assert_type(digest, str)
    assert_type(elaas.enrol_authenticator(session, browser=browser), Progress)
    assert_type(elaas.step_up(session, digest, browser=browser), Progress)
    assert_type(elaas.consume_step_up(flow_id, session, digest, browser=browser), Progress)
    assert_type(elaas.change_email(session, browser=browser), Progress)
    assert_type(elaas.change_password(session, "the current password", browser=browser), Progress)
    assert_type(
        elaas.assertions.assertion_for(
            "https://gfms.example.go.th",
            session,
            assurance=signed_in.assurance,
            transaction_digest=digest,
        ),
        str,
    )


def sessions_are_kept_by_token(token: str, signed_in: SignedIn, change: OwnChange) -> None:
    assert_type(elaas.sessions.start(signed_in, label="an office computer"), str)
    assert_type(elaas.sessions.of(token), KeptSession)
    assert_type(elaas.sessions.renew(token, change), str)
    assert_type(elaas.sessions.end(token), None)
    assert_type(elaas.sessions.end_others(token, only="ref"), None)
    assert_type(elaas.sessions.end_all("id", by="province", reason="lost laptop"), None)
    assert_type(elaas.sessions.of_account("id"), tuple[KeptSession, ...])
    assert_type(elaas.sessions.of(token).renewed(change, "ref"), KeptSession)
    assert_type(signed_in.session("ref").renewed(change, "another"), Session)


def administrators_say_who_and_why(new: NewAccount, national_id: NationalID) -> None:
    assert_type(elaas.accounts.provision([new], by="province", reason="letter"), list[Provisioned])
    assert_type(elaas.accounts.reissue("id", by="province", reason="lost letter"), Reissued)
    assert_type(elaas.accounts.unlock("id", by="province", reason="rang up"), Account)
    assert_type(elaas.accounts.suspend("id", by="province", reason="lost phone"), Account)
    assert_type(elaas.accounts.restore("id", by="province", reason="found"), Account)
    assert_type(elaas.accounts.close_account("id", by="province", reason="merged"), Account)
    assert_type(elaas.accounts.hand_over("id", FirstUse(), by="province", reason="moved"), Reissued)
    assert_type(elaas.accounts.set_expected("id", FirstUse(), by="province", reason="a slip"), Account)
    assert_type(elaas.accounts.awaiting_approval("id"), tuple[PendingApproval, ...])
    assert_type(elaas.accounts.approve("id", "flow id", by="province", reason="rang up"), Account)
    assert_type(elaas.accounts.reject("id", "flow id", by="province", reason="unknown here"), Account)
    assert_type(elaas.accounts.awaiting_second_person("id"), tuple[AskedAct, ...])
    assert_type(elaas.accounts.erase_person(national_id, by="province", reason="asked"), tuple[str, ...])
    assert_type(elaas.accounts.find("username"), Account | None)
    assert_type(elaas.accounts.rekey("2026a"), int)
    elaas.accounts.hand_over("id", by="province", reason="moved")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    elaas.accounts.approve("id", by="province", reason="rang up")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    # A number on its own may be anybody's slip: `NationalID` has been checked.
    elaas.accounts.erase_person("1100100100013", by="province", reason="asked")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    elaas.accounts.unlock("id")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


async def the_asynchronous_facade_is_the_same_awaited(
    flow_id: str, session: Session, assurance: Assurance
) -> None:
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
        assert_type(
            await entered.confirm_and_set_password(flow_id, "12345678", "a password", browser=browser),
            Progress,
        )
        assert_type(await entered.current(flow_id, browser=browser), Progress)
        assert_type(await entered.cancel(flow_id, browser=browser), Progress)
        assert_type(await entered.accounts.find("username"), Account | None)
        assert_type(await entered.begin_with_thaid(browser=browser), Progress)
        assert_type(
            await entered.submit_credential(flow_id, "username", "password", browser=browser), Progress
        )
        assert_type(await entered.submit_authenticator_code(flow_id, "123456", browser=browser), Progress)
        assert_type(await entered.enrol_authenticator(session, browser=browser), Progress)
        assert_type(await entered.confirm_authenticator(flow_id, "123456", browser=browser), Progress)
        assert_type(await entered.step_up(session, "digest", browser=browser), Progress)
        assert_type(await entered.consume_step_up(flow_id, session, "digest", browser=browser), Progress)
        assert_type(await entered.change_email(session, browser=browser), Progress)
        assert_type(await entered.change_password(session, "the current one", browser=browser), Progress)
        assert_type(
            await entered.assertions.assertion_for(
                "https://gfms.example.go.th", session, assurance=assurance
            ),
            str,
        )
        assert_type(entered.assertions, AsyncAssertions)
        assert_type(entered.audit, AsyncAudit)
        assert_type(await entered.accounts.awaiting_approval("id"), tuple[PendingApproval, ...])
        assert_type(await entered.accounts.approve("id", "flow id", by="p", reason="r"), Account)
        assert_type(await entered.accounts.reject("id", "flow id", by="p", reason="r"), Account)
        assert_type(await entered.accounts.awaiting_second_person("id"), tuple[AskedAct, ...])
        assert_type(await entered.purge(), int)


def every_step_is_rendered(step: Step) -> str:
    """Exhaustive: a step that is added makes both checkers complain here, as it would in a portal."""
    match step:
        case VerifyIdentity(account=account):
            assert_type(account, Account | None)
            return "the person comes first" if account is None else account.agency_name
        case ChooseAccount(choices=choices):
            assert_type(choices, tuple[AccountChoice, ...])
            return ", ".join(choice.account.username for choice in choices)
        case ProvideCredential(person_name=person_name, opens_now=opens_now):
            assert_type(opens_now, tuple[Account, ...])
            return person_name
        case EnterAuthenticatorCode(digits=digits, attempts_left=attempts_left):
            return f"{digits} {attempts_left}"
        case EnrolAuthenticator(secret=secret, uri=uri):
            return f"{secret} {uri}"
        case ProvideEmail(person_name=person_name):
            return person_name
        case EnterOneTimeCode(reference=reference, attempts_left=attempts_left):
            return f"{reference} {attempts_left}"
        case SetPassword(minimum_length=minimum_length):
            return str(minimum_length)
        case AwaitApproval(email_masked=email_masked):
            return email_masked
        case StepUpProof(transaction_digest=digest, proven_at=proven_at):
            return f"{digest} {proven_at.isoformat()}"
        case SignedIn(person=person):
            return person.display_name
        case PasswordSet(binding_id=binding_id):
            return binding_id
        case EmailChanged(email_masked=email_masked):
            return email_masked
        case AuthenticatorEnrolled(recovery_codes=recovery_codes):
            assert_type(recovery_codes, tuple[str, ...])
            return ", ".join(recovery_codes)
        case SteppedUp(person=person, transaction_digest=digest):
            return f"{person.display_name} {digest}"
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
            "provide_credential",
            "enter_authenticator_code",
            "enrol_authenticator",
            "provide_email",
            "enter_one_time_code",
            "set_password",
            "await_approval",
            "step_up_proof",
            "signed_in",
            "password_set",
            "email_changed",
            "authenticator_enrolled",
            "stepped_up",
            "ended",
        ],
    )
    if step.kind == "signed_in":
        assert_type(step, SignedIn)
        assert_type(step.person, VerifiedIdentity)
        assert_type(step.credential_version, int)
    if step.kind == "stepped_up":
        assert_type(step, SteppedUp)
        assert_type(step.assurance, Assurance)
    if step.kind == "ended":
        assert_type(step.reason, EndReason)


def the_acts_that_make_sense_now_are_known_by_name(progress: Progress) -> None:
    assert_type(progress.allowed, tuple[Action, ...])
    assert "submit_credential" in progress.allowed
    assert progress.allowed[0] != "submit_credentail"  # type: ignore[comparison-overlap]


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


def wrong_use_is_a_type_error(flow_id: str, session: Session, progress: Progress) -> None:
    # A flow is continued by its browser: nobody can forget to say which.
    elaas.submit_email(flow_id, "clerk@example.go.th")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    elaas.begin("username", "password", browser.token)  # type: ignore[call-arg, arg-type]  # pyright: ignore[reportCallIssue]
    # The callback is taken raw: a mapping hides duplicates.
    elaas.receive_callback({"state": "…"}, browser=browser)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    # Who asks is the session that signed in, not the name of an account; and for what is always said.
    elaas.step_up("account id", "digest", browser=browser)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    elaas.step_up(session, browser=browser)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    elaas.consume_step_up(flow_id, "account id", "digest", browser=browser)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    elaas.change_password(session, browser=browser)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    # A policy and an act are known by name: a slip is no policy of its own.
    FlowPolicy(sign_in="password_and_thaid")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    FlowPolicy(four_eyes=frozenset({"unlok"}))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
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
