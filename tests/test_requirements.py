"""Ids of requirements and numbers of invariants mean something, and each requirement has what holds it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from scripts.guards import GUARDS, Guard

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "requirements.md"
SECURITY = ROOT / "docs" / "security.md"
CONFORMANCE = ROOT / "tests" / "conformance" / "test_oidcc_client.py"

FOLDERS = ("src", "tests", "docs", "bench", "scripts", "typing_tests", "examples", "fuzz", "changelog.d")
SUFFIXES = {".css", ".html", ".mako", ".md", ".po", ".py", ".toml", ".txt"}

ID = re.compile(r"\bR(\d+)(?:\.(\d+))?\b")
ID_IN_A_NAME = re.compile(r"\btest_r(\d+)_(\d+)(?=_)")
ID_OF_AN_RFC = re.compile(r"RFC \d+ §\d+ \(R\d+\)")
INVARIANT = re.compile(r"\binvariants?\s+(\d+)(?:\s*(?:,|and|to)\s+(\d+)\b(?!\.))?", re.IGNORECASE)
INVARIANT_IN_A_NAME = re.compile(r"\btest_inv(\d+)_")
INVARIANT_ENTRY = re.compile(r'^(\d+)\. <a id="invariant-(\d+)"></a>\*\*', re.MULTILINE)

HELD_BY = re.compile(r"`((?:tests|bench)/[\w/]+\.py)((?:::\w+)*)`")
NOT_BUILT = "not built yet"

DOCUMENT = re.compile(r"(?<![\w/.-])(?:[\w.-]+/)*[\w.-]*\w\.md\b")
ELSEWHERE = re.compile(r"\bDESIG[N]\b|\bREQUIREMENT[S]\b|\b[Ii]ssue \d+")
"""Words for what lies outside the repository. A bracket in each keeps this file from naming it."""


@dataclass(frozen=True)
class Requirement:
    """One row of docs/requirements.md."""

    id: str
    chapter: str
    source: str
    held_by: str

    @property
    def is_built(self) -> bool:
        return self.held_by != NOT_BUILT


def requirements() -> tuple[Requirement, ...]:
    """Every row, as the page has them."""
    found, chapter = [], ""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            chapter = line.removeprefix("## ").split()[0]
        if re.match(r"\| R\d", line):
            id_, _, source, held_by = line.strip("| ").split(" | ")
            found.append(Requirement(id_, chapter, source, held_by))
    return tuple(found)


ROWS = requirements()


@cache
def texts(*folders: str) -> tuple[tuple[str, str], ...]:
    """The path and the text of each file in the folders."""
    return tuple(_read(*folders))


def _read(*folders: str) -> Iterator[tuple[str, str]]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in SUFFIXES and "__pycache__" not in path.parts:
                yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


def everything() -> Iterator[tuple[str, str]]:
    """The path and the text of each file that this project wrote."""
    yield from texts(*FOLDERS)
    for path in sorted([*ROOT.glob("*.md"), *ROOT.glob("*.py"), *ROOT.glob("*.toml")]):
        yield path.name, path.read_text(encoding="utf-8")


def ids_in(text: str) -> set[str]:
    """Every requirement that the text names, and every chapter of them."""
    text = ID_OF_AN_RFC.sub("", text)
    written = {f"R{chapter}.{row}" if row else f"R{chapter}" for chapter, row in ID.findall(text)}
    return written | {f"R{chapter}.{row}" for chapter, row in ID_IN_A_NAME.findall(text)}


def invariants_in(text: str) -> set[int]:
    """Every invariant that the text names by its number."""
    named = {number for numbers in INVARIANT.findall(text) for number in numbers if number}
    return {int(number) for number in named | set(INVARIANT_IN_A_NAME.findall(text))}


def defined_in(path: Path) -> set[str]:
    """The tests that a file defines, as pytest writes them behind the path."""
    found: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            found.add(f"::{node.name}")
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            found.add(f"::{node.name}")
            found |= {
                f"::{node.name}::{each.name}"
                for each in node.body
                if isinstance(each, ast.FunctionDef) and each.name.startswith("test_")
            }
    return found


def is_there(path: str, name: str) -> bool:
    """Whether the file exists, has tests or is a measurement, and has that test if one is named."""
    file = ROOT / path
    if not file.is_file():
        return False
    if path.startswith("bench/"):
        return not name
    return bool(defined_in(file)) and (not name or name in defined_in(file))


def test_every_id_is_a_row() -> None:
    """A reader who meets an id would find nothing under it."""
    known = {row.id for row in ROWS} | {row.chapter for row in ROWS}
    unknown = {path: ids_in(text) - known for path, text in everything()}
    assert {} == {path: ids for path, ids in unknown.items() if ids}


def test_rows_are_numbered() -> None:
    """Two rows would share an id, or a row stand under another chapter than its own."""
    numbers = {row.id for row in ROWS}
    assert len(ROWS) == len(numbers)
    assert [] == [row.id for row in ROWS if not row.id.startswith(f"{row.chapter}.")]
    for chapter in {row.chapter for row in ROWS}:
        count = sum(row.chapter == chapter for row in ROWS)
        assert {f"{chapter}.{number}" for number in range(1, count + 1)} == {
            row.id for row in ROWS if row.chapter == chapter
        }


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_every_row_has_a_source(row: Requirement) -> None:
    """Nobody could tell why the rule is there; "our choice" alone gives no reason."""
    assert row.source.strip()
    assert "our choice" not in row.source.lower().replace("our choice:", "")


@pytest.mark.parametrize("row", [row for row in ROWS if row.is_built], ids=lambda row: row.id)
def test_what_is_built_names_a_test_that_exists(row: Requirement) -> None:
    """The page would say that a rule is held, and nothing would hold it; or its test would have another name."""
    named = HELD_BY.findall(row.held_by)
    assert named
    assert [] == [path + name for path, name in named if not is_there(path, name)]


def test_every_path_on_the_page_is_read() -> None:
    """A test would be named in a way that is passed over above, and so might not exist."""
    page = PAGE.read_text(encoding="utf-8")
    quoted = re.findall(r"`((?:tests|bench)/[^`]+)`", page)
    assert quoted == [path + name for path, name in HELD_BY.findall(page)]
    assert [] == [path + name for path, name in HELD_BY.findall(page) if not is_there(path, name)]


@pytest.mark.parametrize("row", [row for row in ROWS if not row.is_built], ids=lambda row: row.id)
def test_what_is_not_built_has_no_test(row: Requirement) -> None:
    """Something was built, and the page would still say that nothing holds it."""
    assert [] == [path for path, text in texts("tests") if row.id in ids_in(text)]


def test_conformance_names_are_those_of_the_tests() -> None:
    """A mirrored test would be on the page and not in the suite, or the other way round."""
    page = PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z0-9-]+)`.* \| `tests/conformance/\S+::(\w+)` \|$", page, re.MULTILINE)
    suite = CONFORMANCE.read_text(encoding="utf-8")
    by_function = {
        name.replace("-", "_") for name, function in rows if function == f"test_{name}".replace("-", "_")
    }
    quoted = {name for name, function in rows if function != f"test_{name}".replace("-", "_")}
    assert set() == {name for name in quoted if f'"{name}' not in suite}
    functions = {name.removeprefix("::test_") for name in defined_in(CONFORMANCE) if "oidcc_client" in name}
    assert functions == by_function


def test_every_invariant_has_its_entry() -> None:
    """A number would lead to no entry, or a link to another one's."""
    entries = INVARIANT_ENTRY.findall(SECURITY.read_text(encoding="utf-8"))
    assert [(str(number), str(number)) for number in range(1, 12)] == entries
    known = {int(number) for number, _ in entries}
    unknown = {path: invariants_in(text) - known for path, text in everything()}
    assert {} == {path: numbers for path, numbers in unknown.items() if numbers}


