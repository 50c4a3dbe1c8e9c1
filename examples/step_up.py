"""Approving a payment: ThaID once more, for this payment alone, and a statement that the other system believes.

ThaID is played by the emulator, the mail server by an outbox, the person by a citizen who does not exist.
"""

from __future__ import annotations

import json
import secrets

from elaas_identity import (
    AccountKind,
    AssertionKeys,
    AssertionSettings,
    AssertionVerifier,
    Browser,
    ElaasIdentity,
    EnterOneTimeCode,
    Expected,
    Keyring,
    NewAccount,
    PasswordSet,
    Refused,
    SignedIn,
    SteppedUp,
    StepUpProof,
    ThaID,
    transaction_digest,
)
from elaas_identity.providers.memory import MemoryStore
from elaas_identity.testing import CITIZENS, Client, Outbox, ThaIDEmulator

PORTAL = "https://portal.example.go.th"
E_PAYMENT = "https://epayment.example.go.th"
CALLBACK = "https://portal.example.go.th/auth/callback"
OFFICER = CITIZENS[0]
NEW_PASSWORD = "สามคำ ที่จำได้ และยาวพอ"
PAYMENTS = {"7": {"id": "7", "pay": "1200.00", "currency": "THB", "to": "an invented contractor"}}
"""The portal's database. What the browser sends back is a payment's id, and no figure of it."""


def digest_of(payment: dict[str, str]) -> str:
    """Both sides make it in this one way, each from what it is about to do."""
    return transaction_digest(json.dumps(payment, sort_keys=True, separators=(",", ":")).encode())


def main() -> None:
    emulator = ThaIDEmulator(
        "https://thaid.test",
        clients=[Client(client_id="portal", client_secret="not a secret", redirect_uris=(CALLBACK,))],
    )
    outbox = Outbox()
    keyring = Keyring({"example": secrets.token_bytes(32)}, current="example")
    store = MemoryStore()
    elaas = ElaasIdentity(
        identity_provider=ThaID(
            client_id="portal",
            client_secret="not a secret",
            redirect_uri=CALLBACK,
            issuer=emulator.issuer,
            transport=emulator.transport,
        ),
        mailer=outbox,
        store=store,
        keyring=keyring,
        # The private keys stay here; the public ones are published.
        assertions=AssertionSettings(
            keys=AssertionKeys({"2026a": AssertionKeys.fresh_key(secrets.token_bytes(40))}, current="2026a"),
            issuer=PORTAL,
            audiences={E_PAYMENT},
        ),
    )

    letter = NewAccount(
        username="laas-0001",
        password="of the letter",
        kind=AccountKind.LOCAL_GOVERNMENT,
        agency_code="0001",
        agency_name="เทศบาลตำบลสมมติ",
        person=Expected(OFFICER.national_id),
    )
    elaas.accounts.provision([letter], by="provincial office", reason="first letters")

    browser = Browser.new(keyring)
    progress = elaas.begin("laas-0001", "of the letter", browser=browser)
    print("1. username and password: right")

    request = elaas.authorize(progress.flow_id, browser=browser)
    came_back_to = emulator.approve(request.url, OFFICER)
    progress = elaas.receive_callback(came_back_to.partition("?")[2], browser=browser)
    print("2. ThaID: the person is the expected one")

    progress = elaas.submit_email(progress.flow_id, "officer@example.go.th", browser=browser)
    print("3. e-mail address: given")
    assert isinstance(progress.step, EnterOneTimeCode)
    print("4. one-time code: in the mailbox, reference", progress.step.reference)

    progress = elaas.submit_one_time_code(progress.flow_id, outbox.code, browser=browser)
    print("5. one-time code: confirmed")
    progress = elaas.set_password(progress.flow_id, NEW_PASSWORD, browser=browser)
    print("6. new password: set")
    assert isinstance(progress.step, PasswordSet)

    step = elaas.begin("laas-0001", NEW_PASSWORD, browser=browser).step
    assert isinstance(step, SignedIn)
    print(f"signed in: {step.person.display_name}, {step.account.agency_name}")
    session = step.session(secrets.token_urlsafe(32))  # the id of the portal's own session

    progress = elaas.step_up(session, digest_of(PAYMENTS["7"]), browser=browser)
    request = elaas.authorize(progress.flow_id, browser=browser)
    came_back_to = emulator.approve(request.url, OFFICER)
    progress = elaas.receive_callback(came_back_to.partition("?")[2], browser=browser)
    assert isinstance(progress.step, StepUpProof)
    print(f"step-up: {progress.step.person_name}, once more; the page shows payment 7 and a button")

    try:
        changed = PAYMENTS["7"] | {"pay": "9200.00"}
        elaas.consume_step_up(progress.flow_id, session, digest_of(changed), browser=browser)
    except Refused as refused:
        print(f"another amount: {refused.code}")
    done = elaas.consume_step_up(progress.flow_id, session, digest_of(PAYMENTS["7"]), browser=browser).step
    assert isinstance(done, SteppedUp)
    print("the payment that was shown: approved")
    try:
        elaas.consume_step_up(progress.flow_id, session, digest_of(PAYMENTS["7"]), browser=browser)
    except Refused as refused:
        print(f"a second click: {refused.code}")

    # The other side: another process, a store of its own, and the portal's public keys.
    bridge = AssertionVerifier(
        issuer=PORTAL, audience=E_PAYMENT, keys=elaas.assertions.jwks(), store=MemoryStore()
    )
    assertion = elaas.assertions.assertion_for(
        E_PAYMENT,
        session,
        assurance=done.assurance,
        transaction_digest=done.transaction_digest,
    )
    verified = bridge.verify(assertion, expected_transaction_digest=digest_of(PAYMENTS["7"]))
    print(f"believed: {verified.agency_name}, by {', '.join(verified.assurance.methods)}, this payment")


if __name__ == "__main__":
    main()
