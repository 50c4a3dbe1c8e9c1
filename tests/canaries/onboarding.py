"""A whole onboarding and its refusals, a recovery, and the end: canaries on every path."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
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
    elaas, browser = w.elaas, w.browser
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
    (made,) = w.call(elaas.accounts.provision, [letter], by="admin-1", reason="letter")
    account_id = made.account.id
    w.refused(
        "account_invalid",
        elaas.accounts.provision,
        [replace(letter, username="other", password_hash=MISTYPED)],
        by="a",
        reason="b",
    )
    w.refused(
        "email_invalid",
        elaas.accounts.provision,
        [replace(letter, username="other", contact=NOT_AN_EMAIL)],
        by="a",
        reason="b",
    )

    w.refused("credential_wrong", elaas.begin, USERNAME, MISTYPED, browser=browser)
    w.refused("credential_wrong", elaas.begin, MISTYPED, ISSUED, browser=browser)
    w.refused("browser_unknown", elaas.begin, USERNAME, ISSUED, browser=replace(browser, token=MISTYPED))
    flow_id = w.call(elaas.begin, USERNAME, ISSUED, browser=browser).flow_id

    # To ThaID and back, in every way that goes wrong
    w.refused("callback_malformed", elaas.receive_callback, f"code={MISTYPED}&state=a b", browser=browser)
    stranger = Browser.new(w.keyring, random=bytes(32))
    w.refused(
        "callback_other_browser",
        elaas.receive_callback,
        w.come_back(w.leave(flow_id)),
        browser=stranger,
    )
    denied = urlsplit(w.thaid.emulator.deny(w.leave(flow_id))).query
    w.refused("identity_denied", elaas.receive_callback, denied, browser=browser)
    w.refused("callback_unknown", elaas.receive_callback, denied, browser=browser)
    w.refused(
        "person_mismatch",
        elaas.receive_callback,
        w.come_back(w.leave(flow_id), STRANGER),
        browser=browser,
    )
    for lie in (
        {"nonce": "another"},
        {"aud": MISTYPED},
        {"sub": None},
        {"iss": f"https://{MISTYPED.replace(' ', '-')}"},
    ):
        w.thaid.emulator.alter_id_token = lambda claims, lie=lie: claims | lie
        w.refused(
            "identity_provider_answer_invalid",
            elaas.receive_callback,
            w.come_back(w.leave(flow_id)),
            browser=browser,
        )
    w.thaid.emulator.alter_id_token = lambda claims: claims | {"pid": "1" + claims["pid"][1:-1] + "x"}
    w.refused(
        "identity_evidence_missing",
        elaas.receive_callback,
        w.come_back(w.leave(flow_id)),
        browser=browser,
    )
    w.thaid.emulator.alter_id_token = None

    def quotes_all(endpoint: str, response: Response) -> Response:
        """A token endpoint that fails, and says back what it was sent."""
        if endpoint != "token":
            return response
        sent = w.thaid.emulator.last("token")
        assert sent is not None
        return Response(
            status=400,
            headers={"content-type": "application/json"},
            body=json.dumps({"error": sent.body.decode(), "error_description": str(sent.headers)}).encode(),
        )

    w.thaid.emulator.alter_response = quotes_all
    w.refused(
        "identity_provider_answer_invalid",
        elaas.receive_callback,
        w.come_back(w.leave(flow_id)),
        browser=browser,
    )
    w.thaid.emulator.alter_response = w.keep_tokens
    query = w.come_back(w.leave(flow_id))
    w.answers.append(parse_callback(query))
    w.call(elaas.receive_callback, query, browser=browser)

    # The mailbox
    w.refused("email_invalid", elaas.submit_email, flow_id, NOT_AN_EMAIL, browser=browser)
    w.smtp.answer_recipient = lambda address: f"550 5.1.1 <{address}> is nobody here"
    w.refused("email_not_accepted", elaas.submit_email, flow_id, TYPO, browser=browser)
    w.smtp.answer_recipient = None
    w.smtp.answer_mail = lambda mail: f"451 4.3.0 {mail.message['subject']}: {mail.recipients[0]}"
    w.refused("mail_not_accepted", elaas.submit_email, flow_id, TYPO, browser=browser)
    w.smtp.answer_mail = None
    w.call(elaas.submit_email, flow_id, EMAIL, browser=browser)
    code = w.mailed_code()
    w.refused("mail_throttled", elaas.resend_one_time_code, flow_id, browser=browser)
    w.refused("one_time_code_malformed", elaas.submit_one_time_code, flow_id, code[:7], browser=browser)
    w.refused(
        "one_time_code_wrong",
        elaas.submit_one_time_code,
        flow_id,
        f"{(int(code) + 1) % 10**8:08}",
        browser=browser,
    )
    w.refused("password_too_short", elaas.confirm_and_set_password, flow_id, code, TOO_SHORT, browser=browser)
    w.clock.advance(timedelta(seconds=61))
    w.call(elaas.resend_one_time_code, flow_id, browser=browser)
    w.call(elaas.current, flow_id, browser=browser)
    w.call(elaas.submit_one_time_code, flow_id, w.mailed_code(), browser=browser)

    # The new password
    w.refused("password_too_short", elaas.set_password, flow_id, TOO_SHORT, browser=browser)
    w.refused(
        "password_character_not_allowed",
        elaas.set_password,
        flow_id,
        CHOSEN + "\u200b",
        browser=browser,
    )
    w.refused("password_same_as_before", elaas.set_password, flow_id, ISSUED, browser=browser)
    w.call(elaas.set_password, flow_id, CHOSEN, browser=browser)
    w.refused("flow_ended", elaas.set_password, flow_id, CHOSEN, browser=browser)
    w.call(elaas.begin, USERNAME, CHOSEN, browser=browser)
    return str(account_id)


def forgotten_password(w: Watched, account_id: str) -> None:
    """A recovery."""
    elaas, browser = w.elaas, w.browser
    w.clock.advance(timedelta(minutes=2))
    flow_id = w.call(elaas.recover, browser=browser).flow_id
    w.call(elaas.receive_callback, w.come_back(w.leave(flow_id)), browser=browser)
    w.refused("account_unknown", elaas.choose_account, flow_id, "nobody's", browser=browser)
    w.call(elaas.choose_account, flow_id, account_id, browser=browser)
    w.mailed_code()


def the_end(w: Watched, account_id: str) -> None:
    """A re-issue, and providers that break in their own words."""
    elaas, browser = w.elaas, w.browser
    again = w.call(elaas.accounts.reissue, account_id, by="admin-1", reason="lost")
    w.reissued.append(again.password)
    w.call(elaas.accounts.unlock, account_id, by="admin-1", reason="called")
    w.call(elaas.accounts.find, USERNAME)
    flow_id = w.call(elaas.begin, USERNAME, again.password, browser=browser).flow_id
    w.thaid.stop()
    w.refused(
        "identity_provider_unavailable",
        elaas.receive_callback,
        f"code=canary-code-7c2e&state={parse_qs(urlsplit(w.leave(flow_id)).query)['state'][0]}",
        browser=browser,
    )
    w.trips["authorization code, lost"] = "canary-code-7c2e"