def test_every_guard_with_a_number_has_its_invariant() -> None:
    """A guard would be taken out for an invariant that is not there; or an invariant be called otherwise."""
    text = SECURITY.read_text(encoding="utf-8")
    titles = re.findall(r'^(\d+)\. <a id="invariant-\d+"></a>\*\*(.+?)\.?\*\*', text, re.MULTILINE)
    words = {int(number): title.lower() for number, title in titles}
    numbered = [re.match(r"(\d+) ([^:]+):", guard.name) for guard in GUARDS]
    named = {(int(found[1]), found[2]) for found in numbered if found}
    assert [] == sorted((number, word) for number, word in named if word not in words.get(number, ""))


THREAT = re.compile(
    r"^\| ([^|]*) \| [^|]+ \| [^|]+ \| (?:\[(\d+)\]\(#invariant-\2\)|(R\d+\.\d+)) \| `([\w/]+\.py)((?:::\w+)+)` \|$",
    re.MULTILINE,
)


def threats() -> list[tuple[str, str, str, str, str]]:
    """Who, the number of the invariant or the requirement, and the test of each threat on the page."""
    part = SECURITY.read_text(encoding="utf-8").partition("## Threats, one by one")[2].partition("\n## ")[0]
    found = THREAT.findall(part)
    assert len(found) + 2 == len(re.findall(r"^\|", part, re.MULTILINE))  # the heading has two lines
    return found


def is_tried_without(guard: Guard, path: str, name: str) -> bool:
    """Whether the session `guards` runs this test with that guard taken out."""
    places, _, word = guard.tests.partition(" -k ")
    return word.partition("-")[0] in f"{name}sync" and any(path.startswith(place) for place in places.split())


def test_every_threat_has_a_guard_and_a_test() -> None:
    """The table would say that something is guarded, and nothing would show that a test needs the guard."""
    table = threats()
    assert [] == [path + name for _, _, _, path, name in table if not is_there(path, name)]
    assert [] == [
        path + name
        for _, _, _, path, name in table
        if not any(is_tried_without(guard, path, name) for guard in GUARDS)
    ]
    assert {str(number) for number in range(1, 11)} <= {number for _, number, _, _, _ in table}
    assert {row for _, _, row, _, _ in table if row} <= {row.id for row in ROWS}


def test_no_file_names_a_document_that_is_not_there() -> None:
    """A reader would be sent to a page that they do not have."""
    files = {path.name for path in ROOT.rglob("*.md") if ".venv" not in path.parts}
    lost = {
        path: sorted(
            {name for name in DOCUMENT.findall(text) if name.rpartition("/")[2] not in files}
            | set(ELSEWHERE.findall(text))
        )
        for path, text in everything()
    }
    assert {} == {path: names for path, names in lost.items() if names}
