"""A whole onboarding and its refusals, a recovery, and the end: canaries on every path."""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

from elaas_identity import AccountKind, Browser, Expected, NewAccount
from elaas_identity.oidc.authorization import parse_callback
from elaas_identity.oidc.http import Response
from tests.canaries.values import (
    CHOSEN,
    CONTACT,
    EMAIL,
    ISSUED,
    MISTYPED,
    NOT_AN_EMAIL,
    OFFICER,
    STRANGER,
    TOO_SHORT,
    TYPO,
)
from tests.canaries.watched import Watched
from tests.facade.portal import USERNAME


def onboarding(w: Watched) -> str:
    """Everything that can happen to a person who onboards, ending well; answers the account's id."""
    letter = NewAccount(
        username=USERNAME,
        password=ISSUED,
        kind=AccountKind.LOCAL_GOVERNMENT,
        agency_code="5100101",
        agency_name="เทศบาลตำบลตัวอย่าง",
        person=Expected(OFFICER.national_id),
        contact=CONTACT,
    )
    w.answers.append(letter)
    (made,) = w.call("accounts.provision", [letter], by="admin-1", reason="letter")
    account_id = made.account.id
    w.refused(
        "account_invalid",
        "accounts.provision",
        [replace(letter, username="other", password_hash=MISTYPED)],
        by="a",
        reason="b",
    )
    w.refused(
        "email_invalid",
        "accounts.provision",
        [replace(letter, username="other", contact=NOT_AN_EMAIL)],
        by="a",
        reason="b",
    )

    w.refused("credential_wrong", "begin", USERNAME, MISTYPED)
    w.refused("credential_wrong", "begin", MISTYPED, ISSUED)
    w.refused("browser_unknown", "begin", USERNAME, ISSUED, browser=replace(w.browser, token=MISTYPED))
    flow_id = w.call("begin", USERNAME, ISSUED).flow_id

    # To ThaID and back, in every way that goes wrong
    w.refused("callback_malformed", "receive_callback", f"code={MISTYPED}&state=a b")
    stranger = Browser.new(w.keyring, random=bytes(32))
    w.refused(
        "callback_other_browser",
        "receive_callback",
        w.come_back(w.leave(flow_id)),
        browser=stranger,
    )
    denied = urlsplit(w.thaid.deny(w.leave(flow_id))).query
    w.refused("identity_denied", "receive_callback", denied)
    w.refused("callback_unknown", "receive_callback", denied)
    w.refused(
        "person_mismatch",
        "receive_callback",
        w.come_back(w.leave(flow_id), STRANGER),
    )
    for lie in (
        {"nonce": "another"},
        {"aud": MISTYPED},
        {"sub": None},
        {"iss": f"https://{MISTYPED.replace(' ', '-')}"},
    ):
        w.thaid.alter_id_token = lambda claims, lie=lie: claims | lie
        w.refused(
            "identity_provider_answer_invalid",
            "receive_callback",
            w.come_back(w.leave(flow_id)),
        )
    w.thaid.alter_id_token = lambda claims: claims | {"pid": "1" + claims["pid"][1:-1] + "x"}
    w.refused(
        "identity_evidence_missing",
        "receive_callback",
        w.come_back(w.leave(flow_id)),
    )
    w.thaid.alter_id_token = None

    def quotes_all(endpoint: str, response: Response) -> Response:
        """A token endpoint that fails, and says back what it was sent."""
        if endpoint != "token":
            return response
        sent = w.thaid.last("token")
        assert sent is not None
        return Response(
            status=400,
            headers={"content-type": "application/json"},
            body=json.dumps({"error": sent.body.decode(), "error_description": str(sent.headers)}).encode(),
        )

    w.thaid.alter_response = quotes_all
    w.refused(
        "identity_provider_answer_invalid",
        "receive_callback",
        w.come_back(w.leave(flow_id)),
    )
    w.thaid.alter_response = w.keep_tokens
    query = w.come_back(w.leave(flow_id))
    w.answers.append(parse_callback(query))
    w.call("receive_callback", query)

    # The mailbox
    w.refused("email_invalid", "submit_email", flow_id, NOT_AN_EMAIL)
    w.smtp.answer_recipient = lambda address: f"550 5.1.1 <{address}> is nobody here"
    w.refused("email_not_accepted", "submit_email", flow_id, TYPO)
    w.smtp.answer_recipient = None
    w.smtp.answer_mail = lambda mail: f"451 4.3.0 {mail.message['subject']}: {mail.recipients[0]}"
    w.refused("mail_not_accepted", "submit_email", flow_id, TYPO)
    w.smtp.answer_mail = None
    w.call("submit_email", flow_id, EMAIL)
    code = w.mailed_code()
    w.refused("mail_throttled", "resend_one_time_code", flow_id)
    w.refused("one_time_code_malformed", "submit_one_time_code", flow_id, code[:7])
    w.refused(
        "one_time_code_wrong",
        "submit_one_time_code",
        flow_id,
        f"{(int(code) + 1) % 10**8:08}",
    )
    w.refused("password_too_short", "confirm_and_set_password", flow_id, code, TOO_SHORT)
    w.clock.shift(seconds=61)
    w.call("resend_one_time_code", flow_id)
    w.call("current", flow_id)
    w.call("submit_one_time_code", flow_id, w.mailed_code())

    # The new password
    w.refused("password_too_short", "set_password", flow_id, TOO_SHORT)
    w.refused(
        "password_character_not_allowed",
        "set_password",
        flow_id,
        CHOSEN + "\u200b",
    )
    w.refused("password_same_as_before", "set_password", flow_id, ISSUED)
    w.call("set_password", flow_id, CHOSEN)
    w.refused("flow_ended", "set_password", flow_id, CHOSEN)
    w.call("begin", USERNAME, CHOSEN)
    return str(account_id)


def forgotten_password(w: Watched, account_id: str) -> None:
    """A recovery."""
    w.clock.shift(minutes=2)
    flow_id = w.call("recover").flow_id
    w.call("receive_callback", w.come_back(w.leave(flow_id)))
    w.refused("account_unknown", "choose_account", flow_id, "nobody's")
    w.call("choose_account", flow_id, account_id)
    w.mailed_code()


def the_end(w: Watched, account_id: str) -> None:
    """A re-issue, and providers that break in their own words."""
    again = w.call("accounts.reissue", account_id, by="admin-1", reason="lost")
    w.reissued.append(again.password)
    w.call("accounts.unlock", account_id, by="admin-1", reason="called")
    w.call("accounts.find", USERNAME)
    flow_id = w.call("begin", USERNAME, again.password).flow_id
    w.thaid.stop()
    w.refused(
        "identity_provider_unavailable",
        "receive_callback",
        f"code=canary-code-7c2e&state={parse_qs(urlsplit(w.leave(flow_id)).query)['state'][0]}",
    )
    w.trips["authorization code, lost"] = "canary-code-7c2e"
