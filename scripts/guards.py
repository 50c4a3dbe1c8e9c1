"""Takes each guard of the invariants out, one at a time, and sees that a test fails without it.

    python scripts/guards.py                 all of them
    python scripts/guards.py epoch browser   those whose name holds one of the words

A guard is a piece of the source; it is replaced in a copy, and the tests named with it are run over the copy. A guard
that no test misses is listed at the end, and the exit status is 1.

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
        "1 order: an input without a row is refused",
        "flow/standing.py",
        "if row(seen.flow.purpose, seen.flow.stage, happened) is None:",
        "if False:",
        f"{FACADE}/test_onboarding.py -k not_offered",
    ),
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
        """        charges=budgets.charges(
            moment,
            (
                budgets.code_attempts(rules.policy, flow.id),
                budgets.account_code_attempts(rules.policy, flow.account_id),
            ),
        ),
""",
        "",
        f"{FACADE}/test_one_time_code.py -k r3_5",
    ),
    Guard(
        "2 one winner: the code is consumed",
        "flow/mailbox.py",
        "seen.flow, Input.CODE_CONFIRMED, moment, one_time_code_digest=None, one_time_code_id=None",
        "seen.flow, Input.CODE_RESENT, moment",
        f"{FACADE}/test_one_time_code.py -k second_submit",
    ),
    Guard(
        "2 one winner: password rules come before the reservation",
        "flow/password.py",
        """    prepared = yield from judged(rules, moment, seen, lambda: accept_password(rules, seen, moment, password))
    yield from compare_code(rules, moment, seen, happened, typed)
