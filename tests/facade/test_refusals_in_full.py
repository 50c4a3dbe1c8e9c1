"""What a refusal says beside its code: the field, how long to wait, where the person stands, and a detail for logs."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from inspect import signature
from pathlib import Path
from traceback import walk_tb

import pytest

from elaas_identity import NewAccount, Refused
from tests.facade.acts import Acts
from tests.facade.kinds import BY_APP, BY_KIND, BY_PASSWORD
from tests.facade.portal import made
from tests.facade.refusing import Refusing
from tests.facade.test_refusals import FLOW, FLOW_ALONE, OF_THE_APP, REFUSALS, TIGHT

FIELDS = {
    "email_invalid": "email",
    "email_not_allowed": "email",
    "email_not_accepted": "email",
    "email_same_as_before": "email",
    "one_time_code_malformed": "one_time_code",
    "one_time_code_wrong": "one_time_code",
    "one_time_code_expired": "one_time_code",
    "authenticator_code_malformed": "authenticator_code",
    "authenticator_code_wrong": "authenticator_code",
    "password_too_short": "new_password",
    "password_too_long": "new_password",
    "password_character_not_allowed": "new_password",
    "password_common": "new_password",
    "password_contextual": "new_password",
    "password_same_as_before": "new_password",
    "password_outdated": "password",
    "current_password_wrong": "current_password",
}
IN_A_FLOW = {"credential_wrong": "username", "account_unknown": "account_id"}
"""Fields of a form that only a proven person is shown."""
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WAITS = {
    "flow_limit": HOUR,
    "recovery_limit": HOUR,
    "identity_first_limit": HOUR,
    "trip_limit": HOUR,
    "email_change_limit": DAY,
    "mail_throttled": MINUTE,
    "one_time_code_throttled": DAY,
    "authenticator_code_throttled": DAY,
    "email_cooling_off": DAY - 2 * MINUTE,
}
DETAILS = {
    "callback_malformed": "a parameter occurs more than once",
    "one_time_code_malformed": "not 8 digits",
    "password_too_short": "15 at least",
    "password_too_long": "128 at most",
    "password_character_not_allowed": "U+0000 category Cc",
}
OF_ANOTHER_BROWSER = "callback_other_browser"
ENTRIES = {"account_invalid", "account_status"}
"""Of a list or an account: their field and detail say which, see tests/facade/test_accounts.py."""


def inputs_of(refusal: Refused) -> set[str]:
    """The parameters of the act that raised it; of a list, the fields of its entries too (F59)."""
    frames = [frame for frame, _ in walk_tb(refusal.__traceback__)]
    method = next(frame.f_locals["method"] for frame in frames if "method" in frame.f_locals)
    of_entries = {each.name for each in fields(NewAccount)} if method.__name__ == "provision" else set()
    return set(signature(method).parameters) | of_entries


@pytest.mark.parametrize(
    ("code", "names", "refusing"),
    [(code, names, refusing) for code, _, _, names, refusing in REFUSALS],
    ids=[f"{number}-{case[0]}" for number, case in enumerate(REFUSALS)],
)
def test_r7_1_a_refusal_says_what_to_mend_how_long_to_wait_and_where_the_person_stands(
    tmp_path: Path, code: str, names: str, refusing: Refusing
) -> None:
    """A page would mark the wrong field, say no time, or not know which step to show again."""
    with made("sync-memory", tmp_path, TIGHT.get(code, BY_KIND)) as portal:
        acts = Acts(portal, BY_APP if code in OF_THE_APP else BY_PASSWORD)
        with pytest.raises(Refused) as refused:
            refusing(acts)
        progress = refused.value.progress
        if names in (FLOW, FLOW_ALONE) and code != OF_ANOTHER_BROWSER:
            assert progress is not None
        if progress is not None:
            assert portal.elaas.current(progress.flow_id, browser=acts.browser) == progress
        field = FIELDS.get(code) or (IN_A_FLOW.get(code) if progress else None)
        waits = WAITS.get(code)
        if code == "sign_in_throttled":
            waits = MINUTE if progress is None else 15 * MINUTE
        assert waits == refused.value.retry_after
        assert refused.value.field in {None, *inputs_of(refused.value)}
        if code not in ENTRIES:
            assert (field, DETAILS.get(code, "")) == (refused.value.field, refused.value.detail)
