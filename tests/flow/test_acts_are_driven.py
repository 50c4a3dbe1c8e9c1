"""Every effect and every part of an act is yielded from: a bare call does nothing, and no type checker sees it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import elaas_identity

PACKAGE = Path(elaas_identity.__file__).parent
FILES = sorted(
    path
    for folder in ("flow", "accounts", "sessions", "assertions", "audit")
    for path in (PACKAGE / folder).glob("*.py")
)


def acts_in(tree: ast.AST) -> set[str]:
    """The names of the functions that are acts, or parts of one."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.returns]
    return {node.name for node in functions if ast.unparse(node.returns or node).startswith("Act[")}


def read(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


ACTS_OF = {
    ".".join(("elaas_identity", *path.relative_to(PACKAGE).with_suffix("").parts)): acts_in(read(path))
    for path in (*FILES, PACKAGE / "effects.py")
}


def left_out(tree: ast.AST) -> list[str]:
    """The calls of acts that are neither yielded from nor answered as they are."""
    known = acts_in(tree) | {
        name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for name in node.names
        if name.name in ACTS_OF.get(node.module or "", ())
    }
    driven = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.YieldFrom | ast.Return) and isinstance(node.value, ast.Call)
    }
    # An act that is given to one that is driven, which drives it.
    driven |= {
        id(given)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and id(node) in driven
        for given in node.args
    }
    return [
        f"line {node.lineno}: {node.func.id}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in known
        and id(node) not in driven
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_act_is_called_and_left(path: Path) -> None:
    """A commit, a notice or a check would look as if it were made, and would not be."""
    assert [] == left_out(read(path))


def test_a_call_that_is_left_is_seen() -> None:
    """The test above would pass over anything."""
    text = (
        "from elaas_identity.effects import commit, load\n"
        "from elaas_identity.flow.opening import settle\n"
        "def act():\n"
        "    commit(change)\n"
        "    done = settle(1)\n"
        "    yield from commit(change)\n"
        "    given = yield from settle(load())\n"
        "    return load()\n"
    )
    assert ["line 4: commit", "line 5: settle"] == left_out(ast.parse(text))
