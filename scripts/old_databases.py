"""Writes a database with the code of an older commit, and says who has come how far in it.

    python scripts/old_databases.py COMMIT NAME

The test of upgrades begins with these files, so that its rows are those that the older code really wrote. COMMIT is the
last one whose newest migration is NAME. What is written stands in `tests/providers/old_databases/`: `NAME.sql`, as
SQLite dumps it, and `NAME.json`, with what the people in it know. Run it once, when a version with a new migration is
about to be released.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
WRITTEN = ROOT / "tests" / "providers" / "old_databases"
MAILBOX, NEW_MAILBOX = "clerk@sommut.example.go.th", "officer@sommut.example.go.th"
DIGEST = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
"""A transaction's digest, as a portal gives it."""
STAGES = {
    "onboarding": ("identity", "trip", "email", "one_time_code", "password", "done"),
    "recovery": ("identity", "trip", "account", "one_time_code", "password"),
    "step_up": ("identity", "trip", "proof"),
    "email_change": ("identity", "trip", "email", "one_time_code"),
}
"""How far somebody can have come in a purpose; on the `trip`, ThaID has sent them back and nothing has heard of it."""


def write(name: str) -> None:
    """Run everybody as far as they come, in the code that is imported here, and keep the database."""
    from tests.facade.portal import CHOSEN, made

    people: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder, made("sync-sqlite", Path(folder)) as portal:

        def onboarding(stage: str) -> None:
            username = f"laas-{len(people):07}"
            account_id = portal.provision(username)
            browser = portal.browser(f"192.0.2.{len(people) + 1}")
            flow_id = portal.begin(browser, username).flow_id
            person = {
                "purpose": "onboarding",
                "stage": stage,
                "username": username,
                "account_id": account_id,
                "browser": browser.token,
                "flow_id": flow_id,
            }
            people.append(person)
            come(person, browser, CHOSEN)

        def come(person: dict[str, Any], browser: Any, password: str) -> None:
            flow_id = person["flow_id"]
            acts: dict[str, Callable[[], Any]] = {
                "trip": lambda: person.update(query=portal.callback_query(flow_id, browser)),
                "email": lambda: portal.elaas.receive_callback(person["query"], browser=browser),
                "account": lambda: portal.elaas.receive_callback(person["query"], browser=browser),
                "proof": lambda: portal.elaas.receive_callback(person["query"], browser=browser),
                "one_time_code": lambda: mailed(person, browser),
                "password": lambda: portal.elaas.submit_one_time_code(
                    flow_id, person["one_time_code"], browser=browser
                ),
                "done": lambda: portal.elaas.set_password(flow_id, password, browser=browser),
            }
            stages = STAGES[person["purpose"]]
            for stage in stages[1 : stages.index(person["stage"]) + 1]:
                acts[stage]()

        def mailed(person: dict[str, Any], browser: Any) -> None:
            if person["purpose"] == "recovery":
                portal.elaas.choose_account(person["flow_id"], person["account_id"], browser=browser)
            else:
                mailbox = NEW_MAILBOX if person["purpose"] == "email_change" else MAILBOX
                portal.elaas.submit_email(person["flow_id"], mailbox, browser=browser)
            person["one_time_code"] = portal.code()

        def session_of(browser: Any, person: dict[str, Any]) -> Any:
            signed_in: Any = portal.begin(browser, person["username"], CHOSEN).step
            session = signed_in.session("session-1")
            person["session"] = asdict(session) | {"epoch": signed_in.account.epoch}
            return session

        begin: dict[str, Callable[[Any, dict[str, Any]], Any]] = {
            "recover": lambda browser, _: portal.elaas.recover(browser=browser),
            "step_up": lambda browser, person: portal.elaas.step_up(
                session_of(browser, person), DIGEST, browser=browser
            ),
            "change_email": lambda browser, person: portal.elaas.change_email(
                session_of(browser, person), browser=browser
            ),
        }
        begun = [
            (purpose, stage, begin[act])
            for purpose, act in (
                ("recovery", "recover"),
                ("step_up", "step_up"),
                ("email_change", "change_email"),
            )
            if hasattr(portal.elaas, act)
            for stage in STAGES[purpose]
        ]
        # They onboard first, with time between them, since mails to one address are limited.
        for _ in ("done", *begun):
            onboarding("done")
            portal.clock.shift(minutes=10)
        for person, (purpose, stage, act) in zip(people[1:], begun, strict=True):
            browser = portal.browser()
            flow_id = act(browser, person).flow_id
            person |= {"purpose": purpose, "stage": stage, "browser": browser.token, "flow_id": flow_id}
            come(person, browser, CHOSEN)
        for stage in STAGES["onboarding"][:-1]:
            onboarding(stage)
        at = portal.clock().isoformat()
        portal.store.close()
        with sqlite3.connect(Path(folder) / "elaas.db") as database:
            lines = list(database.iterdump())
    (WRITTEN / f"{name}.sql").write_text("\n".join(lines) + "\n")
    (WRITTEN / f"{name}.json").write_text(
        json.dumps({"at": at, "people": people}, indent=1, ensure_ascii=False) + "\n"
    )


def main(commit: str, name: str) -> None:
    """Run `write` over the code of the commit."""
    WRITTEN.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        code = Path(folder) / "code"
        git = ["git", "-C", str(ROOT), "worktree"]
        subprocess.run([*git, "add", "--quiet", "--detach", str(code), commit], check=True)
        try:
            subprocess.run(
                [sys.executable, __file__, name],
                cwd=code,
                env={**os.environ, "PYTHONPATH": f"{code / 'src'}{os.pathsep}{code}"},
                check=True,
            )
        finally:
            subprocess.run([*git, "remove", "--force", str(code)], check=True)


if __name__ == "__main__":
    if len(sys.argv) == 2:
        write(sys.argv[1])
    else:
        main(*sys.argv[1:])
