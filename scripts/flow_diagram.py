"""Writes the generated parts of docs/flow.md: diagram, steps, calls, limits, refusals. So they cannot lie.

    python scripts/flow_diagram.py            write
    python scripts/flow_diagram.py --check    write nothing; fail where the page is not what this would write

The diagram comes from the table of stages, the steps and limits from their classes, the refusals from the catalogues.
The calls come from that table, the facade's signatures and docstrings, and the table of the JSON interface.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import fields, is_dataclass
from datetime import timedelta
from pathlib import Path
from typing import get_args

from elaas_identity import ElaasIdentity
from elaas_identity.errors import MisconfiguredCode, ProviderFailedCode, RefusedCode
from elaas_identity.flow.outcomes import EndReason
from elaas_identity.flow.policy import MANDATED, FlowPolicy, Limit
from elaas_identity.flow.standing import ACTIONS
from elaas_identity.flow.steps import Step
from elaas_identity.flow.transitions import TABLE, Input, Purpose, Row, Stage
from elaas_identity.messages import say
from elaas_identity.web.api import OPERATIONS
from elaas_identity.web.openapi import openapi

PAGE = Path(__file__).resolve().parent.parent / "docs" / "flow.md"
PART = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end of generated -->)", re.DOTALL)


KIND = {
    Stage.IDENTITY: "verify_identity",
    Stage.ACCOUNT: "choose_account",
    Stage.CREDENTIAL: "provide_credential",
    Stage.AUTHENTICATOR_CODE: "enter_authenticator_code",
    Stage.AUTHENTICATOR: "enrol_authenticator",
    Stage.EMAIL: "provide_email",
    Stage.ONE_TIME_CODE: "enter_one_time_code",
    Stage.PASSWORD: "set_password",
    Stage.APPROVAL: "await_approval",
    Stage.PROOF: "step_up_proof",
}
"""The step that a person sees at each stage."""

BEGINNINGS = {
    "nobody is signed in": ("begin", "begin_with_thaid", "recover"),
    "somebody is signed in": ("change_email", "change_password", "enrol_authenticator", "step_up"),
}


def in_order() -> list[tuple[tuple[Purpose, Stage, Input], Row]]:
    """The table's rows, in the order in which purposes, stages and inputs are declared."""
    declared = {value: place for place, value in enumerate((*Purpose, *Stage, *Input))}
    return sorted(TABLE.items(), key=lambda entry: [declared[value] for value in entry[0]])


def diagram() -> Iterator[str]:
    """One Mermaid state diagram for each purpose; inputs that share both ends share an arrow."""
    for purpose in Purpose:
        arrows: dict[tuple[Stage, Stage], list[str]] = defaultdict(list)
        for (of, stage, happened), row in in_order():
            if of is purpose:
                arrows[stage, row.stage].append(happened.value)
        yield f"### {_words(purpose)}"
        yield ""
        yield "```mermaid"
        yield "stateDiagram-v2"
        for (stage, following), happened_there in arrows.items():
            yield f"    {_node(stage)} --> {_node(following)}: {', '.join(happened_there)}"
        yield f"    {Stage.DONE.value} --> [*]"
        if any(following is Stage.ENDED for _, following in arrows):
            yield f"    {Stage.ENDED.value} --> [*]"
        yield "```"
        yield ""


def rows() -> Iterator[str]:
    """The whole table, with the event that each row writes."""
    yield "| purpose | stage | input | next stage | event |"
    yield "|---|---|---|---|---|"
    for (purpose, stage, happened), row in in_order():
        yield f"| {purpose} | `{stage}` | `{happened}` | `{row.stage}` | `{row.event}` |"


def steps() -> Iterator[str]:
    """The typed values that a page renders."""
    yield "| step | `kind` | what your page does |"
    yield "|---|---|---|"
    for step in get_args(Step):
        kind = next(field.default for field in fields(step) if field.name == "kind")
        yield f"| `{step.__name__}` | `{kind}` | {_first_paragraph(inspect.getdoc(step) or '')} |"
    yield ""
    yield "Why a flow has ended:"
    yield ""
    for reason in get_args(EndReason):
        yield f"- `{reason}`: {say(f'ended.{reason}').en}"


def calls() -> Iterator[str]:
    """What may be called at each step, with which arguments, and what is refused."""
    yield "| step | call | as JSON, below `/api` | refused with |"
    yield "|---|---|---|---|"
    for when, acts in BEGINNINGS.items():
        for act in acts:
            yield _call(f"none; {when}", act)
    for stage, kind in KIND.items():
        of_stage = [purpose for purpose in Purpose if any(row[:2] == (purpose, stage) for row in TABLE)]
        for act, happened in ACTIONS:
            if act == "cancel":
                continue
            purposes = [purpose for purpose in of_stage if (purpose, stage, happened) in TABLE]
            if not purposes:
                continue
            some = "" if purposes == of_stage else f" ({', '.join(map(_words, purposes)).lower()})"
            yield _call(f"`{kind}`", act, some)
            if act == "authorize":
                yield _call(f"`{kind}`, back from ThaID", "receive_callback")
    yield _call("each of these", "cancel")


