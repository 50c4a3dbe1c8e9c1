"""The prose keeps up with the code: generated parts, links, reasons, examples."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from elaas_identity.web.api_examples import PROGRESS
from scripts import asvs, example_diffs, flow_diagram

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("examples/*.md")])
EXAMPLES = sorted(ROOT.glob("examples/*.py"))

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
PYTHON_BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)


def test_the_flow_page_is_drawn_from_the_table() -> None:
    """Fails if the diagram, the limits or the refusals on the page are not those of the code."""
    page = flow_diagram.PAGE.read_text(encoding="utf-8")
    assert page == flow_diagram.rewritten(page)


def test_examples_are_shown_as_what_they_add() -> None:
    """Fails if the examples' page shows a difference that is not in the examples, or leaves one of them out."""
    page = (ROOT / "examples" / "README.md").read_text(encoding="utf-8")
    assert page == example_diffs.rewritten(page)
    shown = {found[2] for found in example_diffs.PART.finditer(page)}
    assert {example.name for example in EXAMPLES} == shown | {example_diffs.SIMPLEST}


def test_the_items_of_the_asvs_are_those_of_the_requirements() -> None:
    """Fails if a requirement names an item that docs/security.md does not have, or its test has another name."""
    page = (asvs.DOCS / "security.md").read_text(encoding="utf-8")
    requirements = (asvs.DOCS / "requirements.md").read_text(encoding="utf-8")
    assert page == asvs.rewritten(page, requirements)
    with pytest.raises(KeyError):
        asvs.table(requirements.replace("ASVS 2.3.1;", "ASVS 2.3.1, 2.3.2;"))
    with pytest.raises(ValueError, match=r"no row names 2\.3\.1"):
        asvs.table(requirements.replace("ASVS 2.3.1;", "the circular;"))
    with pytest.raises(ValueError, match=r"16\.4\.1: no row names"):
        asvs.table(requirements.replace("tests/canaries/test_log_lines.py", "tests/canaries/test_errors.py"))


def test_a_changed_table_of_items_is_found(tmp_path: Path) -> None:
    """Fails if `--check` passes a table that somebody wrote by hand, or writes to it."""
    page = tmp_path / "security.md"
    changed = (asvs.DOCS / "security.md").read_text(encoding="utf-8").replace("| 2.3.1 |", "| 2.3.2 |")
    page.write_text(changed, encoding="utf-8")
    assert 1 == asvs.main(["--check"], page)
    assert changed == page.read_text(encoding="utf-8")
    assert 0 == asvs.main([], page)
    assert 0 == asvs.main(["--check"], page)


def test_a_changed_flow_page_is_found(tmp_path: Path) -> None:
    """Fails if `--check` passes a page whose diagram somebody drew by hand, or writes to it."""
    page = tmp_path / "flow.md"
    changed = flow_diagram.PAGE.read_text(encoding="utf-8").replace(
        "one_time_code --> password", "email --> password"
    )
    page.write_text(changed, encoding="utf-8")
    assert 1 == flow_diagram.main(["--check"], page)
    assert changed == page.read_text(encoding="utf-8")


def test_a_page_without_a_generated_part_is_refused(tmp_path: Path) -> None:
    """Fails if a part can be dropped from the page and nobody is told."""
    page = tmp_path / "flow.md"
    page.write_text("# The flow\n", encoding="utf-8")
    with pytest.raises(KeyError):
        flow_diagram.main(["--check"], page)


def test_the_readme_examples_are_short() -> None:
    """Fails if an example grows past what one takes in at a glance: 25 lines, of at most 110 characters."""
    examples = PYTHON_BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    assert 2 == len(examples)
    for example in examples:
        lines = [line for line in example.splitlines() if line.strip()]
        assert len(lines) <= 25
        assert [] == [line for line in lines if len(line) > 110]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Fails if a page links to a file or a heading that is not there."""
    text = page.read_text(encoding="utf-8")
    broken = []
    for link in LINK.findall(text):
        if link.startswith(("https://", "http://")):
            continue
        name, _, heading = link.partition("#")
        target = (page.parent / name) if name else page
        if not target.exists() or (heading and heading not in headings(target)):
            broken.append(link)
    assert [] == broken


def headings(page: Path) -> set[str]:
    """The anchors that a Markdown page has: of its headings, and those that are written out."""
    text = page.read_text(encoding="utf-8")
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    written = re.findall(r'<a id="([^"]+)"></a>', text)
    return {*(re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles), *written}


def test_every_dependency_has_its_reason() -> None:
    """Fails if something is installed for nobody knows what, or the page names what is no longer used."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = [
        *project["project"]["dependencies"],
        *(name for extra in project["project"]["optional-dependencies"].values() for name in extra),
        *(name for group in project["dependency-groups"].values() for name in group),
        *project["build-system"]["requires"],
        "nox",
        "uv",
    ]
    names = {re.split(r"[\[<>=]", name)[0].lower() for name in asked} - {"elaas-identity"}
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    rows = [row.strip("| ").split(" | ") for row in page.splitlines() if row.startswith("| ")]
    reasons = [row[-2] for row in rows if row[-2] != "package"]
    explained = {re.sub(r" \(.*\)", "", name).lower() for cell in reasons for name in cell.split(", ")}
    assert names == explained


def test_every_constraint_is_a_name_and_a_version() -> None:
    """Fails if the constraints name a place to download from, or one of our own dependencies is left open."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert [] == [line for line in pins if not re.fullmatch(r"[a-z0-9.-]+==[\w.+!]+", line)]
    assert sorted(pins, key=lambda pin: pin.split("==")) == pins


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_the_example_does_what_it_says(example: Path) -> None:
    """Fails if an example no longer runs, warns, or does not come to the end of the flow."""
    run = subprocess.run(
        [sys.executable, "-W", "error", example],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert (0, "") == (run.returncode, run.stderr)
    assert "signed in" in run.stdout


def test_the_calls_of_a_step_are_those_that_it_allows() -> None:
    """Fails if the page lists a step's calls by another stage than the one at which the step is shown."""
    listed = "\n".join(flow_diagram.calls())
    kinds = {kind for kind, stands in PROGRESS.items() if stands.allowed}
    assert kinds == set(flow_diagram.KIND.values())
    for kind in kinds:
        acts = set(re.findall(rf"^\| `{kind}` \| `(\w+)\(", listed, re.MULTILINE)) | {"cancel"}
        assert set(PROGRESS[kind].allowed) <= acts
