"""Makes `tests/providers/older/`: databases as the code of each older schema wrote them, with people half-way in them.

    python scripts/older_databases.py

The code of that time runs from a worktree of its commit, with the packages that are installed now. Run it again only to
add a schema: what an older version wrote does not change.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parent.parent
OLDER = ROOT / "tests" / "providers" / "older"

COMMITS = {
    "0001": "4181794",
    "0002_audit": "3fa3d3c",
    "0003_account_life": "8c0feb8",
}
"""Schema → a commit whose code has no later one. 0002_assertions and 0002_audit came together."""

STORY = """
import json, sqlite3, sys
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from elaas_identity import Expected
from tests.facade.portal import CHOSEN, ISSUED, OFFICER, SECRET, STRANGER, made

people = {}


def keep(name, browser, flow_id, **more):
    people[name] = {"browser": browser.token, "flow_id": flow_id, **more}


def onboard(portal, username, stage, person=OFFICER):
    portal.provision(username, person=Expected(person.national_id))
    portal.idp.citizen = person
    browser, elaas = portal.browser(), portal.elaas
    flow_id = portal.begin(browser, username).flow_id
    if stage == "identity":
        return keep(username, browser, flow_id)
    query = portal.callback_query(flow_id, browser)
    if stage == "trip":
        return keep(username, browser, flow_id, query=query)
    elaas.receive_callback(query, browser=browser)
    if stage == "email":
        return keep(username, browser, flow_id)
    elaas.submit_email(flow_id, f"{username}@sommut.example.go.th", browser=browser)
    if stage == "code":
        return keep(username, browser, flow_id, code=portal.code())
    elaas.submit_one_time_code(flow_id, portal.code(), browser=browser)
    if stage == "password":
        return keep(username, browser, flow_id)
    elaas.set_password(flow_id, CHOSEN, browser=browser)


def recover(portal, stage):
    portal.clock.advance(timedelta(minutes=2))
    portal.idp.citizen = STRANGER
    name, browser, elaas = f"recovery-{stage}", portal.browser(), portal.elaas
    flow_id = elaas.recover(browser=browser).flow_id
    if stage == "identity":
        return keep(name, browser, flow_id)
    step = elaas.receive_callback(portal.callback_query(flow_id, browser), browser=browser).step
    if stage == "account":
        return keep(name, browser, flow_id)
    elaas.choose_account(flow_id, step.choices[0].account.id, browser=browser)
    if stage == "code":
        return keep(name, browser, flow_id, code=portal.code())
    elaas.submit_one_time_code(flow_id, portal.code(), browser=browser)
    keep(name, browser, flow_id)


with TemporaryDirectory() as folder, made("sync-sqlite", Path(folder)) as portal:
    onboard(portal, "in-use", "done")
    onboard(portal, "of-a-stranger", "done", STRANGER)
    for stage in ("identity", "account", "password"):
        if hasattr(portal.elaas, "recover"):  # since 0002_audit
            recover(portal, stage)
    for stage in ("identity", "trip", "email", "password", "code"):
        onboard(portal, f"onboarding-{stage}", stage)
    if hasattr(portal.elaas, "recover"):
        recover(portal, "code")
    at = portal.clock().isoformat()
    portal.store.close()
    database = sqlite3.connect(Path(folder) / "elaas.db")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    Path(sys.argv[1]).with_suffix(".sql").write_text("\\n".join(database.iterdump()) + "\\n", encoding="utf-8")
    kept = {"at": at, "key": SECRET, "issued": ISSUED, "chosen": CHOSEN, "people": people}
    Path(sys.argv[1]).with_suffix(".json").write_text(json.dumps(kept, indent=1) + "\\n", encoding="utf-8")
"""


def main() -> int:
    """Write a `.sql` and a `.json` for each older schema."""
    for schema, commit in COMMITS.items():
        with TemporaryDirectory() as folder:
            tree = Path(folder) / "tree"
            subprocess.run(
                ["git", "worktree", "add", "--quiet", "--detach", str(tree), commit], cwd=ROOT, check=True
            )
            try:
                environment = {**os.environ, "PYTHONPATH": f"{tree / 'src'}{os.pathsep}{tree}"}
                subprocess.run(
                    [sys.executable, "-c", STORY, str(OLDER / schema)], cwd=tree, env=environment, check=True
                )
            finally:
                subprocess.run(["git", "worktree", "remove", "--force", str(tree)], cwd=ROOT, check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
