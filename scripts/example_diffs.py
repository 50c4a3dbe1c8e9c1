"""Writes the differences between examples into examples/README.md: each stands as what it adds to the simplest.

python scripts/example_diffs.py            write
python scripts/example_diffs.py --check    write nothing; fail where the page is not what this would write
"""

from __future__ import annotations

import re
import sys
from difflib import unified_diff
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
PART = re.compile(r"(<!-- difference: (\w+\.py) -->\n).*?(<!-- end of difference -->)", re.DOTALL)
SIMPLEST = "minimal.py"


def difference(name: str) -> str:
    """What changes from the simplest example to that one, below the docstring that says why."""
    changes = list(unified_diff(below_docstring(SIMPLEST), below_docstring(name), lineterm="", n=1))[2:]
    return "\n".join("" if line.startswith("@@") else line.rstrip() for line in changes).strip("\n")


def below_docstring(name: str) -> list[str]:
    """The lines of an example from the end of its docstring."""
    lines = (EXAMPLES / name).read_text(encoding="utf-8").splitlines()
    return lines[lines.index('"""') :]


def rewritten(page: str) -> str:
    """The page with every difference made anew."""
    return PART.sub(lambda found: f"{found[1]}```diff\n{difference(found[2])}\n```\n{found[3]}", page)


def main(arguments: list[str]) -> int:
    """Answers the exit status: 1 where `--check` found a difference."""
    page = EXAMPLES / "README.md"
    actual = page.read_text(encoding="utf-8")
    expected = rewritten(actual)
    if actual == expected:
        return 0
    if arguments == ["--check"]:
        print("examples/README.md is not what scripts/example_diffs.py writes: run it")
        return 1
    page.write_text(expected, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
