"""What acts ask of the outside, as text: one line for each thing, with names in the place of ids and digests.

    python -m tests.facade.effects_shown          writes what the acts do now into the files beside this one

A name such as `<flow 1>` or `<digest 2>` is given in the order in which it comes up, so that the text says what is the
same as what, and a new key or a further draw of randomness changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from elaas_identity import ElaasIdentityError, ProviderFailed
from elaas_identity.change import Budget, Change, Key, Unchanged
from elaas_identity.effects import (
    AuthorizationURL,
    CheckDeliverability,
    Commit,
    Effect,
    Hash,
    Load,
    Log,
    Pause,
    Redeem,
    Revoke,
    Send,
    Tell,
    Verify,
)
from elaas_identity.errors import ProviderFailedCode
from elaas_identity.flow.transitions import TABLE, Input, Purpose, Stage
from tests.facade.acts import Acts
from tests.facade.interposed import interposed
from tests.facade.kinds import BY_APP, BY_KIND, BY_PASSWORD
from tests.facade.portal import Portal, made
from tests.facade.refusing import Refusing
from tests.facade.test_events import acts_for
from tests.facade.test_refusals import OF_THE_APP, REFUSALS, TIGHT

HERE = Path(__file__).parent
OF_ROWS, OF_REFUSALS = HERE / "effects_of_rows.txt", HERE / "effects_of_refusals.txt"
OF_FAILURES = HERE / "effects_of_failures.txt"
Row = tuple[Purpose, Stage, Input]
_NAMED = re.compile(r"[0-9a-f]{32}|k1\.[A-Za-z0-9_.-]{20,}|\$argon2id\$\S+|[A-Za-z0-9_-]{43}")


class Shown:
    """Writes down effects as they are asked for, by what the store holds then."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        self.began = portal.clock()
        self.lines: list[str] = []
        self._names: dict[str, str] = {}

    def effect(self, effect: Effect) -> None:
        """One effect."""
        match effect:
            case Commit(change):
                self._line("commit", "")
                self._change(change)
            case Load(keys):
                self._line("load", ", ".join(self._key(key) for key in keys))
            case Tell(event):
                self._line("tell", "")
                self._record(event)
            case Send(mail):
                self._line("send", self._text((mail.recipient.value, mail.subject)))
            case Log(what, code):
                self._line("log", self._text((what, code)))
            case CheckDeliverability(address, timeout):
                self._line("check deliverability", self._text((address.value, timeout)))
            case Pause(length):
                self._line("pause", self._text(length > timedelta(0)))
            case AuthorizationURL(proof, max_age):
                self._line("authorization URL", self._text((proof.attempt_id, max_age)))
            case Redeem(callback, proof, now):
                self._line("redeem", self._text((callback, proof.attempt_id, now)))
            case Revoke(grant):
                self._line("revoke", self._text(grant.tokens))
            case _:
                self._line(type(effect).__name__.lower(), "")

    def answer(self, answer: object) -> None:
        """What the facade gave back, or raised."""
        if isinstance(answer, ElaasIdentityError):
            said = (answer.code, answer.field, answer.retry_after, answer.detail)
            self._line(type(answer).__name__, self._text(said))
            if answer.progress is not None:
                self._line("stands at", self._text(answer.progress))
        else:
            self._line("answers", self._text(answer))

    def _line(self, what: str, said: str) -> None:
        self.lines.append(f"{what} {said}".rstrip())

    def _change(self, change: Change) -> None:
        for record in change.writes:
            key = Key(type(record), record.id)
            before = self.portal.store.load(key).one(key)
            self.lines.append(f"  write {self._name_of(record)} version {record.version}")
            for each in fields(record):  # type: ignore[arg-type]
                value = getattr(record, each.name)
                if before is None or getattr(before, each.name) != value:
                    self.lines.append(f"    {each.name} = {self._text(value)}")
        for record in change.inserts:
            self._record(record)
        for event in change.tells:
            self.lines.append("  told, not stored:")
            self._record(event)
        for expects in change.expects:
            self.lines.append(f"  expect {self._expected(expects)}")
        for word, charges in (("charge", change.charges), ("refund", change.refunds)):
            for charge in charges:
                said = self._text((charge.id, charge.at, charge.life))
                self.lines.append(f"  {word} {self._budget(charge.budget)} {said}")
        for budget in change.clears:
            self.lines.append(f"  clear {self._budget(budget)}")
        if change.latest is not None:
            self.lines.append(f"  latest {self._text(change.latest)}")

    def _record(self, record: Any) -> None:
        self.lines.append(f"  insert {self._name_of(record)} version {record.version}")
        for each in fields(record):
            value = getattr(record, each.name)
            if each.name not in ("id", "version") and (each.default is MISSING or value != each.default):
                self.lines.append(f"    {each.name} = {self._text(value)}")

    def _expected(self, expects: Unchanged) -> str:
        fields_expected = {name: expects.fields[name] for name in sorted(expects.fields)}
        return f"{self._key(expects.key)} {self._text(fields_expected)}"

    def _key(self, key: Any) -> str:
        if isinstance(key, Budget):
            return self._budget(key)
        value = (
            key.value if isinstance(key.value, str) else f"{key.value.key.record.__name__}.{key.value.field}"
        )
        rest = self._text([part for part in (key.after, key.where) if part])
        limit = "" if key.limit == 100 else f" limit {key.limit}"
        return f"{key.record.__name__} by {key.field} {self._text(value)}{limit} {rest}".removesuffix(" []")

    def _budget(self, budget: Budget) -> str:
        locks = " locks" if budget.locks else ""
        return f"{budget.name} of {self._text(budget.subject)} {budget.limit} in {budget.window}{locks}"

    def _name_of(self, record: Any) -> str:
        return f"{type(record).__name__} {self._text(record.id)}"

    def _text(self, value: object) -> str:
        if isinstance(value, datetime):
            return f"begin + {value - self.began}"
        if isinstance(value, timedelta):
            return str(value)
        if isinstance(value, tuple | list):
            return f"[{', '.join(map(self._text, value))}]"
        if isinstance(value, Mapping):
            return f"{{{', '.join(f'{name}: {self._text(part)}' for name, part in value.items())}}}"
        if is_dataclass(value) and not isinstance(value, type):
            shown = (f"{each.name}: {self._text(getattr(value, each.name))}" for each in fields(value))
            return f"{type(value).__name__}({', '.join(shown)})"
        return _NAMED.sub(self._named, str(value))

    def _named(self, found: re.Match[str]) -> str:
        return self._names.setdefault(found[0], f"<{len(self._names) + 1}>")


