"""A world in which any call to a provider can fail, and a person who wants to get through it all the same."""

from __future__ import annotations

import asyncio
import inspect
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from elaas_identity import (
    AccountKind,
    AsyncElaasIdentity,
    Browser,
    ElaasIdentity,
    ElaasIdentityError,
    Ended,
    EnterOneTimeCode,
    Expected,
    FirstUse,
    FlowPolicy,
    Keyring,
    NewAccount,
    PasswordSet,
    Progress,
    ProvideEmail,
    Refused,
    SetPassword,
    SignedIn,
    VerifyIdentity,
)
from elaas_identity.flow.policy import FOR_TESTS
from elaas_identity.flow.transitions import Stage
from elaas_identity.oidc.authorization import AttemptProof, Callback
from elaas_identity.oidc.token import Grant
from elaas_identity.providers.memory import AsyncMemoryStore, MemoryStore
from elaas_identity.providers.sql import AsyncSQLStore, SQLStore
from elaas_identity.testing.clock import SeededRandom, SteppingClock
from elaas_identity.testing.outbox import AsyncOutbox, Outbox
from tests.facade.portal import (
    CHOSEN,
    ISSUED,
    OFFICER,
    SECRET,
    USERNAME,
    AsyncScriptedIdentityProvider,
    Driven,
    ScriptedIdentityProvider,
    code_in,
)
from tests.world.actor import Killed
from tests.world.stepping import SAYS

ADDRESS, CONTACT = "clerk@sommut.example.go.th", "palad@sommut.example.go.th"
THE_OFFICER = Expected(OFFICER.national_id)
Mode = Literal["raises before", "raises after", "dies after"]
MODES: tuple[Mode, ...] = ("raises before", "raises after", "dies after")

_PORT_CALLS = frozenset({"load", "commit", "authorization_url", "redeem", "revoke", "send"})


@dataclass
class Faults:
    """Counts the calls to the providers, and lets one of them fail."""

    at: int | None = None
    mode: Mode = "raises before"
    calls: list[str] = field(default_factory=list)
    struck: bool = False
    identity_given: bool = False
    """A grant was handed to the library: from then on, and not before, the person is proven."""

    def strikes(self, name: str) -> bool:
        """Whether it is this call's turn to fail."""
        self.calls.append(name)
        mine = self.at == len(self.calls) - 1
        self.struck |= mine
        return mine

    def fail(self) -> None:
        """As the mode says."""
        if self.mode == "dies after":
            raise Killed
        raise ConnectionResetError(SAYS)


class Faulty:
    """A provider whose calls are counted, one of which may fail."""

    def __init__(self, name: str, provider: Any, faults: Faults) -> None:
        self._name, self._provider, self._faults = name, provider, faults

    def __getattr__(self, method: str) -> Any:
        found = getattr(self._provider, method)
        if method not in _PORT_CALLS:
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            strikes = self._faults.strikes(f"{self._name}.{method}")
            if strikes and self._faults.mode == "raises before":
                self._faults.fail()
            answer = found(*args, **kwargs)
            if inspect.isawaitable(answer):
                return self._later(method, answer, strikes)
            return self._now(method, answer, strikes)

        return call

    async def _later(self, method: str, answer: Any, strikes: bool) -> Any:
        return self._now(method, await answer, strikes)

    def _now(self, method: str, answer: Any, strikes: bool) -> Any:
        if strikes:
            self._faults.fail()
        self._faults.identity_given |= method == "redeem"
        return answer


class RememberingIdentityProvider(ScriptedIdentityProvider):
    """Knows which states it was asked about."""

    def __init__(self, clock: SteppingClock) -> None:
        super().__init__(clock)
        self.states: list[str] = []

    def redeem(self, callback: Callback, proof: AttemptProof, *, now: Any) -> Grant:
        self.states.append(callback.state)
        return super().redeem(callback, proof, now=now)


