"""A field that a form lacks, or a number out of JSON, is refused as what the person did not type (F55)."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from elaas_identity import AccountKind, Browser, Expected, FirstUse, NewAccount, Session
from elaas_identity.assertions.assertion import transaction_digest
from elaas_identity.errors import ElaasIdentityError
from elaas_identity.person.assurance import Assurance
from elaas_identity.person.national_id import NationalID
from tests.facade.officer import onboard, refused, session_of
from tests.facade.portal import CHOSEN, ISSUED, OFFICER, USERNAME, Driven, Portal, made
from tests.web.test_account_life_pages import CHANGED, SIGNED_IN


class Anything:
    """An object with the same name in every process."""

    def __repr__(self) -> str:
        return "Anything()"


WRONG: tuple[Any, ...] = (
    None,
    5,
    12345678,
    1.5,
    True,
    b"bytes",
    [],
    ["text"],
    {},
    {"a": "b"},
    Anything(),
    bytearray(b"x"),
)
ID = "0" * 32
SESSION = Session(ref="r", account_id=ID, binding_id=ID, epoch=1, credential_version=1)
FLAVOURS = ("sync-memory", "async-memory")


@pytest.fixture(params=FLAVOURS)
def portal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Portal]:
    with made(request.param, tmp_path) as built:
        yield built


def of_type(portal: Portal, hint: str) -> Any:
    """Something of a parameter's type that nobody has."""
    values: dict[str, Any] = {
        "str": "x",
        "str | None": "x",
        "str | bytes": "x",
        "Session": SESSION,
        "Browser": portal.browser(),
        "Browser | None": portal.browser(),
        "Person": FirstUse(),
        "NationalID": OFFICER.national_id,
        "Iterable[NewAccount]": [],
        "timedelta": timedelta(days=1),
        "datetime": datetime(2020, 1, 1, tzinfo=UTC),
        "OwnChange": CHANGED,
        "SignedIn": SIGNED_IN,
        "Assurance": Assurance(ial=None, methods=(), auth_time=None),
    }
    return values[hint]


def acts(portal: Portal) -> dict[str, tuple[Any, inspect.Signature]]:
    """Every act of the facade and of what hangs on it."""
    facade = portal.elaas._driven if isinstance(portal.elaas, Driven) else portal.elaas
    found: dict[str, tuple[Any, inspect.Signature]] = {}
    for part in ("", "accounts", "sessions"):
        owner = getattr(facade, part) if part else facade
        driven = Driven(owner, portal.elaas._run) if isinstance(portal.elaas, Driven) else owner
        for name, method in inspect.getmembers(type(owner), inspect.isfunction):
            if "__signature__" in vars(method) and not name.startswith("_"):
                found[f"{part}.{name}"] = (getattr(driven, name), inspect.signature(method))
    return found


