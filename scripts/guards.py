"""Takes each guard of the invariants out, one at a time, and sees that a test fails without it.

    python scripts/guards.py                 all of them
    python scripts/guards.py epoch browser   those whose name holds one of the words

A guard is a piece of the source; it is replaced in a copy, and the tests named with it are run over the copy. A guard
that no test misses is listed at the end, and the exit status is 1.

Only what `scripts/mutants.py` cannot try is here: a statement that is left out or comes later, an element of a tuple, a
row of a table, a whole condition, and code outside the acts.

A name begins with the number of its invariant in docs/security.md, with its requirement in docs/requirements.md, or
with what it is about.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "src/elaas_identity"


@dataclass(frozen=True)
class Guard:
    """What is taken out where, and which tests must miss it."""

    name: str
    file: str
    guard: str
    without: str
    tests: str


FACADE = "tests/facade"

GUARDS = (
    Guard(
        "1 order: the table is what moves a flow",
        "flow/transitions.py",
        """(Stage.EMAIL, Input.EMAIL_GIVEN): Row(Stage.ONE_TIME_CODE, "email.given"),
    # A mistyped""",
        """(Stage.EMAIL, Input.EMAIL_GIVEN): Row(Stage.PASSWORD, "email.given"),
    # A mistyped""",
        f"tests/flow {FACADE}/test_onboarding.py",
    ),
    Guard(
        "2 one winner: an attempt is reserved before it is compared",
        "flow/mailbox.py",
        """    seen = yield from settle(rules, moment, seen, lambda stands: reserve_attempt(rules, stands, moment))
    if is_right(rules, seen, digits):
        return seen
""",
        """    if is_right(rules, seen, digits):
        return seen
    seen = yield from settle(rules, moment, seen, lambda stands: reserve_attempt(rules, stands, moment))
""",
        f"{FACADE}/test_one_time_code.py -k r3_5",
    ),
    Guard(
        "2 one winner: password rules come before the reservation",
        "flow/password.py",
        """    # The password's rules come first, so that a refused password costs no attempt at the code.
    prepared = yield from judged(rules, moment, seen, lambda: accept_password(rules, seen, moment, password))
    moment = attempt_at(rules, moment, seen, typed)
    seen = yield from compare_code(rules, moment, seen, typed)
""",
        """    moment = attempt_at(rules, moment, seen, typed)
    seen = yield from compare_code(rules, moment, seen, typed)
    prepared = yield from judged(rules, moment, seen, lambda: accept_password(rules, seen, moment, password))
""",
        f"{FACADE}/test_onboarding.py -k bad_password",
    ),
    Guard(
        "3 budgets: attempts belong to the flow, not to the code",
        "flow/mailbox.py",
        "budgets.code_attempts(rules.policy, flow.id),",
        "budgets.code_attempts(rules.policy, flow.one_time_code_id or ''),",
        f"{FACADE}/test_one_time_code.py -k resend_gives_none_back",
    ),
    Guard(
        "3 budgets: the account's day",
        "flow/mailbox.py",
        "                budgets.account_code_attempts(rules.policy, flow.account_id),\n",
        "",
        f"{FACADE}/test_one_time_code.py -k 21st",
    ),
    Guard(
        "3 budgets: mails per address",
        "flow/budgets.py",
        '        policy.mails_per_address.of("mail.address", keyring.index("budget.address", address.index_form)),\n',
        "",
        f"{FACADE}/test_one_time_code.py -k thirty",
    ),
    Guard(
        "3 budgets: failures are charged before Argon2",
        "flow/signing_in.py",
        "    tried = yield from charge(moment, tried)\n",
        "",
        f"{FACADE}/test_sign_in.py -k costs_no_argon2",
    ),
    Guard(
        "4 browser: a callback belongs to the flow's own",
        "flow/identity.py",
        "    yield from _check_same_browser(rules, moment, browser, seen, attempt)\n",
        "",
        f"{FACADE}/test_callback.py -k foreign",
    ),
    Guard(
        "4 browser: a foreign one burns the attempt",
        "flow/identity.py",
        "burnt = isinstance((yield from commit(burn_attempt(seen, attempt, moment))), Done)",
        "burnt = False",
        f"{FACADE}/test_callback.py -k foreign",
    ),
    Guard(
        "5 fail closed: an attempt is consumed before the exchange",
        "flow/identity.py",
        """    seen, attempt = yield from _consume(rules, moment, seen, attempt)
    grant = yield from _redeem(rules, moment, seen, callback, proof)
""",
        """    grant = yield from _redeem(rules, moment, seen, callback, proof)
    seen, attempt = yield from _consume(rules, moment, seen, attempt)
""",
        f"{FACADE}/test_callback.py -k r5_1",
    ),
    Guard(
        "6 person: the expected one",
        "flow/evidence.py",
        'if not keyring.same_index(account.expected_person_index, "person", identity.national_id.reveal()):',
        "if False:",
        f"{FACADE}/test_person.py -k r1_4",
    ),
    Guard(
        "6 person: issuer and subject as well",
        "flow/evidence.py",
        'if binding is not None and not keyring.same_index(binding.subject_index, "subject", subject_of(identity)):',
        "if False:",
        f"{FACADE}/test_person.py -k another_subject",
    ),
    Guard(
        "6 person: a fresh login",
        "flow/evidence.py",
        "elif identity.auth_time < attempt.created_at - policy.identity_freshness:",
        "elif False:",
        f"{FACADE}/test_person.py -k r1_6",
    ),
    Guard(
        "6 person: a recovery offers what its person holds, and nothing else",
        "flow/opening.py",
        """        and account.binding_id == binding.id
        and binding.ended_at is None
""",
        "",
        f"{FACADE}/test_recovery.py -k officer_who_left",
    ),
    Guard(
        "6 person: issuer and subject count in a recovery as well",
        "flow/opening.py",
        '        and rules.keyring.same_index(binding.subject_index, "subject", subject_of(identity))\n',
        "",
        f"{FACADE}/test_recovery.py -k another_subject",
    ),
    Guard(
        "6 person: a password alone enrols no app",
        "flow/transitions.py",
        '(Stage.START, Input.CREDENTIAL_ACCEPTED): Row(Stage.IDENTITY, "authenticator.begun")',
        '(Stage.START, Input.CREDENTIAL_ACCEPTED): Row(Stage.AUTHENTICATOR, "authenticator.begun")',
        f"{FACADE}/test_enrolment.py -k stolen_password",
    ),
    Guard(
        "6 person: a second factor is asked for where the policy says",
        "flow/signing_in.py",
        "return Purpose.SIGN_IN, Input.CREDENTIAL_AWAITS_IDENTITY",
        "return Purpose.SIGN_IN, Input.CREDENTIAL_ACCEPTED",
        f"{FACADE}/test_sign_in_policies.py -k each_kind",
    ),
    Guard(
        "6 person: ThaID alone opens what its policy says",
        "flow/standing.py",
        "if rules.policy.sign_in_of(held.kind) is SignInPolicy.THAID",
        "if True",
        f"{FACADE}/test_identity_first.py -k nothing_else",
    ),
    Guard(
        "6 person: a proof is good for five minutes",
        "flow/identity.py",
        "        flow = replace(flow, expires_at=moment.now + rules.policy.step_up_lifetime)\n",
        "        pass\n",
        f"{FACADE}/test_step_up.py -k five_minutes",
    ),
    Guard(
        "6 person: the current password is asked for",
        "flow/signed_in.py",
        "    if not verified.matches:\n",
        "    if False:\n",
        f"{FACADE}/test_password_change.py -k session_alone",
    ),
    Guard(
        "6 person: no recovery trusts a new address",
        "flow/person_first.py",
        "if moment.now < trusted_from:",
        "if False:",
        f"{FACADE}/test_email_change.py -k after_a_day",
    ),
    Guard(
        "7 epoch: an act has its statuses",
        "accounts/administration.py",
        "if account.status not in spec.allowed:",
        "if False:",
        f"{FACADE}/test_account_life.py -k every_act_in_every_status",
    ),
    Guard(
        "7 epoch: only a hand-over unseats the bound person",
        "accounts/administration.py",
        'if act == "set_expected" and account.binding_id is not None:',
        "if False:",
        f"{FACADE}/test_account_life.py -k unseated",
    ),
    Guard(
        "7 epoch: a session of another epoch is over",
        "sessions/session.py",
        "        or account.epoch != session.epoch\n",
        "",
        "tests/sessions/test_stale_sessions.py -k restore",
    ),
    Guard(
        "7 epoch: no session goes on by another one's change",
        "sessions/keeping.py",
        'if not rules.keyring.same_digest(change.session_digest or "", "session", session.ref):',
        "if False:",
        "tests/sessions/test_sessions.py -k under_a_new_token",
    ),
    Guard(
        "7 epoch: a session that was signed out is over",
        "sessions/records.py",
        "    return replace(record, sealed=None, expires_at=now)\n",
        "    return replace(record, expires_at=now)\n",
        "tests/sessions/test_sessions.py -k useless_after_the_sign_out",
    ),
    Guard(
        "7 epoch: a re-issue removes the app",
        "accounts/acts.py",
        "            removes_authenticator=True,\n",
        "",
        f"{FACADE}/test_enrolment.py -k re_issue",
    ),
    Guard(
        "8 nothing to steal: frames are left without locals",
        "_discreet.py",
        "clear_frames(raised.__traceback__)",
        "pass",
        "tests/canaries/test_acts.py -k sync-memory",
    ),
    Guard(
        "8 nothing to steal: what led to an error is not told",
        "_discreet.py",
        "raised.__cause__ = raised.__context__ = None",
        "pass",
        "tests/canaries/test_acts.py -k sync-memory",
    ),
    Guard(
        "8 nothing to steal: a flow that is over is emptied",
        "flow/advance.py",
        '            "identity_sealed": None,\n',
        "",
        f"{FACADE}/test_onboarding.py -k keeps_nothing",
    ),
    Guard(
        "9 no tell-tale: one Argon2 for a name that does not exist",
        "flow/signing_in.py",
        """    verified = yield from verify(tried, stored, prepared)
    if account is None or holder is None or not verified.matches:
""",
        """    verified = (yield from verify(tried, stored, prepared)) if stored else None
    if account is None or holder is None or verified is None or not verified.matches:
""",
        f"{FACADE}/test_sign_in.py -k r4_2",
    ),
    Guard(
        "9 no tell-tale: suspended is like wrong",
        "flow/signing_in.py",
        "return account.status in (AccountStatus.ISSUED, AccountStatus.ACTIVE)",
        "return True",
        f"{FACADE}/test_sign_in.py -k r4_2",
    ),
    Guard(
        "9 no tell-tale: another person's account is like an unknown name",
        "flow/signing_in.py",
        "return judge_person(rules, holder.account, holder.binding, identity_of(rules, proven)) is None",
        "return True",
        f"{FACADE}/test_identity_first.py -k another_persons_account",
    ),
    Guard(
        "10 bounded: live attempts",
        "flow/identity.py",
        "(*seen.flow.live_attempts, attempt_id)[-rules.policy.live_attempts :]",
        "(*seen.flow.live_attempts, attempt_id)",
        f"{FACADE}/test_callback.py -k sixth",
    ),
    Guard(
        "10 bounded: flows",
        "flow/purposes.py",
        "account_status=AccountStatus.ISSUED, charged_to=budgets.flows_begun, binds_person=True",
        "account_status=AccountStatus.ISSUED, binds_person=True",
        f"{FACADE}/test_accounts.py -k bounded",
    ),
    Guard(
        "R1.2 the new password is not the issued one",
        "flow/password.py",
        'if before and rules.keyring.same_digest(before, "password", account.id, form):',
        "if False:",
        f"{FACADE}/test_accounts.py -k r1_2",
    ),
    Guard(
        "R1.2 an issued password expires",
        "flow/signing_in.py",
        "        and moment.now >= account.password_expires_at\n",
        "        and False\n",
        f"{FACADE}/test_accounts.py -k r1_2",
    ),
    Guard(
        "R5.4 issuer",
        "oidc/id_token.py",
        'if claims.get("iss") != expected.issuer:',
        "if False:",
        "tests/oidc tests/conformance -k iss",
    ),
    Guard(
        "R5.4 audience",
        "oidc/id_token.py",
        'if claims.get("aud") not in (client_id, [client_id]):',
        "if False:",
        "tests/oidc tests/conformance -k aud",
    ),
    Guard(
        "R5.4 expiry",
        "oidc/id_token.py",
        'if _moment(claims, "exp") <= late:',
        "if False:",
        "tests/oidc tests/conformance -k exp",
    ),
    Guard(
        "R5.4 at_hash",
        "oidc/id_token.py",
        "    half = hashlib.sha256(access_token.encode()).digest()[:16]\n",
        """    return
    half = hashlib.sha256(access_token.encode()).digest()[:16]
""",
        "tests/oidc/test_id_token.py",
    ),
    Guard(
        "R5.5 crit",
        "oidc/id_token.py",
        'if "crit" in header or "b64" in header:',
        "if False:",
        "tests/oidc/test_id_token.py",
    ),
    Guard(
        "2 one winner: a code of the app is good once",
        "authenticator_app/totp.py",
        "if right and step > after:",
        "if right:",
        f"{FACADE}/test_second_factor.py -k good_once",
    ),
    Guard(
        "2 one winner: the commit that accepts a second factor uses it up",
        "flow/authenticator.py",
        "writes=(flow, factor.record),",
        "writes=(flow,),",
        f"{FACADE}/test_second_factor.py -k exactly_one",
    ),
    Guard(
        "2 one winner: a proof by ThaID begins one thing",
        "flow/signing_in.py",
        "change = end_proven(change, proven, Input.CREDENTIAL_ACCEPTED, account, moment)",
        "pass",
        f"{FACADE}/test_identity_first.py -k begins_one_thing",
    ),
    Guard(
        "3 budgets: wrong codes of the app count for the account's day",
        "flow/authenticator.py",
        "                budgets.authenticator_attempts(rules.policy, flow.account_id),\n",
        "",
        f"{FACADE}/test_second_factor.py -k accounts_day",
    ),
    Guard(
        "3 budgets: wrong codes of the app count for the sign-in",
        "flow/authenticator.py",
        "                budgets.code_attempts(rules.policy, flow.id),\n",
        "",
        f"{FACADE}/test_second_factor.py -k five_wrong",
    ),
    Guard(
        "3 budgets: who is proven is counted by who they are",
        "flow/signing_in.py",
        "tried = attempt_of_person(rules, moment, username, password, proven)",
        "tried = attempt_of_name(rules, moment, username, password, browser.address)",
        f"{FACADE}/test_identity_first.py -k the_victim",
    ),
    Guard(
        "3 budgets: a page that is sent often is counted for the client",
        "flow/sign_in_attempt.py",
        "return failure.id if tried.once is None or of_client else tried.once",
        "return failure.id if tried.once is None else tried.once",
        "tests/web/test_refused_forms.py -k is_counted_for_the_client",
    ),
    Guard(
        "3 budgets: another password from one page is another failure",
        "flow/sign_in_attempt.py",
        "return moment.typed(rules.keyring, prepared_username, twelve_bits).attempt",
        "return moment.typed(rules.keyring, prepared_username).attempt",
        "tests/web/test_refused_forms.py -k another_password_from_one_page",
    ),
    Guard(
        "3 budgets: who is proven is counted at all",
        "flow/sign_in_attempt.py",
        "charges=budgets.charges(moment, of_person),",
        "charges=(),",
        f"{FACADE}/test_identity_first.py -k across_flows",
    ),
    Guard(
        "3 budgets: the tab that came second is no failure",
        "flow/signing_in.py",
        """            except Refused:  # another tab was faster; the password was right all the same
                yield from commit(refund(tried))
                raise
""",
        """            except Refused:
                raise
""",
        f"{FACADE}/test_identity_first.py -k no_failures",
    ),
    Guard(
        "3 budgets: the current password is counted like a sign-in",
        "flow/signed_in.py",
        "    tried = yield from charge(moment, tried)\n",
        "",
        f"{FACADE}/test_password_change.py -k no_more_often",
    ),
    Guard(
        "3 budgets: changes of the address",
        "flow/purposes.py",
        "Purpose.EMAIL_CHANGE: PurposeSpec(charged_to=budgets.email_changes, new_address=True),",
        "Purpose.EMAIL_CHANGE: PurposeSpec(new_address=True),",
        f"{FACADE}/test_email_change.py -k rationed",
    ),
    Guard(
        "R2.1 a password that is the only factor is longer",
        "flow/policy.py",
        """        if self.sign_in_of(kind) is SignInPolicy.PASSWORD:
            return self.passwords
""",
        "",
        f"{FACADE}/test_sign_in_policies.py -k as_long_as",
    ),
    Guard(
        "R2.1 a password too short by now sets no other beside a factor",
        "flow/signing_in.py",
        'raise Refused("password_outdated", field="password")',
        "pass",
        f"{FACADE}/test_sign_in_policies.py -k too_short_by_now",
    ),
    Guard(
        "approval: who has done everything waits for it",
        "flow/password.py",
        "return asks and seen.held.needs_approval",
        "return False",
        f"{FACADE}/test_approval.py -k who_has_done_everything",
    ),
    Guard(
        "approval: who waits no more is not approved",
        "accounts/approval.py",
        "        or end_of(rules, waiting, moment.now) is not None\n",
        "",
        f"{FACADE}/test_approval.py -k who_waits_no_more",
    ),
    Guard(
        "four eyes: the same person is no second one",
        "accounts/four_eyes.py",
        "_name(asked.by) != _name(by)",
        "asked.by != by",
        f"{FACADE}/test_four_eyes.py -k same_person",
    ),
    Guard(
        "four eyes: an asking lapses",
        "accounts/four_eyes.py",
        "asked is not None and now < asked.expires_at and",
        "asked is not None and",
        f"{FACADE}/test_four_eyes.py -k lapses",
    ),
    Guard(
        "four eyes: what was seconded is used up",
        "accounts/four_eyes.py",
        "writes=(*change.writes, replace(asked, expires_at=now))",
        "writes=change.writes",
        f"{FACADE}/test_four_eyes.py -k carries_it_out",
    ),
    Guard(
        "erasure: nobody is erased who holds an account",
        "accounts/erasure.py",
        "if binding.ended_at is None:",
        "if False:",
        f"{FACADE}/test_erasure_of_person.py -k who_holds",
    ),
    Guard(
        "erasure: the authenticator app goes too",
        "accounts/erasure.py",
        "writes=(nobody, *app)",
        "writes=(nobody,)",
        f"{FACADE}/test_erasure_of_person.py -k nothing_of_the_person",
    ),
    Guard(
        "erasure: what is left moves to a new key",
        "accounts/rekeying.py",
        "if binding.erased_at is not None:",
        "if False:",
        f"{FACADE}/test_erasure_of_person.py -k moves_to_a_new_key",
    ),
    Guard(
        "upgrade: an older process goes on writing",
        "providers/migrations/versions/0003_account_life.py",
        "nullable=False, server_default=sa.false()",
        "nullable=False",
        "tests/providers/test_upgrade.py -k sqlite",
    ),
    Guard(
        "R7.4 who finishes after a rotation is indexed under the current key",
        "flow/password.py",
        'person_index=keyring.index("person", identity.national_id.reveal()),',
        'person_index=flow.person_index or "",',
        f"{FACADE}/test_rekeying.py -k who_finishes",
    ),
    Guard(
        "4 browser: the answer is this issuer's",
        "oidc/relying_party.py",
        "if callback.issuer is not None and callback.issuer != self.issuer:",
        "if False:",
        "tests/oidc/test_relying_party.py -k another_issuer",
    ),
    Guard(
        "7 epoch: an account that moved on ends its flows",
        "flow/standing.py",
        "account.epoch != flow.account_epoch or account.status is not SPECS[flow.purpose].account_status",
        "False",
        f"{FACADE}/test_accounts.py -k inv7",
    ),
    Guard(
        "2 one winner: an assertion is believed once",
        "assertions/accepting.py",
        "    if not isinstance((yield from commit(Change(inserts=(used(verified),)))), Done):\n",
        "    yield from commit(Change(inserts=(used(verified),)))\n    if False:\n",
        "tests/assertions/test_bridge.py -k good_once",
    ),
    Guard(
        "6 person: a proof is for its session and its transaction",
        "flow/signed_in.py",
        ') or not keyring.same_digest(flow.session_digest, "session", session.ref):',
        "):",
        f"{FACADE}/test_step_up.py -k its_session",
    ),
    Guard(
        "9 no tell-tale: every refusal takes as long",
        "passwords/hashing.py",
        "rest = timedelta(seconds=max(0.0, self._refused_after() - took))",
        "rest = timedelta(0)",
        "tests/passwords/test_hashing.py -k every_refusal",
    ),
    Guard(
        "10 bounded: trips of a flow",
        "flow/identity.py",
        "        charges=budgets.charges(moment, budgets.trips(rules.policy, rules.keyring, flow.id, address)),\n",
        "",
        f"{FACADE}/test_unproven.py -k trips_of_a_flow",
    ),
    Guard(
        "10 bounded: an answer's size",
        "providers/http.py",
        "        if self._size > MAX_ANSWER_BYTES:\n",
        "        if False:\n",
        "tests/providers/test_http.py -k one_mebibyte",
    ),
    Guard(
        "10 bounded: fetches of keys",
        "oidc/kept.py",
        "return lacking(value) and not _cooling(self._renewed_at, now, self._cool_down)",
        "return lacking(value)",
        "tests/oidc/test_kept.py -k lacking",
    ),
    Guard(
        "R2.5 hashing is no cheaper than OWASP says",
        "passwords/hashing.py",
        "if not self.for_tests_only and (self.memory_kib < 19456 or self.passes < 2):",
        "if False:",
        "tests/passwords/test_hashing.py -k weaker_than_owasp",
    ),
    Guard(
        "R4.3 only a trusted proxy says whose address it is",
        "client_address.py",
        "passed_on = _address(text) if self._is_trusted(nearest) else None",
        "passed_on = _address(text)",
        "tests/test_client_address.py -k spoofed",
    ),
    Guard(
        "R5.2 nonce",
        "oidc/id_token.py",
        "if not isinstance(nonce, str) or not _same(nonce, expected.nonce):",
        "if not isinstance(nonce, str):",
        "tests/oidc/test_id_token.py -k nonce",
    ),
    Guard(
        "R5.4 algorithms",
        "oidc/id_token.py",
        "if not isinstance(algorithm, str) or algorithm not in algorithms:",
        "if not isinstance(algorithm, str):",
        "tests/oidc/test_id_token.py -k hmac_secret",
    ),
    Guard(
        "R5.8 no redirect is followed",
        "providers/http.py",
        "answer = client.send(sent, stream=True, auth=None, follow_redirects=False)",
        "answer = client.send(sent, stream=True, auth=None, follow_redirects=True)",
        "tests/providers/test_http.py -k no_redirect",
    ),
    Guard(
        "R6.3 a page of this site and no other",
        "web/return_path.py",
        "return text if len(text) <= LONGEST and _PATH.fullmatch(text) else None",
        "return text",
        "tests/web/test_mounted.py -k another_site",
    ),
    Guard(
        "R7.1 the trail is what was sealed",
        "audit/verification.py",
        "if digest_of(event, link.commitment) != link.digest:",
        "if False:",
        "tests/audit/test_tampering.py -k hand_edited",
    ),
    Guard(
        "R7.3 a log line is ASCII",
        "providers/event_log.py",
        "json.dumps(told, ensure_ascii=True)",
        "json.dumps(told, ensure_ascii=False)",
        "tests/canaries/test_log_lines.py -k one_line",
    ),
    Guard(
        "R8.1 no encoded word",
        "mail/address.py",
        'if len(typed.encode()) > ADDRESS_OCTETS or "=?" in typed:',
        "if len(typed.encode()) > ADDRESS_OCTETS:",
        "tests/mail/test_address.py -k one_plain_address",
    ),
    Guard(
        "web: a form of another site does nothing",
        "web/forgery.py",
        'return sent_from != "same-origin"',
        "return False",
        "tests/web/test_pages.py",
    ),
    Guard(
        "web: a form without our token does nothing",
        "web/forgery.py",
        'return keyring.same_digest(token, "csrf", browser.token)',
        "return True",
        "tests/web/test_pages.py",
    ),
    Guard(
        "driver: an event is told only of what was committed",
        "_sync/driver.py",
        "        if isinstance(outcome, Done):\n",
        "        if True:\n",
        f"{FACADE}/test_events.py {FACADE}/test_refusals.py {FACADE}/test_administrators_at_once.py",
    ),
    Guard(
        "driver: a listener that fails undoes nothing",
        "_sync/driver.py",
        "            except Exception as problem:  # a listener is the portal's: it must not undo what is committed\n",
        "            except KeyError as problem:\n",
        "tests/canaries/test_log_lines.py",
    ),
    Guard(
        "driver: what a provider should not have raised is told as its failure",
        "_sync/driver.py",
        """        except Exception as problem:
            code, detail""",
        """        except KeyError as problem:
            code, detail""",
        f"{FACADE}/test_mail_failures.py {FACADE}/test_callback.py",
    ),
)