class World:
    """One account, its store, its mailbox, its identity provider; and as many processes of the portal as it takes."""

    def __init__(
        self,
        flavour: str,
        folder: Path,
        template: Path | None,
        run: Callable[[Any], Any],
        seed: int = 7,
        *,
        policy: FlowPolicy = FOR_TESTS,
        opens_for: Expected | FirstUse = THE_OFFICER,
    ) -> None:
        """Over a copy of the template; without one, in a world that others have left."""
        self.flavour, self.run = flavour, run
        self.clock, self.keyring = SteppingClock(), Keyring({"k1": SECRET}, current="k1")
        self.idp, self.outbox = RememberingIdentityProvider(self.clock), Outbox()
        self.random = SeededRandom(seed)
        self.policy, self.opens_for = policy, opens_for
        self.memory = MemoryStore()
        self.url = f"sqlite:///{folder / 'elaas.db'}"
        self._opened: list[Any] = []
        self.source: Callable[[], Any] = lambda: self.url
        """What the next process opens its database by."""
        if flavour.endswith("sqlite") and template is not None:
            for old in folder.glob("elaas.db*"):
                old.unlink()
            shutil.copy(template, folder / "elaas.db")
        self.inspected: Any = self.memory if flavour.endswith("memory") else self._open(SQLStore(self.url))
        # A list may be run twice: whoever comes later finds the account.
        admin = self.facade(Faults())
        (made,) = admin.accounts.provision([self.letter()], by="admin-1", reason="letter 1/2567")
        self.account_id: str = made.account.id

    def letter(self) -> NewAccount:
        return NewAccount(
            username=USERNAME,
            password=ISSUED,
            kind=AccountKind.LOCAL_GOVERNMENT,
            agency_code="5100101",
            agency_name="เทศบาลตำบลสมมติ",
            person=self.opens_for,
            contact=CONTACT,
        )

    def _open(self, opened: Any) -> Any:
        self._opened.append(opened)
        return opened

    def facade(self, faults: Faults) -> Any:
        """A process of the portal, started just now, whose calls to its providers may fail."""
        common: dict[str, Any] = {
            "keyring": self.keyring,
            "policy": self.policy,
            "clock": self.clock,
            "random": self.random,
        }
        if self.flavour.startswith("sync"):
            store: Any = (
                self.memory if self.flavour.endswith("memory") else self._open(SQLStore(self.source()))
            )
            return self._open(
                ElaasIdentity(
                    identity_provider=Faulty("idp", self.idp, faults),
                    mailer=Faulty("mailer", self.outbox, faults),
                    store=Faulty("store", store, faults),
                    **common,
                )
            )
        outbox = AsyncOutbox()
        outbox.outbox = self.outbox
        store = (
            AsyncMemoryStore(self.memory)
            if self.flavour.endswith("memory")
            else self._open(Driven(AsyncSQLStore(self.source()), self.run))._driven
        )
        elaas = AsyncElaasIdentity(
            identity_provider=Faulty("idp", AsyncScriptedIdentityProvider(self.idp), faults),
            mailer=Faulty("mailer", outbox, faults),
            store=Faulty("store", store, faults),
            **common,
        )
        return self._open(Driven(elaas, self.run))

    def close(self) -> None:
        for opened in reversed(self._opened):
            opened.close()


@contextmanager
def a_world(flavour: str, folder: Path, template: Path, **options: Any) -> Iterator[Callable[[], World]]:
    """Makes worlds, one after another, and takes them down."""
    worlds: list[World] = []
    with asyncio.Runner() as runner:

        def make() -> World:
            if worlds:
                worlds.pop().close()
            worlds.append(World(flavour, folder, template, runner.run, **options))
            return worlds[-1]

        try:
            yield make
        finally:
            for world in worlds:
                world.close()


