"""A front end's types come from the document (`openapi-typescript`), and hold what it relies on."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from elaas_identity.web.openapi import openapi

HERE = Path(__file__).parent
TOOLS = ("openapi-typescript@7.13.0", "typescript@5.9.3")


@pytest.mark.skipif(shutil.which("npm") is None, reason="no npm on this machine")
def test_a_client_with_generated_types_is_checked(tmp_path: Path) -> None:
    """A front end would not compile, or would compile with a step that it never shows."""
    (tmp_path / "openapi.json").write_text(json.dumps(openapi("")), encoding="utf-8")
    shutil.copy(HERE / "front_end.ts", tmp_path)

    def run(*command: str) -> None:
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert 0 == done.returncode, done.stdout + done.stderr

    run("npm", "install", "--no-audit", "--no-fund", "--no-save", "--prefix", ".", *TOOLS)
    run("npx", "openapi-typescript", "openapi.json", "--output", "elaas.d.ts")
    strict = ("--strict", "--noEmit", "--target", "es2022", "--lib", "es2022,dom")
    run("npx", "tsc", *strict, "--module", "esnext", "--moduleResolution", "bundler", "front_end.ts")