""",
        """    yield from compare_code(rules, moment, seen, happened, typed)
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
        "3 budgets: a right code is refunded to the account",
        "flow/mailbox.py",
        "refunds = account_refund(rules, seen, moment)",
        "refunds = ()",
        f"{FACADE}/test_one_time_code.py -k not_counted_against",
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
        "outcome = yield from commit(Change(charges=tried.charges))",
        "outcome = yield from commit(Change())",
        f"{FACADE}/test_sign_in.py -k r4_1",
    ),
    Guard(
        "3 budgets: success is refunded",
        "flow/signing_in.py",
        "        refunds=tried.charges,\n        clears=tried.clears,\n    )\n    if proven",
        "    )\n    if proven",
        f"{FACADE}/test_sign_in.py -k r4_1",
    ),
    Guard(
        "3 budgets: a re-issue and an unlock clear them",
        "accounts/administration.py",
        "inserts=(event,), clears=_budgets_of(rules, account))",
        "inserts=(event,))",
        f"{FACADE} -k 21st_on_the_account",
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
        "burnt = True",
        f"{FACADE}/test_callback.py -k foreign",
    ),
    Guard(
        "4 browser: a flow is shown to its own alone",
        "flow/opening.py",
        'if seen is None or not keyring.same_digest(seen.flow.browser_digest, "browser", browser.token):',
        "if seen is None:",
        f"{FACADE}/test_callback.py -k sees_no_flow",
    ),
    Guard(
        "5 fail closed: an attempt is consumed before the exchange",
        "flow/identity.py",
        "seen, attempt = yield from _consume(rules, moment, seen, attempt)",
        "pass",
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
        "6 person: first use is used up",
        "flow/password.py",
        """            first_use=False,
            needs_approval=False,
            issued_fingerprint=_current_fingerprint(rules, seen),
            expected_person_index=bound.person_index,
""",
        "",
        f"{FACADE}/test_person.py -k first_use",
    ),
    Guard(
        "6 person: assurance",
        "flow/evidence.py",
        "if policy.minimum_ial is not None and (identity.ial is None or identity.ial < policy.minimum_ial):",
        "if False:",
        f"{FACADE}/test_person.py -k r1_5",
    ),
    Guard(
        "6 person: a fresh login",
        "flow/evidence.py",
        "elif identity.auth_time < attempt.created_at - policy.identity_freshness:",
        "elif False:",
        f"{FACADE}/test_person.py -k r1_6",
    ),
    Guard(
        "7 epoch: a flow of an older one is over",
        "flow/standing.py",
        "account.epoch != flow.account_epoch or account.status is not SPECS[flow.purpose].account_status",
        "False",
        f"{FACADE}/test_accounts.py -k inv7",
    ),
    Guard(
        "6 person: a recovery offers what its person holds, and nothing else",
        "flow/opening.py",
        "        and account.binding_id == binding.id\n        and binding.ended_at is None\n",
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
        "7 epoch: completion bumps it",
        "flow/password.py",
        "        epoch=account.epoch + 1,\n",
        "",
        f"{FACADE}/test_sign_in.py -k ends_the_other_flows",
    ),
    Guard(
        "7 epoch: an administrator's act bumps it",
        "accounts/administration.py",
        "replace(after, epoch=account.epoch + 1, updated_at=moment.now)",
        "replace(after, updated_at=moment.now)",
        f"{FACADE}/test_accounts.py -k inv7",
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
        "8 nothing to steal: errors leave no frames",
        "_async/driver.py",
        "error: BaseException = raised.with_traceback(None)",
        "error: BaseException = raised",
        "tests/canaries/test_acts.py",
    ),
    Guard(
        "8 nothing to steal: mistakes leave frames without locals",
        "_async/driver.py",
        "clear_frames(raised.__traceback__)",
        "pass",
        "tests/canaries/test_acts.py",
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
        "    verified = yield from verify_password(stored, prepared)\n",
        """    if stored is None:
        raise Refused("credential_wrong")
    verified = yield from verify_password(stored, prepared)
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
        "10 bounded: live attempts",
        "flow/identity.py",
        "(*seen.flow.live_attempts, attempt_id)[-rules.policy.live_attempts :]",
        "(*seen.flow.live_attempts, attempt_id)",
        f"{FACADE}/test_callback.py -k sixth",
    ),
    Guard(
        "10 bounded: flows",
        "flow/signing_in.py",
        "charged = SPECS[purpose].budgets(rules.policy, rules.keyring, account.id, browser.address)",
        "charged = ()",
        f"{FACADE}/test_accounts.py -k bounded",
    ),
    Guard(
        "R1.2 the new password is not the issued one",
        "flow/password.py",
        'if before and rules.keyring.same_digest(before, "password", account.id, prepared):',
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
        "R3.2 a code expires",
        "flow/mailbox.py",
        "return flow.one_time_code_expires_at is None or now >= flow.one_time_code_expires_at",
        "return False",
        f"{FACADE}/test_one_time_code.py -k r3_2",
    ),
    Guard(
        "R5.2 nonce",
        "oidc/id_token.py",
        "if not isinstance(nonce, str) or not _same(nonce, expected.nonce.encode()):",
        "if False:",
        "tests/oidc tests/conformance -k nonce",
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
        "R5.4 signature",
        "oidc/id_token.py",
        "if not _is_signed(key, header.algorithm, signed, signature):",
        "if False:",
        "tests/oidc tests/conformance -k sig",
    ),
    Guard(
        "R5.4 signature: two numbers of 32 bytes and nothing else",
        "oidc/id_token.py",
        "if len(signature) != _ES256_LENGTH:",
        "if False:",
        "tests/oidc/test_id_token.py -k other_encodings",
    ),
    Guard(
        "R5.4 base64url: nothing is passed over",
        "oidc/id_token.py",
        "len(decoded) != len(segment) * 3 // 4 or ",
        "",
        "tests/oidc/test_id_token.py -k one_spelling",
    ),
    Guard(
        "R5.4 base64url: unused bits are zero",
        "oidc/id_token.py",
        " or segment[-1:] not in _LAST[missing]",
        "",
        "tests/oidc/test_id_token.py -k one_spelling",
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
        "    return\n    half = hashlib.sha256(access_token.encode()).digest()[:16]\n",
        "tests/oidc/test_id_token.py",
    ),
    Guard(
        "R5.5 crit",
        "oidc/id_token.py",
        "if header.demands_extension:",
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
        "tried = attempt_of_person(rules, moment, username, proven)",
        "tried = attempt_of_name(rules, moment, username, browser.address)",
        f"{FACADE}/test_identity_first.py -k the_victim",
    ),
    Guard(
        "3 budgets: who is proven is counted at all",
        "flow/signing_in.py",
        "charges=budgets.charges(moment, of_person),",
        "charges=(),",
        f"{FACADE}/test_identity_first.py -k across_flows",
    ),
    Guard(
        "3 budgets: the tab that came second is no failure",
        "flow/signing_in.py",
        """            except Refused:  # another tab was faster; the password was right all the same
                yield from commit(refund(tried))
""",
        "            except Refused:\n",
        f"{FACADE}/test_identity_first.py -k no_failures",
    ),
    Guard(
        "3 budgets: the current password is counted like a sign-in",
        "flow/signed_in.py",
        "    yield from charge(moment, tried)\n",
        "",
        f"{FACADE}/test_password_change.py -k no_more_often",
    ),
    Guard(
        "3 budgets: changes of the address",
        "flow/purposes.py",
        "charged_to=budgets.email_changes, ",
        "",
        f"{FACADE}/test_email_change.py -k rationed",
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
        "6 person: a sign-in says when the person was proven",
        "flow/evidence.py",
        "proven_at = identity.auth_time or identity.verified_at if THAID in methods else now",
        "proven_at = now",
        f"{FACADE}/test_sign_in_policies.py -k rests_on",
    ),
    Guard(
        "6 person: a proof is for its session and its transaction",
        "flow/signed_in.py",
        '        raise Refused("step_up_mismatch")\n',
        "        pass\n",
        f"{FACADE}/test_step_up.py -k its_transaction",
    ),
    Guard(
        "6 person: a proof is good for five minutes",
        "flow/identity.py",
        "flow = replace(flow, expires_at=moment.now + rules.policy.step_up_lifetime)",
        "pass",
        f"{FACADE}/test_step_up.py -k five_minutes",
    ),
    Guard(
        "6 person: the current password is asked for",
        "flow/signed_in.py",
        "if not verified.matches:",
        "if False:",
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
        "7 epoch: a session with an older password is over",
        "sessions/session.py",
        "        or account.credential_version != session.credential_version\n",
        "",
        f"{FACADE}/test_step_up.py -k left_behind",
    ),
    Guard(
        "7 epoch: a change of the address bumps it",
        "flow/mailbox.py",
        "settled = replace(account, epoch=account.epoch + 1, updated_at=moment.now)",
        "settled = replace(account, updated_at=moment.now)",
        f"{FACADE}/test_email_change.py -k inv7",
    ),
    Guard(
        "7 epoch: a new app bumps it",
        "flow/authenticator.py",
        "settled = replace(account, epoch=account.epoch + 1, updated_at=moment.now)",
        "settled = replace(account, updated_at=moment.now)",
        f"{FACADE}/test_enrolment.py -k ends_the_one_before",
    ),
    Guard(
        "7 epoch: a re-issue removes the app",
        "accounts/administration.py",
        "if spec.removes_authenticator and found.authenticator is not None:",
        "if False:",
        f"{FACADE}/test_enrolment.py -k re_issue",
    ),
    Guard(
        "9 no tell-tale: another person's account is like an unknown name",
        "flow/signing_in.py",
        "return judge_person(rules, holder.account, holder.binding, identity_of(rules, proven)) is None",
        "return True",
        f"{FACADE}/test_identity_first.py -k another_persons_account",
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
        "approval: it is of a flow of that account",
        "accounts/administration.py",
        "if flow_id is not None and (flow is None or flow.account_id != account_id):",
        "if flow_id is not None and flow is None:",
        f"{FACADE}/test_approval.py -k awaits_nothing_there",
    ),
    Guard(
        "approval: a hand-over may ask for it anew",
        "accounts/administration.py",
        "needs_approval=isinstance(person, FirstUse) and person.needs_approval,",
        "needs_approval=False,",
        f"{FACADE}/test_approval.py -k anew",
    ),
    Guard(
        "four eyes: the same person is no second one",
        "accounts/four_eyes.py",
        "_name(asked.by) != _name(by)",
        "asked.by != by",
        f"{FACADE}/test_four_eyes.py -k same_person",
    ),
    Guard(
        "four eyes: the second one asks for the very same",
        "accounts/four_eyes.py",
        "str(account.epoch), act, given)",
        "str(account.epoch), act)",
        f"{FACADE}/test_four_eyes.py -k very_same",
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
        "erasure: two bindings of one account are two facts",
        "accounts/erasure.py",
        '    told = replace(told, id=moment.id(f"event.person.erased.{binding.id}"))\n',
        "",
        f"{FACADE}/test_erasure_of_person.py -k held_one_account_twice",
    ),
    Guard(
        "erasure: a closed account forgets whom it expected",
        "accounts/administration.py",
        "        expected_person_index=None,\n        expected_person_sealed=None,\n        contact_sealed=None,\n",
        "",
        f"{FACADE}/test_erasure_of_person.py -k forgets_whom",
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
        "nullable=True",
        "tests/providers/test_upgrade.py -k sqlite",
    ),
    Guard(
        "R7.4 who finishes after a rotation is indexed under the current key",
        "flow/password.py",
        'person_index=keyring.index("person", identity.national_id.reveal()),',
        'person_index=flow.person_index or "",',
        f"{FACADE}/test_rekeying.py -k who_finishes",
    ),
)


def missed(guard: Guard) -> bool:
    """Whether a test fails once the guard is out.

    Raises:
        SystemExit: the guard is not where it is said to be, or its tests cannot be run.
    """
    with tempfile.TemporaryDirectory(prefix="guards-") as folder:
        copy = Path(folder)
        for part in ("src", "tests", "pyproject.toml"):
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
