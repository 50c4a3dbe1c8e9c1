"""The page about testing is a suite of tests, and passes as one."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(?:python|ini)\n# (\S+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
PLUGIN = ("-p", "pytest_elaas_identity")


def test_every_block_of_the_page_passes_as_the_file_that_it_names(tmp_path: Path) -> None:
    """Fails if a reader who copies the page has a test that fails, is skipped here, or is not collected."""
    blocks = BLOCK.findall((ROOT / "docs" / "testing.md").read_text(encoding="utf-8"))
    for name, text in blocks:
        (tmp_path / name).write_text(text, encoding="utf-8")
    files = [name for name, _ in blocks if name.startswith("test_")]
    assert len(files) == len({*files}) > 10
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *PLUGIN, "-p", "no:cacheprovider", "-q", "-rA", *files],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=280,
        check=False,
    )
    assert 0 == run.returncode, run.stdout
    for name in files:
        assert f"PASSED {name}" in run.stdout or f"SKIPPED [1] {name}" in run.stdout, name