@contextmanager
def last_call(portal: Portal, before: Callable[[Shown, Effect], None] | None = None) -> Iterator[Shown]:
    """Of the calls within, the effects of the last one, and what it answered; `before` each of them one may fail."""
    shown, run = Shown(portal), portal.elaas._driver.run

    def begun(act: Any) -> Any:
        shown.lines.clear()
        try:
            answer = run(act)
        except ElaasIdentityError as error:
            shown.answer(error)
            raise
        shown.answer(answer)
        return answer

    def seen(effect: Effect) -> None:
        if before is not None:
            before(shown, effect)
        shown.effect(effect)

    portal.elaas._driver.run = begun
    with interposed(portal, seen), suppress(ElaasIdentityError):
        yield shown


def of_row(folder: Path, purpose: Purpose, stage: Stage, happened: Input) -> list[str]:
    """What the act does by which a row of the table happens."""
    with made("sync-memory", folder, BY_KIND) as portal:
        acts = acts_for(portal, purpose, stage, happened)
        acts.arrive(purpose, stage)
        with last_call(portal) as shown:
            getattr(acts, happened.value)()
    return shown.lines


def of_refusal(folder: Path, code: str, refusing: Refusing) -> list[str]:
    """What the act does that is refused."""
    with made("sync-memory", folder, TIGHT.get(code, BY_KIND)) as portal:
        acts = Acts(portal, BY_APP if code in OF_THE_APP else BY_PASSWORD)
        with last_call(portal) as shown:
            refusing(acts)
    return shown.lines


