"""Every public method with any text at all (R9.3): only errors of this library's come out, and each is typed."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from elaas_identity import (
    AccountKind,
    Browser,
    ElaasIdentity,
    ElaasIdentityError,
    FirstUse,
    Keyring,
    NationalID,
    NewAccount,
    ProviderFailed,
)
from elaas_identity._sync.accounts import Accounts
from elaas_identity._sync.sessions import Sessions
from elaas_identity.providers.sql import upgrade
from tests.facade.portal import CHOSEN, ISSUED, USERNAME
from tests.faults.world import ADDRESS, Faults, Person, World
from tests.fuzz.acts_after_onboarding import ACTS_AFTER, Life, a_life
from tests.fuzz.any_text import WithText, any_text
from tests.fuzz.model_table import STEP

HOSTILE = (
    "",
    " ",
    "\x00",
    "a\x00b",
    "\ud800",
    "ok\udfff",
    "\u202etxt.exe\u202c",
    "\u2066\u2069",
    "\r\nSet-Cookie: a=b\r\n\r\n",
    "\x1b[2J\x1b]0;owned\x07",
    "' OR '1'='1' --",
    "{0.__class__}%s%n",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "ก" * 5_000,
    "x" * 100_000,
    "\U0010ffff" * 100,
    "a@b@c",
    "a@\u202eexample.com",
    '"\r\n"@example.com',
    "a@xn--",
    "a@[127.0.0.1]",
    "👨‍👩‍👧‍👦" * 20,
    "ﷺ" * 400,
    "0" * 8,
    "١٢٣٤٥٦٧٨",
)
anything = st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(codec=None), max_size=40))
HOW = settings(
    max_examples=40,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)


class Scene:
    """A portal, and a flow at the stage that an act wants."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.elaas: ElaasIdentity = world.facade(Faults())
        self.person = Person(world).use(self.elaas)

    @property
    def browser(self) -> Browser:
        """The person's."""
        return self.person.browser

    def at(self, stage: str) -> str:
        """A flow that stands there: the last one, or else one begun with a fresh letter."""
        if self.person.flow_id is None or self._shown() != STEP[stage]:
            self.world.clock.shift(hours=2)
            self.person.password_given = False
            self.person.call_the_administrator()
            self.person.go_on(until=lambda: self.person.flow_id is not None and self._shown() == STEP[stage])
        assert self.person.flow_id is not None
        return self.person.flow_id

    def _shown(self) -> str:
        assert self.person.flow_id is not None
        return str(self.elaas.current(self.person.flow_id, browser=self.person.browser).step.kind)


