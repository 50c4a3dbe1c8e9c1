"""Writes the OWASP ASVS 5.0 items of docs/requirements.md, each with the test that holds it, into docs/security.md.

python scripts/asvs.py            write
python scripts/asvs.py --check    write nothing; fail where the page is not what this would write

Which rows an item belongs to is what docs/requirements.md says under "source". What the item asks and which of the
rows' tests holds it stand here; an item without either, or with a test that no row of it names, stops the script.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent / "docs"
PART = re.compile(r"(<!-- items of the ASVS -->\n).*?(<!-- end of the items -->)", re.DOTALL)
ROW = re.compile(r"^\| (R\d+\.\d+) \| .*? \| (.*?) \| (.*?) \|$", re.MULTILINE)
SOURCE = re.compile(r"ASVS (\d+\.\d+\.\d+(?:, \d+\.\d+\.\d+)*)")

WEB, FACADE, OIDC = "tests/web/test_pages.py", "tests/facade", "tests/oidc/test_id_token.py"
PASSWORDS, CODE = "tests/passwords", "tests/one_time_code/test_one_time_code.py"
SESSIONS, CANARIES = "tests/sessions/test_sessions.py", "tests/canaries"

ITEMS: dict[str, tuple[str, str]] = {
    "1.3.11": (
        "what a person types reaches no mail system as a header or a command",
        "tests/providers/test_smtp.py::test_every_parsed_address_is_one_envelope_recipient",
    ),
    "2.3.1": (
        "the steps of a flow come in order, and none is skipped",
        f"{FACADE}/test_onboarding.py::test_r1_1_an_act_that_is_not_offered_is_refused_and_changes_nothing",
    ),
    "3.3.1": ("cookies are `Secure`, under a prefix", f"{WEB}::test_the_browser_cookie_is_locked_down"),
    "3.3.2": ("`SameSite` fits what the cookie is for", f"{WEB}::test_the_browser_cookie_is_locked_down"),
    "3.3.3": ("cookies begin with `__Host-`", f"{WEB}::test_the_browser_cookie_is_locked_down"),
    "3.3.4": (
        "a cookie that no script needs is `HttpOnly`, and its value is sent in no other way",
        f"{WEB}::test_the_form_token_is_not_the_browsers",
    ),
    "3.5.1": (
        "requests of another site are told apart and refused",
        f"{WEB}::test_a_post_from_elsewhere_is_refused",
    ),
    "6.2.1": (
        "a password has 8 characters at least, better 15",
        f"{PASSWORDS}/test_policy.py::test_length_is_counted_in_code_points",
    ),
    "6.2.3": (
        "a change of password asks for the current one and a new one",
        f"{FACADE}/test_password_change.py::test_r2_6_a_session_alone_changes_nothing",
    ),
    "6.2.4": (
        "none of the 3,000 commonest passwords is taken",
        f"{PASSWORDS}/test_policy.py::test_a_common_password_is_refused_with_its_reason",
    ),
    "6.2.5": (
        "no kind of character is asked for",
        f"{PASSWORDS}/test_policy.py::test_no_kind_of_character_is_asked_for",
    ),
    "6.2.7": (
        "pasting and password managers work",
        "tests/web/test_markup.py::test_inputs_tell_managers_and_keyboards_what_they_are",
    ),
    "6.2.8": (
        "a password is compared as it came, nothing cut off and no case changed",
        f"{PASSWORDS}/test_hashing.py::test_every_byte_matters",
    ),
    "6.2.9": (
        "64 characters are taken at least",
        f"{PASSWORDS}/test_preparation.py::test_1024_bytes_are_taken_and_1025_are_not",
    ),
    "6.2.10": (
        "no password expires by itself",
        f"{FACADE}/test_sign_in.py::test_r2_2_no_password_expires_by_itself",
    ),
    "6.2.11": (
        "words of the context are refused",
        f"{PASSWORDS}/test_policy.py::test_what_names_the_account_its_agency_or_the_service_is_refused",
    ),
    "6.2.12": (
        "breached passwords are refused",
        f"{PASSWORDS}/test_blocklist.py::test_every_entry_is_common_in_any_case",
    ),
    "6.3.7": (
        "the person is told when a password or an address was changed",
        f"{FACADE}/test_password_change.py::test_r2_6_one_notice_without_either_password",
    ),
    "6.3.8": (
        "neither an answer nor its time tells which accounts exist",
        f"{FACADE}/test_sign_in.py::test_r4_2_unknown_wrong_and_suspended_look_alike",
    ),
    "6.4.1": (
        "an initial password is random, expires, and never becomes the lasting one",
        f"{FACADE}/test_accounts.py::test_r1_2_the_new_password_is_not_the_issued_one",
    ),
    "6.4.6": (
        "an administrator begins a reset, and neither chooses nor learns the password",
        f"{FACADE}/test_accounts.py::test_r1_3_a_reissue_keeps_the_person_and_ends_the_password",
    ),
    "6.5.1": (
        "a code is good once",
        f"{FACADE}/test_one_time_code.py::test_r3_3_a_second_submit_of_the_right_code_is_refused",
    ),
    "6.5.2": (
        "a stored code is hashed with a salt (here: a keyed digest, salted by the code's id)",
        f"{CODE}::test_equal_codes_have_different_digests_and_none_shows_the_code",
    ),
    "6.5.3": ("codes come from a secure source", f"{CODE}::test_a_million_codes_are_uniform_by_chi_squared"),
    "6.5.4": ("a code has 20 bits at least (here: 26.6)", f"{CODE}::test_leading_zeros_are_kept"),
    "6.5.5": (
        "a mailed code lives 10 minutes at most",
        f"{FACADE}/test_one_time_code.py::test_r3_2_good_for_599_seconds_and_not_for_600",
    ),
    "6.6.2": (
        "a code is for the request that it was made for",
        f"{FACADE}/test_one_time_code.py::test_r3_3_a_code_of_another_flow_is_wrong",
    ),
    "6.6.3": (
        "guessing at a code is limited",
        f"{FACADE}/test_one_time_code.py::test_r3_5_five_wrong_codes_end_the_flow_and_a_resend_gives_none_back",
    ),
    "6.8.4": (
        "the strength that the provider states is looked at; where it states none, the weakest is assumed",
        f"{FACADE}/test_person.py::test_r1_5_weak_or_missing_assurance_is_refused",
    ),
    "7.2.1": (
        "a session's token is verified on the server",
        f"{SESSIONS}::test_r6_6_the_store_has_neither_token_nor_label",
    ),
    "7.2.3": (
        "a session's token is random and has 128 bits at least",
        f"{SESSIONS}::test_r6_4_each_sign_in_has_a_token_of_its_own",
    ),
    "7.2.4": (
        "each sign-in makes a new session",
        "tests/integrations/test_behaviour.py::test_r6_4_a_session_that_was_planted_is_worth_nothing",
    ),
    "7.4.1": (
        "a session that was ended is good for nothing",
        f"{SESSIONS}::test_r6_6_a_cookie_is_useless_after_the_sign_out",
    ),
    "7.4.3": (
        "a change of password can end all other sessions",
        f"{FACADE}/test_password_change.py::test_r2_6_every_other_flow_and_session_ends",
    ),
    "7.5.2": (
        "a person sees their sessions and ends them (to ask for a step-up first is the portal's)",
        f"{SESSIONS}::test_r6_6_the_list_of_a_person_and_the_end_of_the_others",
    ),
    "9.1.2": (
        "only listed algorithms verify a token, and never `none`",
        f"{OIDC}::TestSignature::test_other_algorithms",
    ),
    "9.1.3": (
        "keys come from the configured issuer alone",
        f"{OIDC}::TestHeader::test_keys_it_brings_along_are_not_read",
    ),
    "10.1.2": (
        "an answer is taken by the browser and the attempt that asked for it",
        f"{FACADE}/test_callback.py::test_inv4_a_foreign_browser_burns_the_attempt_and_the_flow_goes_on_in_its_own",
    ),
    "10.5.1": ("the nonce keeps an ID token from being replayed", f"{OIDC}::TestClaims::test_nonce"),
    "10.5.2": (
        "a person is known by what is never given to another: issuer and `sub`",
        f"{FACADE}/test_person.py::test_r1_4_the_same_national_id_under_another_subject_is_another_person",
    ),
    "10.5.3": (
        "another issuer's metadata is refused",
        "tests/oidc/test_metadata.py::test_another_issuer_is_refused",
    ),
    "10.5.4": ("the audience is this client", f"{OIDC}::TestClaims::test_audience"),
    "11.4.2": (
        "passwords are hashed by a dear function with current parameters",
        f"{PASSWORDS}/test_hashing.py::test_a_profile_weaker_than_owasp_is_refused",
    ),
    "12.3.2": (
        "a TLS client verifies certificates",
        "tests/providers/test_http.py::test_certificates_are_verified",
    ),
    "15.3.2": ("no redirect is followed", "tests/providers/test_http.py::test_no_redirect_is_followed"),
    "15.3.4": (
        "the client's address comes from proxies that are trusted",
        "tests/test_client_address.py::test_a_spoofed_header_lands_in_the_same_bucket",
    ),
    "16.2.1": (
        "a log entry says when, where, who and what",
        f"{FACADE}/test_events.py::test_r7_1_every_row_of_the_table_tells_exactly_its_event",
    ),
    "16.2.5": ("no secret is logged", f"{CANARIES}/test_logs_and_events.py::test_r7_2_no_canary_is_logged"),
    "16.3.1": (
        "every sign-in is logged, refused ones too",
        f"{FACADE}/test_refusals.py::test_r7_1_every_refusal_tells_exactly_one_event",
    ),
    "16.4.1": (
        "nobody injects a log line",
        f"{CANARIES}/test_log_lines.py::test_r7_3_no_text_reaches_a_log_line_raw",
    ),
    "16.5.2": (
        "the application stays secure while what it calls fails",
        "tests/providers/test_thaid.py::TestRedeeming::test_the_provider_fails",
    ),
}
"""Item → what it asks in few words, the test to read first."""


def table(requirements: str) -> str:
    """Every item that a row names as its source, in the standard's order.

    Raises:
        KeyError: an item without its words and its test.
        ValueError: an item that no row names, or a test that none of its rows names.
    """
    rows: dict[str, dict[str, str]] = {}
    for row, source, held_by in ROW.findall(requirements):
        for named in SOURCE.findall(source):
            for item in named.split(", "):
                rows.setdefault(item, {})[row] = held_by
    if left := ITEMS.keys() - rows.keys():
        raise ValueError(f"no row names {', '.join(sorted(left))}")
    lines = ["| item | what it asks | rows | held by |", "|---|---|---|---|"]
    for item in sorted(rows, key=lambda item: [int(number) for number in item.split(".")]):
        asks, test = ITEMS[item]
        if not any(
            test in held_by or f"`{test.partition('::')[0]}`" in held_by for held_by in rows[item].values()
        ):
            raise ValueError(f"{item}: no row names {test}")
        lines.append(f"| {item} | {asks} | {', '.join(rows[item])} | `{test}` |")
    return "\n".join(lines)


def rewritten(page: str, requirements: str) -> str:
    """The page with the table made anew."""
    made = table(requirements)
    return PART.sub(lambda found: f"{found[1]}\n{made}\n\n{found[2]}", page)


def main(arguments: list[str], page: Path = DOCS / "security.md") -> int:
    """Answers the exit status: 1 where `--check` found a difference."""
    actual = page.read_text(encoding="utf-8")
    expected = rewritten(actual, (DOCS / "requirements.md").read_text(encoding="utf-8"))
    if actual == expected:
        return 0
    if arguments == ["--check"]:
        print("docs/security.md is not what scripts/asvs.py writes: run it")
        return 1
    page.write_text(expected, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
