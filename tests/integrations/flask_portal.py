"""The adapter of Flask."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from elaas_identity import ElaasIdentity
from elaas_identity.flask import ElaasFlask, current_officer, officer_required, optional_officer
from elaas_identity.web import Site
from tests.integrations.world import ORIGIN, PEER, Answer, Send, World


def portal(elaas: ElaasIdentity, site: Site, **settings: Any) -> Flask:
    """A portal with the pages that the suite wants."""
    app = Flask(__name__)
    ElaasFlask(app, elaas, site, **settings)

    @app.get("/payments")
    @officer_required
    def payments() -> str:
        return f"{current_officer.account.username} {current_officer.person.display_name}"

    @app.get("/open")
    def everybody() -> str:
        officer = optional_officer()
        return officer.account.username if officer else "nobody"

    @app.get("/fresh")
    @officer_required(max_age=timedelta(minutes=10))
    def fresh() -> str:
        return "fresh"

    @app.get("/strict")
    @officer_required(ial="3")
    def strict() -> str:
        return "strict"

    @app.get("/kept")
    @officer_required
    def kept() -> tuple[str, dict[str, str]]:
        return "kept", {"Cache-Control": "private, max-age=60"}

    return app


def sending(client: FlaskClient, root_path: str = "") -> Send:
    """What the suite asks by; below a path, as a server says it by `SCRIPT_NAME`."""

    def send(
        method: str, url: str, body: bytes, headers: Mapping[str, str], cookies: Mapping[str, str]
    ) -> Answer:
        cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
        answer = client.open(
            url.removeprefix(root_path),
            base_url=ORIGIN + root_path,
            method=method,
            data=body,
            headers=[*headers.items(), ("cookie", cookie)],
            environ_base={"REMOTE_ADDR": PEER},
        )
        return Answer(answer.status_code, list(answer.headers.items()), answer.get_data())

    return send


@contextmanager
def serving(world: World, **settings: Any) -> Iterator[Send]:
    """See `Serving`."""
    app = portal(world.facade(), world.site, root_path=world.root_path, **settings)
    yield sending(app.test_client(use_cookies=False), world.root_path)