def _call(step: str, act: str, some: str = "") -> str:
    taken = [name for name in inspect.signature(getattr(ElaasIdentity, act)).parameters if name != "self"]
    call = f"`{act}({', '.join(name if name != 'browser' else 'browser=…' for name in taken)})`"
    refused = refused_by(act)
    operation = next((route for route in OPERATIONS if route.act == act), None)
    if operation is None:  # for the portal's own pages
        return f"| {step} | {call} | | {', '.join(f'`{code}`' for code in refused)} |"
    body = ", ".join(f"`{name}`" for name in operation.fields) or "`{}`"
    # Without a session, nobody has to sign in again: what would say so is something to correct.
    corrected = {} if operation.session else {"401": "422"}
    codes = ", ".join(f"`{code}` {corrected.get(_STATUS[code], _STATUS[code])}" for code in refused)
    return f"| {step} | {call}{some} | `POST {operation.path}` {body} | {codes} |"


def refused_by(act: str) -> list[str]:
    """The codes that an act's docstring names as its own, in that order."""
    told = (inspect.getdoc(getattr(ElaasIdentity, act)) or "").partition("Refused:")[2]
    told = re.split(r"\n\s*(?:ProviderFailed|Misconfigured):", told)[0]
    codes = [code for code in re.findall(r"`(\w+)`", told) if code in get_args(RefusedCode)]
    for others in re.findall(r"as `(\w+)`(?: and `(\w+)`)?", told):
        codes += [code for other in others if other for code in refused_by(other)]
    return list(dict.fromkeys(codes))


def _status_of_codes() -> dict[str, str]:
    """The HTTP status of each code, by the examples of the OpenAPI document."""
    statuses: dict[str, str] = {}
    for response in openapi("")["components"]["responses"].values():
        for code, example in response["content"]["application/problem+json"]["examples"].items():
            statuses[code] = str(example["value"]["status"])
    return statuses


_STATUS = _status_of_codes()


def limits() -> Iterator[str]:
    """The policy's numbers with the reason that stands beside each in the source."""
    yield "| setting | default | why |"
    yield "|---|---|---|"
    for name, reason in _field_reasons(FlowPolicy):
        yield f"| `{name}` | {_shown(getattr(MANDATED, name))} | {_first_paragraph(reason)} |"


def refusals() -> Iterator[str]:
    """Every code with what the person reads."""
    for heading, codes in (
        ("Refused: the person's act is not accepted", RefusedCode),
        ("ProviderFailed: try again", ProviderFailedCode),
        ("Misconfigured: call the portal's developer", MisconfiguredCode),
    ):
        yield f"### {heading}"
        yield ""
        yield "| code | what the person reads |"
        yield "|---|---|"
        for code in get_args(codes):
            said = say(f"error.{code}", seconds="…")
            yield f"| `{code}` | {_cell(said.th)}<br>{_cell(said.en)} |"
        yield ""


PARTS: dict[str, Callable[[], Iterator[str]]] = {
    part.__name__: part for part in (diagram, rows, steps, calls, limits, refusals)
}


def rewritten(page: str) -> str:
    """The page with every generated part made anew.

    Raises:
        KeyError: a marker names a part that does not exist, or a part has no marker.
    """
    missing = PARTS.keys() - {found[2] for found in PART.finditer(page)}
    if missing:
        raise KeyError(*sorted(missing))
    return PART.sub(lambda found: found[1] + "\n".join(PARTS[found[2]]()).rstrip() + "\n" + found[3], page)


def _node(stage: Stage) -> str:
    return "[*]" if stage is Stage.START else stage.value


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _first_paragraph(text: str) -> str:
    return _cell(inspect.cleandoc(text).split("\n\n")[0])


def _field_reasons(of: type) -> Iterator[tuple[str, str]]:
    """(field, the string literal below it), in the order of the source."""
    body = ast.parse(inspect.getsource(of)).body[0]
    assert isinstance(body, ast.ClassDef)
    for field, below in zip(body.body, body.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(below, ast.Expr)
            and isinstance(below.value, ast.Constant)
            and isinstance(below.value.value, str)
        ):
            yield field.target.id, below.value.value


def _shown(value: object) -> str:
    if isinstance(value, Limit):
        return f"{value.limit} in {_shown(value.window)}"
    if isinstance(value, timedelta):
        for unit, name in ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
            count, rest = divmod(int(value.total_seconds()), unit)
            if count and not rest:
                return f"{count} {name}{'s' if count > 1 else ''}"
    if isinstance(value, tuple):
        return ", ".join(map(_shown, value))
    if isinstance(value, Collection) and not value:
        return "none"
    if is_dataclass(value) or value is None or isinstance(value, str | int):
        return str(value)
    return f"`{value}`"


def main(arguments: list[str], page: Path = PAGE) -> int:
    """Answers the exit status: 1 where `--check` found a difference."""
    actual = page.read_text(encoding="utf-8")
    expected = rewritten(actual)
    if actual == expected:
        return 0
    if arguments == ["--check"]:
        print(f"{page.name} is not what scripts/flow_diagram.py writes: run it")
        return 1
    page.write_text(expected, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