def test_f55_no_text_of_any_act_raises_untyped(portal: Portal) -> None:
    """F55: a missing field was an `AttributeError`, and with it a page of the framework's own."""
    called = 0
    for name, (act, signature) in acts(portal).items():
        hints = {
            each.name: str(each.annotation)
            for each in signature.parameters.values()
            if each.name != "self" and (each.default is each.empty or "str" in str(each.annotation))
        }
        if name == ".step_up":
            hints.pop("transaction_digest")  # its own refusal is tried below
        for parameter in (each for each, hint in hints.items() if hint.startswith("str")):
            for wrong in WRONG:
                given = {each: of_type(portal, hint) for each, hint in hints.items()}
                if name == ".step_up":
                    given["transaction_digest"] = transaction_digest(b"pay")
                given[parameter] = wrong
                called += 1
                try:
                    act(**given)
                except ElaasIdentityError:
                    continue
                except Exception as problem:
                    raise AssertionError((name, parameter, wrong)) from problem
    assert called > 300


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
def test_f55_each_act_says_what_is_missing_where_the_person_stands(tmp_path: Path, wrong: Any) -> None:
    """F55: the refusal would not be that of an empty field, or the flow would have moved on."""
    with made("sync-memory", tmp_path) as portal:
        portal.provision()
        browser = portal.browser()
        elaas, flow_id = portal.elaas, portal.identify(browser).flow_id
        email = refused(elaas.submit_email, flow_id, wrong, browser=browser)
        elaas.submit_email(flow_id, "clerk@sommut.example.go.th", browser=browser)
        code = refused(elaas.submit_one_time_code, flow_id, wrong, browser=browser)
        both = refused(elaas.confirm_and_set_password, flow_id, wrong, CHOSEN, browser=browser)
        elaas.submit_one_time_code(flow_id, portal.code(), browser=browser)
        password = refused(elaas.set_password, flow_id, wrong, browser=browser)
        elaas.set_password(flow_id, CHOSEN, browser=browser)
        credential = refused(elaas.begin, USERNAME, wrong, browser=browser)
        name = refused(elaas.begin, wrong, CHOSEN, browser=browser)
        callback = refused(
            elaas.receive_callback, b"" if isinstance(wrong, bytes) else wrong, browser=browser
        )
        session = session_of(portal, browser)
        current = refused(elaas.change_password, session, wrong, browser=browser)
        other = refused(elaas.current, flow_id, browser=wrong)
        nobody = refused(elaas.change_email, wrong, browser=browser)
        unsigned = refused(elaas.accounts.unlock, session.account_id, by=wrong, reason="order 7/2568")
    codes = [each.code for each in (email, code, both, password, credential, name, callback, current)]
    assert [
        "email_invalid",
        "one_time_code_malformed",
        "one_time_code_malformed",
        "password_too_short",
        "credential_wrong",
        "credential_wrong",
        "callback_malformed",
        "current_password_wrong",
    ] == codes
    assert ("browser_unknown", "sign_in_outdated") == (other.code, nobody.code)
    assert ("account_invalid", "by") == (unsigned.code, unsigned.field)
    assert email.progress is not None
    assert code.progress is not None
    assert 5 == code.progress.step.attempts_left  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "field", ["username", "agency_code", "agency_name", "province", "password", "kind", "person"]
)
@pytest.mark.parametrize("wrong", [None, 5, b"x", [], Anything()], ids=repr)
def test_f55_a_list_of_accounts_is_refused_by_its_field(tmp_path: Path, field: str, wrong: Any) -> None:
    """F55: a cell that a sheet left empty, or read as a number, ended the import in an `AttributeError`."""
    entry = NewAccount(
        username="laas-1",
        password=ISSUED,
        kind=AccountKind.LOCAL_GOVERNMENT,
        agency_code="1",
        agency_name="เทศบาลตำบลสมมติ",
        person=Expected(OFFICER.national_id),
    )
    with made("sync-memory", tmp_path) as portal:
        error = refused(
            portal.elaas.accounts.provision, [replace(entry, **{field: wrong})], by="admin-1", reason="list"
        )
    assert ("account_invalid", field) == (error.code, error.field)


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
def test_f55_values_that_stand_beside_an_act_take_anything(tmp_path: Path, wrong: Any) -> None:
    """F55: a browser or a session that a portal filled from its own store would raise at its first use."""
    with pytest.raises(ValueError, match="13 ASCII digits"):
        NationalID(wrong)
    with made("sync-memory", tmp_path) as portal:
        onboard(portal)
        browser = portal.browser()
        session = session_of(portal, browser)
        assert Browser.read(portal.keyring, wrong).is_new
        for broken in ({"address": wrong}, {"correlation_id": wrong}, {"form": wrong}):
            portal.elaas.recover(browser=replace(browser, **broken))
        assert "browser_unknown" == refused(portal.elaas.recover, browser=replace(browser, token=wrong)).code
        for name in ("ref", "account_id", "binding_id"):
            broken_session = replace(session, **{name: wrong})
            assert (
                "sign_in_outdated" == refused(portal.elaas.change_email, broken_session, browser=browser).code
            )


def test_f55_an_address_object_is_that_address() -> None:
    """F55: `ipaddress.ip_address(…)` is what a careful portal has at hand."""
    browser = Browser(token="t", address=ip_address("192.0.2.1"))  # type: ignore[arg-type]
    assert "192.0.2.1" == browser.address
