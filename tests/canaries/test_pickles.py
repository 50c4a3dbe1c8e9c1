"""F13: whatever holds a secret is not pickled, in any protocol, and not copied by way of it."""

from __future__ import annotations

import copy
import pickle
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from elaas_identity import AccountKind, AsyncThaID, Browser, Expected, Keyring, NationalID, NewAccount, ThaID
from elaas_identity.authenticator_app.enrolment import enrolment
from elaas_identity.flow.outcomes import AuthenticatorEnrolled
from elaas_identity.flow.steps import AuthorizationRequest, EnrolAuthenticator
from elaas_identity.oidc.authorization import AttemptProof, Callback
from elaas_identity.oidc.http import Request, Response
from elaas_identity.oidc.token import Grant
from elaas_identity.one_time_code.one_time_code import FreshCode
from elaas_identity.person.verified import VerifiedIdentity
from elaas_identity.providers.smtp import AsyncSMTPMailer, SMTPMailer
from elaas_identity.providers.smtp_conversation import Letter
from elaas_identity.providers.sql import AsyncSQLStore, SQLStore
from elaas_identity.testing.mailer_contract import MAIL
from elaas_identity.web.calls import Asked
from elaas_identity.web.exchange import WebRequest
from tests.facade.portal import SECRET

CANARY = "canary-7f3a91"
NOW = datetime(2026, 11, 24, tzinfo=UTC)
KEYRING = Keyring({"k": SECRET}, current="k")
REGISTERED: dict[str, Any] = {
    "client_id": "portal",
    "client_secret": CANARY,
    "redirect_uri": "https://portal.example.go.th/auth/callback",
}
PERSON = VerifiedIdentity(
    issuer="https://thaid.example",
    subject=CANARY,
    national_id=NationalID("1999900001010"),
    verified_at=NOW,
)
MAILER: dict[str, Any] = {"username": "portal", "password": CANARY, "sender": "no-reply@example.go.th"}
DATABASE = f"postgresql+psycopg://portal:{CANARY}@db.example.go.th/portal"
BROWSER = Browser(token=CANARY)

HOLDERS: dict[str, Any] = {
    "Keyring": KEYRING,
    "ThaID": ThaID(**REGISTERED),
    "AsyncThaID": AsyncThaID(**REGISTERED),
    "SMTPMailer": SMTPMailer("smtp.example.go.th", **MAILER),
    "AsyncSMTPMailer": AsyncSMTPMailer("smtp.example.go.th", **MAILER),
    "SQLStore": SQLStore(DATABASE),
    "AsyncSQLStore": AsyncSQLStore(DATABASE),
    "AttemptProof": AttemptProof(attempt_id="a1", state=CANARY, nonce=CANARY, code_verifier=CANARY),
    "Callback": Callback(state=CANARY, code=CANARY),
    "Grant": Grant(identity=PERSON, tokens=(CANARY,)),
    "VerifiedIdentity": PERSON,
    "NationalID": PERSON.national_id,
    "Request": Request(method="POST", url="https://thaid.example/token/", body=CANARY.encode()),
    "Response": Response(status=200, body=CANARY.encode()),
    "Browser": BROWSER,
    "NewAccount": NewAccount(
        username="laas-1",
        password=CANARY,
        kind=AccountKind.LOCAL_GOVERNMENT,
        agency_code="1",
        agency_name="เทศบาลตำบลสมมติ",
        person=Expected(PERSON.national_id),
    ),
    "AuthorizationRequest": AuthorizationRequest(
        flow_id="f1", url=f"https://a/?state={CANARY}", expires_at=NOW
    ),
    "Mail": replace(MAIL, text=CANARY),
    "Letter": Letter(sender="a@b.example", recipient=CANARY, content=b"", international=False),
    "FreshCode": FreshCode(id="c1", code=CANARY, reference="KMRT"),
    "Enrolment": enrolment("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", issuer="New e-LAAS", account="laas-1"),
    "WebRequest": WebRequest(method="GET", path="/", cookies={"browser": CANARY}),
    "Asked": Asked(act="begin", browser=BROWSER, arguments={"password": CANARY}),
}


@pytest.mark.parametrize("name", HOLDERS)
def test_f13_what_holds_a_secret_is_not_pickled(name: str) -> None:
    """F13: a cache, a queue or a pool of processes would keep the password of the mail server."""
    assert name == type(HOLDERS[name]).__name__
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match=f"{name} holds a secret, and is not pickled"):
            pickle.dumps(HOLDERS[name], protocol)
    with pytest.raises(TypeError, match="is not pickled"):
        pickle.dumps([HOLDERS[name]])


@pytest.mark.parametrize("name", ["ThaID", "SMTPMailer", "SQLStore", "AttemptProof"])
def test_f13_nor_is_it_copied(name: str) -> None:
    """F13: copying goes by way of pickle."""
    for copied in (copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="is not pickled"):
            copied(HOLDERS[name])


def test_f13_a_step_with_the_apps_secret_is_not_pickled() -> None:
    """F13: it is shown, and kept nowhere."""
    with pytest.raises(TypeError, match="EnrolAuthenticator holds a secret"):
        EnrolAuthenticator.__reduce_ex__(object.__new__(EnrolAuthenticator), 2)


@pytest.mark.parametrize("kind", [EnrolAuthenticator, AuthenticatorEnrolled])
def test_f13_what_shows_an_apps_secrets_is_copied_as_itself(kind: type) -> None:
    """F13: whoever copies a whole answer would get an error, or the secrets once more."""
    shown: object = object.__new__(kind)
    assert shown is copy.deepcopy(shown)