def of_failure(
    folder: Path, row: Row, failing: type[Effect], code: ProviderFailedCode, store_fails_too: bool
) -> list[str]:
    """What the act does by which a row happens, once a provider has failed at the first such effect of it.

    Nothing where it has no such effect.
    """
    failed = False

    def before(shown: Shown, effect: Effect) -> None:
        nonlocal failed
        if isinstance(effect, failing) and not failed:
            failed = True
            shown.lines.clear()
            raise ProviderFailed(code)
        if failed and store_fails_too and isinstance(effect, (Commit, Load)):
            shown.effect(effect)
            raise ProviderFailed("store_unavailable")

    with made("sync-memory", folder, BY_KIND) as portal:
        acts = acts_for(portal, *row)
        acts.arrive(*row[:2])
        with last_call(portal, before) as shown:
            getattr(acts, row[2].value)()
    return shown.lines if failed else []


FAILURES: tuple[tuple[Row, type[Effect], tuple[ProviderFailedCode, ...]], ...] = (
    (
        (Purpose.ONBOARDING, Stage.EMAIL, Input.EMAIL_GIVEN),
        Send,
        ("mail_recipient_refused", "mail_not_accepted", "mail_outcome_unknown"),
    ),
    ((Purpose.ONBOARDING, Stage.PASSWORD, Input.PASSWORD_SET), Send, ("mail_not_accepted",)),
    ((Purpose.ONBOARDING, Stage.PASSWORD, Input.PASSWORD_SET), Hash, ("hashing_failed",)),
    ((Purpose.ONBOARDING, Stage.ONE_TIME_CODE, Input.CODE_AND_PASSWORD_SET), Hash, ("hashing_failed",)),
    ((Purpose.ONBOARDING, Stage.APPROVAL, Input.APPROVED), Send, ("mail_outcome_unknown",)),
    ((Purpose.EMAIL_CHANGE, Stage.ONE_TIME_CODE, Input.CODE_CONFIRMED), Send, ("mail_not_accepted",)),
    (
        (Purpose.ONBOARDING, Stage.IDENTITY, Input.IDENTITY_VERIFIED),
        Redeem,
        ("identity_provider_unavailable",),
    ),
    (
        (Purpose.ONBOARDING, Stage.IDENTITY, Input.IDENTITY_VERIFIED),
        Revoke,
        ("identity_provider_unavailable",),
    ),
    ((Purpose.SIGN_IN, Stage.START, Input.CREDENTIAL_ACCEPTED), Verify, ("hashing_failed",)),
    ((Purpose.IDENTITY_FIRST, Stage.CREDENTIAL, Input.CREDENTIAL_ACCEPTED), Verify, ("hashing_failed",)),
)
"""An act, the effect of it at which a provider fails, and how it fails there."""
SECTIONS_OF_FAILURES = {
    f"{' / '.join(row)}, {code} at {failing.__name__.lower()}{', and the store' if too else ''}": (
        row,
        failing,
        code,
        too,
    )
    for row, failing, codes in FAILURES
    for code in codes
    for too in (False, True)
}


def title(number: int, code: str) -> str:
    """A refusal's place among those of tests/facade/test_refusals.py, and its code."""
    return f"{number} {code}"


def read(path: Path) -> dict[str, list[str]]:
    """The lines of each section, by its title."""
    sections = path.read_text(encoding="utf-8").split("## ")[1:]
    return {name: text.strip().splitlines() for name, _, text in (each.partition("\n") for each in sections)}


def write(path: Path, sections: Mapping[str, list[str]]) -> None:
    """As `read` reads them."""
    text = "\n".join("\n".join((f"## {name}", *lines, "")) for name, lines in sections.items())
    path.write_text(text, encoding="utf-8")


def main() -> None:
    """Write down what the acts do now."""
    rows, refusals = dict[str, list[str]](), dict[str, list[str]]()
    for row in TABLE:
        with TemporaryDirectory() as folder:
            rows[" / ".join(row)] = of_row(Path(folder), *row)
    for number, (code, *_, refusing) in enumerate(REFUSALS):
        with TemporaryDirectory() as folder:
            refusals[title(number, code)] = of_refusal(Path(folder), code, refusing)
    failures = dict[str, list[str]]()
    for name, section in SECTIONS_OF_FAILURES.items():
        with TemporaryDirectory() as folder:
            failures[name] = of_failure(Path(folder), *section)
    write(OF_FAILURES, failures)
    write(OF_ROWS, rows)
    write(OF_REFUSALS, refusals)


if __name__ == "__main__":
    main()