def missed(guard: Guard) -> bool:
    """Whether a test fails once the guard is out.

    Raises:
        SystemExit: the guard is not where it is said to be, or its tests cannot be run.
    """
    with tempfile.TemporaryDirectory(prefix="guards-") as folder:
        copy = Path(folder)
        for part in ("src", "tests", "scripts", "pyproject.toml"):
            source = ROOT / part
            if source.is_dir():
                shutil.copytree(source, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(source, copy / part)
        path = copy / PACKAGE / guard.file
        text = path.read_text(encoding="utf-8")
        if text.count(guard.guard) != 1:
            raise SystemExit(f"{guard.name}: found {text.count(guard.guard)} times in {guard.file}, not once")
        path.write_text(text.replace(guard.guard, guard.without), encoding="utf-8")
        places, _, words = guard.tests.partition(" -k ")
        run = subprocess.run(
            [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
            + places.split()
            + (["-k", words] if words else []),
            cwd=copy,
            env={**os.environ, "PYTHONPATH": str(copy / "src"), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode not in (0, 1):
            raise SystemExit(f"{guard.name}: the tests could not be run\n{run.stdout}{run.stderr}")
        return run.returncode == 1


def main(words: list[str]) -> int:
    """Try each guard; answer the exit status."""
    chosen = [guard for guard in GUARDS if not words or any(word in guard.name for word in words)]
    unmissed = []
    for guard in chosen:
        seen = missed(guard)
        print(f"{'missed by a test' if seen else 'NOT MISSED'}: {guard.name}", flush=True)
        if not seen:
            unmissed.append(guard.name)
    print(
        f"{len(chosen) - len(unmissed)} of {len(chosen)} guards are missed by a test when they are taken out"
    )
    return 1 if unmissed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