class Person:
    """Does what the page offers, keeps going, and remembers what they have really done."""

    def __init__(self, world: World, *, single_form: bool = False) -> None:
        self.world, self.single_form = world, single_form
        self.browser = Browser.new(world.keyring, random=bytes(32), address="192.0.2.1")
        self.elaas: Any = None
        self.flow_id: str | None = None
        self.flows: list[str] = []
        self.queries: list[str] = []
        self.codes_typed: list[str] = []
        self.password_given = self.email_given = False
        self.reissued = 0
        self.password = ISSUED
        self.signed_in = False

    def use(self, elaas: Any) -> Person:
        """Talk to this process of the portal from now on."""
        self.elaas = elaas
        return self

    def act(self) -> None:
        """One act: what the page that they see offers. Only typed errors come out, or the process dies."""
        if self.flow_id is None:
            self._sign_in()
            return
        step = self.elaas.current(self.flow_id, browser=self.browser).step
        match step:
            case VerifyIdentity():
                self._verify()
            case ProvideEmail():
                self.email_given = True
                self.elaas.submit_email(self.flow_id, ADDRESS, browser=self.browser)
            case EnterOneTimeCode():
                self._code(step)
            case SetPassword():
                self.password_given = True
                self.elaas.set_password(self.flow_id, CHOSEN, browser=self.browser)
            case Ended():
                self.flow_id = None
            case _:
                raise AssertionError(f"`current` answered {step!r}")

    def _sign_in(self) -> None:
        # Whoever has given a password of their own tries it first; then the letter.
        passwords = [CHOSEN, self.password] if self.password_given else [self.password]
        refused: Refused | None = None
        for password in passwords:
            try:
                progress: Progress = self.elaas.begin(USERNAME, password, browser=self.browser)
            except Refused as error:
                refused = error
                continue
            if isinstance(progress.step, SignedIn):
                assert CHOSEN == password
                self.signed_in = True
            else:
                self.flow_id = progress.flow_id
                self.flows.append(progress.flow_id)
            return
        assert refused is not None
        raise refused

    def _verify(self) -> None:
        request = self.elaas.authorize(self.flow_id, browser=self.browser)
        (state,) = parse_qs(urlsplit(request.url).query)["state"]
        self.queries.append(f"code=authorization-code&state={state}")
        self.elaas.receive_callback(self.queries[-1], browser=self.browser)

    def _code(self, step: EnterOneTimeCode) -> None:
        mails = [mail for mail in self.world.outbox.mails if step.reference in mail.subject]
        assert len(mails) <= 1, "one code was mailed twice"
        if not mails:
            self.world.clock.shift(max(step.resend_at - self.world.clock(), timedelta(0)))
            self.elaas.resend_one_time_code(self.flow_id, browser=self.browser)
            return
        code = code_in(mails[0].text)
        self.codes_typed.append(code)
        if self.single_form:
            self.password_given = True
            progress = self.elaas.confirm_and_set_password(self.flow_id, code, CHOSEN, browser=self.browser)
            assert isinstance(progress.step, PasswordSet)
        else:
            self.elaas.submit_one_time_code(self.flow_id, code, browser=self.browser)

    def click_again(self) -> None:
        """A reload, or an impatient second click: whatever was sent already is sent once more."""
        for query in self.queries:
            with suppress(ElaasIdentityError):
                self.elaas.receive_callback(query, browser=self.browser)
        for code in self.codes_typed:
            with suppress(ElaasIdentityError):
                self.elaas.submit_one_time_code(self.flow_id or "", code, browser=self.browser)

    def call_the_administrator(self) -> None:
        """The last resort: a letter that works again."""
        self.reissued += 1
        self.password = self.elaas.accounts.reissue(
            self.world.account_id, by="admin-1", reason="officer called"
        ).password
        self.flow_id = None

    def go_on(self, until: Callable[[], bool] = lambda: False, acts: int = 30) -> None:
        """Act until signed in with the password they chose, or until told to stop."""
        for _ in range(acts):
            if self.signed_in or until():
                return
            try:
                self.act()
            except Refused as refused:
                if refused.retry_after is not None:
                    self.world.clock.shift(refused.retry_after)
                elif refused.code == "credential_wrong":
                    self.call_the_administrator()
                elif until():
                    return
            except ElaasIdentityError:
                if until():
                    return
        assert self.signed_in or until(), f"no act leads on from {self.flow_id}"

    def proven(self, faults: Faults) -> set[Stage]:
        """The stages in which a flow of theirs may stand, by what they have really done."""
        stages = {Stage.IDENTITY, Stage.ENDED}
        if faults.identity_given:
            stages.add(Stage.EMAIL)
            if self.email_given:
                stages.add(Stage.ONE_TIME_CODE)
            if self.codes_typed and not self.single_form:
                stages.add(Stage.PASSWORD)
            if self.codes_typed and self.password_given:
                stages.add(Stage.DONE)
        return stages


def unfinished(error: BaseException) -> bool:
    """Whether it is what a caller may see: typed, and without the fault's own text."""
    return isinstance(error, ElaasIdentityError) and SAYS not in f"{error}{error.args}{error.__dict__}"