@pytest.fixture(scope="module", params=["sync-memory", "sync-sqlite"])
def scene(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    template: Path = tmp_path_factory.mktemp("template") / "elaas.db"
    if request.param.endswith("sqlite"):
        upgrade(f"sqlite:///{template}")
    world = World(request.param, tmp_path_factory.mktemp("world"), template, lambda answer: answer)
    yield Scene(world)
    world.close()


@pytest.fixture(scope="module", params=["sync-memory", "sync-sqlite"])
def life(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    with a_life(request.param, tmp_path_factory.mktemp("life")) as prepared:
        yield prepared


def letter(scene: Scene, **changes: Any) -> NewAccount:
    entry: dict[str, Any] = {
        "username": f"laas-{scene.world.random.below(10**12):012}",
        "password": ISSUED,
        "kind": AccountKind.LOCAL_GOVERNMENT,
        "agency_code": "5100101",
        "agency_name": "เทศบาลตำบลสมมติ",
        "person": FirstUse(),
        **changes,
    }
    return NewAccount(**entry)


def provisioned(field: str) -> Callable[[Scene, str], Any]:
    def act(scene: Scene, text: str) -> Any:
        changes = {field: text} | ({"password": None} if field == "password_hash" else {})
        (made,) = scene.elaas.accounts.provision([letter(scene, **changes)], by="a", reason="b")
        return scene.elaas.accounts.find(made.account.username)

    return act


OPENS_FOR: dict[str, Any] = {"person": FirstUse()}
ACTS: dict[str, WithText] = {
    **any_text("begin", "username", "password", "browser.address", "browser.correlation_id",
               username=USERNAME, password=ISSUED),
    **any_text("authorize", "flow_id"),
    **any_text("receive_callback", "raw_query"),
    "receive_callback.state": lambda s, text: s.elaas.receive_callback(
        f"code=a&state={text}", browser=s.browser
    ),
    **any_text("submit_email", "flow_id", email=ADDRESS),
    **any_text("submit_email", "email", stage="email"),
    **any_text("resend_one_time_code", "flow_id"),
    **any_text("submit_one_time_code", "flow_id", one_time_code="12345678"),
    **any_text("submit_one_time_code", "one_time_code", stage="one_time_code"),
    **any_text("set_password", "flow_id", new_password=CHOSEN),
    **any_text("set_password", "new_password", stage="password"),
    **any_text("confirm_and_set_password", "one_time_code", "new_password", stage="one_time_code",
               one_time_code="12", new_password=CHOSEN),
    **any_text("current", "flow_id"),
    **any_text("current", "browser.token", stage="email"),
    **any_text("recover", "browser.address"),
    **any_text("choose_account", "flow_id", account_id="nobody"),
    **any_text("choose_account", "account_id", flow_id=lambda s: s.elaas.recover(browser=s.browser).flow_id),
    **any_text("cancel", "flow_id"),
    "browser.read": lambda s, text: Browser.read(s.world.keyring, text, random=bytes(32)),
    **any_text("accounts.find", "username"),
    **any_text("accounts.get", "account_id"),
    **any_text("accounts.page", "after"),
    **{
        key: act
        for administered in ("reissue", "unlock", "suspend", "restore", "close_account", "hand_over", "set_expected")
        for key, act in any_text(
            f"accounts.{administered}", "account_id", "by", account_id="nobody", by="admin-1", reason="letter",
            **(OPENS_FOR if administered in ("hand_over", "set_expected") else {}),
        ).items()
    },
    **any_text("accounts.reissue", "by", account_id=lambda s: s.world.account_id),
    **any_text("accounts.unlock", "by", account_id=lambda s: s.world.account_id),
    **any_text("accounts.rekey", "retired"),
    **any_text("accounts.provision", "by", new=lambda s: [letter(s)]),
    **{
        f"accounts.provision.{field}": provisioned(field)
        for field in (
            "username",
            "password",
            "password_hash",
            "agency_code",
            "agency_name",
            "province",
            "contact",
        )
    },
    "keyring.secret": lambda s, text: Keyring({"k1": text}, current="k1"),
    "keyring.id": lambda s, text: Keyring({text: bytes(32)}, current=text),
    "keyring.environment": lambda s, text: Keyring.from_env({"ELAAS_IDENTITY_KEYS": text}),
}  # fmt: skip


def test_every_public_method_is_among_them() -> None:
    """A method added later would not be looked at."""
    elaas = {name for name, _ in inspect.getmembers(ElaasIdentity, inspect.isfunction) if name[0] != "_"}
    assert {"close", "purge"} == elaas - {name.partition(".")[0] for name in (*ACTS, *ACTS_AFTER)}
    acts = [name.split(".") for name in (*ACTS, *ACTS_AFTER)]
    for part, of in (("accounts", Accounts), ("sessions", Sessions)):
        methods = {name for name, _ in inspect.getmembers(of, inspect.isfunction) if name[0] != "_"}
        assert set() == methods - {name[1] for name in acts if name[0] == part}


@pytest.mark.parametrize("act", ACTS)
def test_r9_3_any_text_ends_in_an_answer_or_a_typed_error(scene: Scene, act: str) -> None:
    """A text that nobody thought of would end in a 500, and its traceback in somebody's logs."""
    any_text_is_answered(lambda text: ACTS[act](scene, text), retired_key=act == "accounts.rekey.retired")


@pytest.mark.parametrize("act", ACTS_AFTER)
def test_r9_3_any_text_after_onboarding_ends_in_an_answer_or_a_typed_error(life: Life, act: str) -> None:
    """The same, of what somebody signed in, somebody proven, or an administrator asks for."""
    any_text_is_answered(lambda text: ACTS_AFTER[act](life, text))


def any_text_is_answered(act: Callable[[str], Any], *, retired_key: bool = False) -> None:
    """Whatever the text: an answer, or an error of this library's that does not repeat it."""

    @HOW
    @example("\ud800")
    @example("a\x00b")
    @example("sign_in_")
    @example("x" * 100_000)
    @given(anything)
    def any_text(text: str) -> None:
        try:
            act(text)
        except ElaasIdentityError as error:
            # The text is at fault, and no provider: a store is never asked what it cannot answer.
            # (A retired key is looked up as it is named; only the operator names it.)
            assert not isinstance(error, ProviderFailed) or retired_key, error
            # Words of ours, which Hypothesis draws from the source too, are told whatever was given.
            public = f"{error.code}{error.message}"
            assert len(text) < 8 or text in public or text not in f"{error}{error.args}"
            assert error.message.th
            assert error.message.en

    any_text()


def refusal_of(text: str) -> str:
    """What a national ID that is none is told."""
    with pytest.raises(ValueError) as refused:
        NationalID(text)
    return f"{refused.value}{refused.value.args}"


@given(anything)
@HOW
def test_a_national_id_is_one_or_a_value_error_that_does_not_repeat_it(text: str) -> None:
    """What was typed for a national ID would be in an error's text."""
    try:
        NationalID(text)
    except ValueError as error:
        ours = "".join(map(refusal_of, ("", "1234567890123")))  # the same words, whatever was given
        assert len(text) < 4 or text in ours or text not in f"{error}{error.args}"


@pytest.mark.parametrize("wrong_type", [None, 7, b"bytes", ["list"], {"a": "mapping"}, 1.5])
def test_a_wrong_type_is_the_callers_mistake_and_changes_nothing(scene: Scene, wrong_type: Any) -> None:
    """A portal's own mistake would be stored, or move somebody's flow."""
    before = scene.elaas.current(scene.at("email"), browser=scene.person.browser)
    for act in (
        "begin.username",
        "begin.password",
        "submit_email.email at email",
        "receive_callback.raw_query",
        "current.flow_id",
        "cancel.flow_id",
    ):
        # It may look at the text first and refuse it; a flow it may not move.
        with pytest.raises((TypeError, AttributeError, ElaasIdentityError)):
            ACTS[act](scene, wrong_type)
    assert before == scene.elaas.current(before.flow_id, browser=scene.person.browser)
